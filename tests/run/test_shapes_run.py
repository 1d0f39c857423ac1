"""Cards with ``shapes`` on the command line: fits, workspaces, and one line for what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from external import write_counting, write_gaussian
from program import call
from ttjroofit.roofit.session import quiet

ROOT_FOLDER = Path(__file__).parents[2]
ATLAS8 = ROOT_FOLDER / "cards" / "atlas8.txt"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shapes")
    write_gaussian(folder / "gaussian.root")
    write_counting(folder / "counting.root")
    return folder


def card(folder: Path, *lines: str) -> Path:
    path = folder / "card.txt"
    path.write_text("\n".join([f"include {ATLAS8}", *lines]) + "\n", encoding="utf-8")
    return path


GAUSSIAN = "shapes X gaussian.root w:model w:data_obs MH=m_t"
COUNTING = "shapes TTX counting.root w:model_s w:data_obs MH=m_t CMS_lumi=ATLAS_8TeV_scale_j_Mix1"


def test_fit_and_its_card_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The card in the output folder names the file from there, and gives the same result."""
    first, second = tmp_path / "first", tmp_path / "second"
    assert call(monkeypatch, card(folder, COUNTING), "--no-plots", "-o", first) == 0
    assert "nuisances: 1, parameters of its own: 0" in " ".join(capsys.readouterr().out.split())
    assert call(monkeypatch, first / "card.txt", "--no-plots", "-o", second) == 0
    results = [json.loads((out / "result.json").read_text(encoding="utf-8")) for out in (first, second)]
    assert results[0]["goodness_of_fit"] is None
    assert results[0]["parameters"]["m_t"] == results[1]["parameters"]["m_t"]
    (external,) = results[0]["external"]
    assert (external["file"], set(external["shared"])) == ("counting.root", {"ATLAS_8TeV_scale_j_Mix1", "m_t"})


def test_workspace(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(monkeypatch, card(folder, GAUSSIAN, COUNTING), "-M", "Workspace", "-o", tmp_path) == 0
    with quiet() as ROOT, ROOT.TFile.Open(str(tmp_path / "workspace.root")) as file:
        workspace = file.Get("w")
        assert isinstance(workspace.pdf("reduced"), ROOT.RooSimultaneous)
        assert workspace.data("data_obs").numEntries() == 9


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("shapes X missing.root w:model w:data_obs", "missing.root does not exist"),
        ("shapes X card.txt w:model w:data_obs", "this is no file of ROOT"),
        ("shapes X gaussian.root v:model w:data_obs", "it has no RooWorkspace v"),
        ("shapes X gaussian.root w:none w:data_obs", "workspace w has no pdf none"),
        ("shapes X gaussian.root w:model w:none", "workspace w has no data none"),
        ("shapes X gaussian.root w:A_s0_Pdf w:data_obs", "have no column for any variable of the pdf"),
    ],
)
def test_one_line_for_what_is_wrong(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    *,
    line: str,
    message: str,
) -> None:
    assert call(monkeypatch, card(folder, line), "-o", tmp_path / "out") == 2
    written = capfd.readouterr().err.strip()
    assert message in written
    assert len(written.splitlines()) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "options",
    [
        ("-M", "Impacts"),
        ("-M", "GoodnessOfFit", "-t", "10"),
        ("-M", "CrossSections"),
        ("-M", "MultiDimFit", "--algo", "grid", "-P", "m_t"),
        ("-M", "Compatibility", "--split", "measurement"),
        ("-M", "Report"),
        ("-M", "Validate"),
        ("-t", "10"),
    ],
    ids=lambda options: options[1],
)
def test_methods_that_do_not_know_them(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
) -> None:
    assert call(monkeypatch, card(folder, GAUSSIAN), *options, "-o", tmp_path / "out") == 2
    captured = capsys.readouterr()
    # -M Validate prints what it finds as its result
    written = " ".join((captured.out + captured.err).split())
    assert "card.txt:2: only -M Fit (without toys) and -M Workspace know the likelihood of a workspace" in written
    assert "leave X out with --measurements ATLAS_8TeV" in written


def test_left_out(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = card(folder, "shapes X missing.root w:model w:data_obs")
    assert call(monkeypatch, path, "-M", "Validate", "--measurements", "ATLAS_8TeV", "-o", tmp_path / "out") == 0


def test_nothing_but_workspaces(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, card(folder, GAUSSIAN), "--measurements", "X", "-o", tmp_path / "out") == 2
    assert "--measurements: no measurement with bins is given; the card has ATLAS_8TeV, X" in capsys.readouterr().err
