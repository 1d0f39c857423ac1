r"""The combination of cross sections where chi2 is no parabola: curved sources, Pearson's form, errors on errors.

For each measurement let mu be the expectation of its observed values at given true values and nuisances, and P the
inverse of its covariance with all nuisances fixed. Neyman's form is u = xhat - mu, chi2 = u^T P u. Pearson's has

    u_b = (xhat_b - mu_b) sqrt(xhat_b / mu_b),

so the statistical variance of a bin is the published one times mu_b / xhat_b, as for a count, and correlations stay.
That is the option of Convino (J. Kieseler, EPJC 77 (2017) 792, arXiv:1706.01681; its default). In either form sources
that are not linear enter mu by their curves. All nuisances are explicit here: chi2 is minimised by Newton steps, and
errors are where it rises by 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from ttjroofit.errors import FitError, InputError, ModelError, Place
from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.inputs.profiled import regression
from ttjroofit.model.combination import Combination
from ttjroofit.model.conditioning import well_conditioned
from ttjroofit.model.elimination import Elimination, design, eliminate, prior_information
from ttjroofit.model.gamma_variance import degrees_of_freedom, penalty
from ttjroofit.model.gaussian import Indices, Information, inverse_positive
from ttjroofit.model.responses import Responses, source_curves
from ttjroofit.model.shape import Jet

__all__ = ["CurvedChi2", "Form", "curved_chi2", "curved_errors", "eliminate_curved"]

Form = Literal["neyman", "pearson"]

_STEPS, _HALVINGS = 200, 40
_SETTLED = 1e-9
_CONVERGED = 1e-18
"""Expected decrease of chi2 at which the minimum is found: far below what changes a result."""

NOT_FOUND = (
    "the minimum of chi2 is not found: a source whose curve bends sharply, or Pearson's form, may be the reason; "
    "use interpolation smooth, or --chi2 neyman"
)


@dataclass(frozen=True, eq=False)
class _Curves:
    """What explicit sources of one measurement add to the linear part of mu.

    Attributes:
        responses: over the b true values and the k nuisances.
        start: these values where they are frozen, shape (b+k,).
        floating: positions of those that are not, shape (f,).
        where: positions of the latter among the d components of z, shape (f,).
        bins: number b.
    """

    responses: Responses
    start: FloatArray
    floating: Indices
    where: Indices
    bins: int

    def jet(self, z: FloatArray) -> Jet:
        """Expectation less true value of the b bins, over the components ``where``."""
        point, size = self.start.copy(), len(self.start)
        point[self.floating] = z[self.where]
        true = Jet(point[: self.bins], np.eye(self.bins, size), np.zeros((self.bins, size, size)))
        expected, kept = self.responses.apply(true, point), self.floating
        first, second = (expected.first - true.first)[:, kept], expected.second[:, kept[:, None], kept]
        return Jet(expected.value - true.value, first, second)


@dataclass(frozen=True, eq=False)
class _Term:
    """One measurement: mu = design z + offset, and what its curves add.

    Attributes:
        form: of chi2.
        observed: xhat, shape (b,), positive in Pearson's form.
        design: shape (b, d).
        offset: shape (b,).
        precision: P, shape (b, b).
        curves: of its explicit sources; None if it has none.
    """

    form: Form
    observed: FloatArray
    design: FloatArray
    offset: FloatArray
    precision: FloatArray
    curves: _Curves | None

    def possible(self, z: FloatArray) -> bool:
        """Whether chi2 is defined at z."""
        return self.form == "neyman" or bool(np.min(self._expected(z)[0]) > 0)

    def value(self, z: FloatArray) -> float:
        """Contribution to chi2."""
        u, _, _ = self._residual(self._expected(z)[0])
        return float(u @ self.precision @ u)

    def derivatives(self, z: FloatArray, *, curved: bool) -> tuple[FloatArray, FloatArray]:
        """Halves of its gradient and second derivative, shapes (d,) and (d, d)."""
        mu, rows, jet = self._expected(z)
        u, first, second = self._residual(mu)
        force = self.precision @ u
        inner = first[:, None] * self.precision * first
        if curved:
            inner = inner + np.diag(second * force)
        hessian = rows.T @ inner @ rows
        if curved and jet is not None and self.curves is not None:
            where = self.curves.where
            np.add.at(hessian, np.ix_(where, where), np.einsum("b,bpq->pq", first * force, jet.second))
        return rows.T @ (first * force), hessian

    def _expected(self, z: FloatArray) -> tuple[FloatArray, FloatArray, Jet | None]:
        """mu, shape (b,), its derivatives, shape (b, d), and the jet of the curves."""
        mu = np.asarray(self.design @ z + self.offset)
        if self.curves is None:
            return mu, self.design, None
        jet, rows = self.curves.jet(z), self.design.copy()
        # a nuisance may stand for two sources of the measurement
        np.add.at(rows.T, self.curves.where, jet.first.T)
        return mu + jet.value, rows, jet

    def _residual(self, mu: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """U and its first two derivatives by mu, shapes (b,)."""
        x = self.observed
        if self.form == "neyman":
            return x - mu, -np.ones_like(mu), np.zeros_like(mu)
        root = np.sqrt(x / mu)
        return (x - mu) * root, -root * (x / mu + 1.0) / 2.0, root * (3.0 * x / mu + 1.0) / (4.0 * mu)


@dataclass(frozen=True, eq=False)
class CurvedChi2:
    """chi2 over z: n cross sections and the prior parameters that float, d in all.

    Attributes:
        rest: what is quadratic: priors and fitted nuisances.
        terms: of the measurements.
        tailed: positions of nuisances with an error on their error, whose priors are not in ``rest``; shape (t,).
        nu: their degrees of freedom, shape (t,).
    """

    rest: Information
    terms: tuple[_Term, ...]
    tailed: Indices
    nu: FloatArray

    def value(self, z: FloatArray) -> float:
        """chi2 at z, shape (d,); infinite where Pearson's form expects a cross section that is not positive."""
        if not all(term.possible(z) for term in self.terms):
            return float("inf")
        total = self.rest.chi2(z) + float(penalty(z[self.tailed], self.nu).value.sum())
        return total + sum(term.value(z) for term in self.terms)

    def derivatives(self, z: FloatArray, *, curved: bool = True) -> tuple[FloatArray, FloatArray]:
        """Halves of the gradient, shape (d,), and of the second derivative, shape (d, d).

        Args:
            z: where.
            curved: with the curvature of u and of the penalties, without which the second derivative is positive
                definite.
        """
        slope = self.rest.hessian @ (z - self.rest.origin) - self.rest.slope
        hessian = self.rest.hessian.copy()
        tails = penalty(z[self.tailed], self.nu)
        slope[self.tailed] += tails.slope
        hessian[self.tailed, self.tailed] += tails.curvature if curved else tails.weight
        for term in self.terms:
            first, second = term.derivatives(z, curved=curved)
            slope = slope + first
            hessian += second
        return slope, hessian


def curved_chi2(combination: Combination, form: Form, fixed: Indices, values: FloatArray) -> CurvedChi2:
    """Set up chi2 with some components of (x, phi) fixed.

    Args:
        combination: a prediction in it plays no role.
        form: Neyman's or Pearson's.
        fixed: positions of the fixed components among the n + q, shape (f,).
        values: what they are fixed at, shape (f,).

    Raises:
        InputError: an observed cross section is not positive in Pearson's form.
    """
    rest = prior_information(combination, np.zeros(len(combination.truths) + len(combination.prior.parameters)))
    free = np.setdiff1d(np.arange(len(rest.slope)), fixed)
    terms = []
    for measurement in combination.measurements:
        bins, observed = len(measurement.bins), combination.observed[measurement.name]
        if form == "pearson":
            _check_positive(measurement, observed[:bins])
        rows, covariance = design(combination, measurement), measurement.covariance
        fitted = covariance[bins:, bins:]
        gain = regression(covariance, bins)
        conditional = covariance[:bins, :bins] - gain @ covariance[bins:, :bins]
        if len(fitted):
            rest = rest.observe(rows[bins:], observed[bins:], fitted)
        full = rows[:bins] - gain @ rows[bins:]
        offset = gain @ observed[bins:] + full[:, fixed] @ values
        precision = np.linalg.inv((conditional + conditional.T) / 2.0)
        curves = _curves(combination, measurement, free)
        symmetric = (precision + precision.T) / 2.0
        terms.append(_Term(form, observed[:bins], full[:, free], offset, symmetric, curves))
    tailed, nu = _tails(combination, free)
    return CurvedChi2(_without_priors(rest.fix(fixed, values), tailed), tuple(terms), tailed, nu)


def _curves(combination: Combination, measurement: Measurement, free: Indices) -> _Curves | None:
    """The curves of a measurement; those of frozen nuisances stay at their start values and move nothing."""
    curves = source_curves(measurement, combination.explicit, slice(0, len(measurement.bins)))
    if not curves:
        return None
    count, parents = len(combination.truths), combination.prior.parents
    names, bins = combination.prior.parameters, len(measurement.bins)
    nuisances = [names.index(parents[curve.source][0]) for curve in curves]
    signs = tuple(parents[curve.source][1] for curve in curves)
    components = np.array([*combination.truths_at(measurement), *(count + i for i in nuisances)], dtype=np.intp)
    floating = np.flatnonzero(np.isin(components, free))
    return _Curves(
        responses=Responses(curves, tuple(range(bins, bins + len(curves))), signs),
        start=np.concatenate([np.zeros(bins), combination.starts[nuisances]]),
        floating=floating,
        where=np.searchsorted(free, components[floating]),
        bins=bins,
    )


def _tails(combination: Combination, free: Indices) -> tuple[Indices, FloatArray]:
    count, names = len(combination.truths), combination.prior.parameters
    errors = combination.errors_on_errors
    where = np.searchsorted(free, [count + names.index(name) for name in errors]).astype(np.intp)
    return where, np.array([degrees_of_freedom(relative) for relative in errors.values()])


def _without_priors(rest: Information, tailed: Indices) -> Information:
    """Without the unit Gaussians of some components, which are correlated with nothing."""
    hessian = rest.hessian.copy()
    hessian[tailed, tailed] -= 1.0
    return replace(rest, hessian=hessian)


def eliminate_curved(combination: Combination, form: Form) -> tuple[Elimination, CurvedChi2]:
    """Minimise chi2.

    Returns:
        The parabola about the minimum in the form of `eliminate`, sources without a prior among the nuisances, and the
        chi2 itself.

    Raises:
        TtjroofitError: a cross section is not positive in Pearson's form, the minimum is not found, or the parabola is
            nearly singular, by the names that carry it.
    """
    count, prior = len(combination.truths), combination.prior
    frozen = np.array([name in combination.frozen for name in prior.parameters], dtype=bool)
    floating = np.flatnonzero(~frozen)
    chi2 = curved_chi2(combination, form, count + np.flatnonzero(frozen), combination.starts[frozen])
    start = _start(chi2, combination, floating)
    try:
        z = _minimise(chi2, start)
    except (FitError, ModelError):
        # what moves freely, if anything does, is the reason
        well_conditioned(combination, _parabola(chi2, start, curved=False), floating)
        raise
    information = _parabola(chi2, z)
    return Elimination(information, well_conditioned(combination, information, floating), count, floating), chi2


def _parabola(chi2: CurvedChi2, z: FloatArray, *, curved: bool = True) -> Information:
    """chi2 to second order about its minimum z, or what is like it there."""
    _, hessian = chi2.derivatives(z, curved=curved)
    return Information(hessian, np.zeros(len(z)), chi2.value(z), z)


def curved_errors(chi2: CurvedChi2, minimum: Elimination, which: Sequence[int]) -> list[tuple[float, float]]:
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


def _crossing(chi2: CurvedChi2, best: FloatArray, step: FloatArray, i: int, side: float, *, level: float) -> float:
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
        f"chi2 is not found to rise by 1 on the {'upper' if side > 0 else 'lower'} side of cross section {i + 1}: "
        "see what its sources are beyond +-1 sigma, or use --chi2 neyman"
    )


def _possible(chi2: CurvedChi2, z: FloatArray, step: FloatArray) -> FloatArray:
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


def _start(chi2: CurvedChi2, combination: Combination, floating: Indices) -> FloatArray:
    """Neyman's minimum without the curves, or where it is impossible all nuisances at their start values."""
    count, solved = len(combination.truths), eliminate(combination)
    z = np.concatenate([solved.joint.mean[:count], combination.starts[floating]])
    z[count + np.searchsorted(floating, solved.floating)] = solved.joint.mean[count:]
    if np.isfinite(chi2.value(z)):
        return z
    z[count:] = 0.0
    for measurement in combination.measurements:
        z[combination.truths_at(measurement)] = combination.observed[measurement.name][: len(measurement.bins)]
    return z


def _minimise(chi2: CurvedChi2, z: FloatArray) -> FloatArray:
    value = chi2.value(z)
    for _ in range(_STEPS):
        slope, hessian = chi2.derivatives(z)
        step: FloatArray
        try:
            step = np.asarray(-cho_solve(cho_factor(hessian), slope))
        except LinAlgError:
            step = np.asarray(-inverse_positive(chi2.derivatives(z, curved=False)[1]) @ slope)
        if -float(slope @ step) < _CONVERGED * max(1.0, abs(value)):
            return np.asarray(z + step)
        z, value = _descend(chi2, z, step, value)
    raise FitError(NOT_FOUND)


def _descend(chi2: CurvedChi2, z: FloatArray, step: FloatArray, value: float) -> tuple[FloatArray, float]:
    for halving in range(_HALVINGS):
        moved = np.asarray(z + 0.5**halving * step)
        lower = chi2.value(moved)
        # at the minimum, rounding of chi2 decides: a full step that does not rise beyond it is taken
        if lower <= value + 1e-12 * max(1.0, abs(value)):
            return moved, lower
    raise FitError(NOT_FOUND)
