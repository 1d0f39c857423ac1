from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from ttjroofit.card import active_assumptions, read_card
from ttjroofit.card.statements import Assumption, TheoryOptions

# Number of assumptions of each block in the talk's figures.
BLOCKS = {
    "atlas8_cms13_jes": 11,
    "atlas8_cms13_modelling": 10,
    "atlas8_cms13_tt0jet": 5,
    "atlas13_cms13_jes": 9,
    "atlas13_cms13_modelling": 10,
    "atlas8_atlas13_jes": 16,
    "atlas8_atlas13_modelling": 6,
    "atlas8_atlas13_strong": 23,
    "atlas8_atlas13_weak": 3,
    "atlas8_atlas13_nominal": 25,
}
SCENARIOS = {"none": 0, "jes": 36, "jes_modelling": 62, "jes_modelling_tt0jet": 67, "nominal": 70}
PAIRS = {
    "atlas8_cms13": {"none": 0, "jes": 11, "jes_modelling": 21, "jes_modelling_tt0jet": 26, "nominal": 26},
    "atlas13_cms13": {"none": 0, "jes": 9, "jes_modelling": 19, "jes_modelling_tt0jet": 19, "nominal": 19},
    "atlas8_atlas13": {
        "none": 0,
        "jes": 16,
        "jes_modelling": 22,
        "jes_modelling_tt0jet": 22,
        "nominal": 25,
        "strong": 23,
        "weak": 3,
    },
}
# Bins and nuisances of each measurement, as published.
SIZES = {"CMS_13TeV": (4, 348), "ATLAS_8TeV": (8, 123), "ATLAS_13TeV": (7, 143)}
CARDS = {
    "atlas_cms": ["CMS_13TeV", "ATLAS_8TeV", "ATLAS_13TeV"],
    "cms13": ["CMS_13TeV"],
    "atlas8": ["ATLAS_8TeV"],
    "atlas13": ["ATLAS_13TeV"],
    "atlas8_cms13": ["CMS_13TeV", "ATLAS_8TeV"],
    "atlas8_atlas13": ["ATLAS_8TeV", "ATLAS_13TeV"],
    "atlas13_cms13": ["CMS_13TeV", "ATLAS_13TeV"],
}


def smallest_eigenvalue(assumptions: tuple[Assumption, ...]) -> float:
    names = sorted({name for assumption in assumptions for name in (assumption.first, assumption.second)})
    matrix = np.eye(len(names))
    for assumption in assumptions:
        i, j = names.index(assumption.first), names.index(assumption.second)
        matrix[i, j] = matrix[j, i] = assumption.nominal
    return float(np.linalg.eigvalsh(matrix)[0]) if names else 1.0


def test_all_cards_are_listed(repository: Path) -> None:
    assert {path.stem for path in (repository / "cards").glob("*.txt")} == set(CARDS)


@pytest.mark.parametrize(("name", "measurements"), CARDS.items())
def test_card(repository: Path, name: str, measurements: list[str]) -> None:
    card = read_card(repository / "cards" / f"{name}.txt")
    assert [measurement.name for measurement in card.measurements] == measurements
    theory = repository / "inputs" / "theory"
    assert [statement.path for statement in card.theory] == [theory / f"{m}_lo_ps.yaml" for m in measurements]
    (poi,) = card.pois
    assert (poi.name, list(poi.measurements)) == ("m_t", measurements)
    assert (poi.start, poi.low, poi.high) == (172.5, 150, 195)
    assert card.options == TheoryOptions(order=2, pdf="multiplicative", tnp=True, scale="envelope")
    assert {count.keyword: count.value for count in card.counts} == {
        "imax": sum(SIZES[measurement][0] for measurement in measurements),
        "jmax": 0,
        "kmax": sum(SIZES[measurement][1] for measurement in measurements),
    }


def test_blocks_hold_all_assumptions(repository: Path) -> None:
    card = read_card(repository / "cards" / "atlas_cms.txt")
    assert Counter(assumption.block for assumption in card.assumptions) == BLOCKS
    assert {path.stem for path in (repository / "cards" / "correlations").glob("*.txt")} == {*BLOCKS, "scenarios"}
    assert all(assumption.low < assumption.high for assumption in card.assumptions)


def test_scenarios_of_the_combination(repository: Path) -> None:
    card = read_card(repository / "cards" / "atlas_cms.txt")
    sizes = {scenario.name: len(active_assumptions(card, scenario.name)) for scenario in card.scenarios}
    assert sizes == {**SCENARIOS, "strong": 23, "weak": 3}
    assert card.scenario == "jes_modelling"


@pytest.mark.parametrize(("name", "scenarios"), PAIRS.items())
def test_scenarios_of_a_pair(repository: Path, name: str, scenarios: dict[str, int]) -> None:
    card = read_card(repository / "cards" / f"{name}.txt")
    sizes = {scenario.name: len(active_assumptions(card, scenario.name)) for scenario in card.scenarios}
    assert sizes == scenarios
    assert card.scenario == "jes_modelling"


@pytest.mark.parametrize("name", CARDS)
def test_repair_is_asked_for_only_where_needed(repository: Path, name: str) -> None:
    card = read_card(repository / "cards" / f"{name}.txt")
    scenarios = [scenario.name for scenario in card.scenarios]
    smallest = min((smallest_eigenvalue(active_assumptions(card, scenario)) for scenario in scenarios), default=1.0)
    # Exact +1 makes an eigenvalue 0 up to rounding, and needs no repair.
    assert (card.repair is not None) == (smallest < -1e-9)


def test_the_eigenvalues_in_the_comments(repository: Path) -> None:
    def smallest(name: str, scenario: str) -> float:
        return smallest_eigenvalue(active_assumptions(read_card(repository / "cards" / f"{name}.txt"), scenario))

    # The comments give two or three digits.
    assert smallest("atlas_cms", "jes_modelling") == pytest.approx(-0.061, abs=5e-4)
    assert smallest("atlas8_cms13", "jes_modelling_tt0jet") == pytest.approx(0.059, abs=5e-4)
    assert smallest("atlas8_atlas13", "jes") == pytest.approx(0.1, abs=5e-3)
    assert smallest("atlas13_cms13", "jes") == pytest.approx(0.25, abs=5e-3)
