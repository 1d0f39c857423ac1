"""``-M Impacts``: analytic against refits of the full model in RooFit, and the keys of combineTool."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.fit import FitOptions, fit_masses
from ttjroofit.analysis.impacts import compute_impacts
from ttjroofit.card import read_card
from ttjroofit.errors import OptionError
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.options import ModelOptions
from ttjroofit.results.impacts import ImpactsResult, combine_json

CARDS = Path(__file__).parents[2] / "cards"

SAMPLE = 5
"""Nuisances refitted by Minuit with all others free; `tests/model/test_impacts.py` refits more of them in numpy."""

MIGRAD_FLOOR = 3e-5
"""In GeV. Minuit2 asks for no EDM below 2 sqrt(1e-16) = 3e-8, 2.4e-4 sigma; seen in these refits: at most 1.5e-5."""


def impacts(card: str, *, named: list[str] | None = None, refit: bool = False, **options: object) -> ImpactsResult:
    combination = load_combination(read_card(CARDS / f"{card}.txt"), ModelOptions(**options))  # type: ignore[arg-type]
    fitted = fit_masses(combination, FitOptions(), Clock())
    return compute_impacts(fitted, Clock(), named=named, refit=refit)


@pytest.fixture(scope="module")
def analytic() -> ImpactsResult:
    return impacts("atlas8")


def test_all_nuisances_are_there_largest_first(analytic: ImpactsResult) -> None:
    assert len(analytic.parameters) == 123 + 7 + 7
    sizes = [parameter.impact["m_t"] or 0.0 for parameter in analytic.parameters]
    assert sizes == sorted(sizes, reverse=True)


def test_refits_of_the_full_model_agree(analytic: ImpactsResult) -> None:
    rng = np.random.default_rng(614)
    by_name = {parameter.name: parameter for parameter in analytic.parameters}
    named = [*rng.choice(sorted(by_name), SAMPLE, replace=False).tolist(), "tnp_1", "interpolation_ATLAS_8TeV_7"]
    for refitted in impacts("atlas8", named=named, refit=True).parameters:
        expected = by_name[refitted.name]
        central = expected.values["m_t"][1]
        for slow, fast in zip(refitted.values["m_t"], expected.values["m_t"], strict=True):
            assert slow is not None
            assert fast is not None
            assert slow - central == pytest.approx(fast - central, rel=1e-4, abs=MIGRAD_FLOOR), refitted.name


def test_global_impacts_and_data_give_the_variance(analytic: ImpactsResult) -> None:
    mass = analytic.masses[0]
    squares = sum(parameter.global_impact["m_t"] ** 2 for parameter in analytic.parameters)
    assert squares + mass.data**2 == pytest.approx(mass.estimator**2, rel=1e-9)


def test_keys_are_those_of_combine(analytic: ImpactsResult) -> None:
    document = json.loads(combine_json(analytic))
    assert set(document) == {"POIs", "params", "method"}
    assert document["POIs"][0]["name"] == "m_t"
    assert len(document["POIs"][0]["fit"]) == 3
    first = document["params"][0]
    assert set(first) == {"name", "type", "groups", "prefit", "fit", "m_t", "impact_m_t"}
    low, central, high = first["m_t"]
    assert first["impact_m_t"] == pytest.approx(max(abs(low - central), abs(high - central)))
    assert first["prefit"] == [-1.0, 0.0, 1.0]


def test_published_pulls_and_missing_priors_are_shown() -> None:
    named = ["CMS_modelling_ttbar_mass", "CMS_eff_b_heavy_jes"]
    parameters = {parameter.name: parameter for parameter in impacts("cms13", named=named).parameters}
    assert parameters["CMS_modelling_ttbar_mass"].type == "Unconstrained"
    assert parameters["CMS_eff_b_heavy_jes"].type == "Gaussian"
    assert parameters["CMS_eff_b_heavy_jes"].prefit[1] == pytest.approx(0.352468)


def test_opposite_names_have_opposite_impacts(tmp_path: Path) -> None:
    text = (CARDS / "atlas8.txt").read_text().replace("../inputs", str(CARDS.parent / "inputs"))
    (tmp_path / "card.txt").write_text(text + "correlation x ATLAS_8TeV_scale_j_Det1 ATLAS_8TeV_scale_j_Det2 -1\n")
    combination = load_combination(read_card(tmp_path / "card.txt"))
    fitted = fit_masses(combination, FitOptions(), Clock())
    result = compute_impacts(fitted, Clock(), named=["ATLAS_8TeV_scale_j_Det?"])
    first, second = (next(p for p in result.parameters if p.name.endswith(f"Det{n}")) for n in (1, 2))
    assert first.values["m_t"] == second.values["m_t"][::-1]
    assert first.fit[1] == -second.fit[1]
    assert first.ordinary["m_t"] == -second.ordinary["m_t"]


def test_a_name_that_matches_nothing_is_an_option_error() -> None:
    with pytest.raises(OptionError, match="--named: no floating nuisance matches tnp_4; nearest: tnp_"):
        impacts("atlas8", named=["tnp_4"])
