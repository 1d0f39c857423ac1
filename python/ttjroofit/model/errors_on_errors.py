"""Which nuisances have an error on their error: the ``errorOnError`` lines of a card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ttjroofit.card.patterns import require_names
from ttjroofit.card.statements import ErrorOnErrorStatement
from ttjroofit.errors import CardError, Place
from ttjroofit.model.prior import Owner, Prior

__all__ = ["resolve_errors_on_errors"]


def resolve_errors_on_errors(
    statements: Sequence[ErrorOnErrorStatement], prior: Prior, owners: Mapping[str, Owner], known: Sequence[str]
) -> dict[str, float]:
    """Prior parameters to the relative uncertainty of their sigma; the last line that names one holds.

    Args:
        statements: of the card.
        prior: of the nuisances in use.
        owners: the nuisances in use.
        known: all nuisances of the card; those not in use are passed over.

    Raises:
        CardError: if a pattern matches nothing, or names a nuisance that is profiled, correlated or without a prior.
    """
    found: dict[str, float] = {}
    for statement in statements:
        for name in require_names(statement.pattern, known, kind="nuisance", place=statement.place):
            if name in owners:
                _check(name, prior, owners[name], statement.place)
                found[prior.parents[name][0]] = statement.relative
    return found


def _check(name: str, prior: Prior, owner: Owner, place: Place) -> None:
    if owner.profiled:
        raise CardError(
            f"{name} was profiled in {owner.measurement}, whose published covariance holds its Gaussian prior: "
            "errors on errors are for externalised sources",
            place,
        )
    if owner.without_prior:
        raise CardError(f"{name} has no prior, so no sigma that could be uncertain", place)
    parent, _ = prior.parents[name]
    column = prior.parameters.index(parent)
    others = np.delete(np.arange(len(prior.parameters)), column)
    sharing = np.count_nonzero(prior.transform[:, column]) - 1
    if sharing or np.any(prior.correlation[column, others] != 0.0):
        raise CardError(
            f"{name} is correlated with other nuisances: the Gamma Variance Model is for independent ones; remove its "
            "correlations or its errorOnError",
            place,
        )
