"""Pseudo-experiments of the full likelihood, thrown in the space where they are fitted.

What the measurements observed, auxiliary observables included, has as many components as there are cross sections and
floating nuisances, and is linear in them. So the estimate zhat = (xhat, phihat) of the combination holds all of it, and
a toy of every observable is a toy of zhat ~ N(z, H^-1), H the Hessian of the combination (specification, section 4).
Its first n components are all that the fit needs; ``observables`` gives back what each measurement would have
published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination
from ttjroofit.model.factors import factorise
from ttjroofit.model.likelihood import ReducedLikelihood, theory_of
from ttjroofit.model.posterior import Posterior
from ttjroofit.model.profile import Problems

__all__ = ["ToyModel", "Toys", "Truth", "observables", "toy_model", "truth_after", "truth_before"]


@dataclass(frozen=True, eq=False)
class Truth:
    """What toys are thrown from.

    Attributes:
        values: explicit parameters, shape (P,).
        eta: interpolation nuisances, shape (r,).
        phi: floating prior parameters, shape (d-n,).
        frequentist: True: auxiliary observables fluctuate about the nuisances, which keep these values; False:
            nuisances are drawn from their priors for every toy and the auxiliary observables stay as observed, as
            combine does by default.
    """

    values: FloatArray
    eta: FloatArray
    phi: FloatArray
    frequentist: bool


@dataclass(frozen=True, eq=False)
class Toys:
    """B toys, as what the reduced likelihood sees of them.

    Attributes:
        means: combined cross sections, less the shift of the interpolation's auxiliary observables; shape (B, n).
        constrained: names of the explicit parameters with a prior.
        centres: their auxiliary observables, shape (B, len(constrained)).
        eta: auxiliary observables of the interpolation, shape (B, r).
        joint: combined cross sections and prior parameters, shape (B, d); None if only the former were asked for.
    """

    means: FloatArray
    constrained: tuple[str, ...]
    centres: FloatArray
    eta: FloatArray
    joint: FloatArray | None

    def problems(self, likelihood: ReducedLikelihood, start: FloatArray) -> Problems:
        """The fits of a likelihood to the toys.

        Args:
            likelihood: whose explicit parameters hold those constrained here.
            start: explicit parameters to start from, shape (P,).
        """
        count = len(self.means)
        centres = np.tile(likelihood.prior.mean, (count, 1))
        centres[:, [likelihood.parameters.position(name) for name in self.constrained]] = self.centres
        held = np.zeros((count, len(start)), dtype=bool)
        return Problems(self.means, likelihood.precision, np.tile(start, (count, 1)), held, centres)


@dataclass(frozen=True, eq=False)
class ToyModel:
    """Throws toys; every toy has a seed of its own, so it is the same toy in whatever company it is thrown.

    Attributes:
        truth: what they are thrown from.
        likelihood: the reduced likelihood of the data, without nuisances that are kept.
        interpolation: shape (n, r).
        root: lower triangular, shape (d, d), root root^T = H^-1.
        seed: of the run; toy i is drawn from ``default_rng([seed, i])``.
    """

    truth: Truth
    likelihood: ReducedLikelihood
    interpolation: FloatArray
    root: FloatArray
    seed: int

    def throw(self, first: int, count: int, *, whole: bool = False) -> Toys:
        """Toys number ``first`` to ``first + count - 1``.

        Args:
            first: number of the first one.
            count: how many.
            whole: whether the prior parameters are drawn too, which is slower; the cross sections are the same.
        """
        truth, prior = self.truth, self.likelihood.prior
        bins, nuisances = self.interpolation.shape
        constrained = np.flatnonzero(np.diag(prior.precision) > 0.0)
        inner = bins + len(constrained) + nuisances
        size = inner + (len(self.root) - bins if whole else 0)
        normal = np.array([np.random.default_rng([self.seed, first + i]).standard_normal(size) for i in range(count)])
        normal = normal.reshape(count, size)
        alpha = normal[:, bins : bins + len(constrained)] / np.sqrt(np.diag(prior.precision)[constrained])
        eta = normal[:, bins + len(constrained) : inner]
        if truth.frequentist:
            expected = self._expected(truth.values, truth.eta)
            centres, eta_observed = truth.values[constrained] + alpha, truth.eta + eta
        else:
            values = np.tile(truth.values, (count, 1))
            values[:, constrained] = prior.mean[constrained] + alpha
            expected = self._expected(values, eta)
            centres, eta_observed = np.tile(prior.mean[constrained], (count, 1)), np.zeros_like(eta)
        combined = expected + normal[:, :bins] @ self.root[:bins, :bins].T
        return Toys(
            means=combined - eta_observed @ self.interpolation.T,
            constrained=tuple(self.likelihood.parameters.names[i] for i in constrained),
            centres=centres,
            eta=eta_observed,
            joint=self._joint(combined, normal[:, :bins], normal[:, inner:]) if whole else None,
        )

    def _expected(self, values: FloatArray, eta: FloatArray) -> FloatArray:
        """Expectation of the combined cross sections, shape (..., n)."""
        return np.asarray(self.likelihood.spectrum.value(values) + eta @ self.interpolation.T)

    def _joint(self, combined: FloatArray, on_bins: FloatArray, rest: FloatArray) -> FloatArray:
        bins = combined.shape[1]
        nuisances = self.truth.phi + on_bins @ self.root[bins:, :bins].T + rest @ self.root[bins:, bins:].T
        return np.concatenate([combined, nuisances], axis=1)


def truth_after(combination: Combination, posterior: Posterior, values: FloatArray) -> Truth:
    """Everything at its post-fit value, auxiliary observables to be fluctuated (``--toysFrequentist``).

    Args:
        combination: with its prediction.
        posterior: about the minimum.
        values: explicit parameters there, shape (P,).
    """
    at = dict(zip(posterior.names, posterior.values.tolist(), strict=True))
    floating = [name for name in combination.prior.parameters if name not in combination.frozen]
    return Truth(
        values=values,
        eta=np.array([at[name] for name in theory_of(combination).interpolation_names]),
        phi=np.array([at[name] for name in floating]),
        frequentist=True,
    )


def truth_before(combination: Combination, elimination: Elimination) -> Truth:
    """Explicit parameters at their start values, nuisances to be drawn from their priors for every toy."""
    theory = theory_of(combination)
    return Truth(
        values=theory.parameters.start,
        eta=np.zeros(len(theory.interpolation_names)),
        phi=elimination.joint.mean[elimination.bins :],
        frequentist=False,
    )


def toy_model(
    combination: Combination, elimination: Elimination, likelihood: ReducedLikelihood, truth: Truth, seed: int
) -> ToyModel:
    """The toys of a combination."""
    root = np.asarray(np.linalg.cholesky(elimination.joint.covariance), dtype=np.float64)
    return ToyModel(truth, likelihood, theory_of(combination).interpolation, root, seed)


def observables(combination: Combination, elimination: Elimination, toys: Toys, truth: Truth) -> dict[str, FloatArray]:
    """What would have been observed: bins by name, auxiliary observables as ``<nuisance>_In``; shapes (B,).

    Args:
        combination: of the toys.
        elimination: of the combination.
        toys: thrown ``whole``.
        truth: they were thrown from.

    Returns:
        The names are those of the variables of pdf ``full`` in the workspace. Without ``truth.frequentist`` the
        auxiliary observables are those of the data, and the bins carry the difference.
    """
    theory_side = dict(zip((f"{name}_In" for name in toys.constrained), toys.centres.T, strict=True))
    names = theory_of(combination).interpolation_names
    theory_side |= dict(zip((f"{name}_In" for name in names), toys.eta.T, strict=True))
    if not truth.frequentist:
        count = elimination.bins
        moved = elimination.reduced.mean - combination.observed_values
        bins = dict(zip(combination.bins, (toys.means - moved).T[:count], strict=True))
        return {**bins, **_as_observed(combination, len(toys.means)), **theory_side}
    if toys.joint is None:
        raise ValueError("the toys were not thrown whole")
    return {**_observed(combination, elimination, toys.joint), **theory_side}


def _as_observed(combination: Combination, count: int) -> Mapping[str, FloatArray]:
    return {
        f"{name}_In": np.full(count, value)
        for factor in factorise(combination)
        if factor.kind in ("auxiliary", "prior")
        for name, value in zip(factor.observed_names, factor.observed, strict=True)
    }


def _observed(combination: Combination, elimination: Elimination, joint: FloatArray) -> dict[str, FloatArray]:
    """Bins and auxiliary observables from zhat, shape (B, d): the residuals of all factors vanish there."""
    bins, prior, factors = elimination.bins, combination.prior, factorise(combination)
    x, phi = joint[:, :bins], np.tile(combination.starts, (len(joint), 1))
    phi[:, elimination.floating] = joint[:, bins:]
    found: dict[str, FloatArray] = {}
    auxiliary = np.zeros_like(phi)
    for factor in factors:
        if factor.kind in ("auxiliary", "prior"):
            inner = phi @ factor.on_parameters.T
            found |= {f"{name}_In": column for name, column in zip(factor.observed_names, inner.T, strict=True)}
        if factor.kind == "auxiliary":
            rows = prior.transform[[prior.names.index(name) for name in factor.observed_names]]
            auxiliary += inner @ rows
            # a name that equals another parameter has its observable under either name
            found |= {f"{prior.parameters[i]}_In": auxiliary[:, i] for i in np.flatnonzero(np.any(rows, axis=0))}
    for factor in factors:
        if factor.kind in ("measurement", "joint"):
            outer = x @ factor.on_bins.T + phi @ factor.on_parameters.T + auxiliary @ factor.on_auxiliary.T
            # a joint factor observes the combined cross sections; the variables of the workspace are those published
            moved = factor.observed - combination.observed_values if factor.kind == "joint" else 0.0
            found |= dict(zip(factor.observed_names, (outer - moved).T, strict=True))
    return found
