"""Files are whole or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from ttjroofit.errors import OptionError
from ttjroofit.run.output import OutputFolder


def test_text_is_written(tmp_path: Path) -> None:
    folder = OutputFolder(tmp_path / "a" / "b")
    folder.write_text("x.txt", "hello")
    assert (tmp_path / "a" / "b" / "x.txt").read_text() == "hello"
    assert folder.written == [tmp_path / "a" / "b" / "x.txt"]


def test_a_write_that_breaks_leaves_the_old_file(tmp_path: Path) -> None:
    folder = OutputFolder(tmp_path)
    folder.write_text("x.root", "old")

    def break_off(path: str) -> None:
        Path(path).write_text("half")
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        folder.write_root("x.root", break_off)
    assert (tmp_path / "x.root").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["x.root"]


def test_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OptionError, match=r"--output .*file/out: the folder cannot be made"):
        OutputFolder(tmp_path / "file" / "out")
