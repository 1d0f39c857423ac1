"""``-M MultiDimFit --algo grid``: the profile likelihood of one or two parameters on a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.crossing import Crossing, find_crossing, interval_rays
from ttjroofit.analysis.fit import FitOptions
from ttjroofit.analysis.grid import grid_points, grid_shape
from ttjroofit.analysis.heading import model_heading
from ttjroofit.analysis.interest import parameters_of_interest
from ttjroofit.analysis.minuit import fit_status
from ttjroofit.analysis.profile import Profile, freeze, profile_at
from ttjroofit.analysis.scan_conditions import (
    Condition,
    break_down_interval,
    conditions,
    everything,
    profile_under,
)
from ttjroofit.analysis.scan_options import ScanOptions
from ttjroofit.analysis.singles import ends, goodness, single_results, start_profile
from ttjroofit.analysis.tasks import Workers, split
from ttjroofit.errors import OptionError
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.results.scan import SCHEMA, Grid, ScanCurve, ScanPoint, ScanResult
from ttjroofit.results.singles import Ends
from ttjroofit.roofit.minimise import Minimised

__all__ = ["scan"]

POINTS = 50
"""Points of a grid unless asked for."""

TASK = 25
"""Points of one task: a quarter of a second."""

Deltas = tuple[FloatArray, npt.NDArray[np.int64]]
"""delta chi2 and status of points, shapes (B,)."""


def scan(combination: Combination, options: ScanOptions, how: FitOptions, workers: Workers, clock: Clock) -> ScanResult:
    """Fit, then find the conditional minimum at every point and the ends of the intervals.

    Args:
        combination: with its prediction.
        options: parameters, grid, conditions.
        how: minimiser, and what is recorded of the model.
        workers: run the points.
        clock: told of the stages.

    Raises:
        OptionError: for options that do not go together, or parameters that cannot be scanned.
    """
    names = parameters_of_interest(combination, options, (1, 2))
    _check(options, names)
    others = [options.curves.parameter] if options.curves is not None else []
    profile, minimised = start_profile(combination, [*names, *others], how, clock, minos=True)
    profile = replace(profile, scanned=tuple(names))
    grid = _grid(profile, options)
    points = grid_points([grid.ranges[name] for name in names], grid.shape, align_edges=options.align_edges)
    with clock.stage("conditions"):
        stated = conditions(combination, options)
        main = freeze(profile, everything(combination)) if options.fast else profile
        profiles = [main, *(profile_under(profile, condition) for condition in stated)]
    with clock.stage("scan"):
        scanned = _scan_points(profiles, points[grid.first : grid.last + 1], workers)
    with clock.stage("intervals"):
        intervals, found = _intervals(profiles, workers)
    curves = [
        _curve(condition, under, profile.chi2, part, interval)
        for condition, under, part, interval in zip(stated, profiles[1:], scanned[1:], intervals[1:], strict=True)
    ]
    return _result(_Scanned(profile, minimised, grid, scanned, intervals, found), curves, options, how)


@dataclass(frozen=True, eq=False)
class _Scanned:
    """What was computed: fit, grid, then points and intervals of the scan itself and of all conditions."""

    profile: Profile
    minimised: Minimised
    grid: Grid
    points: list[list[ScanPoint]]
    intervals: list[dict[str, dict[str, Ends]]]
    found: bool


def _result(scanned: _Scanned, curves: list[ScanCurve], options: ScanOptions, how: FitOptions) -> ScanResult:
    profile, combination = scanned.profile, scanned.profile.combination
    fit = single_results(profile, scanned.minimised)
    first = profile.scanned[0]
    return ScanResult(
        **model_heading(SCHEMA, combination, scenario=how.scenario, pulls=how.pulls),
        asimov=how.asimov,
        fast=options.fast,
        parameters=list(profile.scanned),
        grid=scanned.grid,
        best={name: single.value for name, single in fit.items()},
        fit=fit,
        minimum=profile.values,
        goodness_of_fit=goodness(profile),
        points=scanned.points[0],
        intervals=scanned.intervals[0],
        curves=curves,
        breakdown=break_down_interval(
            options.breakdown, fit[first].value, [intervals[first]["68"] for intervals in scanned.intervals]
        ),
        status=fit_status(scanned.minimised),
        good=scanned.minimised.status.good
        and scanned.found
        and all(point.status == 0 for points in scanned.points for point in points),
    )


def _check(options: ScanOptions, names: Sequence[str]) -> None:
    if options.range_x is not None and names[0] in options.ranges:
        raise OptionError(f"--rangeX and --setParameterRanges both give a range of {names[0]}: leave out one")
    several = [name for name, given in (("--breakdown", options.breakdown), ("--curves", options.curves)) if given]
    if several and len(names) > 1:
        raise OptionError(f"{several[0]} is for the scan of one parameter, not of {' and '.join(names)}")
    if several and options.fast:
        raise OptionError(f"{several[0]} compares profiles: leave out --fastScan, which profiles nothing")
    if options.curves is not None and options.curves.parameter in names:
        raise OptionError(f"--curves {options.curves.parameter}: it is the parameter that is scanned; name another")


def _grid(profile: Profile, options: ScanOptions) -> Grid:
    """Edges asked for, else ``auto_range`` standard deviations about the best fit inside of a parameter's range."""
    shape = grid_shape(len(profile.scanned), POINTS if options.points is None else options.points, options.grid_points)
    items = {item.name: item for item in profile.likelihood.parameters.items}
    reach = options.auto_range * np.sqrt(np.diag(profile.covariance()))
    edges = np.stack([profile.best[profile.where] - reach, profile.best[profile.where] + reach], axis=1)
    asked = dict(options.ranges)
    if options.range_x is not None:
        asked[profile.scanned[0]] = options.range_x
    ranges = {
        name: asked.get(name, (max(low, items[name].low), min(high, items[name].high)))
        for name, (low, high) in zip(profile.scanned, edges.tolist(), strict=True)
    }
    count = int(np.prod(shape))
    first, last = options.first or 0, count - 1 if options.last is None else min(options.last, count - 1)
    if not 0 <= first <= last:
        raise OptionError(
            f"--firstPoint {first} --lastPoint {options.last}: the grid has points 0 to {count - 1}: "
            "the first must be one of them and not above the last"
        )
    return Grid(shape, ranges, first, last, options.align_edges)


def _scan_points(profiles: Sequence[Profile], points: FloatArray, workers: Workers) -> list[list[ScanPoint]]:
    """All points in each profile, above the minimum of the first profile."""
    chunks = split(len(points), TASK)
    tasks = [
        (index, points[chunk.first : chunk.first + chunk.count]) for index in range(len(profiles)) for chunk in chunks
    ]
    parts = workers.map(_profile_points, tuple(profiles), tasks, name="points", sizes=[len(task[1]) for task in tasks])
    listed = []
    for index, profile in enumerate(profiles):
        own = parts[index * len(chunks) : (index + 1) * len(chunks)]
        delta = np.concatenate([part[0] for part in own]) + (profile.chi2 - profiles[0].chi2)
        listed.append(_listed(profile.scanned, points, delta, np.concatenate([part[1] for part in own])))
    return listed


def _profile_points(profiles: tuple[Profile, ...], task: tuple[int, FloatArray]) -> Deltas:
    found = profile_at(profiles[task[0]], task[1])
    return found.delta, found.status


def _intervals(profiles: Sequence[Profile], workers: Workers) -> tuple[list[dict[str, dict[str, Ends]]], bool]:
    """Intervals by parameter of each profile, and whether all searches converged."""
    single = [replace(profile, scanned=(name,)) for profile in profiles for name in profile.scanned]
    rays = [len(interval_rays(profile)) for profile in single]
    found = workers.map(_find_ends, tuple(single), list(range(len(single))), name="crossings", sizes=rays)
    intervals: list[dict[str, dict[str, Ends]]] = [{} for _ in profiles]
    good = True
    owners = [index for index, profile in enumerate(profiles) for _ in profile.scanned]
    for owner, profile, crossings in zip(owners, single, found, strict=True):
        intervals[owner][profile.scanned[0]], converged = ends(crossings)
        good = good and converged
    return intervals, good


def _find_ends(profiles: tuple[Profile, ...], index: int) -> list[Crossing]:
    return [find_crossing(profiles[index], ray) for ray in interval_rays(profiles[index])]


def _listed(
    names: Sequence[str], points: FloatArray, delta: FloatArray, status: npt.NDArray[np.int64]
) -> list[ScanPoint]:
    return [
        ScanPoint(dict(zip(names, point, strict=True)), height / 2.0, code)
        for point, height, code in zip(points.tolist(), delta.tolist(), status.tolist(), strict=True)
    ]


def _curve(
    condition: Condition,
    under: Profile,
    chi2: float,
    points: list[ScanPoint],
    intervals: dict[str, dict[str, Ends]],
) -> ScanCurve:
    return ScanCurve(
        label=condition.label,
        frozen=list(condition.groups),
        held=dict(condition.held),
        best=dict(zip(under.scanned, under.best[under.where].tolist(), strict=True)),
        deltaNLL=(under.chi2 - chi2) / 2.0,
        points=points,
        intervals=intervals,
    )
