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


CONVINO = {
    "config.txt": """[inputs]
  nFiles = 2
  file0 = first.txt
  file1 = second.txt
[end inputs]
[observables]
  both = one + two
[end observables]
[correlations]
  jes_1 = (0.2 & -0.5 : 0.8) jes_2 + (0.1 & 0 : 0.3) lumi_2
[end correlations]
""",
    "first.txt": """[not fitted]
  jes_1 stat
  one 5 6
[end not fitted]
[systematics]
  jes_1 = relative
[end systematics]
[estimates]
  n_estimates = 1
  name_0 = one
  value_0 = 100
[end estimates]
""",
    "second.txt": """[not fitted]
  jes_2 lumi_2 stat
  two 4 3 8
[end not fitted]
[estimates]
  n_estimates = 1
  name_0 = two
  value_0 = 112
[end estimates]
""",
}


@pytest.mark.parametrize("chi2", ["neyman", "pearson"])
def test_converted_configuration_is_scanned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], chi2: str
) -> None:
    """What Convino scans together is one block; each point is the combination of a configuration with its values."""
    for name, text in CONVINO.items():
        (tmp_path / name).write_text(text)
    assert call(monkeypatch, "convert", "convino", tmp_path / "config.txt", "-o", tmp_path / "new") == 0
    options = ["-M", "CorrelationScan", "--chi2", chi2, "--points", "3", "-o", tmp_path / "scan"]
    assert call(monkeypatch, tmp_path / "new" / "card.txt", *options) == 0
    written = {path.stem for path in (tmp_path / "scan").iterdir()}
    assert written == {"half_shifts", "blocks", "assumptions", "card", "summary", "result"}
    summary = capsys.readouterr().out
    assert "method        every point is a fit anew" in summary
    assert "No bounds: they follow from linear algebra" in summary
    assert [line for line in summary.splitlines() if len(line) > 100 and not line.startswith("written to")] == []
    document = json.loads((tmp_path / "scan" / "result.json").read_text())
    assert (document["mass"], document["chi2_form"]) == (None, chi2)
    assert [(line["name"], line["correlations"]) for line in document["blocks"]] == [("jes_1", 2), ("all", 2)]
    end = document["blocks"][0]["points"][-1]
    text = CONVINO["config.txt"].replace("0.2 & -0.5", "0.8 & -0.5").replace("0.1 & 0 ", "0.3 & 0 ")
    (tmp_path / "config.txt").write_text(text)
    assert call(monkeypatch, "convert", "convino", tmp_path / "config.txt", "-o", tmp_path / "end") == 0
    options = ["-M", "CrossSections", "--chi2", chi2, "--no-plots", "-o", tmp_path / "sections"]
    assert call(monkeypatch, tmp_path / "end" / "card.txt", *options) == 0
    expected = json.loads((tmp_path / "sections" / "result.json").read_text())
    assert end["values"] == pytest.approx(expected["values"], rel=1e-8)
    assert end["sigmas"] == pytest.approx(expected["sigma"], rel=1e-8)
    assert end["chi2"] == pytest.approx(expected["chi2"], rel=1e-8)


def test_pearson_with_a_prediction_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["-M", "CorrelationScan", "--chi2", "pearson", "-o", tmp_path / "out"]
    assert call(monkeypatch, CARDS / "atlas8.txt", *options) == 2
    assert "atlas8.txt has a prediction: --chi2 pearson scans cross sections alone" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


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
