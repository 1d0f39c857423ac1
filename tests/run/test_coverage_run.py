"""``-M Coverage`` through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from program import call

CARDS = Path(__file__).parents[2] / "cards"


def test_files_and_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ["-M", "Coverage", "-t", 200, "-s", 5, "-o", tmp_path]
    assert call(monkeypatch, CARDS / "atlas8_cms13.txt", *options) == 0
    names = {path.name for path in tmp_path.iterdir()}
    figures = {f"coverage_{what}.{kind}" for what in ("m_t", "bins") for kind in ("pdf", "png")}
    assert names == {"card.txt", "summary.txt", "result.json", *figures}
    document = json.loads((tmp_path / "result.json").read_text())
    assert document["schema"] == "ttjroofit/coverage/1"
    assert (document["toys"], document["seed"], document["unconverged"]) == (200, 5, 0)
    assert list(document["masses"]["m_t"]["choices"]) == ["published", "zero"]
    assert len(document["bins"]) == 12


def test_same_bytes_on_two_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = []
    for folder, options in (("one", []), ("two", ["--parallel", 2])):
        output = tmp_path / folder
        arguments = ["-M", "Coverage", "-t", 2100, "--no-plots", "-o", output, *options]
        assert call(monkeypatch, CARDS / "cms13.txt", *arguments) == 0
        document = json.loads((output / "result.json").read_text())
        del document["timing_s"]
        documents.append(json.dumps(document))
    assert documents[0] == documents[1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-t", -1], "-M Coverage throws toys: give their number, -t N, or leave out -t"),
        (["--pulls", "zero"], "-M Coverage studies published and zero pulls: leave out --pulls"),
        (["-t", 10, "--saveToys"], "leave out --toysFile and --saveToys"),
        (["--toysFile", "toys.root"], "leave out --toysFile and --saveToys"),
    ],
)
def test_options_that_make_no_sense(
    options: list[object],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call(monkeypatch, CARDS / "cms13.txt", "-M", "Coverage", "-o", tmp_path / "out", *options) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.rglob("result.json"))
