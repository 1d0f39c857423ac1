r"""The combination with Pearson's chi2: statistical variances follow the combined values instead of the measured ones.

For each measurement let mu be the expectation of its observed values at given true values and nuisances, and P the
inverse of its covariance with all nuisances fixed. Neyman's form is (xhat - mu)^T P (xhat - mu). Pearson's has

    u^T P u,  u_b = (xhat_b - mu_b) sqrt(xhat_b / mu_b),

so the statistical variance of a bin is the published one times mu_b / xhat_b, as for a count, and correlations stay.
That is the option of Convino (J. Kieseler, EPJC 77 (2017) 792, arXiv:1706.01681; its default). Nuisances and priors
enter as in Neyman's form. chi2 is no parabola: it is minimised by Newton steps, and errors are where it rises by 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from ttjroofit.errors import FitError, InputError, Place
from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination, design, eliminate, prior_information
from ttjroofit.model.gaussian import Indices, Information

__all__ = ["PearsonChi2", "eliminate_pearson", "pearson_chi2", "pearson_errors"]

_STEPS, _HALVINGS = 100, 40
_SETTLED = 1e-9
_CONVERGED = 1e-18
"""Expected decrease of chi2 at which the minimum is found: far below what changes a result."""


@dataclass(frozen=True, eq=False)
class _Term:
    """One measurement: mu = design z + offset.

    Attributes:
        observed: xhat, shape (b,), positive.
        design: shape (b, d).
        offset: shape (b,).
        precision: P, shape (b, b).
    """

    observed: FloatArray
    design: FloatArray
    offset: FloatArray
    precision: FloatArray

    def expected(self, z: FloatArray) -> FloatArray:
        """mu, shape (b,)."""
        return np.asarray(self.design @ z + self.offset)


@dataclass(frozen=True, eq=False)
class PearsonChi2:
    """chi2 over z: n cross sections and the prior parameters that float, d in all.

    Attributes:
        rest: what is quadratic: priors and fitted nuisances.
        terms: of the measurements.
    """

    rest: Information
    terms: tuple[_Term, ...]

    def value(self, z: FloatArray) -> float:
        """chi2 at z, infinite where an expectation is not positive."""
        total = self.rest.chi2(z)
        for term in self.terms:
            mu = term.expected(z)
            if np.min(mu) <= 0:
                return float("inf")
            u = (term.observed - mu) * np.sqrt(term.observed / mu)
            total += float(u @ term.precision @ u)
        return total

    def derivatives(self, z: FloatArray, *, curved: bool = True) -> tuple[FloatArray, FloatArray]:
        """Halves of the gradient, shape (d,), and of the second derivative, shape (d, d).

        Args:
            z: where.
            curved: with the curvature of u, without which the second derivative is positive definite.
        """
        slope = self.rest.hessian @ z - self.rest.slope
        hessian = self.rest.hessian.copy()
        for term in self.terms:
            mu, x = term.expected(z), term.observed
            u = (x - mu) * np.sqrt(x / mu)
            first = -np.sqrt(x / mu) * (x / mu + 1.0) / 2.0
            second = np.sqrt(x / mu) * (3.0 * x / mu + 1.0) / (4.0 * mu)
            force = term.precision @ u
            inner = first[:, None] * term.precision * first
            if curved:
                inner = inner + np.diag(second * force)
            slope = slope + term.design.T @ (first * force)
            hessian += term.design.T @ inner @ term.design
        return slope, hessian


def pearson_chi2(combination: Combination, fixed: Indices, values: FloatArray) -> PearsonChi2:
    """Set up chi2 with some components of (x, phi) fixed.

    Args:
        combination: a prediction in it plays no role.
        fixed: positions of the fixed components.
        values: what they are fixed at.

    Raises:
        InputError: an observed cross section is not positive.
    """
    rest = prior_information(combination)
    free = np.setdiff1d(np.arange(len(rest.slope)), fixed)
    terms = []
    for measurement in combination.measurements:
        bins, observed = len(measurement.bins), combination.observed[measurement.name]
        _check_positive(measurement, observed[:bins])
        rows, covariance = design(combination, measurement), measurement.covariance
        fitted = covariance[bins:, bins:]
        regression = np.linalg.solve(fitted, covariance[bins:, :bins]).T
        conditional = covariance[:bins, :bins] - regression @ covariance[bins:, :bins]
        if len(fitted):
            rest = rest.observe(rows[bins:], observed[bins:], fitted)
        full = rows[:bins] - regression @ rows[bins:]
        offset = regression @ observed[bins:] + full[:, fixed] @ values
        precision = np.linalg.inv((conditional + conditional.T) / 2.0)
        terms.append(_Term(observed[:bins], full[:, free], offset, (precision + precision.T) / 2.0))
    return PearsonChi2(rest.fix(fixed, values), tuple(terms))


def eliminate_pearson(combination: Combination) -> tuple[Elimination, PearsonChi2]:
    """Minimise Pearson's chi2.

    Returns:
        The parabola about the minimum in the form of `eliminate`, and the chi2 itself.

    Raises:
        TtjroofitError: a cross section is not positive, or the minimum is not found.
    """
    start = eliminate(combination)
    count, prior = start.bins, combination.prior
    frozen = np.array([name in combination.frozen for name in prior.parameters], dtype=bool)
    chi2 = pearson_chi2(combination, count + np.flatnonzero(frozen), combination.starts[frozen])
    z = _minimise(chi2, _positive_start(chi2, start.joint.mean, combination))
    _, hessian = chi2.derivatives(z)
    constant = chi2.value(z) + float(z @ hessian @ z)
    information = Information(hessian, hessian @ z, constant)
    return Elimination(information, information.gaussian(), count, start.floating), chi2


def pearson_errors(chi2: PearsonChi2, minimum: Elimination, which: Sequence[int]) -> list[tuple[float, float]]:
    """How far components move, all others profiled, until chi2 has risen by 1: (negative, positive) for each.

    Raises:
        FitError: chi2 does not rise by 1 on a side.
    """
    best, covariance = minimum.joint.mean, minimum.joint.covariance
    level = chi2.value(best) + 1.0
    ends = []
    for i in which:
        step = covariance[:, i] / np.sqrt(covariance[i, i])
        low, high = (_crossing(chi2, best, step, i, side, level=level) for side in (-1.0, 1.0))
        ends.append((low, high))
    return ends


def _crossing(chi2: PearsonChi2, best: FloatArray, step: FloatArray, i: int, side: float, *, level: float) -> float:
    """Solve grad chi2 = multiplier e_i, chi2 = level by Newton steps from one standard deviation away."""
    z, multiplier = _possible(chi2, best, side * step), side / float(step[i])
    size = len(z)
    for _ in range(_STEPS):
        value = chi2.value(z)
        slope, hessian = chi2.derivatives(z)
        system = np.zeros((size + 1, size + 1))
        system[:size, :size], system[size, :size], system[i, size] = hessian, slope, -1.0
        aim = -slope
        aim[i] += multiplier
        try:
            move = np.linalg.solve(system, np.append(aim, (level - value) / 2.0))
        except LinAlgError:
            break
        z, multiplier = _possible(chi2, z, move[:size]), multiplier + float(move[size])
        if abs(move[i]) < _SETTLED * abs(z[i] - best[i]) and abs(level - value) < _SETTLED:
            return float(z[i] - best[i])
    raise FitError(
        f"Pearson's chi2 is not found to rise by 1 on the {'upper' if side > 0 else 'lower'} side of cross section "
        f"{i + 1}: use --chi2 neyman"
    )


def _possible(chi2: PearsonChi2, z: FloatArray, step: FloatArray) -> FloatArray:
    """A step, halved until all expectations are positive."""
    for halving in range(_HALVINGS):
        moved = np.asarray(z + 0.5**halving * step)
        if np.isfinite(chi2.value(moved)):
            return moved
    return z


def _check_positive(measurement: Measurement, observed: FloatArray) -> None:
    worst = int(np.argmin(observed))
    if observed[worst] <= 0:
        raise InputError(
            f"--chi2 pearson: {measurement.bins[worst]} is {observed[worst]:g}, but a variance that follows the value "
            "needs positive ones; use --chi2 neyman",
            Place(measurement.path),
        )


def _positive_start(chi2: PearsonChi2, z: FloatArray, combination: Combination) -> FloatArray:
    """Neyman's minimum, or where it is impossible all nuisances at their start values."""
    if np.isfinite(chi2.value(z)):
        return z
    count = len(combination.truths)
    start: FloatArray = np.array(z)
    start[count:] = 0.0
    for measurement in combination.measurements:
        start[combination.truths_at(measurement)] = combination.observed[measurement.name][: len(measurement.bins)]
    return start


def _minimise(chi2: PearsonChi2, z: FloatArray) -> FloatArray:
    value = chi2.value(z)
    for _ in range(_STEPS):
        slope, hessian = chi2.derivatives(z)
        step: FloatArray
        try:
            step = np.asarray(-cho_solve(cho_factor(hessian), slope))
        except LinAlgError:
            step = np.asarray(-cho_solve(cho_factor(chi2.derivatives(z, curved=False)[1]), slope))
        if -float(slope @ step) < _CONVERGED * max(1.0, abs(value)):
            return np.asarray(z + step)
        z, value = _descend(chi2, z, step, value)
    raise FitError("the minimum of Pearson's chi2 is not found: use --chi2 neyman")


def _descend(chi2: PearsonChi2, z: FloatArray, step: FloatArray, value: float) -> tuple[FloatArray, float]:
    for halving in range(_HALVINGS):
        moved = np.asarray(z + 0.5**halving * step)
        lower = chi2.value(moved)
        # at the minimum, rounding of chi2 decides: a full step that does not rise beyond it is taken
        if lower <= value + 1e-12 * max(1.0, abs(value)):
            return moved, lower
    raise FitError("the minimum of Pearson's chi2 is not found: use --chi2 neyman")
