"""Pseudo-experiments of the full likelihood, thrown in the space where they are fitted.

What the measurements observed, auxiliary observables included, has as many components as there are cross sections and
floating nuisances, and is linear in them. So the estimate zhat = (xhat, phihat) of the combination holds all of it, and
a toy of every observable is a toy of zhat ~ N(z, H^-1), H the Hessian of the combination (specification, section 4).
Its first n components are all that the fit needs; ``observables`` gives back what each measurement would have
published.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ttjroofit.errors import ModelError
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination
from ttjroofit.model.factors import Factor, factorise
from ttjroofit.model.gaussian import inverse_positive
from ttjroofit.model.likelihood import ReducedLikelihood, theory_of
from ttjroofit.model.posterior import Posterior
from ttjroofit.model.profile import Problems

__all__ = [
    "ToyModel",
    "Toys",
    "Truth",
    "from_observables",
    "observable_names",
    "observables",
    "toy_model",
    "truth_after",
    "truth_before",
]


_AUXILIARY = ("auxiliary", "prior")
"""Kinds of the factors whose observables are named ``<nuisance>_In``."""


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
        constrained: names of the floating explicit parameters with a prior.
        centres: their auxiliary observables, shape (B, len(constrained)).
        eta: auxiliary observables of the interpolation, shape (B, r).
        joint: combined cross sections and prior parameters, shape (B, d); None if only the former were asked for.
        offset: chi2 of the combination in each toy, shape (B,), to be added to that of the fit.
    """

    means: FloatArray
    constrained: tuple[str, ...]
    centres: FloatArray
    eta: FloatArray
    joint: FloatArray | None
    offset: FloatArray

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
        # a parameter that is frozen is known: no auxiliary observable speaks of it
        frozen = np.array([item.frozen for item in self.likelihood.parameters.items], dtype=bool)
        constrained = np.flatnonzero((np.diag(prior.precision) > 0.0) & ~frozen)
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
            # as many observables as floating components: what the frozen ones add to the chi2 is the same in each toy
            offset=np.full(count, self.likelihood.offset),
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
    """The toys of a combination.

    Raises:
        ModelError: if it has nuisances that are not linear and Gaussian.
    """
    _require_linear(combination)
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
        if factor.kind in _AUXILIARY
        for name, value in zip(factor.observed_names, factor.observed, strict=True)
    }


def _observed(combination: Combination, elimination: Elimination, joint: FloatArray) -> dict[str, FloatArray]:
    """Bins and auxiliary observables from zhat, shape (B, d): the residuals of all factors are those of the data."""
    bins, prior, factors = elimination.bins, combination.prior, factorise(combination)
    x, phi = joint[:, :bins], np.tile(combination.starts, (len(joint), 1))
    phi[:, elimination.floating] = joint[:, bins:]
    at_data = _at_data(combination, elimination)
    auxiliary = np.zeros_like(phi)
    found: dict[str, FloatArray] = {}
    for factor in factors:
        if factor.kind in _AUXILIARY:
            inner = phi @ factor.on_parameters.T + factor.residual(*at_data)
            found |= {f"{name}_In": column for name, column in zip(factor.observed_names, inner.T, strict=True)}
        if factor.kind == "auxiliary":
            rows = prior.transform[[prior.names.index(name) for name in factor.observed_names]]
            auxiliary += inner @ rows
            # a name that equals another parameter has its observable under either name
            found |= {f"{prior.parameters[i]}_In": auxiliary[:, i] for i in np.flatnonzero(np.any(rows, axis=0))}
    for factor in factors:
        if factor.kind in ("measurement", "joint"):
            outer = x @ factor.on_bins.T + phi @ factor.on_parameters.T + auxiliary @ factor.on_auxiliary.T
            observed = outer + factor.residual(*at_data) - _moved(combination, factor)
            found |= dict(zip(factor.observed_names, observed.T, strict=True))
    return found


def _at_data(combination: Combination, elimination: Elimination) -> tuple[FloatArray, FloatArray]:
    """Combined cross sections and all prior parameters of the data, shapes (n,) and (q,)."""
    phi = combination.starts.copy()
    phi[elimination.floating] = elimination.joint.mean[elimination.bins :]
    return elimination.joint.mean[: elimination.bins], phi


def _moved(combination: Combination, factor: Factor) -> FloatArray | float:
    """A joint factor observes the combined cross sections; the variables of the workspace are those published."""
    return factor.observed - combination.observed_values if factor.kind == "joint" else 0.0


def observable_names(combination: Combination) -> tuple[str, ...]:
    """Names that ``from_observables`` asks for: bins, and ``<nuisance>_In`` of all auxiliary observables."""
    theory = theory_of(combination)
    inside = [item.name for item in theory.parameters.items if item.prior is not None and not item.frozen]
    auxiliary = [
        name for factor in factorise(combination) if factor.kind in _AUXILIARY for name in factor.observed_names
    ]
    return (*combination.bins, *(f"{name}_In" for name in (*auxiliary, *inside, *theory.interpolation_names)))


def from_observables(combination: Combination, elimination: Elimination, observed: Mapping[str, FloatArray]) -> Toys:
    """The toys with these observables: the inverse of ``observables``.

    The elimination is linear: where the residuals R of all factors change, zhat moves by H^-1 sum design^T V^-1
        (change of R).

    Args:
        combination: of the fit; the toys are its data in another draw.
        elimination: of the combination.
        observed: all that ``observables`` gives, by name, shapes (B,).

    Raises:
        KeyError: if a name is missing.
        ModelError: if the combination has nuisances that are not linear and Gaussian.
    """
    _require_linear(combination)
    theory = theory_of(combination)
    joint, offset = _estimates(combination, elimination, observed)
    items = theory.parameters.items
    constrained = tuple(item.name for item in items if item.prior is not None and not item.frozen)
    eta = _columns(observed, theory.interpolation_names, len(joint))
    return Toys(
        means=joint[:, : elimination.bins] - eta @ theory.interpolation.T,
        constrained=constrained,
        centres=_columns(observed, constrained, len(joint)),
        eta=eta,
        joint=joint,
        offset=offset,
    )


def _require_linear(combination: Combination) -> None:
    beyond = sorted({*combination.explicit, *combination.errors_on_errors})
    if beyond:
        raise ModelError(
            f"toys are thrown from linear nuisances with Gaussian priors, {beyond[0]} has a response, no prior or an "
            "error on its error: take that out of the card and its inputs"
        )


def _columns(observed: Mapping[str, FloatArray], names: Sequence[str], count: int) -> FloatArray:
    """Auxiliary observables, shape (B, len(names))."""
    return np.asarray(np.array([observed[f"{name}_In"] for name in names]).reshape(len(names), count).T)


def _estimates(
    combination: Combination, elimination: Elimination, observed: Mapping[str, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """zhat, shape (B, d), and the chi2 of the combination there, shape (B,)."""
    prior, factors = combination.prior, factorise(combination)
    at_data = _at_data(combination, elimination)
    count = len(next(iter(observed.values())))
    changes, auxiliary = {}, np.zeros((count, len(prior.parameters)))
    for factor in factors:
        inner = factor.kind in _AUXILIARY
        names = [f"{name}_In" if inner else name for name in factor.observed_names]
        values = np.array([observed[name] for name in names]).reshape(len(names), count).T
        changes[factor.name] = values + _moved(combination, factor) - factor.observed
        if factor.kind == "auxiliary":
            rows = prior.transform[[prior.names.index(name) for name in factor.observed_names]]
            auxiliary += changes[factor.name] @ rows
    slope, offset = np.zeros((count, len(elimination.joint.mean))), np.zeros(count)
    pieces = []
    for factor in factors:
        design = np.concatenate([factor.on_bins, factor.on_parameters[:, elimination.floating]], axis=1)
        change = changes[factor.name] - auxiliary @ factor.on_auxiliary.T
        precise = inverse_positive(factor.covariance)
        slope += change @ precise @ design
        pieces.append((factor.residual(*at_data) + change, design, precise))
        offset += factor.chi2
    moved = slope @ elimination.joint.covariance
    for residual, design, precise in pieces:
        left = residual - moved @ design.T
        offset += np.einsum("bi,bi->b", left @ precise, left)
    return elimination.joint.mean + moved, offset
