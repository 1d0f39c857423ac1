"""The command line: contract of files and exit status, and one clear message for bad input."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from program import call
from ttjroofit.results.fit import FitResult
from ttjroofit.results.store import read_result

ROOT_DIRECTORY = Path(__file__).parents[2]
CARDS = ROOT_DIRECTORY / "cards"

FIT_FILES = {"card.txt", "fit.root", "result.json", "summary.txt", "workspace.root"}


def test_fit_writes_what_the_contract_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, CARDS / "atlas_cms.txt", "-o", tmp_path) == 0
    names = {path.name for path in tmp_path.iterdir()}
    assert names >= FIT_FILES | {"spectra.pdf", "spectra.png", "pulls_1.pdf", "pulls_1.png"}
    assert not [name for name in names if name.startswith(".")]
    captured = capsys.readouterr()
    assert (tmp_path / "summary.txt").read_text() in captured.out
    assert "not for physics results" in " ".join(captured.out.split())
    assert captured.err == ""
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["schema"] == "ttjroofit/fit/1"
    mass = result["parameters"]["m_t"]
    assert {"value", "unit", "hesse", "minos", "breakdown", "scale"} <= set(mass)
    assert set(mass["minos"]) == {"lo", "hi"}
    assert {"exp", "stat", "syst", "pdf", "interpolation", "groups"} <= set(mass["breakdown"])
    assert set(mass["scale"]["correlated"]) == set(mass["scale"]["uncorrelated"]) == {"up", "down"}
    assert set(result["goodness_of_fit"]) == {"chi2", "ndf", "p_value"}
    assert set(result["correlation"]) == {"names", "matrix"}
    assert {"minimizer", "migrad", "hesse", "minos", "cov_quality", "edm", "calls"} <= set(result["status"])
    assert {"name", "measurement", "value", "constraint", "impact"} <= set(result["nuisances"][0])
    assert len(result["nuisances"]) == 614


def test_card_in_the_output_repeats_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert call(monkeypatch, CARDS / "atlas8_cms13.txt", "--no-plots", "-o", first) == 0
    assert call(monkeypatch, first / "card.txt", "--no-plots", "-o", second) == 0
    results = [json.loads((folder / "result.json").read_text()) for folder in (first, second)]
    for result in results:
        del result["timing_s"], result["card"]
    assert results[0] == results[1]


def test_workspace_and_validate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, CARDS / "atlas8.txt", "-M", "Workspace", "-o", tmp_path / "w") == 0
    assert {path.name for path in (tmp_path / "w").iterdir()} == {"workspace.root", "card.txt", "summary.txt"}
    assert call(monkeypatch, CARDS / "atlas_cms.txt", "-M", "Validate", "-o", tmp_path / "v") == 0
    assert {path.name for path in (tmp_path / "v").iterdir()} == {"card.txt", "summary.txt", "result.json"}
    assert "19 bins, 614 nuisance parameters" in capsys.readouterr().out


def test_failed_fit_is_written_and_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--setParameterRanges", "m_t=150,160", "--no-plots", "-o", tmp_path]
    assert call(monkeypatch, CARDS / "atlas8.txt", *options) == 1
    assert "FIT FAILED" in capsys.readouterr().out
    assert {path.name for path in tmp_path.iterdir()} == FIT_FILES
    assert not read_result(FitResult, tmp_path / "result.json").status.good


def test_default_output_folder_is_named_after_the_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert call(monkeypatch, CARDS / "atlas8.txt", "-M", "Validate", "-n", "mine") == 0
    assert (tmp_path / "out" / "atlas8_mine" / "result.json").exists()


@pytest.mark.parametrize(
    "arguments", [["--help"], ["cards/atlas_cms.txt", "-M", "Validate", "-o", "{out}"], ["nowhere.txt"]]
)
def test_no_root_where_none_is_needed(arguments: list[str], tmp_path: Path) -> None:
    script = (
        "import sys\nsys.modules['ROOT'] = None\n"
        f"sys.argv = ['ttjroofit', *{[a.format(out=tmp_path) for a in arguments]!r}]\n"
        "from ttjroofit.run.cli import main\nmain()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT_DIRECTORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == (2 if arguments == ["nowhere.txt"] else 0), done.stderr
    assert "Traceback" not in done.stderr


def test_missing_root_gets_one_clear_message(tmp_path: Path) -> None:
    script = (
        "import sys\nsys.modules['ROOT'] = None\n"
        f"sys.argv = ['ttjroofit', 'cards/atlas8.txt', '-o', {str(tmp_path / 'out')!r}]\n"
        "from ttjroofit.run.cli import main\nmain()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT_DIRECTORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "pip install 'ttjroofit[root]'" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A card of one measurement with its inputs, to be spoilt."""
    folder = tmp_path / "spoilt"
    (folder / "inputs").mkdir(parents=True)
    inputs = ROOT_DIRECTORY / "inputs"
    for source in (inputs / "atlas_8tev_ljets.yaml", inputs / "theory" / "ATLAS_8TeV_lo_ps.yaml"):
        (folder / "inputs" / source.name).write_text(source.read_text())
    text = (CARDS / "atlas8.txt").read_text().replace("../inputs/theory/", "inputs/").replace("../inputs/", "inputs/")
    (folder / "card.txt").write_text(text)
    return folder


def misspelt_nuisance(folder: Path) -> str:
    card = folder / "card.txt"
    line = "correlation x ATLAS_8TeV_scale_j_Mix1 ATLAS_8TeV_scale_j_Mox2 (0.5 & 0 : 1)\n"
    card.write_text(card.read_text() + line)
    number = len(card.read_text().splitlines())
    return rf"card\.txt:{number}: .*ATLAS_8TeV_scale_j_Mox2.*nearest: .*ATLAS_8TeV_scale_j_Mix2"


def missing_file(folder: Path) -> str:
    path = folder / "inputs" / "atlas_8tev_ljets.yaml"
    path.rename(path.with_name("atlas_8tev_ljet.yaml"))
    return r"card\.txt:\d+: file .*atlas_8tev_ljets\.yaml does not exist; nearest: atlas_8tev_ljet\.yaml"


def not_symmetric(folder: Path) -> str:
    path = folder / "inputs" / "atlas_8tev_ljets.yaml"
    data = yaml.safe_load(path.read_text())
    size = len(data["values"])
    square = [[1.0 if i == j else 0.0 for j in range(size)] for i in range(size)]
    square[0][1] = 0.25
    data["statistical"]["correlation"] = square
    path.write_text(yaml.safe_dump(data, sort_keys=False))
    return r"atlas_8tev_ljets\.yaml:\d+: .*symmetric"


def cut_card(folder: Path) -> str:
    card = folder / "card.txt"
    text = card.read_text()
    card.write_text(
        text[: text.index("ATLAS_8TeV  ../") if "ATLAS_8TeV  ../" in text else text.index("inputs/") - 1].rstrip()
    )
    return r"card\.txt:\d+: .*"


def unknown_keyword(folder: Path) -> str:
    card = folder / "card.txt"
    card.write_text(card.read_text() + "interpolaton 2\n")
    return rf"card\.txt:{len(card.read_text().splitlines())}: .*interpolaton.*interpolation"


@pytest.mark.parametrize("spoil", [misspelt_nuisance, missing_file, not_symmetric, cut_card, unknown_keyword])
def test_bad_input_gives_one_message_and_no_file(
    spoil: object, copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pattern = spoil(copy)  # type: ignore[operator]
    output = copy / "out"
    assert call(monkeypatch, copy / "card.txt", "-o", output) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Error: ")
    assert len(captured.err.splitlines()) == 1
    assert re.search(pattern, captured.err), captured.err
    assert not output.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--freezeParameters", "CMS_lumo"], "no parameter matches CMS_lumo; nearest: CMS_lumi"),
        (["--freezeNuisanceGroups", "scale_jj"], "no group scale_jj; nearest: scale_j"),
        (["--setParameters", "m_t"], "`m_t` holds no number"),
        (["--setParameters", "mt=172"], "no parameter mt; nearest: m_t"),
        (["--setParameterRanges", "m_t=180,170"], "is empty"),
        (["--measurements", "CMS"], "no measurement CMS in the card; nearest: CMS_13TeV"),
        (["--correlations", "stron"], "nearest: strong"),
        (["--minimizer", "Minuit3"], "no minimiser Minuit3"),
        (["--minimizer", "Minuit2,foo"], "no algorithm foo"),
        (["-t", "-7"], "-t -7"),
        (["-M", "Fot"], "'Fot' is not one of"),
    ],
)
def test_bad_options_give_one_message(
    options: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call(monkeypatch, CARDS / "atlas_cms.txt", "-o", tmp_path / "out", *options) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_matrix_that_needs_repair_names_the_guilty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    card = tmp_path / "card.txt"
    text = (CARDS / "atlas_cms.txt").read_text().replace("../inputs", str(ROOT_DIRECTORY / "inputs"))
    text = text.replace("include correlations", f"include {CARDS / 'correlations'}").replace(
        "include       correlations", f"include {CARDS / 'correlations'}"
    )
    card.write_text("\n".join(line for line in text.splitlines() if not line.startswith("repair")) + "\n")
    assert call(monkeypatch, card, "-o", tmp_path / "out") == 2
    error = capsys.readouterr().err
    assert "-0.0606602" in error
    assert "CMS_scale_j_flavorBottom" in error
    assert "repair shrink" in error


def test_measurement_without_prediction_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    inputs = ROOT_DIRECTORY / "inputs"
    card = tmp_path / "card.txt"
    card.write_text(
        f"measurement CMS_13TeV {inputs}/cms_13tev_dilepton.yaml\n"
        f"measurement ATLAS_8TeV {inputs}/atlas_8tev_ljets.yaml\n"
        f"theory CMS_13TeV {inputs}/theory/CMS_13TeV_lo_ps.yaml\n"
        "poi m_t CMS_13TeV 172.5 [150,195]\n"
    )
    assert call(monkeypatch, card, "-o", tmp_path / "out") == 2
    assert "card.txt:2: measurement ATLAS_8TeV has no `theory` line while others have" in capsys.readouterr().err
    assert call(monkeypatch, card, "-o", tmp_path / "out", "--measurements", "ATLAS_8TeV") == 2
    assert "use -M CrossSections" in capsys.readouterr().err
