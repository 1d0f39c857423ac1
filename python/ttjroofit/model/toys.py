"""Pseudo-experiments of the full likelihood, thrown in the space where they are fitted.

What the measurements observed, auxiliary observables included, has as many components as there are cross sections and
floating nuisances, and is linear in them. So the estimate zhat = (yhat, phihat) of the combination holds all of it, and
a toy of every observable is a toy of zhat ~ N(z, H^-1), H the Hessian of the combination (specification, section 4).
Where all sources are linear, y are the true cross sections; sources that are not linear, or have no prior, make y of
them first, and their nuisances phi_N stay explicit. The fit needs yhat and phihat_N only; ``observables`` gives back
what each measurement would have published.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ttjroofit.errors import ModelError
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination
from ttjroofit.model.gaussian import Indices
from ttjroofit.model.likelihood import ReducedLikelihood, explicit_floating, kept_nuisances, theory_of
from ttjroofit.model.newton import Problems
from ttjroofit.model.posterior import Posterior

__all__ = ["Reduction", "ToyModel", "Toys", "Truth", "reduction_of", "toy_model", "truth_after", "truth_before"]


@dataclass(frozen=True, eq=False)
class Truth:
    """What toys are thrown from.

    Attributes:
        values: explicit parameters, shape (P,), explicit nuisances of the measurements included.
        eta: interpolation nuisances, shape (r,).
        phi: floating prior parameters, shape (d-n,), the explicit ones among them included.
        frequentist: True: auxiliary observables fluctuate about the nuisances, which keep these values; False:
            nuisances are drawn from their priors for every toy and the auxiliary observables stay as observed, as
            combine does by default.
    """

    values: FloatArray
    eta: FloatArray
    phi: FloatArray
    frequentist: bool


@dataclass(frozen=True, eq=False)
class Reduction:
    """What the reduced likelihood sees of zhat: yhat + on_bins phihat_N and phihat_N.

    Attributes:
        kept: names of the k explicit nuisances with a Gaussian prior; none where all sources are linear.
        where: their positions among the d components of zhat, shape (k,).
        on_bins: shape (n, k).
    """

    kept: tuple[str, ...]
    where: Indices
    on_bins: FloatArray

    def means(self, joint: FloatArray) -> FloatArray:
        """Means of the bins, shape (..., n), from zhat, shape (..., d)."""
        return np.asarray(joint[..., : len(self.on_bins)] + joint[..., self.where] @ self.on_bins.T)


@dataclass(frozen=True, eq=False)
class Toys:
    """B toys, as what the reduced likelihood sees of them.

    Attributes:
        means: those of the reduced likelihood: combined cross sections, less the shift of the interpolation's auxiliary
            observables, and on_bins phihat_N of the explicit nuisances; shape (B, n).
        constrained: names of the floating theory parameters with a prior.
        centres: their auxiliary observables, shape (B, len(constrained)).
        kept: names of the explicit nuisances of the measurements that have a prior.
        estimates: phihat_N, where their priors are centred, shape (B, k).
        eta: auxiliary observables of the interpolation, shape (B, r).
        joint: zhat, shape (B, d); None if the prior parameters were not asked for.
        offset: chi2 of the combination in each toy, shape (B,), to be added to that of the fit.
    """

    means: FloatArray
    constrained: tuple[str, ...]
    centres: FloatArray
    kept: tuple[str, ...]
    estimates: FloatArray
    eta: FloatArray
    joint: FloatArray | None
    offset: FloatArray

    def part(self, where: slice) -> Toys:
        """Some of the toys."""
        return replace(
            self,
            means=self.means[where],
            centres=self.centres[where],
            estimates=self.estimates[where],
            eta=self.eta[where],
            joint=None if self.joint is None else self.joint[where],
            offset=self.offset[where],
        )

    def problems(self, likelihood: ReducedLikelihood, start: FloatArray) -> Problems:
        """The fits of a likelihood to the toys.

        Args:
            likelihood: whose explicit parameters hold those constrained here.
            start: explicit parameters to start from, shape (P,).
        """
        count, position = len(self.means), likelihood.parameters.position
        centres = np.tile(likelihood.prior.mean, (count, 1))
        centres[:, [position(name) for name in self.constrained]] = self.centres
        centres[:, [position(name) for name in self.kept]] = self.estimates
        held = np.zeros((count, len(start)), dtype=bool)
        return Problems(self.means, likelihood.precision, np.tile(start, (count, 1)), held, centres)


@dataclass(frozen=True, eq=False)
class _Draw:
    """Standard normal numbers of B toys, in the order in which they are drawn.

    Attributes:
        leading: of yhat and phihat_N, shape (B, n+k).
        theory: of the auxiliary observables of the theory, shape (B, c).
        eta: of those of the interpolation, shape (B, r).
        rest: of the other components of zhat, shape (B, d-n-k) or (B, 0).
    """

    leading: FloatArray
    theory: FloatArray
    eta: FloatArray
    rest: FloatArray


@dataclass(frozen=True, eq=False)
class ToyModel:
    """Throws toys; every toy has a seed of its own, so it is the same toy in whatever company it is thrown.

    Attributes:
        truth: what they are thrown from.
        likelihood: the reduced likelihood of the data, without nuisances that are kept beyond the explicit ones.
        interpolation: shape (n, r).
        reduction: of zhat.
        root: lower triangular, shape (d, d), root root^T = H^-1 in the order ``order``.
        order: positions of the components of zhat, shape (d,): bins, explicit nuisances, others.
        seed: of the run; toy i is drawn from ``default_rng([seed, i])``.
    """

    truth: Truth
    likelihood: ReducedLikelihood
    interpolation: FloatArray
    reduction: Reduction
    root: FloatArray
    order: Indices
    seed: int

    def throw(self, first: int, count: int, *, whole: bool = False) -> Toys:
        """Toys number ``first`` to ``first + count - 1``.

        Args:
            first: number of the first one.
            count: how many.
            whole: whether the prior parameters are drawn too, which is slower; the cross sections are the same.
        """
        truth, prior, names = self.truth, self.likelihood.prior, self.likelihood.parameters.names
        bins, kept = len(self.interpolation), self._positions(self.reduction.kept)
        constrained = self._constrained()
        draw = self._draw(first, count, len(constrained), whole)
        lead = draw.leading.shape[1]
        noise = draw.leading @ self.root[:lead, :lead].T
        alpha = draw.theory / np.sqrt(np.diag(prior.precision)[constrained])
        if truth.frequentist:
            expected = self._expected(truth.values, truth.eta)
            centres, eta_observed = truth.values[constrained] + alpha, truth.eta + draw.eta
            estimates = truth.values[kept] + noise[:, bins:]
        else:
            values = np.tile(truth.values, (count, 1))
            values[:, constrained] = prior.mean[constrained] + alpha
            # the error of the estimates, which are as observed, is that of the nuisances drawn
            values[:, kept] = prior.mean[kept] - noise[:, bins:]
            expected = self._expected(values, draw.eta)
            centres, eta_observed = np.tile(prior.mean[constrained], (count, 1)), np.zeros_like(draw.eta)
            estimates = np.tile(prior.mean[kept], (count, 1))
        combined = expected + noise[:, :bins]
        return Toys(
            means=combined - eta_observed @ self.interpolation.T + estimates @ self.reduction.on_bins.T,
            constrained=tuple(names[i] for i in constrained),
            centres=centres,
            kept=self.reduction.kept,
            estimates=estimates,
            eta=eta_observed,
            joint=self._joint(combined, estimates, draw) if whole else None,
            # as many observables as floating components: what the frozen ones add to the chi2 is the same in each toy
            offset=np.full(count, self.likelihood.offset),
        )

    def with_joint(self, toys: Toys, joint: FloatArray) -> Toys:
        """The toys with another zhat, shape (B, d), and the same auxiliary observables of the theory."""
        means = self.reduction.means(joint) - toys.eta @ self.interpolation.T
        return replace(toys, means=means, estimates=joint[:, self.reduction.where], joint=joint)

    def _positions(self, names: tuple[str, ...]) -> Indices:
        return np.array([self.likelihood.parameters.position(name) for name in names], dtype=np.intp)

    def _constrained(self) -> Indices:
        """Positions of the theory parameters whose auxiliary observables fluctuate."""
        has_prior = np.diag(self.likelihood.prior.precision) > 0.0
        # a parameter that is frozen is known: no auxiliary observable speaks of it
        frozen = np.array([item.frozen for item in self.likelihood.parameters.items], dtype=bool)
        return np.setdiff1d(np.flatnonzero(has_prior & ~frozen), self._positions(self.reduction.kept))

    def _draw(self, first: int, count: int, theory: int, whole: bool) -> _Draw:
        bins, nuisances = self.interpolation.shape
        lead = bins + len(self.reduction.kept)
        inner = lead + theory + nuisances
        size = inner + (len(self.root) - lead if whole else 0)
        normal = np.array([np.random.default_rng([self.seed, first + i]).standard_normal(size) for i in range(count)])
        return _Draw(*np.split(normal.reshape(count, size), [lead, lead + theory, inner], axis=1))

    def _expected(self, values: FloatArray, eta: FloatArray) -> FloatArray:
        """Expectation y of the combined cross sections, shape (..., n)."""
        spectrum = replace(self.likelihood.spectrum, linear=None)
        return np.asarray(spectrum.value(values) + eta @ self.interpolation.T)

    def _joint(self, combined: FloatArray, estimates: FloatArray, draw: _Draw) -> FloatArray:
        lead, bins = draw.leading.shape[1], combined.shape[1]
        joint = np.empty((len(combined), len(self.order)))
        others = self.order[lead:]
        joint[:, others] = self.truth.phi[others - bins]
        if self.truth.frequentist:
            noise = joint[:, others] + draw.leading @ self.root[lead:, :lead].T
            joint[:, others] = noise + draw.rest @ self.root[lead:, lead:].T
        joint[:, :bins], joint[:, self.reduction.where] = combined, estimates
        return joint


def truth_after(combination: Combination, posterior: Posterior, values: FloatArray) -> Truth:
    """Everything at its post-fit value, auxiliary observables to be fluctuated (``--toysFrequentist``).

    Args:
        combination: with its prediction.
        posterior: about the minimum; of the tangent, where sources are not linear.
        values: explicit parameters there, shape (P,).
    """
    theory = theory_of(combination)
    starts = dict(zip(combination.prior.parameters, combination.starts.tolist(), strict=True))
    at = starts | dict.fromkeys(theory.interpolation_names, 0.0)
    at |= dict(zip(posterior.names, posterior.values.tolist(), strict=True))
    at |= dict(zip(theory.parameters.names, values.tolist(), strict=True))
    return Truth(
        values=values,
        eta=np.array([at[name] for name in theory.interpolation_names]),
        phi=np.array([at[name] for name in _floating(combination)]),
        frequentist=True,
    )


def _floating(combination: Combination) -> tuple[str, ...]:
    """Names of the floating prior parameters; explicit ones without a prior are parameters of the prediction only."""
    prior = combination.prior
    free = {name for name, is_free in zip(prior.parameters, prior.free.tolist(), strict=True) if is_free}
    gone = combination.frozen | (free & prior.parameters_of(combination.explicit))
    return tuple(name for name in prior.parameters if name not in gone)


def truth_before(combination: Combination, elimination: Elimination) -> Truth:
    """Explicit parameters at their start values, nuisances to be drawn from their priors for every toy.

    The nuisances stand at the means of what they are drawn from.
    """
    theory, phi = theory_of(combination), elimination.joint.mean[elimination.bins :]
    at = dict(zip(_floating(combination), phi.tolist(), strict=True))
    kept = {name: at[name] for name in explicit_floating(combination, elimination)}
    return Truth(
        values=theory.parameters.values(kept),
        eta=np.zeros(len(theory.interpolation_names)),
        phi=phi,
        frequentist=False,
    )


def toy_model(
    combination: Combination, elimination: Elimination, likelihood: ReducedLikelihood, truth: Truth, seed: int
) -> ToyModel:
    """The toys of a combination.

    Raises:
        ModelError: if a nuisance has an error on its error.
    """
    reduction = reduction_of(combination, elimination)
    leading = np.concatenate([np.arange(elimination.bins), reduction.where])
    size = len(elimination.joint.mean)
    order = np.concatenate([leading, np.setdiff1d(np.arange(size), leading)])
    root = np.linalg.cholesky(elimination.joint.covariance[np.ix_(order, order)])
    interpolation = theory_of(combination).interpolation
    return ToyModel(truth, likelihood, interpolation, reduction, np.asarray(root, dtype=np.float64), order, seed)


def reduction_of(combination: Combination, elimination: Elimination) -> Reduction:
    """What the reduced likelihood of a combination sees of its estimate.

    Raises:
        ModelError: if a nuisance has an error on its error, so that zhat does not hold all that is observed of it.
    """
    for name in combination.errors_on_errors:
        raise ModelError(
            f"{name} has an error on its error: toys of it need a variance that fluctuates too, which is not made; "
            "remove errorOnError from the card"
        )
    names = explicit_floating(combination, elimination)
    kept = kept_nuisances(combination, elimination, names)
    position = {combination.prior.parameters[i]: at for at, i in enumerate(elimination.floating)}
    where = np.array([elimination.bins + position[name] for name in names], dtype=np.intp)
    return Reduction(names, where, kept.on_bins)
