"""``ttjroofit table``: the right table of the right result, to a file or printed, and nothing else."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from example_results import failed_result, fit_result
from table_cases import cross_sections, scenarios

from program import call
from ttjroofit.results.store import to_json

RESULTS = {"fit": fit_result, "xs": cross_sections, "scan": scenarios}
KINDS = {"breakdown": ["fit"], "nuisances": ["fit", "xs"], "cross_sections": ["xs"], "scenarios": ["scan"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, make in RESULTS.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "result.json").write_text(to_json(make()), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("form", ["latex", "markdown", "csv"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_from_folder_and_file_is_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path, kind: str, form: str
) -> None:
    for name in KINDS[kind]:
        assert call(monkeypatch, "table", kind, folder / name, "-f", form) == 0
        printed = capsys.readouterr().out
        assert call(monkeypatch, "table", kind, folder / name / "result.json", "-f", form, "-o", folder / "t.txt") == 0
        assert (folder / "t.txt").read_text(encoding="utf-8") == printed
        mark = {"latex": r"\begin{", "markdown": "| --- |", "csv": "# "}[form]
        assert mark in printed
        capsys.readouterr()


def test_printed_csv_can_be_piped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    assert call(monkeypatch, "table", "cross_sections", folder / "xs", "-f", "csv", "-o", "-") == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(io.StringIO("\n".join(lines))))
    assert [row["combined"] for row in rows] == ["108", "12.00", "12.00", "750"]


def test_rows_are_limited(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    assert call(monkeypatch, "table", "nuisances", folder / "fit", "-f", "csv", "--rows", "5") == 0
    assert sum(not line.startswith("#") for line in capsys.readouterr().out.splitlines()) == 6


def test_table_of_a_failed_fit_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "result.json").write_text(to_json(failed_result()), encoding="utf-8")
    assert call(monkeypatch, "table", "breakdown", tmp_path) == 0
    assert "FIT FAILED" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["breakdwon", "fit"], "no table 'breakdwon'; nearest: breakdown"),
        (["breakdown", "xs"], "a table 'breakdown' needs a result of -M Fit, found ttjroofit/cross_sections/1"),
        (["cross_sections", "xs", "--rows", "3"], "--rows is a choice of the table 'nuisances'"),
        (["breakdown", "nowhere"], "cannot be read: No such file"),
        (["breakdown", "fit", "-f", "word"], "'word' is not one of 'latex', 'markdown', 'csv'"),
        (["breakdown", "fit", "-o", "xs"], "a folder, but a file is written"),
    ],
)
def test_wrong_calls_are_one_message_and_write_nothing(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    folder: Path,
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(folder)
    before = sorted(folder.rglob("*"))
    assert call(monkeypatch, "table", *arguments) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.out == ""
    assert sorted(folder.rglob("*")) == before
