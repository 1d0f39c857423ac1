"""``-M MultiDimFit --algo contour2d``: contours of two parameters, ray by ray."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.crossing import PROBABILITIES, UNREACHED, Crossing, Ray, delta_chi2, find_crossing
from ttjroofit.analysis.fit import FitOptions
from ttjroofit.analysis.heading import model_heading
from ttjroofit.analysis.interest import parameters_of_interest
from ttjroofit.analysis.minuit import fit_status
from ttjroofit.analysis.profile import Profile
from ttjroofit.analysis.scan_options import ScanOptions
from ttjroofit.analysis.singles import find_intervals, goodness, single_results, start_profile
from ttjroofit.analysis.tasks import Workers, split
from ttjroofit.errors import OptionError
from ttjroofit.model.combination import Combination
from ttjroofit.model.likelihood import theory_of
from ttjroofit.results.contour import SCHEMA, Contour, ContourResult, Standalone
from ttjroofit.results.singles import SingleResult
from ttjroofit.roofit.minimise import Minimised

__all__ = ["contour", "measurements_of", "pair_of_interest"]

RAYS = 60
"""Points of a contour unless asked for."""

TASK = 10
"""Rays of one task."""


def pair_of_interest(combination: Combination, options: ScanOptions) -> tuple[str, str]:
    """The two parameters of the contour.

    Raises:
        OptionError: if there are not two.
    """
    first, second = parameters_of_interest(combination, options, (2,))
    return first, second


def measurements_of(combination: Combination, mass: str) -> tuple[str, ...]:
    """Names of the measurements that are predicted with a mass; none if it is no mass."""
    theory = theory_of(combination)
    names = theory.parameters.names
    return tuple(term.measurement for term in theory.spectrum.terms if names[term.mass] == mass)


def contour(
    combination: Combination,
    options: ScanOptions,
    how: FitOptions,
    workers: Workers,
    clock: Clock,
    *,
    alone: Mapping[str, Combination] | None = None,
) -> ContourResult:
    """Fit, then follow rays from the best fit to where the profile reaches 68% and 95%.

    Args:
        combination: with its prediction.
        options: the two parameters, the number of rays.
        how: minimiser, and what is recorded of the model.
        workers: run the rays.
        clock: told of the stages.
        alone: mass to the combination of its measurements alone, for the standalone results.

    Raises:
        OptionError: if there are not two parameters that can be scanned.
    """
    names = pair_of_interest(combination, options)
    count = _ray_count(options)
    profile, minimised = start_profile(combination, names, how, clock, minos=True)
    with clock.stage("contours"):
        contours = _contours(profile, count, workers)
    with clock.stage("intervals"):
        fit, found = _with_intervals(profile, minimised)
    standalone = [_fit_alone(mass, single, how, clock) for mass, single in (alone or {}).items()]
    followed = all(code in (0, UNREACHED) for line in contours.values() for code in line.status)
    return ContourResult(
        **model_heading(SCHEMA, combination, scenario=how.scenario, pulls=how.pulls),
        asimov=how.asimov,
        parameters=list(names),
        masses={item.name for item in theory_of(combination).parameters.masses}.issuperset(names),
        best={name: fit[name].value for name in names},
        fit=fit,
        covariance=_covariance(minimised, names),
        minimum=profile.values,
        goodness_of_fit=goodness(profile),
        contours=contours,
        standalone=standalone,
        status=fit_status(minimised),
        good=minimised.status.good and found and followed and all(single.good for single in standalone),
    )


def _ray_count(options: ScanOptions) -> int:
    count = RAYS if options.points is None else options.points
    if count < 3:
        raise OptionError(f"--points {count}: a contour needs three points or more")
    return count


def _covariance(minimised: Minimised, names: Sequence[str]) -> list[list[float | None]]:
    """Of some parameters from HESSE; None where it failed."""
    where = [minimised.names.index(name) for name in names]
    covariance = minimised.covariance[np.ix_(where, where)]
    return [[None if np.isnan(entry) else entry for entry in row] for row in covariance.tolist()]


def _contours(profile: Profile, count: int, workers: Workers) -> dict[str, Contour]:
    """Rays in equal steps of the angle where the parabolic approximation makes the contour a circle."""
    angles = 2.0 * np.pi * np.arange(count) / count
    directions = (np.linalg.cholesky(profile.covariance()) @ np.array([np.cos(angles), np.sin(angles)])).T
    levels = {name: delta_chi2(name, 2) for name in PROBABILITIES}
    rays = [Ray(direction, level) for level in levels.values() for direction in directions]
    chunks = split(len(rays), TASK)
    tasks = [rays[chunk.first : chunk.first + chunk.count] for chunk in chunks]
    parts = workers.map(_follow, profile, tasks, name="rays", sizes=[len(task) for task in tasks])
    found = [crossing for part in parts for crossing in part]
    return {name: _contour(level, found[i * count : (i + 1) * count]) for i, (name, level) in enumerate(levels.items())}


def _follow(profile: Profile, rays: Sequence[Ray]) -> list[Crossing]:
    return [find_crossing(profile, ray) for ray in rays]


def _contour(level: float, crossings: Sequence[Crossing]) -> Contour:
    points = [
        (float(crossing.point[0]), float(crossing.point[1])) if crossing.status == 0 else None for crossing in crossings
    ]
    return Contour(level, points, [crossing.status for crossing in crossings])


def _with_intervals(profile: Profile, minimised: Minimised) -> tuple[dict[str, SingleResult], bool]:
    """The scanned parameters in the fit with their profile intervals, and whether all searches converged."""
    results, good = single_results(profile, minimised), True
    for name in profile.scanned:
        intervals, found = find_intervals(replace(profile, scanned=(name,)))
        results[name] = replace(results[name], intervals=intervals)
        good = good and found
    return results, good


def _fit_alone(mass: str, combination: Combination, how: FitOptions, clock: Clock) -> Standalone:
    profile, minimised = start_profile(combination, [mass], how, clock, minos=True)
    fit, found = _with_intervals(profile, minimised)
    return Standalone(mass, [m.name for m in combination.measurements], fit[mass], minimised.status.good and found)
