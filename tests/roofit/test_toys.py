"""The vectorised fitter against RooFit, toy by toy, on the observables that the measurements would have published."""

from __future__ import annotations

from pathlib import Path

import pytest

from nonlinear import curved_parts
from synthetic import TIES, three_parts
from toy_cases import Thrown, refit
from ttjroofit.card.parser import read_card
from ttjroofit.model.assemble import load_combination
from ttjroofit.roofit.workspace import build_reduced, build_workspace

CLOSE = 1e-4
"""Of a standard deviation: Minuit2 stops at an EDM of 3e-8 in the negative log-likelihood, which is sqrt(2 * 3e-8)
= 2.4e-4 sigma at worst; its steps usually end far below."""

CHI2 = 2e-7
"""EDM of 3e-8 in half a chi2, and rounding of sums of terms of 1e3."""


def assert_same_fits(thrown: Thrown, workspace: object, engine: str) -> None:
    minima = thrown.minima
    assert minima.converged.all()
    mass = thrown.likelihood.parameters.position("m_t")
    sigma = minima.sigma(mass)
    for toy in range(len(sigma)):
        fitted, change = refit(thrown, workspace, toy, engine)
        assert fitted.status.migrad == 0
        for position in thrown.likelihood.parameters.floating.tolist():
            item = thrown.likelihood.parameters.items[position]
            unit = sigma[toy] if item.kind == "mass" else minima.sigma(position)[toy]
            assert fitted.value(item.name) == pytest.approx(minima.values[toy, position], abs=CLOSE * unit)
        expected = minima.chi2[toy] - thrown.chi2_at_truth(toy, full=engine == "full")
        assert change == pytest.approx(expected, abs=CHI2, rel=1e-9)


@pytest.mark.parametrize("frequentist", [True, False], ids=["frequentist", "drawn"])
@pytest.mark.parametrize("ties", TIES)
def test_full_model_of_small_cards(tmp_path: Path, ties: str, frequentist: bool) -> None:
    lines = [f"correlation t{i} {a} {b} {rho}" for i, (a, b, rho) in enumerate(TIES[ties])]
    combination = three_parts(tmp_path).combine(*lines)
    thrown = Thrown.of(combination, 3, seed=11, frequentist=frequentist)
    workspace = build_workspace(combination, thrown.elimination)
    assert_same_fits(thrown, workspace, "reduced")
    assert_same_fits(thrown, workspace, "full")


@pytest.mark.parametrize("frequentist", [True, False], ids=["frequentist", "drawn"])
@pytest.mark.parametrize("free", [False, True], ids=["priors", "free"])
@pytest.mark.parametrize(
    "lines",
    [[], ["correlation b A_p0 B_s0 0.6"], ["correlation b A_s0 B_s1 -1", "correlation b B_s4 B_s2 0.4"]],
    ids=["apart", "tied to a profiled one", "tied to others"],
)
def test_sources_that_are_not_linear(tmp_path: Path, lines: list[str], free: bool, frequentist: bool) -> None:
    combination = curved_parts(tmp_path, free=free, interpolation="smooth").combine(*lines)
    thrown = Thrown.of(combination, 2, seed=11, frequentist=frequentist)
    workspace = build_workspace(combination, thrown.elimination)
    assert_same_fits(thrown, workspace, "reduced")
    assert_same_fits(thrown, workspace, "full")


def test_reduced_model_of_all_measurements() -> None:
    combination = load_combination(read_card(Path(__file__).parents[2] / "cards" / "atlas_cms.txt"))
    thrown = Thrown.of(combination, 4, seed=12)
    assert_same_fits(thrown, build_reduced(combination, thrown.elimination), "reduced")


def test_full_model_of_a_real_measurement() -> None:
    """With 234 profiled nuisances; ties between measurements are those of the small cards."""
    combination = load_combination(read_card(Path(__file__).parents[2] / "cards" / "cms13.txt"))
    thrown = Thrown.of(combination, 1, seed=13)
    assert_same_fits(thrown, build_workspace(combination, thrown.elimination), "full")
