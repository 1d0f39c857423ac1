"""``-M Workspace --for``: files for other programs, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from program import call
from ttjroofit.roofit.combine_checks import DEMANDS, check_combine
from ttjroofit.roofit.hs3 import read_hs3

CARDS = Path(__file__).resolve().parents[2] / "cards"


def test_both_formats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert call(monkeypatch, CARDS / "atlas8.txt", "-M", "Workspace", "--for", "combine,hs3", "-o", out) == 0
    said = capsys.readouterr().out
    assert {path.name for path in out.iterdir()} == {
        "combine.root",
        "workspace.json",
        "workspace.root",
        "card.txt",
        "summary.txt",
    }
    assert check_combine(str(out / "combine.root")) == tuple(DEMANDS)
    assert read_hs3(out / "workspace.json").pdf("reduced")
    for text in (said, (out / "summary.txt").read_text()):
        assert "8 bins and 123 nuisance parameters" in text
        assert all(f"  {demand}\n" in text for demand in DEMANDS)
        assert "workspace.json: model `reduced` in HS3" in text


def test_the_engine_chooses_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    arguments = ("-M", "Workspace", "--for", "hs3", "--engine", "full", "-o", out)
    assert call(monkeypatch, CARDS / "atlas8.txt", *arguments) == 0
    workspace = read_hs3(out / "workspace.json")
    assert workspace.pdf("full")
    assert not workspace.pdf("reduced")
    assert not (out / "combine.root").exists()


def test_asimov_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """combine -t -1 cannot make them for such a model: they are made here."""
    out = tmp_path / "out"
    arguments = ("-M", "Workspace", "--for", "hs3", "-t", "-1", "--setParameters", "m_t=173", "-o", out)
    assert call(monkeypatch, CARDS / "atlas8.txt", *arguments) == 0
    workspace = read_hs3(out / "workspace.json")
    row = workspace.data("data_obs").get(0)
    workspace.var("m_t").setVal(173.0)
    for item in row:
        assert workspace.function(f"predicted_{item.GetName()}").getVal() == pytest.approx(item.getVal(), rel=1e-12)


def test_no_formats_no_further_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    assert call(monkeypatch, CARDS / "atlas8.txt", "-M", "Workspace", "-o", out) == 0
    assert {path.name for path in out.iterdir()} == {"workspace.root", "card.txt", "summary.txt"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-M", "Workspace", "--for", "combin"], "--for combin: no such format; nearest: combine"),
        (["-M", "Fit", "--for", "combine"], "--for combine is a choice of -M Workspace, not of -M Fit"),
        (
            ["-M", "Workspace", "--for", "combine", "--freezeParameters", "m_t"],
            "parameters of interest float: there is none: every mass is frozen",
        ),
    ],
    ids=["format", "method", "mass"],
)
def test_errors(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    out = tmp_path / "out"
    assert call(monkeypatch, CARDS / "atlas8.txt", *arguments, "-o", out) == 2
    assert said in capsys.readouterr().err
    assert not out.exists() or list(out.iterdir()) == []
