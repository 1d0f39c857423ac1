"""What an entry of a matrix takes from results of each kind."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from program import call
from ttjroofit.analysis.fit_matrix import Extract, extract
from ttjroofit.results.report import ReportResult
from ttjroofit.run.plot.opening import open_result

CARD = Path(__file__).parents[2] / "cards" / "atlas8.txt"

# method, and whether it gives: a mass, an experimental part, chi2
METHODS = {
    "Fit": ((), True, True, True),
    "singles": (("-M", "MultiDimFit"), True, False, True),
    "grid": (("-M", "MultiDimFit", "--algo", "grid", "--points", 3), True, False, True),
    "Impacts": (("-M", "Impacts", "--named", "ATLAS_8TeV_scale_b*"), True, False, False),
    "GoodnessOfFit": (("-M", "GoodnessOfFit", "-t", 5), False, False, True),
    "CrossSections": (("-M", "CrossSections"), False, False, True),
    "GenerateOnly": (("-M", "GenerateOnly", "-t", 1), False, False, False),
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    top = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        for name, (options, *_) in METHODS.items():
            assert call(patch, CARD, *options, "--no-plots", "-o", top / name) == 0
    return {name: open_result(top / name) for name in METHODS}


@pytest.mark.parametrize("name", METHODS)
def test_all_methods_give_what_they_have(name: str, results: dict[str, object]) -> None:
    found = extract(results[name])
    _, mass, exp, chi2 = METHODS[name]
    assert [item.name for item in found.masses] == (["m_t"] if mass else [])
    assert any(item.exp is not None for item in found.masses) == exp
    assert (found.chi2 is not None) == chi2
    assert bool(found.quality) == (name != "CrossSections")


def test_methods_agree_on_the_mass(results: dict[str, object]) -> None:
    masses = {name: extract(results[name]).masses[0] for name in ("Fit", "singles", "grid", "Impacts")}
    # MIGRAD ends within its tolerance of the minimum that Impacts has from Newton's method
    assert [mass.value for mass in masses.values()] == pytest.approx([masses["Fit"].value] * 4, abs=1e-4)


def test_a_report_is_its_fit(results: dict[str, object]) -> None:
    empty = {field.name: None for field in fields(ReportResult)}
    report = ReportResult(**{**empty, "fit": results["Fit"], "cross_sections": results["CrossSections"]})  # type: ignore[arg-type]
    assert extract(report) == extract(results["Fit"])
    assert extract(replace(report, fit=None)) == extract(results["CrossSections"])


def test_what_is_not_known_gives_nothing() -> None:
    assert extract(object()) == Extract()
