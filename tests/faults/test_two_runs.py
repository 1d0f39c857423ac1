"""Two runs into one folder: the second is told at once who is at work; a lock of a dead process is none."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from program import call
from ttjroofit.errors import OptionError
from ttjroofit.run.claim import Claim
from ttjroofit.run.output import OutputFolder

HOLD = """
import sys, time
from pathlib import Path
from ttjroofit.run.output import OutputFolder
folder = OutputFolder(Path(sys.argv[1]))
folder.write_text("card.txt", "of the other")
print("held", flush=True)
sys.stdin.readline()
folder.write_text("result.json", "{}")
folder.publish()
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that is at work in ``out``."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "out")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


@pytest.mark.parametrize("method", ["Fit", "Validate"])
def test_second_run_names_the_first(
    method: str,
    other: subprocess.Popen[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call(monkeypatch, "cards/atlas8.txt", "-M", method, "-o", tmp_path / "out") == 2
    error = capsys.readouterr().err
    assert f"--output {tmp_path / 'out'}: another run is at work there (process {other.pid} on " in error
    assert error.count("\n") == 1
    assert other.stdin is not None
    other.stdin.write("\n")
    other.stdin.close()
    assert other.wait(10) == 0
    assert {path.name: path.read_text() for path in (tmp_path / "out").iterdir()} == {
        "card.txt": "of the other",
        "result.json": "{}",
    }


def test_killed_process_has_no_lock(other: subprocess.Popen[str], tmp_path: Path) -> None:
    other.kill()
    other.wait()
    output = tmp_path / "out"
    left = sorted(path.name for path in output.iterdir())
    assert left[0] == ".lock"
    assert left[1].startswith(".writing_")
    folder = OutputFolder(output)
    folder.write_text("card.txt", "ours")
    folder.publish()
    assert {path.name: path.read_text() for path in output.iterdir()} == {"card.txt": "ours"}


def test_process_may_claim_what_it_has(tmp_path: Path) -> None:
    output = tmp_path / "out"
    with Claim(output):
        with Claim(output):
            assert (output / ".lock").read_text().startswith(f"process {os.getpid()} on ")
        assert (output / ".lock").exists(), "the inner one has let go of the lock of the outer one"
        folder = OutputFolder(output)
        folder.write_text("a.txt", "a")
        folder.publish()
        assert (output / ".lock").exists()
    assert [path.name for path in output.iterdir()] == ["a.txt"]


def test_folder_that_was_made_for_nothing_is_removed(tmp_path: Path) -> None:
    with Claim(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b" / ".lock").exists()
    assert list(tmp_path.iterdir()) == []
    folder = OutputFolder(tmp_path / "c")
    folder.write_text("a.txt", "never published")
    del folder
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_link_is_no_lock(tmp_path: Path) -> None:
    """Nobody has our process write elsewhere."""
    (tmp_path / "mine").write_text("mine")
    (tmp_path / ".lock").symlink_to(tmp_path / "mine")
    with pytest.raises(OptionError, match="nothing can be written there: Too many levels of symbolic links"):
        Claim(tmp_path)
    assert (tmp_path / "mine").read_text() == "mine"


def test_process_of_the_same_number_in_another_container(tmp_path: Path) -> None:
    """It used to be taken for this process, and both wrote into the folder."""
    pretend = f"import os\nos.getpid = lambda: {os.getpid()}\n"
    command = [sys.executable, "-c", pretend + HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(OptionError, match=rf"at work there \(process {os.getpid()} on [^\n]*\); wait for it"):
            Claim(tmp_path)
        process.kill()


@pytest.fixture
def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on some network file systems."""

    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", refuse)


@pytest.mark.usefixtures("without_locks")
def test_file_system_without_locks(tmp_path: Path) -> None:
    with Claim(tmp_path / "out"):
        (tmp_path / "out" / "a.txt").write_text("a")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.txt"]


@pytest.mark.usefixtures("without_locks")
def test_without_locks_nobody_removes_the_files_of_others(tmp_path: Path) -> None:
    """The second run used to take the files of the first, at work, for those of a dead one."""
    first = OutputFolder(tmp_path)
    first.write_text("a.txt", "of the first")
    second = OutputFolder(tmp_path)
    second.write_text("b.txt", "of the second")
    first.publish()
    second.publish()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "b.txt"]
