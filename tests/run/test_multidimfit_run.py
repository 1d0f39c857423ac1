"""``-M MultiDimFit`` on the command line: files, the contract of result.json, the tree, exit status, options."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uproot

from program import call
from ttjroofit.analysis import scan as scan_module
from ttjroofit.roofit.session import quiet
from ttjroofit.run.limit_tree import Entry, limit_file, write_limit_tree

CARDS = Path(__file__).parents[2] / "cards"
CARD = CARDS / "atlas8.txt"
TREE = "higgsCombineTest.MultiDimFit.mH172.5.root"
BRANCHES = {
    "limit": "double",
    "limitErr": "double",
    "mh": "double",
    "syst": "int32_t",
    "iToy": "int32_t",
    "iSeed": "int32_t",
    "iChannel": "int32_t",
    "t_cpu": "float",
    "t_real": "float",
    "quantileExpected": "float",
    "m_t": "float",
    "deltaNLL": "float",
}


def read(folder: Path) -> dict[str, Any]:
    result: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return result


def test_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    options = ["--points", 6, "--setParameterRanges", "m_t=168,174", "--breakdown", "theory,syst,stat"]
    options += ["--curves", "pdf_CTEQ66=-1,1"]
    assert call(monkeypatch, CARD, "-M", "MultiDimFit", "--algo", "grid", "-P", "m_t", *options, "-o", tmp_path) == 0
    figures = {f"{stem}.{kind}" for stem in ("scan", "scan_breakdown", "scan_curves") for kind in ("pdf", "png")}
    files = {path.name for path in tmp_path.iterdir() if not path.name.startswith(".")}
    assert files == {TREE, "card.txt", "summary.txt", "result.json"} | figures
    printed = capfd.readouterr().out
    # nothing else, not even from the C++ of RooFit
    assert printed.startswith((tmp_path / "summary.txt").read_text(encoding="utf-8"))
    assert printed.count("\n\nwritten to ") == 1
    result = read(tmp_path)
    assert result["schema"] == "ttjroofit/scan/1"
    assert result["parameters"] == ["m_t"]
    assert [point["values"] for point in result["points"]] == [{"m_t": 168.5 + i} for i in range(6)]
    assert all(point["status"] == 0 and point["deltaNLL"] >= -1e-8 for point in result["points"])
    assert list(result["best"]) == ["m_t"]
    low, high = result["intervals"]["m_t"]["68"]
    assert low < result["best"]["m_t"] < high
    assert result["intervals"]["m_t"]["95"][0] < low
    assert [part["label"] for part in result["breakdown"]] == ["theory", "syst", "stat"]


def test_tree_of_a_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["-M", "MultiDimFit", "--algo", "grid", "--points", 5, "--no-plots", "-n", "Mine", "-o", tmp_path]
    assert call(monkeypatch, CARD, *arguments) == 0
    result = read(tmp_path)
    path = tmp_path / "higgsCombineMine.MultiDimFit.mH172.5.root"
    with uproot.open(path) as file:
        tree = file["limit"]
        assert dict(zip(tree.keys(), tree.typenames().values(), strict=True)) == BRANCHES
        values = tree.arrays(library="np")
    expected = [0.0, *(point["deltaNLL"] for point in result["points"])]
    np.testing.assert_allclose(values["deltaNLL"], expected, rtol=1e-6, atol=1e-12)
    # float has 24 bits
    np.testing.assert_allclose(
        values["m_t"], [result["best"]["m_t"], *(p["values"]["m_t"] for p in result["points"])], rtol=6e-8
    )
    assert values["quantileExpected"][0] == -1.0
    assert np.all((values["quantileExpected"][1:] >= 0.0) & (values["quantileExpected"][1:] <= 1.0))
    with quiet() as ROOT, ROOT.TFile.Open(str(path)) as opened:
        assert opened["limit"].GetEntries() == 6
        assert opened["limit"].GetMinimum("deltaNLL") == 0.0


def test_tree_of_singles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (
        call(monkeypatch, CARD, "-M", "MultiDimFit", "--algo", "singles", "-P", "m_t,pdf_CTEQ66", "-o", tmp_path) == 0
    )
    result = read(tmp_path)
    assert result["schema"] == "ttjroofit/singles/1"
    with uproot.open(tmp_path / TREE) as file:
        values = file["limit"].arrays(library="np")
    quantiles = [-1.0, *([-0.32, 0.32, -0.05, 0.05] * 2)]
    np.testing.assert_allclose(values["quantileExpected"], quantiles, rtol=1e-6)
    mass = result["parameters"]["m_t"]
    np.testing.assert_allclose(values["m_t"][1:5], [*mass["intervals"]["68"], *mass["intervals"]["95"]], rtol=1e-7)
    np.testing.assert_allclose(values["m_t"][5:], mass["value"], rtol=1e-7)
    np.testing.assert_allclose(values["deltaNLL"], [0.0, *([0.5, 0.5, 1.9207, 1.9207] * 2)], rtol=1e-4)


def test_fit_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(monkeypatch, CARD, "-M", "MultiDimFit", "-o", tmp_path) == 0
    assert {path.name for path in tmp_path.iterdir() if not path.name.startswith(".")} == {
        TREE, "card.txt", "summary.txt", "result.json",
    }  # fmt: skip
    assert read(tmp_path)["algo"] == "none"


def test_two_parameters_in_two_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bytes from one process and from two, timing and version aside."""
    arguments = ["-M", "MultiDimFit", "--algo", "grid", "-P", "m_t", "-P", "pdf_CTEQ66", "--points", 64]
    texts = []
    for count in (0, 2):
        folder = tmp_path / str(count)
        assert call(monkeypatch, CARD, *arguments, "--parallel", count, "-o", folder) == 0
        result = read(folder)
        del result["timing_s"]
        texts.append(json.dumps(result))
        assert (folder / "scan_map.png").exists()
    assert texts[0] == texts[1]
    assert len(json.loads(texts[0])["points"]) == 64


def test_contour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["-M", "MultiDimFit", "--algo", "contour2d", "--split", "measurement", "--points", 5, "-o", tmp_path]
    assert call(monkeypatch, CARDS / "atlas8_atlas13.txt", *arguments) == 0
    result = read(tmp_path)
    assert result["schema"] == "ttjroofit/contour/1"
    assert [single["parameter"] for single in result["standalone"]] == ["m_t_ATLAS_8TeV", "m_t_ATLAS_13TeV"]
    assert [single["measurements"] for single in result["standalone"]] == [["ATLAS_8TeV"], ["ATLAS_13TeV"]]
    assert (tmp_path / "contour.pdf").exists()
    with uproot.open(tmp_path / TREE) as file:
        values = file["limit"].arrays(library="np")
    np.testing.assert_allclose(values["quantileExpected"], [-1.0] + [0.3173] * 5 + [0.05] * 5, rtol=1e-3)
    np.testing.assert_allclose(values["deltaNLL"], [0.0] + [1.1479] * 5 + [2.9957] * 5, rtol=1e-4)


def test_failed_points_are_written_and_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    profile_at = scan_module.profile_at

    def failing(profile: Any, points: Any) -> Any:
        found = profile_at(profile, points)
        found.status[0] = 4
        return found

    monkeypatch.setattr(scan_module, "profile_at", failing)
    assert call(monkeypatch, CARD, "-M", "MultiDimFit", "--algo", "grid", "--points", 4, "-o", tmp_path) == 1
    assert "*** NOT CONVERGED: 1 of 4 points ***" in capsys.readouterr().out
    assert [point["status"] for point in read(tmp_path)["points"]] == [4, 0, 0, 0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-M", "Fit", "--algo", "grid"], "--algo grid: -M Fit knows none"),
        (["-M", "MultiDimFit", "--algo", "saturated"], "knows none, singles, grid, contour2d"),
        (["-M", "MultiDimFit", "--fastScan"], "--fastScan is for -M MultiDimFit --algo grid"),
        (["-M", "Fit", "-P", "m_t"], "-M Fit has no parameters to choose"),
        (["-M", "MultiDimFit", "--algo", "grid", "-P", "m_x"], "no parameter of this name"),
        (["-M", "MultiDimFit", "--algo", "grid", "--gridPoints", "a"], "give whole numbers"),
        (["-M", "MultiDimFit", "--algo", "grid", "--curves", "pdf_CTEQ66"], "give a parameter and its values"),
        (["-M", "MultiDimFit", "--algo", "grid", "--autoRange", "-1"], "--autoRange -1"),
        (["-M", "MultiDimFit", "--algo", "grid", "--rangeX", "3,1"], "--rangeX"),
        (["-M", "MultiDimFit", "--algo", "grid", "-t", "10"], "--algo grid is for the data"),
        (["-M", "MultiDimFit", "--engine", "full"], "--engine full"),
    ],
)
def test_bad_options(
    options: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call(monkeypatch, CARD, *options, "-o", tmp_path / "out") == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out" / "result.json").exists()


def test_tree_without_root(tmp_path: Path) -> None:
    path = tmp_path / limit_file("", 172.5)
    write_limit_tree(
        str(path), [Entry({"a": 1.5, "b": 2.0}), Entry({"a": 1.0, "b": 2.5}, 0.5, 0.3)], mass=172.5, seed=7
    )
    with uproot.open(path) as file:
        values = file["limit"].arrays(library="np")
    assert path.name == TREE
    assert values["a"].tolist() == [1.5, 1.0]
    assert values["limit"].tolist() == [1.5, 1.0]
    assert values["iSeed"].tolist() == [7, 7]
    assert values["mh"].tolist() == [172.5, 172.5]
