"""A workspace with what it was made from, and fits that start as the analysis starts them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination, eliminate
from ttjroofit.model.likelihood import reduce_likelihood
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.posterior import Posterior, posterior
from ttjroofit.roofit.minimise import FitPlan, Minimised, minimise
from ttjroofit.roofit.workspace import build_workspace, set_values

__all__ = ["Builder", "Built"]


@dataclass(frozen=True)
class Built:
    """A workspace and what it was made from."""

    combination: Combination
    elimination: Elimination
    posterior: Posterior
    workspace: Any

    @classmethod
    def of(cls, combination: Combination) -> Built:
        elimination = eliminate(combination)
        values = find_minimum(reduce_likelihood(combination, elimination))
        expected = posterior(combination, elimination, values)
        return cls(combination, elimination, expected, build_workspace(combination, elimination))

    def fit(self, plan: FitPlan) -> Minimised:
        """Start from the analytic minimum, as the analysis does."""
        self.workspace.loadSnapshot("prefit")
        set_values(self.workspace, dict(zip(self.posterior.names, map(float, self.posterior.values), strict=True)))
        return minimise(self.workspace, plan)


Builder = Callable[[Combination], Built]
