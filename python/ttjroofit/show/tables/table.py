"""A table before it is written in a format: text and rounded numbers in columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from ttjroofit.show.rounding import Rounded

__all__ = ["Cell", "Column", "Table"]

Cell = str | Rounded


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        header: what people read.
        kind: ``text`` for names, ``number``, or ``value`` for numbers with errors, three columns in CSV.
    """

    header: str
    kind: Literal["text", "number", "value"] = "number"


@dataclass(frozen=True)
class Table:
    """Rows of cells under columns.

    Attributes:
        title: one sentence.
        columns: in order.
        rows: as many cells each as there are columns; Rounded stands only in columns of kind ``value``.
        notes: what must be read with the numbers; a failed fit says so in the first.
        long: whether it may need several pages.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = field(default_factory=tuple)
    long: bool = False
