"""The reduced model: a RooMultiVarGaussian over the bins, all linear nuisances eliminated but those that are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination
from ttjroofit.model.likelihood import ReducedLikelihood, kept_nuisances, reduce_likelihood
from ttjroofit.roofit.owner import Owner
from ttjroofit.roofit.prediction import Predicted

__all__ = ["reduced_pdf"]


def reduced_pdf(
    owner: Owner, combination: Combination, elimination: Elimination, predicted: Predicted, keep: Sequence[str] = ()
) -> Any:
    """Pdf ``reduced``: N(observed; predicted - moved, covariance) times the priors of theory and kept nuisances.

    ``data_obs`` holds what was observed. Bins whose sources are tied to pulled nuisances of another measurement are
    moved by the combination; the move is a constant, and stands on the side of the prediction.
    """
    likelihood = reduce_likelihood(combination, elimination, keep)
    kept, constraints = _kept(owner, combination, elimination, likelihood, keep)
    moved = likelihood.mean - combination.observed_values
    means = []
    for b, (name, function, shift) in enumerate(zip(combination.bins, predicted.functions, moved, strict=True)):
        terms = [(function, 1.0)]
        if likelihood.spectrum.linear is not None:
            weights = likelihood.spectrum.linear[b, -len(kept) :].tolist()
            terms += [(nuisance, weight) for nuisance, weight in zip(kept, weights, strict=True) if weight]
        if shift:
            terms.append((owner.constant(1.0), -shift))
        means.append(owner.weighted_sum(f"reduced_{name}", terms))
    bins = owner.multivariate_gaussian("combined", predicted.observed, means, likelihood.covariance)
    return owner.product("reduced", [bins, *constraints, *predicted.constraints])


def _kept(
    owner: Owner,
    combination: Combination,
    elimination: Elimination,
    likelihood: ReducedLikelihood,
    keep: Sequence[str],
) -> tuple[list[Any], list[Any]]:
    """Variables of the nuisances that are kept, and the pdf of their estimates, ``<name>_In``."""
    if not keep:
        return [], []
    gaussian = kept_nuisances(combination, elimination, keep)
    nuisances, observables = [], []
    for item, variance in zip(likelihood.parameters.items[-len(keep) :], gaussian.covariance.diagonal(), strict=True):
        nuisances.append(owner.variable(item.name, item.start, item.low, item.high, title="nuisance kept explicit"))
        nuisances[-1].setError(item.step)
        observables.append(owner.global_observable(item.name, item.start, float(variance) ** 0.5))
    return nuisances, [owner.multivariate_gaussian("kept", observables, nuisances, gaussian.covariance)]
