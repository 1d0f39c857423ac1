"""Checks of the shifts of externalised sources: none, large, one-sided, rough, the same twice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ttjroofit.analysis.checks.check import Check, Found, Subject, named, ranked, statistical_sigma
from ttjroofit.inputs.measurement import FloatArray, Measurement

__all__ = ["CHECKS", "von_neumann_ratio"]

IMPORTANT = 0.5
"""A shift of this share of the uncertainty of its bin adds 12% to it: smaller ones may be as rough as they like."""

FEWEST_BINS = 5
"""Below, three differences or fewer tell no rough shape from a smooth one."""


def _idle(subject: Subject, _: float) -> Iterator[Found]:
    for measurement in subject.measurements:
        moves = _size(measurement)
        idle = named(name for name, size in zip(measurement.sources, moves, strict=True) if size == 0.0)
        if idle:
            yield Found(f"sources without effect ({len(idle)})", idle, measurement)


def _size(measurement: Measurement) -> FloatArray:
    """Largest shift of each source in any bin, up or down, shape (s,), in the unit of the values."""
    size = np.max(np.abs(measurement.shifts), axis=0, initial=0.0)
    for name, response in measurement.responses.items():
        if name in measurement.sources:
            largest = max(float(np.max(np.abs(response.up))), float(np.max(np.abs(response.down))))
            size[measurement.sources.index(name)] = largest
    return np.asarray(size, dtype=np.float64)


def _large(subject: Subject, threshold: float) -> Iterator[Found]:
    for measurement in subject.measurements:
        values = np.broadcast_to(np.abs(measurement.values)[:, None], measurement.shifts.shape)
        share = np.divide(np.abs(measurement.shifts), values, out=np.zeros_like(measurement.shifts), where=values > 0)
        relative = np.max(share, axis=0, initial=0.0)
        large = ranked(measurement.sources, relative, threshold)
        if large:
            message = f"sources that move a bin by more than {threshold:.0%} of its value ({len(large)})"
            yield Found(message, large, measurement)


def _one_sided(subject: Subject, threshold: float) -> Iterator[Found]:
    for measurement in subject.measurements:
        sigma, both = statistical_sigma(measurement), {}
        for name, response in measurement.responses.items():
            smaller = np.minimum(np.abs(response.up), np.abs(response.down))
            both[name] = float(np.max(np.where(response.up * response.down > 0, smaller / sigma, 0.0)))
        one_sided = ranked(both, both.values(), threshold)
        if one_sided:
            count = len(one_sided)
            message = f"sources that move a bin the same way for +1 and -1 sigma ({count}), in its statistical sigma"
            yield Found(message, one_sided, measurement)


def _undetermined(subject: Subject, threshold: float) -> Iterator[Found]:
    """Shifts that their own Monte Carlo uncertainties do not tell from zero."""
    for measurement in subject.measurements:
        if measurement.shift_sigma is None:
            continue
        noise = measurement.shift_sigma
        known = np.all(noise > 0, axis=0) & _important(measurement)
        pulls = measurement.shifts / np.where(noise > 0, noise, 1.0)
        mean = np.mean(pulls**2, axis=0)
        names = [name for name, ok in zip(measurement.sources, known, strict=True) if ok]
        noisy = ranked(names, -mean[known], -threshold)
        if noisy:
            found = [(name, -value) for name, value in noisy]
            yield Found(
                f"important shifts no larger than their Monte Carlo uncertainties ({len(found)})", found, measurement
            )


def _rough(subject: Subject, threshold: float) -> Iterator[Found]:
    """Shifts without Monte Carlo uncertainties whose shape is rougher than noise."""
    for measurement in subject.measurements:
        if len(measurement.bins) < FEWEST_BINS:
            continue
        noise = measurement.shift_sigma if measurement.shift_sigma is not None else np.zeros_like(measurement.shifts)
        asked = np.flatnonzero(_important(measurement) & ~np.all(noise > 0, axis=0))
        ratios = [von_neumann_ratio(measurement.shifts[:, i] / statistical_sigma(measurement)) for i in asked]
        rough = ranked([measurement.sources[i] for i in asked], ratios, threshold)
        if rough:
            yield Found(f"important shifts that jump from bin to bin ({len(rough)})", rough, measurement)


def von_neumann_ratio(series: FloatArray) -> float:
    """Mean squared difference of neighbours over the variance, J. von Neumann, Ann. Math. Stat. 12 (1941) 367.

    2 on average for n independent numbers of one distribution, close to 0 for a smooth curve, 4 for alternating signs.

    Args:
        series: shape (n,).
    """
    variance = float(np.var(series, ddof=1))
    return float(np.mean(np.diff(series) ** 2)) / variance if variance > 0 else 0.0


def _important(measurement: Measurement) -> npt.NDArray[np.bool_]:
    """Whether a source moves any bin by more than ``IMPORTANT`` of its statistical uncertainty, shape (s,)."""
    pulls = np.abs(measurement.shifts) / statistical_sigma(measurement)[:, None]
    return np.asarray(np.max(pulls, axis=0, initial=0.0) > IMPORTANT)


def _duplicates(subject: Subject, threshold: float) -> Iterator[Found]:
    for measurement in subject.measurements:
        size = np.linalg.norm(measurement.shifts, axis=0)
        moving = np.flatnonzero(size > 0)
        unit = measurement.shifts[:, moving] / size[moving]
        names = [measurement.sources[i] for i in moving]
        ratio = np.minimum.outer(size[moving], size[moving]) / np.maximum.outer(size[moving], size[moving])
        distance = 1.0 - np.abs(unit.T @ unit) * ratio
        rows, columns = np.nonzero(np.tril(distance < threshold, -1))
        pairs = [(f"{names[j]} ~ {names[i]}", float(distance[i, j])) for i, j in zip(rows, columns, strict=True)]
        if pairs and len(measurement.bins) > 1:
            worst = sorted(pairs, key=lambda pair: pair[1])
            yield Found(f"pairs of sources with the same shifts ({len(pairs)})", worst, measurement)


CHECKS = (
    Check(
        "source-without-effect",
        "all shifts of a source are zero",
        None,
        "",
        "leave it out with what is said of it (`nuisance edit drop NAME`, its `correlation` lines, `kmax`), or give "
        "its shifts",
        _idle,
    ),
    Check(
        "shift-large",
        "a source moves a bin by more than half of its value",
        0.5,
        "at two sigma nothing is left of the bin: a linear response is wrong there",
        "check the unit of the shift; give `type: relative` or `lognormal`, or `up` and `down`",
        _large,
    ),
    Check(
        "shift-one-sided",
        "up and down shift of a source have the same sign in a bin",
        0.1,
        "below a tenth of the statistical uncertainty of the bin it changes nothing",
        "check that `down` is signed; if both are noise, give half their difference as `shift`, or smooth it",
        _one_sided,
    ),
    Check(
        "shift-noisy",
        "the shifts of an important source are no larger than their own Monte Carlo uncertainties",
        1.0,
        "the mean square of a shift over its uncertainty is 1 for pure noise",
        "smooth it (`smooth NAME polynomial 1`), or drop it; -M ShiftStatistics tells what it does to the mass",
        _undetermined,
    ),
    Check(
        "shift-rough",
        "the shifts of an important source, stated without Monte Carlo uncertainties, jump from bin to bin",
        2.0,
        "von Neumann's ratio is 2 for independent numbers and near 0 for a smooth shape: only half of all noise is "
        "above, no smooth shape is",
        "state `shift_sigma`, or smooth it (`smooth NAME polynomial 2`)",
        _rough,
    ),
    Check(
        "shift-duplicate",
        "two sources of a measurement have the same shifts, up to their sign",
        1e-6,
        "shifts are published with six digits at most",
        "check for a source listed twice under two names; `nuisance edit drop` one of them",
        _duplicates,
    ),
)
