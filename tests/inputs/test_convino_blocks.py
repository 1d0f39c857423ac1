"""Blocks of Convino files: markers, comments, included files."""

from __future__ import annotations

from pathlib import Path

import pytest

from ttjroofit.errors import InputError, Place
from ttjroofit.inputs.convino.blocks import Block, assignments, read_blocks

KNOWN = ("inputs", "not fitted")


def read(folder: Path, text: str, **included: str) -> dict[str, Block]:
    for name, content in included.items():
        (folder / f"{name}.txt").write_text(content, encoding="utf-8")
    path = folder / "file.txt"
    path.write_text(text, encoding="utf-8")
    return read_blocks(path, KNOWN)


def test_blocks_and_comments(tmp_path: Path) -> None:
    text = "free text = x\n[1] a reference\n[ inputs ]  # start\n a = b # c\n# d = e\n\n[endinputs]\n"
    text += "[note]\n[notfitted]\n[end not fitted]"
    blocks = read(tmp_path, text)
    assert list(blocks) == ["inputs", "not fitted"]
    assert [(entry.text, entry.place) for entry in blocks["inputs"].entries] == [
        ("a = b", Place(tmp_path / "file.txt", 4))
    ]
    assert blocks["not fitted"].entries == ()
    assert blocks["not fitted"].place.line == 9


def test_included_lines_keep_their_places(tmp_path: Path) -> None:
    text = "#!FILE = outside.txt\n[inputs]\na = 1\n#!FILE = one.txt\nc = 3\n[end inputs]\n"
    entries = read(tmp_path, text, one="b = 2 # x\n#! FILE=two.txt\n", two="d = 4;\n# e\n")["inputs"].entries
    assert [(entry.text, entry.place.path.name, entry.place.line) for entry in entries] == [
        ("a = 1", "file.txt", 3),
        ("b = 2", "one.txt", 1),
        ("d = 4;", "two.txt", 1),
        ("c = 3", "file.txt", 5),
    ]


def test_a_file_may_be_included_twice(tmp_path: Path) -> None:
    text = "[inputs]\n#!FILE = one.txt\n#!FILE = one.txt\n[end inputs]\n"
    assert len(read(tmp_path, text, one="a = 1\n")["inputs"].entries) == 2


def test_assignments_drop_a_semicolon(tmp_path: Path) -> None:
    block = read(tmp_path, "[inputs]\n a=1; \n b = x = y\n[end inputs]\n")["inputs"]
    assert [(key, value) for key, value, _ in assignments(block)] == [("a", "1"), ("b", "x = y")]


BAD = {
    "unknown": ("[input]\n[end input]\n", r"file\.txt:1: unknown block \[input\]; nearest: inputs"),
    "unknown and far": ("[zzz]\n[end zzz]\n", r"file\.txt:1: unknown block \[zzz\]; known: inputs, not fitted"),
    "twice": ("[inputs]\n[end inputs]\n[inputs]\n", r"file\.txt:3: block \[inputs\] is opened twice, first in line 1"),
    "not closed": ("\n[inputs]\na = 1\n", r"file\.txt:2: block \[inputs\] is not closed: .*is the file cut"),
    "other inside": ("[inputs]\n[not fitted]\n", r"file\.txt:2: \[not fitted\] inside block \[inputs\] of line 1"),
    "other end": ("[inputs]\n[end not fitted]\n", r"file\.txt:2: \[end not fitted\] inside block \[inputs\] of line 1"),
    "not open": ("[end inputs]\n", r"file\.txt:1: \[end inputs\] closes a block that is not open"),
    "missing file": ("[inputs]\n#!FILE = no.txt\n", r"file\.txt:2: there is no file 'no\.txt' to include"),
    "no file": ("[inputs]\n#!FILE =\n", r"file\.txt:2: no file name after #!FILE ="),
    "itself": ("[inputs]\n#!FILE = file.txt\n", r"file\.txt:2: 'file\.txt' includes itself; remove this line"),
    "cycle": ("[inputs]\n#!FILE = one.txt\n", r"one\.txt:1: 'file\.txt' includes itself; remove this line"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_blocks(tmp_path: Path, case: str) -> None:
    text, message = BAD[case]
    with pytest.raises(InputError, match=message):
        read(tmp_path, text, one="#!FILE = file.txt\n")


def test_not_text(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes(b"[inputs]\n\xff\xfe")
    with pytest.raises(InputError, match=r"file\.txt: not a text file"):
        read_blocks(path, KNOWN)
