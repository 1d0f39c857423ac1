"""The reduced model: a RooMultiVarGaussian over the bins, all linear nuisances eliminated but those that are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination
from ttjroofit.model.gamma_variance import degrees_of_freedom
from ttjroofit.model.likelihood import explicit_floating, kept_nuisances, reduce_likelihood
from ttjroofit.roofit.owner import Owner
from ttjroofit.roofit.prediction import Predicted

__all__ = ["reduced_factors"]


def reduced_factors(
    owner: Owner, combination: Combination, elimination: Elimination, predicted: Predicted, keep: Sequence[str] = ()
) -> list[Any]:
    """Factors of ``reduced``: N(observed; predicted - moved, covariance) and the priors of theory and kept nuisances.

    ``data_obs`` holds what was observed. Bins whose sources are tied to pulled nuisances of another measurement are
    moved by the combination; the move is a constant, and stands on the side of the prediction.
    """
    likelihood = reduce_likelihood(combination, elimination, keep)
    nuisances, constraints = _kept(
        owner, combination, elimination, (*explicit_floating(combination, elimination), *keep)
    )
    errors = combination.errors_on_errors
    constraints += [
        owner.student_constraint(owner.objects[name], degrees_of_freedom(relative)) for name, relative in errors.items()
    ]
    moved = likelihood.mean - combination.observed_values
    means = []
    for b, (name, function, shift) in enumerate(zip(combination.bins, predicted.functions, moved, strict=True)):
        terms = [(function, 1.0)]
        if likelihood.spectrum.linear is not None:
            weights = likelihood.spectrum.linear[b]
            names = likelihood.parameters.names
            terms += [(nuisances[names[i]], float(weights[i])) for i in np.flatnonzero(weights).tolist()]
        if shift:
            terms.append((owner.constant(1.0), -shift))
        means.append(owner.weighted_sum(f"reduced_{name}", terms))
    bins = owner.multivariate_gaussian("combined", predicted.observed, means, likelihood.covariance)
    return [bins, *constraints, *predicted.constraints]


def _kept(
    owner: Owner, combination: Combination, elimination: Elimination, names: Sequence[str]
) -> tuple[dict[str, Any], list[Any]]:
    """Variables of the nuisances that are kept, by name, and the pdf of their estimates."""
    if not names:
        return {}, []
    kept = kept_nuisances(combination, elimination, names)
    # the full model and sources that are not linear have some already
    nuisances = {
        name: owner.objects.get(name) or owner.nuisance(name, start, title="nuisance kept explicit")
        for name, start in zip(kept.names, kept.mean.tolist(), strict=True)
    }
    unit = not np.any(kept.mean) and np.array_equal(kept.covariance, np.eye(len(names)))
    if unit and _independent(combination, names):
        return nuisances, [owner.gaussian_constraint(nuisance) for nuisance in nuisances.values()]
    sigmas = np.sqrt(np.diag(kept.covariance)).tolist()
    observables = [
        owner.global_observable(f"{name}_kept", mean, sigma)
        for name, mean, sigma in zip(kept.names, kept.mean.tolist(), sigmas, strict=True)
    ]
    return nuisances, [owner.multivariate_gaussian("kept", observables, [*nuisances.values()], kept.covariance)]


def _independent(combination: Combination, names: Sequence[str]) -> bool:
    """Whether nuisances are correlated with no other: the full model may have another ``<name>_Pdf`` if they are."""
    where = [i for i, name in enumerate(combination.prior.parameters) if name in names]
    return bool(np.count_nonzero(combination.prior.correlation[where]) == len(where))
