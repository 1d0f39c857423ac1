from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests"))  # for the modules `twin`, `points` and `synthetic`

from ttjroofit.card.parser import read_card  # noqa: E402
from ttjroofit.card.statements import TheoryOptions  # noqa: E402
from ttjroofit.model.assemble import load_combination  # noqa: E402
from ttjroofit.model.combination import Combination  # noqa: E402
from ttjroofit.model.elimination import Elimination, eliminate  # noqa: E402
from ttjroofit.model.likelihood import reduce_likelihood  # noqa: E402
from ttjroofit.model.minimum import find_minimum  # noqa: E402
from ttjroofit.model.posterior import Posterior, posterior  # noqa: E402
from ttjroofit.roofit.minimise import FitPlan, Minimised, minimise  # noqa: E402
from ttjroofit.roofit.workspace import build_workspace, set_values  # noqa: E402


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


@pytest.fixture(scope="session")
def cards() -> Path:
    return REPOSITORY / "cards"


@pytest.fixture(scope="session")
def build() -> Builder:
    return partial(Built.of)


@pytest.fixture(scope="session")
def linear(cards: Path) -> Built:
    """ATLAS 8 TeV with shapes that are linear in the mass and without theory nuisances: nearly a Gaussian."""
    card = read_card(cards / "atlas8.txt")
    return Built.of(load_combination(replace(card, options=TheoryOptions(order=1, pdf="off", tnp=False))))


@pytest.fixture(scope="session")
def atlas8(cards: Path) -> Built:
    """The card as it is shipped."""
    return Built.of(load_combination(read_card(cards / "atlas8.txt")))


@pytest.fixture(scope="session")
def three(cards: Path) -> Built:
    """All three measurements, as shipped: scenario jes_modelling, repaired."""
    return Built.of(load_combination(read_card(cards / "atlas_cms.txt")))
