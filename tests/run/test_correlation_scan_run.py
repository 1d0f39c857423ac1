"""``-M CorrelationScan`` through the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from program import call

CARDS = Path(__file__).parents[2] / "cards"


def test_files_and_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without ROOT: its module cannot even be imported."""
    monkeypatch.setitem(sys.modules, "ROOT", None)
    options = ["-M", "CorrelationScan", "--points", "3", "-o", tmp_path]
    assert call(monkeypatch, CARDS / "atlas8_atlas13.txt", *options) == 0
    stems = ("half_shifts", "blocks", "assumptions", "scenarios")
    figures = {f"{stem}.{kind}" for stem in stems for kind in ("pdf", "png")}
    assert {path.name for path in tmp_path.iterdir()} == {"card.txt", "summary.txt", "result.json", *figures}
    document = json.loads((tmp_path / "result.json").read_text())
    assert document["schema"] == "ttjroofit/correlation_scan/1"
    assert {"assumptions", "derivatives", "bounds"} <= set(document)
    first = document["assumptions"][0]
    assert {"nuisances", "nominal", "low", "high", "half_shift_MeV", "half_sigma_shift_MeV", "points"} <= set(first)
    assert len(first["nuisances"]) == 2
    assert 3 <= len(first["points"]) <= 4
    assert set(document["bounds"]) == {"mass_low", "mass_high", "sigma_low", "sigma_high"}


def test_scenario_of_the_option_is_scanned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ["-M", "CorrelationScan", "--points", "2", "--correlations", "weak", "--no-plots", "-o", tmp_path]
    assert call(monkeypatch, CARDS / "atlas8_atlas13.txt", *options) == 0
    document = json.loads((tmp_path / "result.json").read_text())
    assert document["scenario"] == "weak"
    assert len(document["assumptions"]) == 3
    assert {path.name for path in tmp_path.iterdir()} == {"card.txt", "summary.txt", "result.json"}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("correlation x A B (1.2 & 0 : 1)", "the correlation 1.2 is not possible: it must lie between -1 and 1"),
        ("correlation x A B (0.9 & 0 : 0.5)", "the correlation 0.9 is outside its range 0 to 0.5"),
        ("correlation x ATLAS_8TeV_scale_bb ATLAS_13TeV_scale_b_prop 0.5", "nearest: ATLAS_8TeV_scale_b"),
    ],
    ids=["beyond 1", "nominal outside", "unknown name"],
)
def test_invalid_assumptions_write_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, message: str
) -> None:
    text = (CARDS / "atlas8.txt").read_text().replace("../inputs", str(CARDS.parent / "inputs"))
    (tmp_path / "card.txt").write_text(f"{text}\n{line}\n")
    arguments = [tmp_path / "card.txt", "-M", "CorrelationScan", "-o", tmp_path / "out"]
    assert call(monkeypatch, *arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert f"card.txt:{len(text.splitlines()) + 2}" in error
    assert not (tmp_path / "out").exists()
