"""Profiled nuisances whose effect is not linear: taken out of the published covariance, which knows only lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.inputs.profiled import regression

__all__ = ["attached_covariance", "detach_responses", "with_effects"]


def detach_responses(measurement: Measurement) -> Measurement:
    """The measurement without the linear effect of its profiled nuisances that have a response of their own."""
    none = np.zeros(len(measurement.bins))
    return with_effects(measurement, {name: none for name in measurement.profiled if name in measurement.responses})


def attached_covariance(measurement: Measurement) -> FloatArray:
    """The published covariance of a measurement after ``detach_responses``, shape (b+p, b+p)."""
    curved = {name: r.up for name, r in measurement.responses.items() if name in measurement.profiled}
    return with_effects(measurement, curved).covariance


def with_effects(measurement: Measurement, effects: Mapping[str, FloatArray]) -> Measurement:
    """The measurement with other effects of some of its profiled nuisances.

    With G = V_xt V_tt^-1 the covariance is V_xx = S + G V_tt G^T and V_xt = G V_tt; columns of G are replaced.

    Args:
        measurement: of b bins.
        effects: profiled nuisances to the shift of the bins for +1, shape (b,).
    """
    if not effects:
        return measurement
    bins, covariance = len(measurement.bins), measurement.covariance
    inner, gain = covariance[bins:, bins:], regression(covariance, bins)
    spread = covariance[:bins, :bins] - gain @ inner @ gain.T
    for name, shift in effects.items():
        gain[:, measurement.profiled.index(name)] = shift
    cross = gain @ inner
    outer = spread + cross @ gain.T
    return replace(measurement, covariance=np.block([[(outer + outer.T) / 2.0, cross], [cross.T, inner]]))
