"""Tables as the page shows them: text, and the number that a column is sorted by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, isfinite, log10

from ttjroofit.show.numbers import fixed

__all__ = ["Cell", "Table", "number", "quantity", "rows_of", "words"]


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        text: as shown.
        key: what the column is sorted by; None to sort by the text.
        numeric: whether it is set to the right.
    """

    text: str
    key: float | None = None
    numeric: bool = False


@dataclass(frozen=True)
class Table:
    """One table; the first cell of a row is its header.

    Attributes:
        name: part of the identifiers on the page: letters, digits, hyphens.
        caption: what it shows, with units.
        columns: headers.
        rows: cells, as many a row as columns.
        interactive: whether it can be sorted and searched.
    """

    name: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    interactive: bool = False


def words(text: str) -> Cell:
    """A cell of text."""
    return Cell(text)


def number(value: float | None, digits: int = 2, text: str | None = None) -> Cell:
    """A cell with a number, rounded unless its text is given, sorted by all its digits; empty without a number."""
    if value is None:
        return Cell(text or "", numeric=True)
    return Cell(fixed(value, digits) if text is None else text, value if isfinite(value) else None, numeric=True)


def quantity(value: float, digits: int = 4, unit: str = "") -> Cell:
    """A cell with a number of some significant digits, never in powers of ten unless it is tiny or huge."""
    if not isfinite(value):
        return Cell("n/a", numeric=True)
    size = floor(log10(abs(value))) if value else 0
    text = fixed(value, max(digits - 1 - size, 0)) if -digits <= size < 9 else f"{value:.{digits - 1}e}"
    return Cell(f"{text} {unit}".rstrip(), value, numeric=True)


def rows_of(facts: Sequence[tuple[str, str]]) -> tuple[tuple[Cell, ...], ...]:
    """Rows of a table of names and texts, those without a text left out."""
    return tuple((words(name), words(text)) for name, text in facts if text)
