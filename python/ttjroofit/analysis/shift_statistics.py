"""``-M ShiftStatistics``: the masses in toys over the shifts of systematic sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.heading import model_heading
from ttjroofit.analysis.tasks import Chunk, Serial, Workers, split
from ttjroofit.analysis.toys import estimate_mean
from ttjroofit.errors import ModelError
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.explicit import linearise
from ttjroofit.model.impacts import global_impacts
from ttjroofit.model.likelihood import ReducedLikelihood, reduce_likelihood, theory_of
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.newton import Minima, Problems, minimise_all
from ttjroofit.model.posterior import posterior
from ttjroofit.model.shift_toys import (
    ShiftMoves,
    UncertainShift,
    shift_moves,
    throw_shifts,
    uncertain_shifts,
    with_moved_shifts,
)
from ttjroofit.results.shift_statistics import SCHEMA, MassShiftStatistics, ShiftStatistic, ShiftStatisticsResult
from ttjroofit.results.toys import Estimate

__all__ = ["ShiftPlan", "estimate_rms", "shift_statistics"]

FITS = 4000
"""Fits a task where the combination is explicit in the shifts, 0.5 s of one core."""

REBUILT_FITS = 50
"""Fits a task where it is made anew for each."""

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ShiftPlan:
    """How many toys, and what is to be written down of how the model was made.

    Attributes:
        toys: how many.
        seed: of the toys.
        scenario, pulls: of the model, recorded in the result.
    """

    toys: int
    seed: int
    scenario: str | None = None
    pulls: str = "published"


@dataclass(frozen=True, eq=False)
class _Row:
    """A row of the table: nuisances, and the columns among the uncertain shifts that fluctuate."""

    name: str
    kind: Literal["source", "group", "all"]
    measurement: str
    members: tuple[str, ...]
    columns: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class _Study:
    """What all tasks share.

    Attributes:
        combination: of the data.
        likelihood: of the combination.
        start: explicit parameters at the minimum of the data, shape (P,).
        masses: positions of the M floating masses.
        uncertain: the k sources that fluctuate.
        moves: the combination as a function of their shifts; None where it is made anew for every toy.
        cases: sets of columns that fluctuate together, C of them.
        seed: of the toys.
    """

    combination: Combination
    likelihood: ReducedLikelihood
    start: FloatArray
    masses: tuple[int, ...]
    uncertain: tuple[UncertainShift, ...]
    moves: ShiftMoves | None
    cases: tuple[tuple[int, ...], ...]
    seed: int


@dataclass(frozen=True, eq=False)
class _Fits:
    """Masses and their standard deviations, shapes (..., M), and which fits converged, shape (...)."""

    values: FloatArray
    sigmas: FloatArray
    converged: BoolArray

    @classmethod
    def joined(cls, parts: Sequence[_Fits]) -> _Fits:
        """Those of several chunks of toys, the second axis; the first is that of the cases."""
        return cls(
            np.concatenate([part.values for part in parts], axis=1),
            np.concatenate([part.sigmas for part in parts], axis=1),
            np.concatenate([part.converged for part in parts], axis=1),
        )


def shift_statistics(
    combination: Combination, plan: ShiftPlan, clock: Clock, workers: Workers | None = None
) -> ShiftStatisticsResult:
    """Fluctuate the shifts of every source, of every group of them and of all, and repeat combination and fit.

    Args:
        combination: with its prediction.
        plan: how many toys.
        clock: told of the stages.
        workers: fit the toys; None: here.

    Raises:
        ModelError: if there is no prediction, no mass floats, or no source has a Monte Carlo uncertainty.
    """
    with clock.stage("model"):
        uncertain = _require_uncertain(combination)
        rows = _rows(combination, uncertain)
        study = _study(combination, uncertain, rows, plan.seed)
        nominal = _fit_nominal(study)
        impacts = _impacts(study)
    size = max(1, (FITS if study.moves is not None else REBUILT_FITS) // len(study.cases))
    chunks = split(plan.toys, size)
    with clock.stage("toys"):
        parts = (workers or Serial()).map(_fit_chunk, study, chunks, name="toys", sizes=[c.count for c in chunks])
    fits = _Fits.joined(parts)
    items = study.likelihood.parameters.items
    masses = {
        items[position].name: MassShiftStatistics(
            value=float(nominal.values[0, column]),
            sigma=float(nominal.sigmas[0, column]),
            unit=items[position].unit,
            rows=_table(study, rows, impacts[column], nominal=nominal, fits=fits, column=column),
        )
        for column, position in enumerate(study.masses)
    }
    smoothed = {curve.source for curve in combination.smoothed}
    return ShiftStatisticsResult(
        **model_heading(SCHEMA, combination, scenario=plan.scenario, pulls=plan.pulls),
        toys=plan.toys,
        seed=plan.seed,
        method="explicit" if study.moves is not None else "rebuilt",
        smoothed=sum(shift.source in smoothed for shift in uncertain),
        masses=masses,
        good=bool(np.all(fits.converged)),
    )


def estimate_rms(moves: FloatArray) -> Estimate:
    """Root mean square of N numbers about 0 with its error, from their fourth moment."""
    if len(moves) < 2:
        return Estimate(None, None)
    mean_square = float(np.mean(moves**2))
    if mean_square == 0.0:
        return Estimate(0.0, None)
    spread = np.sqrt(max(float(np.mean(moves**4)) - mean_square**2, 0.0) / len(moves))
    return Estimate(float(np.sqrt(mean_square)), float(spread / (2.0 * np.sqrt(mean_square))))


def _require_uncertain(combination: Combination) -> tuple[UncertainShift, ...]:
    theory = theory_of(combination)
    if all(item.frozen for item in theory.parameters.masses):
        raise ModelError("all masses are frozen: shifts that fluctuate move none")
    uncertain = uncertain_shifts(combination)
    if not uncertain:
        names = ", ".join(measurement.name for measurement in combination.measurements)
        files = ", ".join(str(measurement.path) for measurement in combination.measurements)
        raise ModelError(
            f"no source of {names} has a Monte Carlo uncertainty of its shift: give it as `shift_sigma: [...]`, one "
            f"number a bin, beside the `shift` of a source in {files} (docs/inputs.md)"
        )
    return uncertain


def _rows(combination: Combination, uncertain: Sequence[UncertainShift]) -> list[_Row]:
    """Every source, every group with one at least, and all."""
    columns = {shift.source: column for column, shift in enumerate(uncertain)}
    rows = [_Row(shift.source, "source", shift.measurement, (shift.source,), (i,)) for i, shift in enumerate(uncertain)]
    for group, names in combination.groups.items():
        members = tuple(name for name in names if name in combination.owners)
        inside = tuple(sorted(columns[name] for name in members if name in columns))
        if inside:
            rows.append(_Row(group, "group", "", members, inside))
    return [*rows, _Row("all", "all", "", tuple(combination.owners), tuple(range(len(uncertain))))]


def _study(combination: Combination, uncertain: tuple[UncertainShift, ...], rows: Sequence[_Row], seed: int) -> _Study:
    elimination = eliminate(combination)
    likelihood = reduce_likelihood(combination, elimination)
    items = likelihood.parameters.items
    start = find_minimum(likelihood)
    # least squares stop at 1e-6 GeV, Newton steps much closer
    problem = Problems(likelihood.mean[None], likelihood.precision, start[None], np.zeros((1, len(items)), dtype=bool))
    return _Study(
        combination=combination,
        likelihood=likelihood,
        start=minimise_all(likelihood, problem).values[0],
        masses=tuple(i for i, item in enumerate(items) if item.kind == "mass" and not item.frozen),
        uncertain=uncertain,
        moves=None if combination.explicit else shift_moves(combination, elimination, uncertain),
        cases=tuple(dict.fromkeys(row.columns for row in rows)),
        seed=seed,
    )


def _fit_nominal(study: _Study) -> _Fits:
    nominal = _fit_problems(study, study.likelihood, study.likelihood.mean[None], study.likelihood.precision[None])
    if not nominal.converged[0]:
        raise ModelError("the fit of the data has no minimum: shifts that fluctuate cannot be compared with it")
    return nominal


def _impacts(study: _Study) -> list[dict[str, float]]:
    """Global impacts of all nuisances, one dictionary a mass."""
    combination, likelihood, values = study.combination, study.likelihood, study.start
    if combination.explicit:
        true = replace(likelihood.spectrum, responses=None, linear=None).value(values)
        named = dict(zip(likelihood.parameters.names, values.tolist(), strict=True))
        combination = linearise(combination, true, named)
        values = theory_of(combination).parameters.values(named)
    after = posterior(combination, eliminate(combination), values)
    names = likelihood.parameters.names
    return [global_impacts(combination, after, names[mass]).impacts for mass in study.masses]


def _fit_chunk(study: _Study, chunk: Chunk) -> _Fits:
    """Fits of the toys of a chunk with every case, shapes (C, B, M)."""
    bins = len(study.combination.bins)
    moves = throw_shifts(study.uncertain, bins, study.seed, range(chunk.first, chunk.first + chunk.count))
    fits = [_fit_case(study, moves, columns) for columns in study.cases]
    return _Fits(
        np.array([fit.values for fit in fits]),
        np.array([fit.sigmas for fit in fits]),
        np.array([fit.converged for fit in fits]),
    )


def _fit_case(study: _Study, moves: FloatArray, columns: Sequence[int]) -> _Fits:
    """Fits with some of the shifts moved, shapes (B, M)."""
    if study.moves is None:
        fits = [_fit_rebuilt(study, toy, columns) for toy in moves]
        return _Fits(
            np.concatenate([fit.values for fit in fits]),
            np.concatenate([fit.sigmas for fit in fits]),
            np.concatenate([fit.converged for fit in fits]),
        )
    means, covariances = study.moves.of(columns).combined(moves[:, :, list(columns)])
    covariances += theory_of(study.combination).interpolation_covariance
    # unit diagonal first: cross sections differ by orders of magnitude
    scale = np.sqrt(np.diag(study.likelihood.covariance))
    inverse = np.linalg.inv(covariances / np.outer(scale, scale)) / np.outer(scale, scale)
    return _fit_problems(study, study.likelihood, means, (inverse + np.swapaxes(inverse, 1, 2)) / 2.0)


def _fit_rebuilt(study: _Study, move: FloatArray, columns: Sequence[int]) -> _Fits:
    """One fit, shapes (1, M); one that cannot be made is not converged."""
    named = {study.uncertain[i].source: move[study.uncertain[i].bins, i] for i in columns}
    try:
        moved = with_moved_shifts(study.combination, named)
        likelihood = reduce_likelihood(moved, eliminate(moved))
    except ModelError:
        nothing = np.full((1, len(study.masses)), np.nan)
        return _Fits(nothing, nothing, np.zeros(1, dtype=bool))
    return _fit_problems(study, likelihood, likelihood.mean[None], likelihood.precision[None])


def _fit_problems(study: _Study, likelihood: ReducedLikelihood, means: FloatArray, precisions: FloatArray) -> _Fits:
    start = np.tile(study.start, (len(means), 1))
    minima = minimise_all(likelihood, Problems(means, precisions, start, np.zeros(start.shape, dtype=bool)))
    return _Fits(minima.values[:, list(study.masses)], _sigmas(minima, study.masses), minima.converged)


def _sigmas(minima: Minima, masses: Sequence[int]) -> FloatArray:
    """Standard deviations of masses, shape (B, M); NaN where the Hessian has no inverse."""
    sigmas = np.full((len(minima.values), len(masses)), np.nan)
    inverse = np.linalg.inv(minima.hessian[minima.converged])
    for column, mass in enumerate(masses):
        sigmas[minima.converged, column] = np.sqrt(inverse[:, mass, mass])
    return sigmas


def _table(
    study: _Study, rows: Sequence[_Row], impacts: dict[str, float], *, nominal: _Fits, fits: _Fits, column: int
) -> list[ShiftStatistic]:
    table = []
    for row in rows:
        case = study.cases.index(row.columns)
        good = fits.converged[case]
        moves = fits.values[case][good, column] - nominal.values[0, column]
        sigmas = fits.sigmas[case][good, column] - nominal.sigmas[0, column]
        of_members = [impacts[name] for name in row.members]
        table.append(
            ShiftStatistic(
                name=row.name,
                kind=row.kind,
                measurement=row.measurement,
                fluctuated=len(row.columns),
                members=len(row.members),
                impact=of_members[0] if row.kind == "source" else float(np.linalg.norm(of_members)),
                mc_stat=estimate_rms(moves),
                mean_move=estimate_mean(moves),
                sigma_rms=estimate_rms(sigmas),
                sigma_mean_move=estimate_mean(sigmas),
                unconverged=int(np.count_nonzero(~good)),
            )
        )
    order = {"source": 0, "group": 1, "all": 2}
    return sorted(table, key=lambda entry: (order[entry.kind], -(entry.mc_stat.value or 0.0), entry.name))
