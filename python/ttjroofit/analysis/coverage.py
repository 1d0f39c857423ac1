"""``-M Coverage``: pulls and intervals over toys of the full likelihood, with published pulls and with zeros."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2 as chi2_distribution

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.coverage_algebra import Algebra, LinearPull, algebra, mass_gradient
from ttjroofit.analysis.coverage_statistics import fraction, histogram, moments, moments_of_sums, pull
from ttjroofit.analysis.heading import heading
from ttjroofit.analysis.tasks import Chunk, Serial, Workers, split
from ttjroofit.errors import ModelError
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination, eliminate
from ttjroofit.model.likelihood import ReducedLikelihood, reduce_likelihood, theory_of
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.newton import minimise_all
from ttjroofit.model.tangent import Tangent, make_tangent
from ttjroofit.model.toys import ToyModel, Toys, toy_model, truth_after
from ttjroofit.model.zero_pulls import ZeroPulls, zero_pulls
from ttjroofit.results.coverage import (
    SCHEMA,
    BinCoverage,
    BinPull,
    ChoiceCoverage,
    CoverageResult,
    Estimate,
    IntervalCoverage,
    MassCoverage,
)

__all__ = ["CHOICES", "CoveragePlan", "study_coverage"]

CHOICES = ("published", "zero")
"""What stands for the profiled values: those of the toy, or zeros."""

CHUNK = 2000
"""Toys a task, 0.3 s of one core."""

LEVELS = (1.0, float(chi2_distribution.ppf(0.95, 1)))
"""Delta chi2 of the intervals: 68.27% and 95%."""


@dataclass(frozen=True)
class CoveragePlan:
    """How many toys, and what is to be written down of how the model was made.

    Attributes:
        toys: how many.
        seed: of the toys.
        scenario: of the correlations, recorded in the result.
    """

    toys: int
    seed: int
    scenario: str | None = None


@dataclass(frozen=True, eq=False)
class _Study:
    """What all tasks share.

    Attributes:
        toys: throws them.
        zero: the other choice.
        masses: positions of the M floating masses among the explicit parameters.
        expected: mean of the combined cross sections with either choice, shape (2, n).
    """

    toys: ToyModel
    zero: ZeroPulls
    masses: tuple[int, ...]
    expected: FloatArray


@dataclass(frozen=True, eq=False)
class _Piece:
    """Fits of B toys with both choices.

    Attributes:
        values, sigmas: of the masses, shapes (2, M, B).
        distance: chi2 with a mass at its truth, less the minimum; shape (2, M, B).
        converged: shape (2, B).
        bins: sums over the toys of powers 1, 2 and 4 of combined less expected cross sections; shape (3, 2, n).
    """

    values: FloatArray
    sigmas: FloatArray
    distance: FloatArray
    converged: npt.NDArray[np.bool_]
    bins: FloatArray


@dataclass(frozen=True, eq=False)
class _Data:
    """The fit of the data and what follows from it by algebra.

    Attributes:
        combination, elimination, likelihood: the model.
        values: explicit parameters at the minimum, shape (P,).
        tangent: the model there with linear sources.
        zero_shift: shift of the explicit parameters when the profiled values are set to zero, shape (P,).
        algebra: of the combined cross sections in toys thrown from the minimum.
    """

    combination: Combination
    elimination: Elimination
    likelihood: ReducedLikelihood
    values: FloatArray
    tangent: Tangent
    zero_shift: FloatArray
    algebra: Algebra


def study_coverage(
    combination: Combination, plan: CoveragePlan, clock: Clock, workers: Workers | None = None
) -> CoverageResult:
    """Throw toys from the post-fit values of the data, fit each with both choices, and count.

    Args:
        combination: with its prediction and its published profiled values.
        plan: how many toys.
        clock: told of the stages.
        workers: fit the toys; None: here.

    Raises:
        ModelError: if there is no prediction, no mass floats, or nearly no fit converged.
    """
    with clock.stage("model"):
        data, study = _prepare(combination, plan.seed)
    chunks = split(plan.toys, CHUNK)
    with clock.stage("toys"):
        sizes = [chunk.count for chunk in chunks]
        pieces = (workers or Serial()).map(_fit_toys, study, chunks, name="toys", sizes=sizes)
    with clock.stage("summary"):
        return _result(data, study, plan, pieces)


def _prepare(combination: Combination, seed: int) -> tuple[_Data, _Study]:
    theory = theory_of(combination)
    if all(item.frozen for item in theory.parameters.masses):
        raise ModelError("all masses are frozen: there is no interval to study")
    elimination = eliminate(combination)
    likelihood = reduce_likelihood(combination, elimination)
    values = find_minimum(likelihood)
    tangent = make_tangent(combination, elimination, likelihood, values)
    truth = truth_after(combination, tangent.after, values)
    bins = theory.spectrum.value(values) + theory.interpolation @ truth.eta
    zero = zero_pulls(combination, elimination)
    known = algebra(combination, elimination, zero, np.concatenate([bins, truth.phi]))
    masses = tuple(i for i, item in enumerate(theory.parameters.items) if item.kind == "mass" and not item.frozen)
    toys = toy_model(combination, elimination, likelihood, truth, seed)
    shift = find_minimum(_with_zeros(combination)) - values
    return (
        _Data(combination, elimination, likelihood, values, tangent, shift, known),
        _Study(toys, zero, masses, np.array([bins, bins + known.shift])),
    )


def _tangent_algebra(tangent: Tangent) -> tuple[ReducedLikelihood, Algebra]:
    """The likelihood that a mass is linear in, and what zeros do to its cross sections at the truth of the toys."""
    combination, elimination, after = tangent.combination, tangent.elimination, tangent.after
    theory = theory_of(combination)
    truth = truth_after(combination, after, tangent.values)
    bins = theory.spectrum.value(tangent.values) + theory.interpolation @ truth.eta
    zero = zero_pulls(combination, elimination)
    known = algebra(combination, elimination, zero, np.concatenate([bins, truth.phi]))
    return reduce_likelihood(combination, elimination), known


def _with_zeros(combination: Combination) -> ReducedLikelihood:
    """The likelihood of the data with zeros for the profiled values."""
    observed = {name: values.copy() for name, values in combination.observed.items()}
    for measurement in combination.measurements:
        observed[measurement.name][len(measurement.bins) :] = 0.0
    other = combination.observing(observed)
    return reduce_likelihood(other, eliminate(other))


def _fit_toys(study: _Study, chunk: Chunk) -> _Piece:
    toys = study.toys.throw(chunk.first, chunk.count, whole=True)
    if toys.joint is None:
        raise ValueError("the toys were not thrown whole")
    zeros = study.zero.without(toys.joint)
    fits = [_fit_choice(study, choice) for choice in (toys, study.toys.with_joint(toys, zeros))]
    bins = study.expected.shape[1]
    away = np.array([toys.joint[:, :bins], zeros[:, :bins]]) - study.expected[:, None, :]
    return _Piece(
        values=np.array([values for values, _, _, _ in fits]),
        sigmas=np.array([sigmas for _, sigmas, _, _ in fits]),
        distance=np.array([distance for _, _, distance, _ in fits]),
        converged=np.array([converged for _, _, _, converged in fits]),
        bins=np.array([np.sum(away**power, axis=1) for power in (1, 2, 4)]),
    )


def _fit_choice(study: _Study, toys: Toys) -> tuple[FloatArray, FloatArray, FloatArray, npt.NDArray[np.bool_]]:
    """Values, sigmas and distances of the masses, shapes (M, B); and which fits converged, shape (B,)."""
    likelihood, truth = study.toys.likelihood, study.toys.truth.values
    problems = toys.problems(likelihood, truth)
    free = minimise_all(likelihood, problems)
    converged, distances = free.converged.copy(), []
    for mass in study.masses:
        start, held = free.values.copy(), problems.held.copy()
        start[:, mass], held[:, mass] = truth[mass], True
        fixed = minimise_all(likelihood, replace(problems, start=start, held=held))
        converged &= fixed.converged
        distances.append(fixed.chi2 - free.chi2)
    values = free.values[:, list(study.masses)].T
    return values, np.array([free.sigma(mass) for mass in study.masses]), np.array(distances), converged


def _result(data: _Data, study: _Study, plan: CoveragePlan, pieces: list[_Piece]) -> CoverageResult:
    combination = data.combination
    converged = np.concatenate([np.all(piece.converged, axis=0) for piece in pieces])
    if np.count_nonzero(converged) < 2:
        raise ModelError(f"of {plan.toys} toys {np.count_nonzero(converged)} could be fitted: no width to measure")
    joined = [
        np.concatenate([getattr(piece, name) for piece in pieces], axis=-1)[..., converged]
        for name in ("values", "sigmas", "distance")
    ]
    return CoverageResult(
        **heading(SCHEMA, combination),
        measurements=[measurement.name for measurement in combination.measurements],
        quality=list(theory_of(combination).quality),
        scenario=plan.scenario,
        toys=plan.toys,
        seed=plan.seed,
        unconverged=int(np.count_nonzero(~converged)),
        masses={
            data.likelihood.parameters.names[mass]: _mass(data, mass, [array[:, i] for array in joined])
            for i, mass in enumerate(study.masses)
        },
        bins=_bins(data, plan.toys, np.sum([piece.bins for piece in pieces], axis=0)),
    )


def _mass(data: _Data, mass: int, fits: list[FloatArray]) -> MassCoverage:
    """One mass; ``fits`` are values, sigmas and distances of shape (2, B)."""
    item, after = data.likelihood.parameters.items[mass], data.tangent.after
    row = after.covariance[after.where([item.name])[0]]
    likelihood, known = _tangent_algebra(data.tangent)
    gradient, variance = mass_gradient(likelihood, after, likelihood.parameters.position(item.name))
    truth = float(data.values[mass])
    return MassCoverage(
        unit=item.unit,
        truth=truth,
        zero_shift=float(data.zero_shift[mass]),
        sigma_data=after.sigma(item.name),
        sigma_expected=float(np.sqrt(variance)),
        estimator_data=float(np.sqrt(row @ after.expected @ row)),
        choices={
            choice: _choice(fits[0][i] - truth, fits[1][i], fits[2][i], known.pull(choice, gradient, variance))
            for i, choice in enumerate(CHOICES)
        },
    )


def _choice(away: FloatArray, sigmas: FloatArray, distance: FloatArray, linear: LinearPull) -> ChoiceCoverage:
    """One mass with one choice, from B toys; ``away`` is the estimate less the truth."""
    # rounding may leave a distance below zero where the estimate is the truth
    root = np.sign(away) * np.sqrt(np.maximum(distance, 0.0))
    hesse = away / sigmas
    bias, rms = moments(away)
    mean_sigma, _ = moments(sigmas)
    return ChoiceCoverage(
        bias=bias,
        rms=rms,
        mean_sigma=mean_sigma,
        rms_over_sigma=Estimate(rms.value / mean_sigma.value, rms.error / mean_sigma.value),
        hesse=pull(hesse),
        minos=pull(root),
        coverage=[
            IntervalCoverage(
                nominal=float(chi2_distribution.cdf(level, 1)),
                delta_chi2=level,
                hesse=fraction(hesse**2 <= level),
                minos=fraction(distance <= level),
            )
            for level in LEVELS
        ],
        linear_mean=linear.mean,
        linear_width=linear.width,
        linear_width_over_truths=linear.over_truths,
        histogram=histogram(hesse, root),
    )


def _bins(data: _Data, toys: int, sums: FloatArray) -> list[BinCoverage]:
    """The combined cross sections; ``sums`` of powers have shape (3, 2, n)."""
    variances = np.diag(data.elimination.reduced.covariance)
    # of the pulls about their expected means: the first moment is small, so the others are as good as central
    means, second, fourth = sums / toys / np.power.outer(np.sqrt(variances), (1.0, 2.0, 4.0)).T[:, None, :]
    owner = [measurement.name for measurement in data.combination.measurements for _ in measurement.bins]
    found = []
    for i, unit in enumerate(np.eye(len(variances))):
        choices = {}
        for c, choice in enumerate(CHOICES):
            known = data.algebra.pull(choice, unit, float(variances[i]))
            spread = float(second[c, i] - means[c, i] ** 2)
            mean, width = moments_of_sums(toys, known.mean + float(means[c, i]), spread, float(fourth[c, i]))
            choices[choice] = BinPull(mean, width, known.mean, known.width, known.over_truths)
        found.append(BinCoverage(data.combination.bins[i], owner[i], choices))
    return found
