from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

from built import Builder, Built  # noqa: E402
from ttjroofit.card.parser import read_card  # noqa: E402
from ttjroofit.card.statements import TheoryOptions  # noqa: E402
from ttjroofit.model.assemble import load_combination  # noqa: E402


@pytest.fixture(scope="session")
def cards() -> Path:
    return REPOSITORY / "cards"


@pytest.fixture(scope="session")
def build() -> Builder:
    return Built.of


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
