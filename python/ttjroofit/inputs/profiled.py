"""What a published fit says about the effect of one of its nuisances on the bins."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from ttjroofit.inputs.measurement import FloatArray, Response

__all__ = ["profiled_responses", "regression"]


def regression(covariance: FloatArray, bins: int) -> FloatArray:
    """Shift of the b bins for +1 of each of the p profiled nuisances at fixed others: V_xt V_tt^-1, shape (b, p).

    Args:
        covariance: of bins, then nuisances, shape (b+p, b+p).
        bins: number b.
    """
    return np.asarray(np.linalg.solve(covariance[bins:, bins:], covariance[bins:, :bins]).T)


def profiled_responses(
    covariance: FloatArray, values: FloatArray, names: Sequence[str], relative: Collection[str]
) -> dict[str, Response]:
    """Responses of the nuisances of a fit whose effect scales with the true values.

    Args:
        covariance: of bins, then nuisances, shape (b+p, b+p).
        values: of the bins, shape (b,).
        names: of the p nuisances.
        relative: those that scale.
    """
    if not relative:
        return {}
    shifts = regression(covariance, len(values))
    return {name: Response("relative", shifts[:, i], -shifts[:, i]) for i, name in enumerate(names) if name in relative}
