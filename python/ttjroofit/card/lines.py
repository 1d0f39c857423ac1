"""The effective lines of a card: comments dropped, includes in their place, each with file and line number."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ttjroofit.errors import CardError, Place, nearest_names
from ttjroofit.files import control_character, read_bytes, siblings

__all__ = ["Line", "quote", "read_lines", "real_path", "seems_cut", "split_at", "split_columns"]

_COMMENT = re.compile(r'("[^"]*")|#.*')
_LARGEST = 2**22  # bytes of a card or an included file
_MOST_FILES, _MOST_LINES = 100, 100_000  # each file waits for those that it includes, and lines for their card
_COLUMN = re.compile(r'"([^"]*)"|(\S+)')


@dataclass(frozen=True)
class Line:
    """A line that says something: ``text`` has neither comment nor outer blanks."""

    text: str
    place: Place

    @property
    def columns(self) -> list[str]:
        """The columns, double quotes removed."""
        return split_columns(self.text)

    def error(self, message: str) -> CardError:
        """Make the error that says what is wrong with this line."""
        return CardError(message, self.place)


def split_columns(text: str) -> list[str]:
    """Split at blanks; a column in double quotes may hold blanks and ``#``."""
    return [match[1] if match[1] is not None else match[2] for match in _COLUMN.finditer(text)]


def split_at(text: str, column: int) -> tuple[str, str, str]:
    """Split a line into all before a column, blanks included, that column, and all after it."""
    match = list(_COLUMN.finditer(text))[column]
    return text[: match.start()], split_columns(match[0])[0], text[match.end() :]


def quote(column: str) -> str:
    """Write a column so that `split_columns` gives it back."""
    return f'"{column}"' if re.search(r"[\s#]", column) or not column else column


def real_path(folder: Path, file: str) -> Path:
    """Resolve a file name of a card against the card's folder; the file need not exist."""
    return Path(os.path.realpath(folder / file))


def read_lines(path: Path) -> tuple[Line, ...]:
    """Read a card with all its includes.

    Args:
        path: the card.

    Returns:
        The lines in the order in which they count; ``include`` lines are replaced by what they include.

    Raises:
        CardError: if a file is missing, unreadable, empty or not text, or is included twice or by itself; if there are
            more than 100 files or 100 000 lines.
    """
    text = _read_text(path, Place(path), "the card")
    every = _effective_lines(path, text, {real_path(path.parent, path.name): Place(path)})
    lines = tuple(islice(every, _MOST_LINES + 1))
    if len(lines) > _MOST_LINES:
        raise lines[-1].error(f"more than {_MOST_LINES} lines with all includes; is this file a card?")
    return lines


def seems_cut(place: Place) -> bool:
    """Say whether a place is at the end of a file that does not end in a newline."""
    try:
        content = read_bytes(place.path, _LARGEST)
    except OSError:
        return False
    last = content.count(b"\n") + 1
    return bool(content) and not content.endswith((b"\n", b"\r")) and place.line in (None, last)


def _effective_lines(path: Path, text: str, read: dict[Path, Place]) -> Iterator[Line]:
    for number, raw in enumerate(text.split("\n"), start=1):
        stripped = _COMMENT.sub(lambda match: match[1] or "", raw).strip()
        if not stripped or stripped.startswith("--"):
            continue
        line = Line(stripped, Place(path, number))
        if line.columns[0] == "include":
            yield from _included_lines(line, read)
        else:
            yield line


def _included_lines(line: Line, read: dict[Path, Place]) -> Iterator[Line]:
    columns = line.columns
    if len(columns) != 2:
        raise line.error(f"'{line.text}' must name exactly one file: write include FILE")
    path = line.place.path.parent / columns[1]
    real = real_path(path.parent, path.name)
    if real in read:
        raise line.error(
            f"'{columns[1]}' is included twice, or includes itself: it was first read at {read[real]}; "
            "remove this include"
        )
    read[real] = line.place
    if len(read) > _MOST_FILES:
        raise line.error(f"more than {_MOST_FILES} files are included; put them together")
    text = _read_text(path, line.place, f"the included file '{columns[1]}'")
    yield from _effective_lines(path, text, read)


def _read_text(path: Path, asked: Place, what: str) -> str:
    """Read a text file.

    Args:
        path: the file.
        asked: who asked for it, the place of the error if it cannot be read.
        what: what it is, for the error.
    """
    try:
        content = read_bytes(path, _LARGEST)
    except FileNotFoundError:
        raise CardError(_missing(path, what), asked) from None
    except OSError as error:
        raise CardError(f"{what} cannot be read: {error.strerror}", asked) from None
    if not content.strip():
        raise CardError(f"{what} is empty ({len(content)} bytes)", Place(path))
    return _decode(path, content)


def _decode(path: Path, content: bytes) -> str:
    cure = "a card is plain text in UTF-8; was another file given?"
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = Place(path, content.count(b"\n", 0, error.start) + 1)
        raise CardError(f"byte 0x{content[error.start]:02x} is not UTF-8 text; {cure}", place) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    control = control_character(text)
    if control:
        place = Place(path, text.count("\n", 0, control.start()) + 1)
        raise CardError(f"control character 0x{ord(control[0]):02x} found; {cure}", place)
    return text


def _missing(path: Path, what: str) -> str:
    near = nearest_names(path.name, siblings(path))
    return f"{what} does not exist" + (f"; {near}" if near else "")
