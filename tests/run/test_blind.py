"""Blinded runs: everything as without blinding but the masses, and no true mass in any file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from blind_search import contents, places_of
from program import call
from ttjroofit.errors import InputError
from ttjroofit.model.blinding import VARIABLE, Blinding
from ttjroofit.results.blinding import is_blinded, true_masses
from ttjroofit.run.blind import call_text

CARDS = Path(__file__).parents[2] / "cards"
SALT = "sesame-0"
OFFSET = Blinding(SALT).offset  # 3.99 GeV: true and blinded masses are never taken for each other
RUNS = {
    "fit": ("atlas8.txt", "-M", "Fit"),
    "scan": ("atlas8.txt", "-M", "MultiDimFit", "--algo", "grid", "-P", "m_t", "--points", "12"),
    "masses": ("atlas8_atlas13.txt", "-M", "Compatibility", "--split", "measurement"),
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Output folders: each run blinded, with figures, and open."""
    top = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(VARIABLE, raising=False)
        for name, (card, *options) in RUNS.items():
            assert call(patch, CARDS / card, *options, "--no-plots", "-o", top / f"{name}_open") == 0
            assert call(patch, CARDS / card, *options, "--blind", SALT, "-o", top / name) == 0
    return {path.name: path for path in top.iterdir()}


def result(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return document


def true_values(folders: Mapping[str, Path], name: str) -> list[float]:
    found = result(folders[f"{name}_open"])
    if name == "masses":
        return [mass for hypothesis in found["hypotheses"] for mass in hypothesis["masses"].values()]
    return [found["best"]["m_t"] if name == "scan" else found["parameters"]["m_t"]["value"]]


EXPECTED = {
    "fit": {"result.json", "summary.txt", "workspace.root", "fit.root", "spectra.pdf", "breakdown.pdf"},
    "scan": {"result.json", "summary.txt", "higgsCombineTest.MultiDimFit.mH172.5.root", "scan.pdf"},
    "masses": {"result.json", "summary.txt", "workspace.root", "fit.root", "masses.pdf"},
}


@pytest.mark.parametrize("name", RUNS)
def test_no_file_holds_a_true_mass(folders: Mapping[str, Path], name: str) -> None:
    seen = set()
    for mass in true_values(folders, name):
        assert places_of(folders[name], mass) == []
        seen |= set(places_of(folders[name], mass + OFFSET))
    # the search can fail: it finds what is there
    assert seen >= EXPECTED[name]


@pytest.mark.parametrize("name", RUNS)
def test_no_file_holds_offset_or_salt(folders: Mapping[str, Path], name: str) -> None:
    # a small number is met by chance in a million bytes unless the search is narrow; it would be written as it is
    assert places_of(folders[name], OFFSET, digits=6, rounding=1e-6) == []
    files = [path for path in folders[name].rglob("*") if path.is_file()]
    assert not [path.name for path in files if any(SALT.encode() in part for part in contents(path))]
    assert f'--blind "${VARIABLE}"' in (folders[name] / "card.txt").read_text(encoding="utf-8")


def test_all_else_is_as_without_blinding(folders: Mapping[str, Path]) -> None:
    blind, plain = result(folders["fit"]), result(folders["fit_open"])
    assert (blind["blinded"], plain["blinded"]) == (True, False)
    assert blind["parameters"]["m_t"]["value"] == pytest.approx(plain["parameters"]["m_t"]["value"] + OFFSET, abs=1e-6)
    for found in (blind, plain):
        del found["timing_s"], found["blinded"], found["quality"], found["parameters"]["m_t"]["value"]
        del found["status"]["calls"], found["status"]["edm"]
    assert_close(blind, plain)


def assert_close(first: Any, second: Any) -> None:
    if isinstance(first, dict):
        assert first.keys() == second.keys()
        for key in first:
            assert_close(first[key], second[key])
    elif isinstance(first, list):
        assert len(first) == len(second)
        for one, other in zip(first, second, strict=True):
            assert_close(one, other)
    elif isinstance(first, float):
        # HESSE takes numerical derivatives in steps that depend on the range: 1e-5 of an error
        assert first == pytest.approx(second, rel=2e-5, abs=2e-5)
    else:
        assert first == second


def test_differences_of_masses_are_untouched(folders: Mapping[str, Path]) -> None:
    blind, plain = result(folders["masses"]), result(folders["masses_open"])
    assert is_blinded(blind["quality"])
    for one, other in zip(blind["differences"], plain["differences"], strict=True):
        assert one["value"] == pytest.approx(other["value"], abs=1e-5)
        assert one["error"] == pytest.approx(other["error"], rel=2e-5)
    assert blind["delta_chi2"] == pytest.approx(plain["delta_chi2"], abs=1e-6)
    ratio, true = (found["ratios"][0]["value"] for found in (blind, plain))
    # docs/blinding.md: the distance of a ratio from 1 changes by the offset over the mass
    assert (ratio - 1) / (true - 1) == pytest.approx(1 - OFFSET / (172 + OFFSET), rel=2e-3)


def test_summaries_and_headings_say_so(folders: Mapping[str, Path]) -> None:
    for name in RUNS:
        assert "BLINDED" in (folders[name] / "summary.txt").read_text(encoding="utf-8")
        figures = list(folders[name].glob("*.pdf"))
        assert figures
        assert not [path.name for path in figures if not any(b"BLINDED" in part for part in contents(path))]
        assert "BLINDED" not in (folders[f"{name}_open"] / "summary.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", RUNS)
def test_unblinding_gives_the_true_masses(
    folders: Mapping[str, Path], name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(path.name for path in folders[name].iterdir())
    assert call(monkeypatch, "unblind", folders[name], "--blind", SALT) == 0
    lines = [line.split(" = ") for line in capsys.readouterr().out.splitlines()]
    printed = [float(value.removesuffix(" GeV")) for _, value in lines]
    for mass in true_values(folders, name):
        assert any(abs(value - mass) < 1e-5 for value in printed)
    assert len(lines) == {"fit": 1, "scan": 5, "masses": 8}[name]
    assert sorted(path.name for path in folders[name].iterdir()) == before


def test_unblinding_into_a_file(
    folders: Mapping[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, SALT)
    assert call(monkeypatch, "unblind", folders["fit"] / "result.json", "-o", tmp_path / "masses.txt") == 0
    assert (tmp_path / "masses.txt").read_text(encoding="utf-8") == capsys.readouterr().out
    assert call(monkeypatch, "unblind", folders["fit"], "-o", tmp_path / "none" / "masses.txt") == 2
    assert "cannot be written: No such file or directory" in capsys.readouterr().err


def test_a_result_of_results_gives_all_masses(folders: Mapping[str, Path]) -> None:
    parts = {name: result(folders[name]) for name in ("fit", "masses")}
    document = {"schema": "ttjroofit/report/1", "fit": parts["fit"], "others": [parts["masses"]]}
    masses = true_masses(document, Blinding(SALT))
    assert masses["fit/parameters/m_t/value"] == pytest.approx(true_values(folders, "fit")[0], abs=1e-6)
    assert masses["others/0/hypotheses/0/masses/m_t"] == pytest.approx(true_values(folders, "masses")[0], abs=1e-6)
    document["fit"] = result(folders["fit_open"])
    with pytest.raises(InputError, match="the result is not blinded"):
        true_masses(document, Blinding(SALT))


@pytest.mark.parametrize(
    ("text", "salt", "message"),
    [
        (None, "another", "the result was blinded with another salt"),
        (None, "", "the salt is empty"),
        ('{"schema": "ttjroofit/fit/1", "quality": []}', SALT, "the result is not blinded"),
        ('{"schema": "ttjroofit/toys/1", "quality": ["BLINDED"]}', SALT, "no masses are known in a result of the"),
        ('{"quality": []}', SALT, "`schema` is missing"),
        ("[1]", SALT, "`schema` is missing"),
        ("{", SALT, "is no JSON text"),
        ("missing", SALT, "cannot be read: No such file or directory"),
    ],
)
def test_what_cannot_be_unblinded(
    folders: Mapping[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    text: str | None,
    salt: str,
    message: str,
) -> None:
    folder = tmp_path
    if text is None:
        shutil.copy(folders["fit"] / "result.json", folder)
    elif text != "missing":
        (folder / "result.json").write_text(text, encoding="utf-8")
    assert call(monkeypatch, "unblind", folder, "--blind", salt) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert "Traceback" not in captured.err
    assert captured.out == ""


def test_the_written_card_repeats_the_run_with_the_salt_only(
    folders: Mapping[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    card = folders["fit"] / "card.txt"
    assert call(monkeypatch, card, "--no-plots", "-o", tmp_path / "open") == 2
    assert "card.txt:" in (message := capsys.readouterr().err)
    assert "the card asks for blinding" in message
    assert not (tmp_path / "open").exists()
    monkeypatch.setenv(VARIABLE, SALT)
    assert call(monkeypatch, card, "--no-plots", "-o", tmp_path / "again") == 0
    again, first = result(tmp_path / "again"), result(folders["fit"])
    assert again["parameters"] == first["parameters"]
    assert (tmp_path / "again" / "card.txt").read_text(encoding="utf-8").splitlines().count("blind") == 1


def test_the_salt_is_not_in_the_call_that_is_written_down() -> None:
    hidden = f'"${VARIABLE}"'
    assert call_text(["my card.txt", "--blind", "x y", "-o", "x"]) == f"ttjroofit 'my card.txt' --blind {hidden} -o x"
    assert call_text(["--blind=x", "--blind", "--blind", "a"]) == f"ttjroofit --blind={hidden} --blind {hidden} a"
    assert call_text(["card.txt"]) == "ttjroofit card.txt"
