"""Many minima of the reduced likelihood at once: Newton steps vectorised over the problems."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ttjroofit.errors import ModelError
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.expansion import expand
from ttjroofit.model.gaussian import Indices, inverse_positive
from ttjroofit.model.likelihood import ReducedLikelihood
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.parameters import Parameters

__all__ = ["Minima", "Problems", "minimise_all"]

LIMIT = 30
"""Newton steps at most; from a neighbouring minimum four are enough."""

TOLERANCE = 1e-5
"""A problem is solved when its last step is below this many standard deviations in every parameter: Newton's method
squares the distance to the minimum in each step, so that 1e-10 is left after it."""

DESCENTS, HALVINGS = 100, 40
"""Damped steps of the few problems that plain Newton steps do not solve."""

TINY = 1e-12
"""Smallest curvature of a direction, of the largest one."""

BLOCK = 256
"""Problems solved together: their derivatives fit into the cache of one core."""


@dataclass(frozen=True, eq=False)
class Problems:
    """B reduced likelihoods that share parameters, spectrum and the precision of their priors.

    Attributes:
        means: shape (B, n), combined cross sections.
        precisions: shape (n, n) for all, or (B, n, n): inverse covariances.
        start: shape (B, P), start values; parameters that are held keep theirs.
        held: shape (B, P), True for parameters that do not move, besides those frozen in the model.
        prior_means: shape (B, P), centres of the priors; None for those of the model.
    """

    means: FloatArray
    precisions: FloatArray
    start: FloatArray
    held: npt.NDArray[np.bool_]
    prior_means: FloatArray | None = None

    def part(self, where: slice) -> Problems:
        """Some of the problems."""
        return Problems(
            self.means[where],
            self.precisions if self.precisions.ndim == 2 else self.precisions[where],
            self.start[where],
            self.held[where],
            None if self.prior_means is None else self.prior_means[where],
        )


@dataclass(frozen=True, eq=False)
class Minima:
    """Solutions of B problems.

    Attributes:
        values: shape (B, P).
        chi2: shape (B,), at the minimum, without the constant offset of the likelihood.
        hessian: shape (B, P, P), half the second derivative of chi2; a parameter that is held has 1 on the
            diagonal and does not couple to the others.
        converged: shape (B,).
    """

    values: FloatArray
    chi2: FloatArray
    hessian: FloatArray
    converged: npt.NDArray[np.bool_]

    def sigma(self, parameter: int) -> FloatArray:
        """Standard deviations of one parameter, by its position, from the inverse Hessian: shape (B,).

        NaN for problems that did not converge, whose Hessian need not be positive definite.
        """
        good = self.converged
        unit = np.zeros((int(np.count_nonzero(good)), self.values.shape[1], 1))
        unit[:, parameter] = 1.0
        sigmas = np.full(len(self.values), np.nan)
        sigmas[good] = np.sqrt(np.linalg.solve(self.hessian[good], unit)[:, parameter, 0])
        return sigmas


def minimise_all(likelihood: ReducedLikelihood, problems: Problems) -> Minima:
    """Solve all problems by Newton's method with the analytic second derivative.

    The problems must start near their minimum (a toy, or a refit with one nuisance moved). The few that plain
    steps do not solve start again with steps that only go down, and what these do not solve, such as a minimum on the
    edge of the ranges, goes to a trust-region method.

    Args:
        likelihood: gives spectrum, parameters and priors; its own mean and covariance are not used.
        problems: what to solve.
    """
    blocks = [
        _minimise_block(likelihood, problems.part(slice(first, first + BLOCK)))
        for first in range(0, max(len(problems.start), 1), BLOCK)
    ]
    return Minima(
        np.concatenate([block.values for block in blocks]),
        np.concatenate([block.chi2 for block in blocks]),
        np.concatenate([block.hessian for block in blocks]),
        np.concatenate([block.converged for block in blocks]),
    )


def _minimise_block(likelihood: ReducedLikelihood, problems: Problems) -> Minima:
    solver = _Newton(likelihood, problems)
    values = problems.start.copy()
    active = np.arange(len(values))
    for _ in range(LIMIT):
        step, sigma = solver.step(values, active)
        values[active] = solver.clip(values[active] + step, active)
        active = active[~(np.max(np.abs(step) / sigma, axis=1) < TOLERANCE)]
        if not len(active):
            break
    everything = np.arange(len(values))
    quadratic = solver.quadratic(values, everything)
    # a stationary point need not be a minimum
    doubtful = np.union1d(active, np.flatnonzero(~_positive(quadratic.hessian)))
    if not len(doubtful):
        return Minima(values, quadratic.chi2, quadratic.hessian, np.ones(len(values), dtype=bool))
    values[doubtful] = problems.start[doubtful]
    astray = solver.descend(values, doubtful)
    rescued = [solver.rescue(values, int(problem)) for problem in astray]
    quadratic = solver.quadratic(values, everything)
    converged = _positive(quadratic.hessian)
    converged[astray[~np.array(rescued, dtype=bool)]] = False
    return Minima(values, quadratic.chi2, quadratic.hessian, converged)


@dataclass(frozen=True, eq=False)
class _Quadratic:
    """Value of chi2, shape (B,), and half its first and second derivative, shapes (B, P) and (B, P, P)."""

    chi2: FloatArray
    slope: FloatArray
    hessian: FloatArray


class _Newton:
    """Newton's method on one block of problems."""

    def __init__(self, likelihood: ReducedLikelihood, problems: Problems) -> None:
        items = likelihood.parameters.items
        self._likelihood, self._problems = likelihood, problems
        self._held = problems.held | np.array([item.frozen for item in items], dtype=bool)
        self._low, self._high = np.array([item.low for item in items]), np.array([item.high for item in items])
        centres = likelihood.prior.mean if problems.prior_means is None else problems.prior_means
        self._centres = np.broadcast_to(centres, problems.start.shape)

    def step(self, values: FloatArray, active: Indices) -> tuple[FloatArray, FloatArray]:
        """Newton step and standard deviation of every parameter of the problems ``active``, shapes (B, P)."""
        quadratic = self.quadratic(values, active)
        hessian = quadratic.hessian
        step = -np.asarray(np.linalg.solve(hessian, quadratic.slope[..., None])[..., 0], dtype=np.float64)
        return step, 1.0 / np.sqrt(np.abs(np.diagonal(hessian, axis1=1, axis2=2)))

    def quadratic(self, values: FloatArray, active: Indices) -> _Quadratic:
        """chi2 of the problems ``active`` about ``values``, shape (B, P), to second order."""
        problems, prior, held = self._problems, self._likelihood.prior, self._held[active]
        expansion = expand(self._likelihood.spectrum, values[active])
        residual = expansion.value - problems.means[active].T
        from_prior, pull, prior_hessian = prior.quadratic(values[active] - self._centres[active])
        first = np.ascontiguousarray(np.moveaxis(expansion.first, -1, 0))
        if problems.precisions.ndim == 2:
            force = problems.precisions @ residual
            weighted = problems.precisions @ first
        else:
            precisions = problems.precisions[active]
            force = np.einsum("bij,jb->ib", precisions, residual)
            weighted = precisions @ first
        slope = np.einsum("bip,ib->bp", first, force) + pull
        hessian = np.swapaxes(first, 1, 2) @ weighted + expansion.curvature(force) + prior_hessian
        # a held parameter has no slope and does not couple to the others
        slope[held] = 0.0
        hessian[held] = 0.0
        np.swapaxes(hessian, 1, 2)[held] = 0.0
        diagonal = np.arange(values.shape[1])
        hessian[:, diagonal, diagonal] += held
        chi2 = np.einsum("ib,ib->b", residual, force) + from_prior
        return _Quadratic(chi2, slope, hessian)

    def clip(self, values: FloatArray, active: Indices) -> FloatArray:
        """Values of the problems ``active`` moved into the ranges, shape (B, P), but for parameters that are held."""
        return np.where(self._held[active], values, np.clip(values, self._low, self._high))

    def descend(self, values: FloatArray, active: Indices) -> Indices:
        """Newton steps of ever smaller chi2, in place, for the problems ``active``; gives those still unsolved.

        Directions in which chi2 bends down are gone along as if it bent up. Slower than ``step``, but sure where curves
        have kinks: a minimum in a kink is one that plain steps jump over for ever.
        """
        hopeless = active[~np.isfinite(self.quadratic(values, active).chi2)]
        active = np.setdiff1d(active, hopeless)
        for _ in range(DESCENTS):
            if not len(active):
                break
            quadratic = self.quadratic(values, active)
            bend, axes = np.linalg.eigh(quadratic.hessian)
            bend = np.maximum(np.abs(bend), TINY * np.max(np.abs(bend), axis=1, keepdims=True))
            along = np.einsum("bpi,bp->bi", axes, quadratic.slope) / bend
            step = -np.einsum("bpi,bi->bp", axes, along)
            root = np.sqrt(np.diagonal(quadratic.hessian, 0, 1, 2).clip(0.0))
            done = np.max(np.abs(step) * root, axis=1) < TOLERANCE
            before = values[active]
            self._search(values, active, step, quadratic.chi2)
            # at an edge of the ranges steps are cut to nothing
            stuck = ~done & (np.max(np.abs(values[active] - before) * root, axis=1) < TOLERANCE)
            hopeless = np.union1d(hopeless, active[stuck])
            active = active[~done & ~stuck]
        return np.union1d(active, hopeless)

    def _search(self, values: FloatArray, active: Indices, step: FloatArray, chi2: FloatArray) -> None:
        """Move the problems ``active`` by the longest of step, step/2, ... that does not raise chi2, in place."""
        here, scale = values[active].copy(), 1.0
        waiting = np.arange(len(active))
        for _ in range(HALVINGS):
            values[active[waiting]] = self.clip(here[waiting] + scale * step[waiting], active[waiting])
            lower = self.quadratic(values, active[waiting]).chi2 <= chi2[waiting]
            waiting, scale = waiting[~lower], scale / 2.0
            if not len(waiting):
                return
        values[active[waiting]] = here[waiting]

    def rescue(self, values: FloatArray, problem: int) -> bool:
        """Solve one problem by trust-region steps inside the ranges, in place; False if there is no minimum."""
        problems, likelihood = self._problems, self._likelihood
        precision = problems.precisions if problems.precisions.ndim == 2 else problems.precisions[problem]
        items = tuple(
            replace(item, start=start, frozen=held)
            for item, start, held in zip(
                likelihood.parameters.items, problems.start[problem].tolist(), self._held[problem].tolist(), strict=True
            )
        )
        single = replace(
            likelihood,
            mean=problems.means[problem],
            covariance=inverse_positive(precision),
            parameters=Parameters(items),
            prior=likelihood.prior.centred_at(self._centres[problem]),
        )
        try:
            values[problem] = find_minimum(single)
        except (ModelError, ValueError, np.linalg.LinAlgError):
            return False
        return True


def _positive(hessian: FloatArray) -> npt.NDArray[np.bool_]:
    """Which matrices are positive definite, shape (B,)."""
    try:
        np.linalg.cholesky(hessian)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.eigvalsh(hessian)[:, 0] > 0.0)
    return np.ones(len(hessian), dtype=bool)
