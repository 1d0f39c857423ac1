"""Blocks of a Convino file: ``[name]`` ... ``[end name]``; everything outside them is comment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from ttjroofit.errors import InputError, Place
from ttjroofit.files import LARGEST_NUMBER, is_file
from ttjroofit.inputs.yaml_file import read_text

__all__ = ["Block", "Counted", "Entry", "assignments", "counted", "number", "read_blocks"]

_MOST_INCLUDES, _DEEPEST = 1000, 100
_MISSPELT = 0.75
"""Likeness from which on a line in brackets is a block with a wrong name rather than a comment."""

_MARKER = re.compile(r"\[([^\[\]]*)\]\s*(?:#.*)?")
_INCLUDE = re.compile(r"#!\s*FILE\s*=\s*(.*)")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


@dataclass(frozen=True)
class Entry:
    """A line of a block that says something: without comment and outer blanks."""

    text: str
    place: Place

    def error(self, message: str) -> InputError:
        """An error at this line, to be raised by the caller."""
        return InputError(message, self.place)


@dataclass(frozen=True)
class Block:
    """A block by its name, with the place of its first line and its entries."""

    name: str
    place: Place
    entries: tuple[Entry, ...]


def read_blocks(path: Path, known: Sequence[str]) -> dict[str, Block]:
    """Read the blocks of a file.

    Args:
        path: the file; a line ``#!FILE = x.txt`` inside a block stands for the lines of that file.
        known: names of the blocks that this kind of file has, as they are written; blanks do not count.

    Returns:
        Name to block, for those that the file has.

    Raises:
        InputError: a block is unknown, opened twice, not closed or not opened, or a file is missing or includes itself.
    """
    names = {_squeeze(name): name for name in known}
    lines, included = _numbered(path), _Included()
    ended = {_squeeze(inner)[3:] for inner in _markers(lines) if _squeeze(inner).startswith("end")}
    blocks: dict[str, Block] = {}
    start: Entry | None = None
    entries: list[Entry] = []
    for line in lines:
        marker = _MARKER.fullmatch(line.text)
        if marker is None:
            entries += _effective(line, (path.resolve(),), included) if start is not None else []
            continue
        inner = _squeeze(marker[1])
        if start is not None:
            _check_end(line, inner, start)
            name = names[_squeeze(start.text)]
            blocks[name] = Block(name, start.place, tuple(entries))
            start, entries = None, []
        elif inner in names:
            if names[inner] in blocks:
                raise line.error(
                    f"block [{names[inner]}] is opened twice, first in line {_line_of(blocks[names[inner]])}"
                )
            start = Entry(names[inner], line.place)
        else:
            _check_comment(line, marker[1], names, ended)
    if start is not None:
        raise start.error(f"block [{start.text}] is not closed: [end {start.text}] is missing; is the file cut?")
    return blocks


def assignments(block: Block) -> Iterator[tuple[str, str, Entry]]:
    """The ``key = value`` lines of a block; a semicolon at the end is dropped.

    Raises:
        InputError: a line is no assignment.
    """
    for entry in block.entries:
        key, sign, value = (part.strip() for part in entry.text.rstrip("; \t").partition("="))
        if not sign or not key or not value:
            raise entry.error(f"'{entry.text}' in [{block.name}] is not of the form name = value")
        yield key, value, entry


@dataclass(frozen=True)
class Counted:
    """``N`` items whose keys end in 0 to N-1: key to its value and line."""

    count: int
    values: Mapping[str, tuple[str, Entry]]


def counted(block: Block, total: str, stems: Sequence[str]) -> Counted:
    """Read a block like ``nFiles = 2``, ``file0 = a.txt``, ``file1 = b.txt``.

    Args:
        block: to read.
        total: key of the number of items.
        stems: what the keys of each item begin with; its number follows.

    Raises:
        InputError: a key is unknown, stated twice, missing or beyond the number.
    """
    found: dict[str, tuple[str, Entry]] = {}
    for key, value, entry in assignments(block):
        if key != total and not any(re.fullmatch(rf"{stem}[0-9]+", key) for stem in stems):
            examples = ", ".join(f"{stem}{i}" for i in (0, 1) for stem in stems)
            raise entry.error(f"unknown key '{key}' in [{block.name}]: write {total}, {examples}, ...")
        if key in found:
            raise entry.error(f"{key} is stated twice, first in line {found[key][1].place.line}; remove one")
        found[key] = value, entry
    if total not in found:
        raise InputError(f"{total} is missing in [{block.name}]", block.place)
    text, entry = found.pop(total)
    if not re.fullmatch(r"[1-9][0-9]{0,4}", text):
        raise entry.error(f"{total} is '{text}', expected a number from 1")
    wanted = [f"{stem}{i}" for i in range(int(text)) for stem in stems]
    for key in wanted:
        if key not in found:
            raise entry.error(f"{total} is {text} but {key} is missing")
    for key, (_, place) in found.items():
        if key not in wanted:
            raise place.error(f"{key} is beyond {total} = {text}: they count from 0; correct {total}")
    return Counted(int(text), found)


def number(entry: Entry, text: str, what: str) -> float:
    """Read a finite number; ``what`` says for the error which one it is."""
    if not _NUMBER.fullmatch(text):
        raise entry.error(f"{what} '{text}' is not a number")
    value = float(text)
    if abs(value) > LARGEST_NUMBER:
        raise entry.error(f"{what} '{text}' is too large: use another unit")
    return value


def _squeeze(name: str) -> str:
    return "".join(name.split())


def _numbered(path: Path) -> list[Entry]:
    return [Entry(text.strip(), Place(path, i)) for i, text in enumerate(read_text(path).splitlines(), start=1)]


def _markers(lines: Sequence[Entry]) -> Iterator[str]:
    for line in lines:
        if marker := _MARKER.fullmatch(line.text):
            yield marker[1]


def _line_of(block: Block) -> int | None:
    return block.place.line


@dataclass
class _Included:
    """How many times a file was included: two includes in each of 30 files are a billion."""

    times: int = 0


def _effective(line: Entry, readers: tuple[Path, ...], included: _Included) -> Iterator[Entry]:
    """What a line inside a block says; ``readers`` are the files that are being read, the innermost last."""
    include = _INCLUDE.match(line.text)
    if include is None:
        text = line.text.partition("#")[0].strip()
        if text:
            yield Entry(text, line.place)
        return
    file = include[1].rstrip("; \t")
    path = line.place.path.parent / file
    if not file:
        raise line.error("no file name after #!FILE =")
    if path.resolve() in readers:
        raise line.error(f"'{file}' includes itself; remove this line")
    if not is_file(path):
        raise line.error(f"there is no file '{file}' to include (looked for {path})")
    included.times += 1
    if included.times > _MOST_INCLUDES or len(readers) > _DEEPEST:
        raise line.error(
            f"more than {_MOST_INCLUDES} includes, or more than {_DEEPEST} within each other; put the files together"
        )
    for inner in _numbered(path):
        yield from _effective(inner, (*readers, path.resolve()), included)


def _check_end(line: Entry, inner: str, start: Entry) -> None:
    if inner != "end" + _squeeze(start.text):
        raise line.error(
            f"{line.text} inside block [{start.text}] of line {start.place.line}: [end {start.text}] is missing"
        )


def _check_comment(line: Entry, inner: str, names: Mapping[str, str], ended: set[str]) -> None:
    """A line in brackets outside all blocks is a comment unless it looks like a block."""
    squeezed = _squeeze(inner)
    if squeezed.startswith("end") and squeezed[3:] in names:
        raise line.error(f"{line.text} closes a block that is not open")
    near = [names[name] for name in get_close_matches(squeezed, names, cutoff=_MISSPELT)]
    if squeezed in ended or (near and not squeezed.startswith("end")):
        cure = f"nearest: {', '.join(near)}" if near else "known: " + ", ".join(names.values())
        raise line.error(f"unknown block {line.text}; {cure}")
