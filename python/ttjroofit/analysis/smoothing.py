"""What a smoothing changed, for the result."""

from __future__ import annotations

from ttjroofit.model.combination import Combination
from ttjroofit.results.smoothing import SmoothedShift

__all__ = ["smoothed_shifts"]


def smoothed_shifts(combination: Combination) -> list[SmoothedShift]:
    """One entry a smoothed curve, in the order of measurements and sources; empty where nothing was smoothed."""
    return [
        SmoothedShift(
            source=curve.source,
            measurement=curve.measurement,
            part=curve.part,
            order=curve.order,
            edges=curve.edges.tolist(),
            before=curve.before.tolist(),
            after=curve.after.tolist(),
            sigma=curve.sigma.tolist(),
            weights=curve.weights,
            chi2=curve.chi2,
            ndf=curve.ndf,
        )
        for curve in combination.smoothed
    ]
