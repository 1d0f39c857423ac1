"""All files of a run, each whole, or none of them."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from ttjroofit.errors import OptionError
from ttjroofit.run.output import OutputFolder, write_whole


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_text_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b"
    folder = OutputFolder(path)
    folder.write_text("x.txt", "hello")
    assert not (path / "x.txt").exists()
    assert folder.publish() == (path / "x.txt",)
    assert (path / "x.txt").read_text() == "hello"
    assert names(path) == ["x.txt"]
    assert (path / "x.txt").stat().st_mode & 0o444 == 0o444, "results are for everybody"


def test_a_write_that_breaks_leaves_the_old_files(tmp_path: Path) -> None:
    (tmp_path / "x.root").write_text("old")
    (tmp_path / "y.txt").write_text("old")
    folder = OutputFolder(tmp_path)
    folder.write_text("y.txt", "new")

    def break_off(path: str) -> None:
        Path(path).write_text("half")
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        folder.write_root("x.root", break_off)
    del folder
    gc.collect()
    assert [(tmp_path / name).read_text() for name in names(tmp_path)] == ["old", "old"]


def test_what_stands_in_the_way_keeps_all_files_out(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("old")
    (tmp_path / "y.txt").mkdir()
    folder = OutputFolder(tmp_path)
    folder.write_text("x.txt", "new")
    folder.write_text("y.txt", "new")
    with pytest.raises(OptionError, match=r"y\.txt cannot be written: there is a folder of this name"):
        folder.publish()
    assert (tmp_path / "x.txt").read_text() == "old"


def test_the_seal_is_missing_while_files_are_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that ends between two files does not leave a result beside figures of another one."""
    for name in ("a.txt", "b.txt", "result.json"):
        (tmp_path / name).write_text("old")
    folder, moves, move = OutputFolder(tmp_path), 0, Path.replace
    for name in ("a.txt", "b.txt", "result.json"):
        folder.write_text(name, "new")

    def move_one(self: Path, target: Path) -> Path:
        nonlocal moves
        moves += 1
        if moves == 2:
            raise OSError(5, "Input/output error")
        return move(self, target)

    monkeypatch.setattr(Path, "replace", move_one)
    with pytest.raises(OptionError, match=r"b\.txt cannot be written: Input/output error"):
        folder.publish()
    assert not (tmp_path / "result.json").exists()
    assert [(tmp_path / name).read_text() for name in ("a.txt", "b.txt")] == ["new", "old"]


def test_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OptionError, match=r"--output .*file/out: the folder cannot be made"):
        OutputFolder(tmp_path / "file" / "out")
    with pytest.raises(OptionError, match=r"--output .*file: there is a file of this name"):
        OutputFolder(tmp_path / "file")


def test_one_file_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a" / "x.txt"
    write_whole(path, "old")
    assert path.stat().st_mode & 0o444 == 0o444

    # changing the mask, if only to read it, changes that of other threads, which give signs of life of jobs
    monkeypatch.setattr("os.umask", lambda _: pytest.fail("the mask is of the whole process"))
    write_whole(path, "old")

    def refuse(*_: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OptionError, match=r"x\.txt cannot be written: No space left"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert names(path.parent) == ["x.txt"]
