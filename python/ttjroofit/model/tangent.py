"""The model with its sources made linear at some point, and what is known of all parameters there."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ttjroofit.errors import ModelError
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination, eliminate
from ttjroofit.model.explicit import linearise
from ttjroofit.model.likelihood import ReducedLikelihood, theory_of
from ttjroofit.model.posterior import Posterior, posterior

__all__ = ["Tangent", "make_tangent"]


@dataclass(frozen=True, eq=False)
class Tangent:
    """The model, its sources linear; where they are linear anyway, the model itself.

    Attributes:
        combination: of measurements of the true values.
        elimination: of the combination.
        after: the posterior.
        values: explicit parameters of the combination, those of its sources left out that are linear now.
    """

    combination: Combination
    elimination: Elimination
    after: Posterior
    values: FloatArray


def make_tangent(
    combination: Combination, elimination: Elimination, likelihood: ReducedLikelihood, values: FloatArray
) -> Tangent:
    """The tangent at a point.

    Args:
        combination: the model.
        elimination: of the combination.
        likelihood: of the combination; it may keep more nuisances explicit than need be.
        values: explicit parameters of the likelihood, shape (P,).

    Where a failed fit ended on no minimum, the posterior is that of the expected Hessian.
    """
    named = dict(zip(likelihood.parameters.names, values.tolist(), strict=True))
    if combination.explicit:
        true = replace(likelihood.spectrum, responses=None, linear=None).value(values)
        combination = linearise(combination, true, named)
        elimination = eliminate(combination)
    values = theory_of(combination).parameters.values(named)
    try:
        after = posterior(combination, elimination, values)
    except ModelError:
        after = posterior(combination, elimination, values, hessian="expected")
    return Tangent(combination, elimination, after, values)
