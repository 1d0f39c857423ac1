"""chi2 = -2 ln(L / L_saturated) of a combination with a prediction: reduced, and spelt out term by term."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ttjroofit.errors import ModelError, suggestion
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination, Theory
from ttjroofit.model.elimination import Elimination
from ttjroofit.model.factors import factorise
from ttjroofit.model.gamma_variance import degrees_of_freedom, penalty
from ttjroofit.model.gaussian import inverse_positive
from ttjroofit.model.parameters import Parameter, Parameters
from ttjroofit.model.penalty import PriorPenalty
from ttjroofit.model.spectrum import Spectrum

__all__ = [
    "Kept",
    "ReducedLikelihood",
    "explicit_chi2",
    "explicit_floating",
    "kept_nuisances",
    "reduce_likelihood",
    "theory_of",
]

KEPT_REACH = 10.0
"""Nuisances that are kept move within +-10 prior sigmas about their combined value."""


@dataclass(frozen=True, eq=False)
class ReducedLikelihood:
    """N(mean; x(p), covariance) times the prior of p; all linear nuisances eliminated but those that were kept.

    Attributes:
        mean: shape (n,), combined cross sections.
        covariance: shape (n, n): W^-1 of the combination plus the interpolation of the prediction.
        offset: chi2 of the combination itself, a constant.
        parameters: the P explicit parameters: m, N, alpha and the nuisances that were kept.
        spectrum: x as a function of them.
        prior: of alpha and the nuisances that were kept.
    """

    mean: FloatArray
    covariance: FloatArray
    offset: float
    parameters: Parameters
    spectrum: Spectrum
    prior: PriorPenalty

    @cached_property
    def precision(self) -> FloatArray:
        """Inverse of ``covariance``, shape (n, n)."""
        return inverse_positive(self.covariance)

    def chi2(self, values: FloatArray) -> float:
        """chi2 at ``values``, shape (P,)."""
        residual = self.mean - self.spectrum.value(values)
        return float(residual @ self.precision @ residual) + self.prior.chi2(values) + self.offset

    @property
    def ndf(self) -> int:
        """Bins minus floating masses and normalisations: sum_k (n_k - 1) - number of masses if all float."""
        frozen = np.array([item.frozen for item in self.parameters.items])
        return len(self.mean) - int(np.count_nonzero(~self.prior.constrained & ~frozen))


def theory_of(combination: Combination) -> Theory:
    """The prediction of a combination.

    Raises:
        ModelError: if its card names none.
    """
    if combination.theory is None:
        raise ModelError(
            f"card {combination.card} has no `theory` line, so there is no mass to fit: use -M CrossSections"
        )
    return combination.theory


def reduce_likelihood(
    combination: Combination, elimination: Elimination, keep: Sequence[str] = ()
) -> ReducedLikelihood:
    """The likelihood of section 4 of the specification.

    Args:
        combination: with its prediction.
        elimination: of the combination.
        keep: floating nuisances of the measurements or of the interpolation that stay explicit parameters. With G the
            regression of the bins on them, N((xhat, phihat); (x, phi), V) = N(phihat; phi, V_pp)
            N(xhat - G phihat; x - G phi, V_xx - G V_px).

    Raises:
        ModelError: if a name to keep is not that of a floating nuisance.
    """
    theory, reduced = theory_of(combination), elimination.reduced
    means, precisions = theory.parameters.prior_terms()
    likelihood = ReducedLikelihood(
        mean=reduced.mean,
        covariance=reduced.covariance + theory.interpolation_covariance,
        offset=reduced.chi2,
        parameters=theory.parameters,
        spectrum=theory.spectrum,
        prior=PriorPenalty.gaussian(means, np.diag(precisions)),
    )
    names = (*explicit_floating(combination, elimination), *keep)
    if names:
        likelihood = _keep(likelihood, kept_nuisances(combination, elimination, names))
    return _with_tails(likelihood, combination.errors_on_errors) if combination.errors_on_errors else likelihood


def _with_tails(likelihood: ReducedLikelihood, errors: Mapping[str, float]) -> ReducedLikelihood:
    """The same likelihood with Student's t for the priors of nuisances with an error on their error."""
    where = np.array([likelihood.parameters.position(name) for name in errors], dtype=np.intp)
    nu = np.array([degrees_of_freedom(relative) for relative in errors.values()])
    return replace(likelihood, prior=replace(likelihood.prior, tailed=where, nu=nu))


def explicit_floating(combination: Combination, elimination: Elimination) -> tuple[str, ...]:
    """The explicit nuisances that float and have a Gaussian prior: they are always kept."""
    explicit = combination.prior.parameters_of(combination.explicit) - set(combination.errors_on_errors)
    names = (combination.prior.parameters[i] for i in elimination.floating)
    return tuple(name for name in names if name in explicit)


@dataclass(frozen=True, eq=False)
class Kept:
    """Nuisances that stay explicit, as a Gaussian, with what they do to the bins.

    Attributes:
        names: of the k nuisances.
        mean: shape (k,).
        covariance: shape (k, k).
        on_bins: shape (n, k): the expectation of the combined cross sections moves by on_bins (phi - mean).
    """

    names: tuple[str, ...]
    mean: FloatArray
    covariance: FloatArray
    on_bins: FloatArray


def kept_nuisances(combination: Combination, elimination: Elimination, keep: Sequence[str]) -> Kept:
    """The Gaussian of floating nuisances once all others are eliminated.

    Raises:
        ModelError: if a name is not that of a floating nuisance.
    """
    theory, count, joint = theory_of(combination), elimination.bins, elimination.joint
    linear = {combination.prior.parameters[i]: count + at for at, i in enumerate(elimination.floating)}
    columns = {name: i for i, name in enumerate(theory.interpolation_names)}
    for name in keep:
        if name not in linear and name not in columns:
            raise ModelError(f"{name} is no floating nuisance{suggestion(name, [*linear, *columns])}")
    where = np.array([linear[name] for name in keep if name in linear], dtype=np.intp)
    inside = [i for i, name in enumerate(keep) if name in linear]
    mean, covariance = np.zeros(len(keep)), np.eye(len(keep))
    on_bins = np.zeros((count, len(keep)))
    mean[inside] = joint.mean[where]
    covariance[np.ix_(inside, inside)] = joint.covariance[np.ix_(where, where)]
    on_bins[:, inside] = -joint.covariance[:count, where] @ inverse_positive(joint.covariance[np.ix_(where, where)])
    for i, name in enumerate(keep):
        if name in columns:
            on_bins[:, i] = theory.interpolation[:, columns[name]]
    return Kept(tuple(keep), mean, covariance, on_bins)


def _keep(likelihood: ReducedLikelihood, kept: Kept) -> ReducedLikelihood:
    """The same likelihood with the nuisances ``kept`` among its explicit parameters, where they are not yet."""
    sigma = dict(zip(kept.names, np.sqrt(np.diag(kept.covariance)).tolist(), strict=True))
    mean = dict(zip(kept.names, kept.mean.tolist(), strict=True))
    new = tuple(
        Parameter(name, "nuisance", mean[name], mean[name] - KEPT_REACH, mean[name] + KEPT_REACH, sigma[name])
        for name in kept.names
        if name not in likelihood.parameters.names
    )
    parameters = Parameters((*likelihood.parameters.items, *new))
    where = [parameters.position(name) for name in kept.names]
    explicit, total = len(likelihood.parameters.items), len(parameters.items)
    linear = np.zeros((len(likelihood.mean), total))
    linear[:, where] = kept.on_bins
    centre, precision = np.zeros(total), np.zeros((total, total))
    centre[:explicit] = likelihood.prior.mean
    precision[:explicit, :explicit] = likelihood.prior.precision
    centre[where] = kept.mean
    precision[np.ix_(where, where)] = inverse_positive(kept.covariance)
    return replace(
        likelihood,
        mean=likelihood.mean + kept.on_bins @ kept.mean,
        covariance=likelihood.covariance - kept.on_bins @ kept.covariance @ kept.on_bins.T,
        parameters=parameters,
        spectrum=replace(likelihood.spectrum, linear=linear),
        prior=PriorPenalty.gaussian(centre, precision),
    )


def explicit_chi2(combination: Combination, values: FloatArray, eta: FloatArray, phi: FloatArray) -> float:
    """chi2 with every nuisance explicit, factor by factor as section 3 of the specification writes it.

    The slow, obvious twin of ``reduce_likelihood``: its minimum over eta and phi is the reduced chi2.

    Args:
        combination: measurements, priors and prediction.
        values: explicit parameters, shape (P,).
        eta: interpolation nuisances, shape (r,).
        phi: all prior parameters, frozen ones included, shape (q,).
    """
    theory = theory_of(combination)
    x = theory.spectrum.value(values) + theory.interpolation @ eta
    means, precisions = theory.parameters.prior_terms()
    chi2 = float(precisions @ (values - means) ** 2 + eta @ eta)
    errors = combination.errors_on_errors
    for factor in factorise(combination):
        residual = factor.residual(x, phi)
        if factor.kind == "prior" and factor.observed_names[0] in errors:
            nu = degrees_of_freedom(errors[factor.observed_names[0]])
            chi2 += float(penalty(residual, np.array(nu)).value[0])
        else:
            chi2 += float(residual @ inverse_positive(factor.covariance) @ residual) + factor.chi2
    return chi2
