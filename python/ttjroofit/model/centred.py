"""Constraints whose means are the nuisances themselves: the same likelihood in the form that combine expects.

The conditional prior N(y_E; theta_E - B theta_P, C) has a mean of several nuisances. Its integral over the nuisances
has no closed form in RooFit, and combine normalises constraints over the nuisances when it looks at them before the
fit. Together with the auxiliary measurement N(y_P; theta_P, V) it is the same function as one Gaussian
N(y'; theta, S): with y - A theta the residual of both, A invertible, y' = A^-1 y and S = A^-1 diag(V, C) A^-T.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag
from scipy.sparse.csgraph import connected_components

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.factors import Factor, factorise

__all__ = ["CentredConstraint", "centred_constraints"]


@dataclass(frozen=True, eq=False)
class CentredConstraint:
    """N(observed; parameters, covariance).

    Attributes:
        name: of the pdf.
        replaces: names of the factors that it is the product of.
        parameters: the k nuisances.
        observed: auxiliary observables of these, shape (k,).
        covariance: shape (k, k).
    """

    name: str
    replaces: tuple[str, ...]
    parameters: tuple[str, ...]
    observed: FloatArray
    covariance: FloatArray


def centred_constraints(combination: Combination) -> tuple[CentredConstraint, ...]:
    """Constraints of the full model to be replaced: those tied to others through nuisances in their means.

    Auxiliary observables of profiled nuisances, on which the cross sections depend, keep their values. A constraint
    with an error on its error is not Gaussian and stays as it is.
    """
    tailed = set(combination.errors_on_errors)
    factors = [
        factor
        for factor in factorise(combination)
        if factor.kind in ("auxiliary", "prior") and not tailed & set(factor.observed_names)
    ]
    uses = np.array([np.any(factor.on_parameters != 0.0, axis=0) for factor in factors], dtype=np.float64)
    if not len(uses):
        return ()
    count, label = connected_components(uses @ uses.T, directed=False)
    groups = [[factor for factor, at in zip(factors, label, strict=True) if at == i] for i in range(count)]
    centred = (_centre(group, combination.prior.parameters) for group in groups if len(group) > 1)
    return tuple(constraint for constraint in centred if constraint is not None)


def _centre(factors: Sequence[Factor], names: Sequence[str]) -> CentredConstraint | None:
    """One constraint for several; None where an observable is not that of one nuisance."""
    observed_names = [name for factor in factors for name in factor.observed_names]
    rows = np.concatenate([factor.on_parameters for factor in factors])
    used = [names[i] for i in np.flatnonzero(np.any(rows != 0.0, axis=0)).tolist()]
    if set(used) != set(observed_names) or len(used) != len(observed_names):
        return None
    response = rows[:, [names.index(name) for name in observed_names]]
    inverse = np.linalg.inv(response)
    covariance = inverse @ block_diag(*(factor.covariance for factor in factors)) @ inverse.T
    return CentredConstraint(
        name=f"centred_{observed_names[0]}",
        replaces=tuple(factor.name for factor in factors),
        parameters=tuple(observed_names),
        observed=np.asarray(inverse @ np.concatenate([factor.observed for factor in factors])),
        covariance=np.asarray((covariance + covariance.T) / 2.0),
    )
