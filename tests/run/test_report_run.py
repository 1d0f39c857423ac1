"""``-M Report`` on the command line: files, exit status, the same numbers as the methods by themselves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from program import call
from reported import read_page, report
from ttjroofit.results.compatibility import CompatibilityResult
from ttjroofit.results.report import ReportResult
from ttjroofit.results.store import from_json, read_result, to_json

CARDS = Path(__file__).parents[2] / "cards"

FILES = {"card.txt", "result.json", "summary.txt", "workspace.root", "fit.root", "report.html"}


def test_one_measurement_has_nothing_to_compare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, CARDS / "atlas8.txt", "-M", "Report", "--points", 5, "-o", tmp_path) == 0
    assert {path.name for path in tmp_path.iterdir()} == FILES
    out = capsys.readouterr().out
    assert "not in the report: compatibility (" in out
    assert (tmp_path / "summary.txt").read_text(encoding="utf-8") in out
    result = read_result(ReportResult, tmp_path / "result.json")
    assert [part.part for part in result.skipped] == ["compatibility"]
    assert result.scan is not None
    assert len(result.scan.points) == 5
    page = read_page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert len(list(page.of("img"))) > 10
    assert (tmp_path / "card.txt").read_text(encoding="utf-8").strip() in page.text
    assert {row[0]: float(row[1]) for row in page.tables["timing"][1:-1]}["fit"] > 0.0


def test_failed_fit_is_written_and_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ["--setParameterRanges", "m_t=140,155", "--no-plots", "--points", 3, "-o", tmp_path]
    assert call(monkeypatch, CARDS / "atlas8.txt", "-M", "Report", *options) == 1
    page = read_page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert "FIT FAILED (fit: " in page.text
    assert "FIT FAILED (scan): the fit failed" in page.text
    assert list(page.of("img")) == []


def test_card_without_a_prediction_reports_the_cross_sections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    measurement = CARDS.parent / "inputs" / "atlas_8tev_ljets.yaml"
    card = tmp_path / "bare.txt"
    card.write_text(f"measurement ATLAS_8TeV {measurement}\n", encoding="utf-8")
    out = tmp_path / "out"
    assert call(monkeypatch, card, "-M", "Report", "-o", out) == 0
    assert {path.name for path in out.iterdir()} == FILES - {"workspace.root", "fit.root"}
    assert "no `theory` line" in capsys.readouterr().out
    assert read_result(ReportResult, out / "result.json").fit is None


def test_bad_option_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert call(monkeypatch, CARDS / "atlas8.txt", "-M", "Report", "--freezeParameters", "no_such", "-o", out) == 2
    assert "no_such" in capsys.readouterr().err
    assert not (out / "report.html").exists()


def test_numbers_are_those_of_the_methods_by_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Same model, same start: the same digits but for the last ones, which the order of fits may move."""
    result = report()
    assert result.fit is not None
    assert result.compatibility is not None
    card = CARDS / "atlas8_atlas13.txt"
    assert call(monkeypatch, card, "--no-plots", "-o", tmp_path / "fit") == 0
    fit = json.loads((tmp_path / "fit" / "result.json").read_text(encoding="utf-8"))
    mass = result.fit.parameters["m_t"]
    assert mass.value == pytest.approx(fit["parameters"]["m_t"]["value"], rel=1e-8)
    assert mass.hesse == pytest.approx(fit["parameters"]["m_t"]["hesse"], rel=1e-6)
    assert call(monkeypatch, card, "-M", "Compatibility", "--no-plots", "-o", tmp_path / "masses") == 0
    compared = read_result(CompatibilityResult, tmp_path / "masses" / "result.json")
    # a difference of two chi2 of order 10
    assert result.compatibility.delta_chi2 == pytest.approx(compared.delta_chi2, abs=1e-6)
    assert result.compatibility.split == compared.split == "measurement"


def test_json_gives_the_result_back() -> None:
    assert from_json(ReportResult, to_json(report())) == report()


def test_corrected_correlations_are_those_of_the_repair() -> None:
    repair = report().cross_sections.prior_repair
    used = {item.nuisances: item.used for item in report().model.correlations}
    if repair is None:
        assert all(item.used == pytest.approx(item.nominal, abs=1e-12) for item in report().model.correlations)
    else:
        assert {change.nuisances: change.used for change in repair.changes}.items() <= used.items()
