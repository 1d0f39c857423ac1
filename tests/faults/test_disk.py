"""A disk that is full, a folder that cannot be written: one line, and the files of the run before stay."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from faults.runs import METHODS, run, write_card
from program import call
from ttjroofit.run.methods import METHODS as PROGRAMS
from ttjroofit.run.request import Outcome, Run

OLD = ("card.txt", "summary.txt", "result.json", "workspace.root", "fit.root", "spectra.pdf")


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = write_card(tmp_path_factory.mktemp("card"))
    return path


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file can become larger; Python ignores the signal, so that writing gives an error, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def with_old_files(folder: Path) -> Path:
    folder.mkdir()
    for name in OLD:
        (folder / name).write_text("old")
    return folder


def assert_untouched(folder: Path) -> None:
    # finished tasks are kept for --resume
    found = {path.name: path.read_text() for path in folder.iterdir() if path.name != ".tasks"}
    assert found == dict.fromkeys(OLD, "old")


@pytest.mark.parametrize("method", [name for name in METHODS if name != "Report"])
def test_full_disk(
    method: str, card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """ROOT wrote on where the disk was full, and a torn workspace.root was given out as a result."""
    output = with_old_files(tmp_path / "out")
    name = str(METHODS[method][1] if METHODS[method] else "Fit")
    program = PROGRAMS[name]

    def short_of_space(request: Run) -> Outcome:
        with largest_file(300):
            return program(request)

    monkeypatch.setitem(PROGRAMS, name, short_of_space)
    assert call(monkeypatch, card, *METHODS[method], "--no-plots", "-o", output) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("Error: ")
    assert "cannot be written" in lines[0]
    assert str(output) in lines[0]
    assert_untouched(output)


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """A file system of its own; only root may make one."""
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("no right to mount a file system")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def test_full_file_system(card: Path, tmp_path: Path) -> None:
    """The real thing, with the program as a process; matplotlib made an AttributeError of it in the midst of a PDF."""
    with mounted(tmp_path / "small", "size=40k") as small:
        output = with_old_files(small / "out")
        done = run(card, *METHODS["Coverage"], "-o", output)
        assert done.status == 2
        assert len(done.lines) == 1
        assert done.error.endswith("cannot be written: No space left on device\n")
        assert_untouched(output)


@pytest.fixture
def unwritable(tmp_path: Path) -> Iterator[Path]:
    """A folder that even root cannot write."""
    if os.geteuid() != 0:
        folder = tmp_path / "shut"
        folder.mkdir(mode=0o500)
        yield folder
        folder.chmod(0o700)
        return
    with mounted(tmp_path / "shut", "size=100k") as folder:
        (folder / "out").mkdir()
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        yield folder


def refuse(_: Run) -> Outcome:
    raise AssertionError("hours of work before the folder was tried")


@pytest.mark.parametrize("name", ["new/deep", "."])
def test_read_only_folder_is_told_before_the_work(
    name: str, unwritable: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(PROGRAMS, "Fit", refuse)
    assert call(monkeypatch, "cards/atlas8.txt", "-o", unwritable / name) == 2
    assert "Error: --output" in (error := capsys.readouterr().err)
    assert "Read-only file system" in error or "Permission denied" in error
    assert error.count("\n") == 1


def test_file_where_the_folder_belongs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(PROGRAMS, "Fit", refuse)
    (tmp_path / "file").write_text("mine")
    assert call(monkeypatch, "cards/atlas8.txt", "-o", tmp_path / "file") == 2
    assert "there is a file of this name; give the name of a folder" in capsys.readouterr().err
    assert call(monkeypatch, "cards/atlas8.txt", "-o", tmp_path / "file" / "out") == 2
    assert "the folder cannot be made: Not a directory" in capsys.readouterr().err
    assert (tmp_path / "file").read_text() == "mine"


def test_folder_in_the_place_of_a_file(
    card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out" / "card.txt").mkdir(parents=True)
    assert call(monkeypatch, card, "-M", "Validate", "-o", tmp_path / "out") == 2
    assert "card.txt cannot be written: there is a folder of this name" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["card.txt"]


def test_failed_call_makes_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(monkeypatch, tmp_path / "missing.txt", "-o", tmp_path / "a" / "b") == 2
    assert list(tmp_path.iterdir()) == []
