"""``-M Impacts`` through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from program import call

CARDS = Path(__file__).parents[2] / "cards"


def test_files_and_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(monkeypatch, CARDS / "cms13.txt", "-M", "Impacts", "-o", tmp_path) == 0
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"card.txt", "summary.txt", "result.json", "impacts.json", "impacts.pdf", "impacts.png"}
    document = json.loads((tmp_path / "impacts.json").read_text())
    assert len(document["params"]) == 348 + 7 + 3
    assert json.loads((tmp_path / "result.json").read_text())["schema"] == "ttjroofit/impacts/1"


def test_several_masses_have_an_impact_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ["-M", "Impacts", "--split", "experiment", "--no-plots", "--named", "tnp_*", "-o", tmp_path]
    assert call(monkeypatch, CARDS / "atlas8_cms13.txt", *options) == 0
    document = json.loads((tmp_path / "impacts.json").read_text())
    assert [poi["name"] for poi in document["POIs"]] == ["m_t_CMS", "m_t_ATLAS"]
    assert [parameter["name"] for parameter in document["params"]]
    assert all({"m_t_CMS", "impact_m_t_CMS", "m_t_ATLAS", "impact_m_t_ATLAS"} <= set(p) for p in document["params"])


def test_unknown_name_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, CARDS / "atlas8.txt", "-M", "Impacts", "--named", "tnp_9", "-o", tmp_path / "out") == 2
    assert "nearest: tnp_" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
