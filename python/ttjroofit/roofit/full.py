"""The full model: every nuisance a RooRealVar, the factors of ``ttjroofit.model.factors`` as pdfs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.factors import Factor, expected_starts, factorise
from ttjroofit.model.gamma_variance import degrees_of_freedom
from ttjroofit.model.likelihood import theory_of
from ttjroofit.roofit.owner import Owner
from ttjroofit.roofit.prediction import Predicted

__all__ = ["full_factors", "merged_names"]


def full_factors(owner: Owner, combination: Combination, predicted: Predicted) -> list[Any]:
    """Factors of ``full``: measurements, auxiliary ones, conditional priors, priors of interpolation and theory."""
    truths, interpolation = _true_cross_sections(owner, combination, predicted)
    prior = combination.prior
    nuisances = [
        owner.nuisance(
            name, start, title=f"nuisance of {combination.owners[name].measurement}", frozen=name in combination.frozen
        )
        for name, start in zip(prior.parameters, expected_starts(combination).tolist(), strict=True)
    ]
    pdfs = [_factor_pdf(owner, combination, factor, truths, nuisances) for factor in factorise(combination)]
    return [*pdfs, *interpolation, *predicted.constraints]


def merged_names(owner: Owner, combination: Combination) -> list[Any]:
    """Functions for the names that equal another parameter up to a sign (prior correlation +1 or -1)."""
    return [
        owner.same(name, owner.objects[parent], sign)
        for name, (parent, sign) in combination.prior.parents.items()
        if name != parent
    ]


def _true_cross_sections(owner: Owner, combination: Combination, predicted: Predicted) -> tuple[list[Any], list[Any]]:
    """Predicted cross sections shifted by the interpolation nuisances, and the priors of these."""
    theory = theory_of(combination)
    etas = [owner.nuisance(name, 0.0, title="interpolation of the prediction") for name in theory.interpolation_names]
    truths = [
        owner.weighted_sum(f"true_{name}", [(function, 1.0), *_terms(etas, response)])
        for name, function, response in zip(combination.bins, predicted.functions, theory.interpolation, strict=True)
    ]
    return truths, [owner.gaussian_constraint(eta) for eta in etas]


def _terms(items: Sequence[Any], weights: FloatArray) -> list[tuple[Any, float]]:
    return [(items[i], float(weights[i])) for i in np.flatnonzero(weights).tolist()]


def _factor_pdf(
    owner: Owner, combination: Combination, factor: Factor, truths: Sequence[Any], nuisances: Sequence[Any]
) -> Any:
    observables = [
        _observable(owner, name, value) for name, value in zip(factor.observed_names, factor.observed, strict=True)
    ]
    names = combination.prior.parameters
    auxiliary = {
        int(i): _observable(owner, names[i], factor.auxiliary[i])
        for i in np.flatnonzero(np.any(factor.on_auxiliary, axis=0))
    }
    means = []
    for r, name in enumerate(factor.observed_names):
        terms = _terms(truths, factor.on_bins[r])
        # a nuisance without effect stays a term: RooFit drops the prior of what no measurement mentions
        mentioned = factor.involved if factor.kind in ("measurement", "joint") else factor.on_parameters[r]
        terms += [(nuisances[i], float(factor.on_parameters[r, i])) for i in np.flatnonzero(mentioned).tolist()]
        terms += [
            (auxiliary[i], float(factor.on_auxiliary[r, i])) for i in np.flatnonzero(factor.on_auxiliary[r]).tolist()
        ]
        # a joint factor is centred on the minimum of the combination, not on what was observed
        moved = float(factor.observed[r]) - float(observables[r].getVal())
        terms += [(owner.constant(1.0), -moved)] if moved else []
        means.append(owner.weighted_sum(f"expected_{factor.name}_{name}", terms))
    if factor.kind == "prior" and factor.observed_names[0] in combination.errors_on_errors:
        relative = combination.errors_on_errors[factor.observed_names[0]]
        return owner.student_constraint(nuisances[names.index(factor.observed_names[0])], degrees_of_freedom(relative))
    if factor.kind == "prior" and len(means) == 1:
        width = owner.constant(np.sqrt(factor.covariance[0, 0]))
        return owner.keep(owner.ROOT.RooGaussian(factor.name, factor.name, observables[0], means[0], width))
    return owner.multivariate_gaussian(factor.name, observables, means, factor.covariance)


def _observable(owner: Owner, name: str, value: float) -> Any:
    """The observable of a bin, or the auxiliary observable of a nuisance, made when first asked for."""
    if name in owner.objects and f"predicted_{name}" in owner.objects:
        return owner.objects[name]
    return owner.objects.get(f"{name}_In") or owner.global_observable(name, value)
