"""The pdfs of the workspace against the independent twin and against the reduced chi2, at random points."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from built import Builder
from points import likely_point, random_point, real_twin, twin_chi2
from synthetic import TIES, three_parts
from ttjroofit.card.parser import read_card
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.likelihood import reduce_likelihood, theory_of
from ttjroofit.model.options import ModelOptions
from ttjroofit.roofit.workspace import build_workspace
from twice_nll import TwiceNll, assert_differences_agree, by_name


@pytest.mark.parametrize("scenario", ["none", "jes_modelling"])
def test_full_pdf_of_the_three_measurements(cards: Path, build: Builder, scenario: str) -> None:
    built = build(load_combination(read_card(cards / "atlas_cms.txt"), ModelOptions(scenario=scenario)))
    combination, theory = built.combination, theory_of(built.combination)
    twin, rng = real_twin(combination, cards, scenario), np.random.default_rng(8)
    counts = len(theory.parameters.names), len(theory.interpolation_names)
    points = [likely_point(built.posterior, *counts, rng) for _ in range(4)]
    nll = TwiceNll(built.workspace, "ModelConfig_full")
    assert_differences_agree(
        [nll(by_name(combination, point)) for point in points],
        [twin_chi2(twin, combination, point) for point in points],
    )


@pytest.mark.parametrize("additive", [False, True])
@pytest.mark.parametrize("stated", TIES.values(), ids=TIES.keys())
def test_full_pdf_of_small_cards(tmp_path: Path, stated: list[tuple[str, str, float]], additive: bool) -> None:
    data = three_parts(tmp_path)
    lines = [f"correlation block {a} {b} {value}" for a, b, value in stated]
    combination = data.combine(*lines, *(["pdf additive", "interpolation 3"] if additive else []))
    workspace = build_workspace(combination, eliminate(combination))
    twin = data.twin(*stated, order=3 if additive else 2, additive=additive)
    nll, rng = TwiceNll(workspace, "ModelConfig_full"), np.random.default_rng(9)
    points = [random_point(combination, rng) for _ in range(8)]
    assert_differences_agree(
        [nll(by_name(combination, point)) for point in points],
        [twin_chi2(twin, combination, point) for point in points],
    )


def test_full_pdf_with_merged_names(tmp_path: Path) -> None:
    """Names with correlation -1: the twin has both, with opposite values and the prior of one."""
    data = three_parts(tmp_path)
    combination = data.combine("correlation block A_s0 B_s1 -1", "correlation block A_p0 C_s0 1")
    workspace = build_workspace(combination, eliminate(combination))
    assert not workspace.var("B_s1")
    twin, nll, rng = data.twin(), TwiceNll(workspace, "ModelConfig_full"), np.random.default_rng(10)
    found, expected = [], []
    for _ in range(8):
        point = random_point(combination, rng)
        values = by_name(combination, point)
        found.append(nll(values))
        # the twin counts unit priors of B_s1 and C_s0 that are not there
        expected.append(twin_chi2(twin, combination, point) - values["A_s0"] ** 2 - values["A_p0"] ** 2)
        assert workspace.function("B_s1").getVal() == -values["A_s0"]
        assert workspace.function("C_s0").getVal() == values["A_p0"]
    assert_differences_agree(found, expected)


@pytest.mark.parametrize(
    "lines",
    [
        ["correlation b A_p0 B_s0 0.7"],
        ["correlation b A_p0 C_p1 0.7"],
        ["pdf_a param 0.5 2.0", "tnp_1 flatParam"],
        ["norm_B param 390 20"],
    ],
)
def test_reduced_pdf(tmp_path: Path, lines: list[str]) -> None:
    """Bins moved by pulls of another measurement are on the side of the prediction; the data stay the observed ones."""
    combination = three_parts(tmp_path).combine(*lines)
    elimination = eliminate(combination)
    workspace = build_workspace(combination, elimination)
    likelihood, nll, rng = (
        reduce_likelihood(combination, elimination),
        TwiceNll(workspace, "ModelConfig"),
        np.random.default_rng(11),
    )
    points = [random_point(combination, rng)[0] for _ in range(8)]
    names = likelihood.parameters.names
    assert_differences_agree(
        [nll(dict(zip(names, map(float, values), strict=True))) for values in points],
        [likelihood.chi2(values) for values in points],
    )
    observed = workspace.data("data_obs").get(0)
    assert [observed.getRealValue(name) for name in combination.bins] == list(combination.observed_values)


def test_priors_are_gaussian_in_their_tails(tmp_path: Path) -> None:
    """The range of a global observable normalises its pdf: it must hold the Gaussian wherever parameters may go."""
    combination = three_parts(tmp_path).combine("pdf_b param 0 3 [-30,30]")
    elimination = eliminate(combination)
    workspace = build_workspace(combination, elimination)
    likelihood, nll = reduce_likelihood(combination, elimination), TwiceNll(workspace, "ModelConfig")
    names = likelihood.parameters.names
    points = [
        likelihood.parameters.values(moved)
        for moved in ({}, {"pdf_a": 6.9}, {"tnp_1": -6.9}, {"pdf_b": 15.0}, {"pdf_b": -9.0})
    ]
    assert_differences_agree(
        [nll(dict(zip(names, map(float, values), strict=True))) for values in points],
        [likelihood.chi2(values) for values in points],
    )


def test_frozen_parameters_are_constant(tmp_path: Path) -> None:
    options = ModelOptions(
        freeze_parameters=("A_p0", "pdf_a", "interpolation_B_1"), set_parameters={"A_p0": 0.3, "pdf_a": -0.2}
    )
    combination = three_parts(tmp_path).combine(options=options)
    workspace = build_workspace(combination, eliminate(combination))
    for name, value in (("A_p0", 0.3), ("pdf_a", -0.2)):
        assert workspace.var(name).isConstant()
        assert workspace.var(name).getVal() == value
    assert not workspace.var("interpolation_B_1")
    nuisances = [str(item.GetName()) for item in workspace.obj("ModelConfig_full").GetNuisanceParameters()]
    assert "A_p1" in nuisances
    assert not {"A_p0", "pdf_a"}.intersection(nuisances)
