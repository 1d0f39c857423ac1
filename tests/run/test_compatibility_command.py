"""``-M Compatibility`` and ``--split`` on the command line: files, exit status, bad options."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from program import call
from ttjroofit.results.compatibility import CompatibilityResult
from ttjroofit.results.store import read_result

CARDS = Path(__file__).parents[2] / "cards"
CARD = CARDS / "atlas8_atlas13.txt"

FILES = {"card.txt", "result.json", "summary.txt"} | {
    f"{name}{suffix}.root" for name in ("fit", "workspace") for suffix in ("", "_single_mass")
}


def test_default_is_one_mass_a_measurement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, CARD, "-M", "Compatibility", "-o", tmp_path) == 0
    ellipse = "ellipse_m_t_ATLAS_8TeV_m_t_ATLAS_13TeV"
    figures = {f"{stem}.{kind}" for stem in ("masses", "tension", ellipse) for kind in ("pdf", "png")}
    assert {path.name for path in tmp_path.iterdir()} == FILES | figures
    assert (tmp_path / "summary.txt").read_text(encoding="utf-8") in capsys.readouterr().out
    result = read_result(CompatibilityResult, tmp_path / "result.json")
    assert result.split == "measurement"
    assert result.timing_s["fit"] > 0.0
    plain = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert set(plain["hypotheses"][1]["masses"]) == {"m_t_ATLAS_8TeV", "m_t_ATLAS_13TeV"}
    assert all(isinstance(error, float) for error in plain["hypotheses"][1]["errors"].values())


def test_failed_fit_is_written_and_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--split", "energy", "--setParameterRanges", "m_t_8TeV=140,155", "--no-plots", "-o", tmp_path]
    assert call(monkeypatch, CARD, "-M", "Compatibility", *options) == 1
    assert "FIT FAILED (several masses: " in capsys.readouterr().out
    assert {path.name for path in tmp_path.iterdir()} == FILES
    assert not read_result(CompatibilityResult, tmp_path / "result.json").good


def test_fit_with_split_masses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(monkeypatch, CARD, "--split", "energy", "--no-plots", "-o", tmp_path) == 0
    result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    masses = [name for name, parameter in result["parameters"].items() if parameter["kind"] == "mass"]
    assert sorted(masses) == ["m_t_13TeV", "m_t_8TeV"]
    assert result["goodness_of_fit"]["ndf"] == 15 - 2 - 2


@pytest.mark.parametrize(
    ("card", "options", "message"),
    [
        (CARD, ["--split", "year"], "'year' is not one of 'experiment', 'energy', 'measurement'"),
        (CARD, ["--split", "experiment"], "ATLAS_8TeV, ATLAS_13TeV have only m_t_ATLAS"),
        (CARDS / "atlas8.txt", [], "ATLAS_8TeV have only m_t_ATLAS_8TeV"),
        (CARD, ["--freezeParameters", "m_t_ATLAS_8TeV"], "m_t_ATLAS_8TeV is frozen"),
        (CARD, ["--setParameters", "m_t=172"], "--setParameters: no parameter m_t"),
    ],
)
def test_bad_options(
    card: Path,
    options: list[str],
    message: str,
    *,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call(monkeypatch, card, "-M", "Compatibility", "-o", tmp_path / "out", *options) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_masses_of_the_card_are_the_default_where_it_has_several(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = CARD.read_text(encoding="utf-8").replace("../inputs", str(CARDS.parent / "inputs"))
    text = text.replace("correlations/", f"{CARDS / 'correlations'}/").replace("jmax 0", "jmax 1")
    line = "poi           m_t  *  172.5  [150,195]"
    assert line in text
    card = tmp_path / "card.txt"
    card.write_text(text.replace(line, "poi early ATLAS_8TeV 172 [150,195]\npoi late *_13TeV 172 [150,195]"))
    assert call(monkeypatch, card, "-M", "Compatibility", "--no-plots", "-o", tmp_path / "out") == 0
    result = read_result(CompatibilityResult, tmp_path / "out" / "result.json")
    assert result.split is None
    assert [item.masses for item in result.differences] == [("early", "late")]
