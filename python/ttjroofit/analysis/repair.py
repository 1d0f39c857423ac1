"""What a repair of the prior correlations changed, for the result."""

from __future__ import annotations

from ttjroofit.model.combination import Combination
from ttjroofit.results.fit import PriorRepair, RepairedCorrelation

__all__ = ["prior_repair"]


def prior_repair(combination: Combination) -> PriorRepair | None:
    """Method, eigenvalues and changed correlations, largest change first; None if none was needed."""
    repaired = combination.prior.repaired
    if repaired is None:
        return None
    changes = [
        RepairedCorrelation((pair.first, pair.second), pair.nominal, used)
        for pair, used in combination.prior.changes()
        if used != pair.nominal
    ]
    return PriorRepair(repaired.method, repaired.factor, repaired.eigenvalue_before, repaired.eigenvalue_after, changes)
