"""``-M Validate`` as it is called: status, files, order, and what it says about the shipped cards."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from program import call
from ttjroofit.analysis.places import line_of, place_text
from ttjroofit.errors import Place
from ttjroofit.results.store import read_result
from ttjroofit.results.validation import Validation
from ttjroofit.run.methods import METHODS

ROOT_DIRECTORY = Path(__file__).resolve().parents[2]
CARDS = ROOT_DIRECTORY / "cards"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The shipped cards and inputs, to be spoilt."""
    for name in ("cards", "inputs"):
        shutil.copytree(ROOT_DIRECTORY / name, tmp_path / name)
    return tmp_path / "cards"


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_real_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT_DIRECTORY)
    assert call(monkeypatch, "cards/atlas_cms.txt", "-M", "Validate", "-o", tmp_path) == 0
    text = (tmp_path / "summary.txt").read_text(encoding="utf-8")
    assert capsys.readouterr().out.startswith(text)
    assert len(text.splitlines()) < 40
    found = read_result(Validation, tmp_path / "result.json")
    assert found.errors == []
    places = {warning.code: warning.place for warning in found.warnings}
    assert places["mass-range-beyond-prediction"] == "cards/atlas_cms.txt:17"
    assert places["shift-rough"] == "inputs/atlas_13tev_dilepton.yaml:151"
    by_code = {
        warning.code: warning for warning in found.warnings if warning.measurement in {"ATLAS_8TeV", "CMS_13TeV"}
    }
    assert by_code["source-without-effect"].names[0] == "ATLAS_8TeV_eff_b_heavy_6"
    assert by_code["constraint-above-prior"].values[0] == pytest.approx(1.095234)


def test_pasted_lines_silence_the_lookalikes(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card, out = copy / "atlas_cms.txt", tmp_path / "out"
    assert call(monkeypatch, card, "-M", "Validate", "-o", out) == 0
    found = read_result(Validation, out / "result.json")
    lines = [line for warning in found.warnings for line in warning.lines]
    assert len(lines) > 20
    with card.open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
    assert call(monkeypatch, card, "-M", "Validate", "-o", out) == 0
    codes = {warning.code for warning in read_result(Validation, out / "result.json").warnings}
    assert "lookalike-uncorrelated" not in codes


def test_errors_give_status_2_and_whole_files(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card, out = copy / "atlas_cms.txt", tmp_path / "out"
    change(copy / "correlations" / "atlas8_cms13_jes.txt", "CMS_scale_j_flavorBottom", "CMS_scale_j_flavourBotom")
    change(copy / "correlations" / "atlas8_cms13_jes.txt", "ATLAS_8TeV_scale_j_Mix4", "ATLAS_8TeV_scal_j_Mix4")
    change(copy.parent / "inputs" / "atlas_8tev_ljets.yaml", "[-0.0560923761, -0.185528228, 1.0]", "[0, 0, 0.9]")
    (copy.parent / "inputs" / "theory" / "CMS_13TeV_lo_ps.yaml").unlink()
    assert call(monkeypatch, card, "-M", "Validate", "-o", out) == 2
    assert {path.name for path in out.iterdir()} == {"card.txt", "summary.txt", "result.json"}
    found = read_result(Validation, out / "result.json")
    assert [error.code for error in found.errors] == [
        "input-impossible",
        "name-unknown",
        "name-unknown",
        "file-missing",
    ]
    assert "4 errors, 0 warnings" in (out / "summary.txt").read_text(encoding="utf-8")


def test_names_of_a_fit_are_known_though_its_matrix_is_wrong(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    matrix = copy.parent / "inputs" / "cms_13tev_dilepton_correlation.txt"
    rows = matrix.read_text(encoding="utf-8").splitlines()
    first = next(number for number, row in enumerate(rows) if row and not row.startswith("#"))
    rows[first + 1] = "1.5 1"
    matrix.write_text("\n".join(rows), encoding="utf-8")
    change(copy / "correlations" / "atlas8_cms13_jes.txt", "CMS_scale_j_flavorBottom", "CMS_scale_j_flavourBotom")
    assert call(monkeypatch, copy / "atlas8_cms13.txt", "-M", "Validate", "-o", tmp_path / "out") == 2
    found = read_result(Validation, tmp_path / "out" / "result.json").errors
    assert [(error.code, Path(error.place or "").name) for error in found] == [
        ("input-impossible", f"{matrix.name}:{first + 2}"),
        ("name-unknown", "atlas8_cms13_jes.txt:4"),
    ]


def test_no_card_is_written_if_it_cannot_be_read(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(copy / "atlas8.txt", "imax", "imaxx")
    assert call(monkeypatch, copy / "atlas8.txt", "-M", "Validate", "-o", tmp_path / "out") == 2
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"summary.txt", "result.json"}


def test_missing_card_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, tmp_path / "none.txt", "-M", "Validate", "-o", tmp_path / "out") == 2
    assert "none.txt: the card does not exist" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_result_is_the_same_every_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two"):
        assert call(monkeypatch, CARDS / "atlas8_atlas13.txt", "-M", "Validate", "-o", tmp_path / name) == 0
    assert (tmp_path / "one" / "result.json").read_bytes() == (tmp_path / "two" / "result.json").read_bytes()


def test_methods_are_there_when_they_are_called() -> None:
    """Their modules are imported late; the heavy ones are not imported for what does not need them."""
    script = (
        "import sys, ttjroofit.run.validate\n"
        "from ttjroofit.run.methods import METHODS\n"
        "print(sorted({'scipy.stats', 'uproot', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("method", METHODS)
def test_each_method_can_be_imported(method: str) -> None:
    with pytest.raises(AttributeError, match="'str' object has no attribute"):
        METHODS[method]("no run")  # type: ignore[arg-type]


def test_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert place_text(Place(tmp_path / "a" / "card.txt", 3)) == "a/card.txt:3"
    assert place_text(Place(tmp_path.parent / "card.txt")) == str(tmp_path.parent / "card.txt")
    file = tmp_path / "m.yaml"
    file.write_text("name: A\nsources:\n  A_s: [1]\n  - {name: A_p, value: 1}\n", encoding="utf-8")
    assert [line_of(file, name).line for name in ("A", "A_s", "A_p", "A_q")] == [1, 3, 4, None]
    assert line_of(tmp_path / "none.yaml", "A") == Place(tmp_path / "none.yaml")
