"""Surroundings that are not as they should be: nobody reads, nothing can be printed, no home, no memory."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from faults.runs import CARDS, METHODS, finish, found_wrong, run, start
from program import call
from ttjroofit.run.methods import METHODS as PROGRAMS
from ttjroofit.run.request import Outcome, Run

CARD = CARDS / "atlas8.txt"


def test_reader_that_goes_away(tmp_path: Path) -> None:
    """``ttjroofit ... | head -1``: the status is that of the run."""
    reading, writing = os.pipe()
    os.close(reading)
    with start(CARD, "-M", "Validate", "-o", tmp_path, stdout=writing) as process:
        os.close(writing)
        done = finish(process)
    assert (done.status, done.error) == (0, "")
    assert found_wrong(tmp_path) == []
    reading, writing = os.pipe()
    os.close(reading)
    with start("table", "breakdown", "--help", stdout=writing) as process:
        os.close(writing)
        done = finish(process)
    assert (done.status, done.error) == (0, "")


def test_output_that_cannot_be_written(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = run(CARD, "-M", "Validate", "-o", tmp_path, stdout=full)
        assert (done.status, len(done.lines)) == (2, 1)
        assert "No space left on device" in done.error
        assert run(CARD, "-M", "Validate", "-o", tmp_path, stdout=full, stderr=full).status == 2
    assert found_wrong(tmp_path) == []


def test_no_streams_at_all(tmp_path: Path) -> None:
    command = f"exec python -m ttjroofit {CARD} -M Validate -o {tmp_path / 'out'} <&- >&- 2>&-"
    assert subprocess.run(["sh", "-c", command], check=False).returncode == 0
    assert found_wrong(tmp_path / "out") == []
    assert (tmp_path / "out" / "result.json").exists()


def test_poor_surroundings(tmp_path: Path) -> None:
    """No home, no folder for caches and temporary files, a terminal that knows ASCII only; figures are drawn."""
    poor = {
        "HOME": None,
        "TMPDIR": "/nonexistent",
        "MPLCONFIGDIR": "/proc/nowhere",
        "XDG_CACHE_HOME": "/proc/nowhere",
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONIOENCODING": "ascii",
    }
    done = run(CARD, *METHODS["GoodnessOfFit"], "-o", tmp_path / "out", env=poor)
    assert done.status == 0
    assert "Traceback" not in done.error
    assert found_wrong(tmp_path / "out") == []
    assert list((tmp_path / "out").glob("*.png"))


def test_name_that_is_no_text(tmp_path: Path) -> None:
    card = tmp_path / os.fsdecode(b"a\xff.txt")
    done = run(card, "-o", tmp_path / "out")
    assert done.status == 2
    assert done.lines == [
        f"Error: {tmp_path}/a\\udcff.txt: no text in UTF-8; results hold the names of cards and folders: rename it"
    ]


def test_too_little_memory_for_root(tmp_path: Path) -> None:
    """ROOT printed 900 lines of its stack, and crashed or waited for ever; what needs no ROOT is done."""
    done = run(CARD, "-o", tmp_path / "out", "--no-plots", prefix=["prlimit", f"--as={900 * 2**20}"])
    assert (done.status, len(done.lines)) == (2, 1)
    assert done.error.startswith("Error: ROOT needs 1.2 GB of address space, `ulimit -v` allows 0.88 GB: raise it")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (MemoryError(), "Error: out of memory: ask for fewer workers"),
        (OSError(5, "Input/output error", "x.yaml"), "Error: x.yaml: Input/output error"),
        (BrokenPipeError(32, "Broken pipe"), "Error: reading or writing failed: Broken pipe"),
    ],
)
def test_errors_of_the_machine(
    error: Exception, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: Run) -> Outcome:
        raise error

    monkeypatch.setitem(PROGRAMS, "Fit", fail)
    assert call(monkeypatch, CARD, "-o", tmp_path / "out") == 2
    assert capsys.readouterr().err.startswith(text)
    assert list(tmp_path.iterdir()) == []
