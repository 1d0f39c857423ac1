"""The reduced model: a RooMultiVarGaussian over the bins, all linear nuisances eliminated."""

from __future__ import annotations

from typing import Any

from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination
from ttjroofit.model.likelihood import reduce_likelihood
from ttjroofit.roofit.owner import Owner
from ttjroofit.roofit.prediction import Predicted

__all__ = ["reduced_pdf"]


def reduced_pdf(owner: Owner, combination: Combination, elimination: Elimination, predicted: Predicted) -> Any:
    """Pdf ``reduced``: N(observed; predicted - moved, covariance) times the priors of the theory.

    ``data_obs`` holds what was observed. Bins whose sources are tied to pulled nuisances of another measurement are
    moved by the combination; the move is a constant, and stands on the side of the prediction.
    """
    likelihood = reduce_likelihood(combination, elimination)
    moved = likelihood.mean - combination.observed_values
    means = [
        owner.weighted_sum(
            f"reduced_{name}", [(function, 1.0), (owner.constant(1.0), -shift)] if shift else [(function, 1.0)]
        )
        for name, function, shift in zip(combination.bins, predicted.functions, moved, strict=True)
    ]
    bins = owner.multivariate_gaussian("combined", predicted.observed, means, likelihood.covariance)
    return owner.product("reduced", [bins, *predicted.constraints])
