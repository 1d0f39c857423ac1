"""Where the profile likelihood reaches a level: ends of intervals and points of contours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2 as chi2_distribution

from ttjroofit.analysis.profile import Profile, conditional_minima, profile_at
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.likelihood import theory_of

__all__ = ["PROBABILITIES", "UNREACHED", "Crossing", "Ray", "delta_chi2", "find_crossing", "interval_rays"]

PROBABILITIES = {"68": float(chi2_distribution.cdf(1.0, 1)), "95": 0.95}
"""Names of intervals and contours to the probability they hold; 68 is one standard deviation."""

REACH = 6.0
"""A crossing is looked for up to this many times the distance that the Hessian predicts."""

ACCURACY = 1e-6
"""Standard deviations to which Minuit's profile is brought to the level."""

UNREACHED = -2
"""Status of a crossing beyond the range of its parameter, or beyond ``REACH``: an open end, not a failure."""

NO_MINIMUM = -3
"""Status of a crossing on whose way a point has no conditional minimum."""

ASTRAY = -4
"""Status of a crossing where the profiles of Minuit and numpy disagree."""


@dataclass(frozen=True, eq=False)
class Ray:
    """A direction from the best fit.

    Attributes:
        direction: in the d scanned parameters, shape (d,); the Hessian predicts a delta chi2 of 1 at its end.
        level: delta chi2 to reach.
    """

    direction: FloatArray
    level: float


@dataclass(frozen=True, eq=False)
class Crossing:
    """The scanned parameters where the profile reaches the level, shape (d,), NaN if it does not; 0 for success."""

    point: FloatArray
    status: int


def delta_chi2(name: str, parameters: int) -> float:
    """Level of an interval (one parameter) or contour (two) of ``PROBABILITIES`` by Wilks' theorem."""
    return float(chi2_distribution.ppf(PROBABILITIES[name], parameters))


def interval_rays(profile: Profile) -> list[Ray]:
    """Down and up for each of ``PROBABILITIES``; the profile has one parameter."""
    sigma = np.sqrt(np.diag(profile.covariance()))
    return [Ray(sign * sigma, delta_chi2(name, 1)) for name in PROBABILITIES for sign in (-1.0, 1.0)]


def find_crossing(profile: Profile, ray: Ray) -> Crossing:
    """Bracket the crossing on numpy's profile, and finish on Minuit's by secant steps.

    The root of delta chi2 is nearly linear along the ray, so that few steps are needed.

    Args:
        profile: after its fit.
        ray: direction and level.
    """
    nowhere, target = np.full(len(ray.direction), np.nan), float(np.sqrt(ray.level))
    centre = profile.best[profile.where]

    def excess(radius: float) -> float:
        minima = conditional_minima(profile, (centre + radius * ray.direction)[None])
        if not minima.converged[0]:
            raise _NoMinimumError
        delta = float(minima.chi2[0]) + profile.likelihood.offset - profile.chi2
        return float(np.sqrt(max(delta, 0.0))) - target

    try:
        outer = 1.2 * target
        while excess(outer) < 0.0:
            outer *= 1.5
            if outer > REACH * target:
                return Crossing(nowhere, UNREACHED)
        radius = float(brentq(excess, 0.0, outer, xtol=1e-10))
    except _NoMinimumError:
        return Crossing(nowhere, NO_MINIMUM)
    if not _inside(profile, centre + radius * ray.direction):
        return Crossing(nowhere, UNREACHED)
    return _finish(profile, ray, radius)


class _NoMinimumError(Exception):
    """A point on the way has no conditional minimum."""


def _finish(profile: Profile, ray: Ray, radius: float) -> Crossing:
    centre, target = profile.best[profile.where], float(np.sqrt(ray.level))
    for _ in range(5):
        point = centre + radius * ray.direction
        found = profile_at(profile, point[None])
        if found.status[0] != 0:
            return Crossing(point, int(found.status[0]))
        root = float(np.sqrt(max(float(found.delta[0]), 0.0)))
        if abs(root - target) < ACCURACY:
            return Crossing(point, 0)
        radius *= target / max(root, 0.5 * target)
    return Crossing(point, ASTRAY)


def _inside(profile: Profile, point: FloatArray) -> bool:
    """Whether a point is in the ranges that the card or the command line gives to its parameters."""
    explicit = {item.name: item for item in theory_of(profile.combination).parameters.items}
    return all(
        explicit[name].low <= value <= explicit[name].high
        for name, value in zip(profile.scanned, point.tolist(), strict=True)
        if name in explicit
    )
