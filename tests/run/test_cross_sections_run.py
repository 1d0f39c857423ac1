"""``-M CrossSections`` through the command line: published numbers, contract of the files, ROOT left out."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uproot
import yaml

from ttjroofit.run.cli import main

ROOT_DIRECTORY = Path(__file__).parents[2]
CARDS = ROOT_DIRECTORY / "cards"
TABLES = {
    "cross_sections.csv",
    "covariance.csv",
    "stat_covariance.csv",
    "correlation.csv",
    "shares_covariance.csv",
    "group_impacts.csv",
    "source_impacts.csv",
    "nuisances.csv",
}
FILES = {"card.txt", "summary.txt", "result.json", "result.yaml", "cross_sections.root", "nuisance_correlation.npz"}


def combine(monkeypatch: pytest.MonkeyPatch, card: Path, output: Path, *options: str) -> dict[str, Any]:
    arguments = ["ttjroofit", str(card), "-M", "CrossSections", "-o", str(output), *options]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit) as exit_info:
        main()
    assert exit_info.value.code in (0, None)
    result: dict[str, Any] = json.loads((output / "result.json").read_text())
    return result


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("everything")
    with pytest.MonkeyPatch.context() as monkeypatch:
        return folder, combine(monkeypatch, CARDS / "atlas_cms.txt", folder, "--no-plots")


def test_cms_with_pulls_at_zero_is_fit_plus_extrapolation_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = combine(monkeypatch, CARDS / "cms13.txt", tmp_path, "--pulls", "zero", "--no-plots")
    inputs = ROOT_DIRECTORY / "inputs"
    published = yaml.safe_load((inputs / "cms_13tev_dilepton.yaml").read_text())
    np.testing.assert_allclose(result["values"], published["values"], rtol=1e-9)
    diagonal = np.diag(result["covariance"])
    # six digits: the inputs are rounded to seven
    assert diagonal[[0, 3]] == pytest.approx([149.887385, 78.234192], rel=5e-7)
    shifts = np.array(list(published["sources"].values()))
    sigma = np.array(published["profiled"]["bin_sigma"])
    lines = (inputs / "cms_13tev_dilepton_correlation.txt").read_text().splitlines()
    rows = [[float(x) for x in line.split()] for line in lines if not line.startswith("#")][:4]
    lower = np.array([row + [0.0] * (4 - len(row)) for row in rows])
    fit = (lower + lower.T - np.eye(4)) * np.outer(sigma, sigma)
    # inverted and back: relative to the largest element
    np.testing.assert_allclose(result["covariance"], fit + shifts.T @ shifts, rtol=0, atol=1e-7)


def test_errors_without_correlations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ("--correlations", "none", "--pulls", "zero", "--no-plots")
    result = combine(monkeypatch, CARDS / "atlas_cms.txt", tmp_path, *options)
    cms = [12.2429, 30.3447, 25.9544, 8.845]
    atlas8 = [122.37, 160.40, 226.89, 192.82, 266.20, 105.36, 82.90, 44.30]
    atlas13 = [94.21, 131.41, 134.15, 144.51, 141.29, 104.37, 68.75]
    # half of the last digit given
    np.testing.assert_allclose(result["sigma"][:4], cms, rtol=0, atol=5.1e-5)
    np.testing.assert_allclose(result["sigma"][4:], [*atlas8, *atlas13], rtol=0, atol=5.1e-3)
    np.testing.assert_allclose(result["values"], result["observed"], rtol=1e-9)
    np.testing.assert_allclose(result["sigma"], result["observed_sigma"], rtol=1e-9)
    between = np.array(result["correlation"])[:4, 4:]
    assert np.max(np.abs(between)) < 1e-9


def test_contract(everything: tuple[Path, dict[str, Any]]) -> None:
    folder, result = everything
    assert {path.name for path in folder.iterdir()} == FILES | TABLES
    assert result["schema"] == "ttjroofit/cross_sections/1"
    assert len(result["bins"]) == len(result["values"]) == len(result["sigma"]) == 19
    for key in ("covariance", "stat_covariance", "correlation", "stat_correlation"):
        assert np.shape(result[key]) == (19, 19)
        np.testing.assert_allclose(result[key], np.transpose(result[key]), rtol=1e-12, atol=1e-12)
    assert result["ndf"] == 0
    assert {len(impacts) for impacts in result["impacts"].values()} == {19}
    assert len(result["source_impacts"]) == len(result["nuisances"]) == 614
    assert {"name", "value", "constraint", "measurement", "prefit", "groups"} <= set(result["nuisances"][0])
    assert [len(m["edges"]) for m in result["measurements"]] == [5, 9, 8]
    assert (result["scenario"], result["pulls"], result["asimov"]) == ("jes_modelling", "published", False)
    assert set(result["timing_s"]) >= {"inputs", "combination", "files"}


def test_summary_is_printed_and_has_no_mass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    combine(monkeypatch, CARDS / "atlas8.txt", tmp_path, "--no-plots")
    captured = capsys.readouterr()
    assert (tmp_path / "summary.txt").read_text() in captured.out
    assert captured.err == ""
    assert "m_t" not in captured.out.replace(str(tmp_path), "")


def test_figures_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    combine(monkeypatch, CARDS / "cms13.txt", tmp_path)
    stems = ("impacts", "correlation", "ratio", "normalised")
    assert {path.name for path in tmp_path.iterdir()} - FILES - TABLES == {
        f"{stem}.{kind}" for stem in stems for kind in ("pdf", "png")
    }


def test_group_that_is_frozen_leaves_the_uncertainty(
    everything: tuple[Path, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ("--freezeNuisanceGroups", "modelling_ttbar", "--no-plots")
    frozen = combine(monkeypatch, CARDS / "atlas_cms.txt", tmp_path, *options)
    impact = np.multiply(everything[1]["impacts"]["modelling_ttbar"], everything[1]["values"])
    total = np.square(everything[1]["sigma"])
    np.testing.assert_allclose((total - impact**2) / total, np.square(frozen["sigma"]) / total, rtol=0, atol=1e-9)
    assert frozen["impacts"]["modelling_ttbar"] == [0.0] * 19


def test_yaml_says_the_same(everything: tuple[Path, dict[str, Any]]) -> None:
    folder, result = everything
    content = yaml.safe_load((folder / "result.yaml").read_text())
    for key in ("values", "sigma", "covariance", "stat_covariance", "correlation"):
        np.testing.assert_allclose(content[key], result[key], rtol=1e-7)
    assert content["bins"] == result["bins"]
    assert [m["unit"] for m in content["measurements"]] == ["pb", "fb", "fb"]
    assert content["measurements"][1]["values"] == content["values"][4:12]
    np.testing.assert_allclose(content["normalised"]["shares"]["covariance"], result["shares"]["covariance"], rtol=1e-7)


def test_tables_say_the_same(everything: tuple[Path, dict[str, Any]]) -> None:
    folder, result = everything
    tables = {name: list(csv.reader((folder / name).read_text(encoding="utf-8").splitlines())) for name in TABLES}
    rows = [dict(zip(tables["cross_sections.csv"][0], row, strict=True)) for row in tables["cross_sections.csv"][1:]]
    assert [row["bin"] for row in rows] == result["bins"]
    assert [float(row["value"]) for row in rows] == result["values"]
    assert [float(row["sigma"]) for row in rows] == result["sigma"]
    assert [float(row["density"]) for row in rows] == result["densities"]["values"]
    assert (rows[4]["measurement"], rows[4]["low"], rows[4]["high"]) == ("ATLAS_8TeV", "0.0", "0.25")
    for name, key in (("covariance", "covariance"), ("stat_covariance", "stat_covariance")):
        assert tables[f"{name}.csv"][0][1:] == result["bins"]
        assert [[float(x) for x in row[1:]] for row in tables[f"{name}.csv"][1:]] == result[key]
    impacts = {row[0]: [float(x) for x in row[1:]] for row in tables["source_impacts.csv"][1:]}
    assert impacts == result["source_impacts"]
    assert {row[0] for row in tables["group_impacts.csv"][1:]} == set(result["impacts"])
    assert [float(row[3]) for row in tables["nuisances.csv"][1:]] == [n["value"] for n in result["nuisances"]]


def test_correlation_of_all_nuisances_lies_beside_the_json(everything: tuple[Path, dict[str, Any]]) -> None:
    folder, result = everything
    with np.load(folder / "nuisance_correlation.npz") as content:
        assert content["names"].tolist() == [nuisance["name"] for nuisance in result["nuisances"]]
        matrix = content["correlation"]
    with uproot.open(folder / "cross_sections.root") as file:
        assert file["nuisance_correlation"].axis(0).labels() == [n["name"] for n in result["nuisances"]]
        np.testing.assert_array_equal(file["nuisance_correlation"].values(), matrix)


def test_histograms_by_uproot(everything: tuple[Path, dict[str, Any]]) -> None:
    folder, result = everything
    with uproot.open(folder / "cross_sections.root") as file:
        names = [m["measurement"] for m in result["measurements"]]
        kinds = ("", "_stat", "_normalised")
        matrices = {"covariance", "correlation", "stat_covariance", "normalised_covariance", "nuisance_correlation"}
        assert set(file.keys(cycle=False)) == {f"{name}{kind}" for name in names for kind in kinds} | matrices
        for name, where in zip(names, (slice(0, 4), slice(4, 12), slice(12, 19)), strict=True):
            assert file[name].values().tolist() == result["values"][where]
            np.testing.assert_allclose(file[name].errors(), result["sigma"][where], rtol=1e-12)
            np.testing.assert_allclose(file[f"{name}_stat"].errors(), result["stat_sigma"][where], rtol=1e-12)
        assert file["ATLAS_8TeV"].axis().edges().tolist() == result["measurements"][1]["edges"]
        assert file["covariance"].values().tolist() == result["covariance"]


def test_histograms_by_root(everything: tuple[Path, dict[str, Any]]) -> None:
    pytest.importorskip("ROOT")
    from ttjroofit.roofit.session import root  # noqa: PLC0415

    folder, result = everything
    file = root().TFile.Open(str(folder / "cross_sections.root"))
    spectrum, matrix = file.Get("ATLAS_8TeV"), file.Get("covariance")
    assert (spectrum.ClassName(), matrix.ClassName()) == ("TH1D", "TH2D")
    assert [spectrum.GetBinContent(i) for i in range(1, 9)] == result["values"][4:12]
    assert spectrum.GetBinError(8) == pytest.approx(result["sigma"][11], rel=1e-12)
    assert spectrum.GetXaxis().GetBinLowEdge(2) == 0.25
    assert matrix.GetXaxis().FindBin(result["bins"][6]) == 7
    assert [matrix.GetYaxis().GetBinLabel(i) for i in range(1, 20)] == result["bins"]
    assert matrix.GetBinContent(5, 7) == result["covariance"][4][6]
    file.Close()


def test_neither_root_nor_a_prediction_is_needed(tmp_path: Path) -> None:
    text = (CARDS / "atlas8.txt").read_text().replace("../inputs", str(ROOT_DIRECTORY / "inputs"))
    card = tmp_path / "bare.txt"
    kept = [line for line in text.splitlines() if line.startswith(("measurement", "imax", "kmax"))]
    card.write_text("\n".join(kept) + "\n")
    script = (
        "import sys\nsys.modules['ROOT'] = None\n"
        f"sys.argv = ['ttjroofit', {str(card)!r}, '-M', 'CrossSections', '-o', {str(tmp_path / 'out')!r}]\n"
        "from ttjroofit.run.cli import main\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "out" / "result.json").read_text())["card"] == "bare"


def test_card_in_the_output_repeats_the_run(
    everything: tuple[Path, dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = combine(monkeypatch, everything[0] / "card.txt", tmp_path, "--no-plots")
    expected = everything[1] | {key: again[key] for key in ("card", "timing_s")}
    assert again == expected
