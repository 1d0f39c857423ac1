"""Tables with two kinds of labels, one value each: covariances, correlations, shifts of sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ttjroofit.errors import InputError, Place
from ttjroofit.inputs.hepdata.table import HepTable, Label
from ttjroofit.inputs.measurement import FloatArray

__all__ = ["BinLabels", "shift_table", "symmetric_table"]

_ASYMMETRY = 1e-4
"""Relative difference of two entries that should be equal, as rounding to few digits leaves it."""
_SAME_EDGE = 1e-6


@dataclass(frozen=True)
class BinLabels:
    """The n bins as tables may call them.

    Attributes:
        names: unique.
        ranges: lower and upper edge.
    """

    names: Sequence[str]
    ranges: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class _Entry:
    row: Label
    column: Label
    value: float
    place: Place


def symmetric_table(table: HepTable, bins: BinLabels, others: Sequence[str] = ()) -> FloatArray:
    """A symmetric matrix over the bins and then ``others``.

    Labels are names of bins, their ranges, their numbers from 1 or 0, or anything else as long as there are as many
    as bins: then the order of the table holds. One triangle is enough.

    Returns:
        Shape (n + p, n + p).

    Raises:
        InputError: with file and line: a label is unknown, an entry is missing, or two that should be equal are not.
    """
    entries = _entries(table)
    labels = list(dict.fromkeys(label for entry in entries for label in (entry.row, entry.column)))
    where = _positions(table, labels, bins, others)
    size = len(bins.names) + len(others)
    matrix = np.full((size, size), np.nan)
    for entry in entries:
        i, j = where[entry.row], where[entry.column]
        known = matrix[j, i] if i != j else np.nan
        if abs(known - entry.value) > _ASYMMETRY * max(abs(known), abs(entry.value)):
            raise InputError(
                f"table '{table.name}': {entry.value:g} for {_said(entry.row)}, {_said(entry.column)} but {known:g} "
                "the other way round; the matrix must be symmetric",
                entry.place,
            )
        matrix[i, j] = matrix[j, i] = entry.value if np.isnan(known) else (known + entry.value) / 2
    missing = np.argwhere(np.isnan(matrix))
    if len(missing):
        names = [*bins.names, *others]
        raise InputError(
            f"table '{table.name}' has no entry for {names[missing[0][0]]} and {names[missing[0][1]]} "
            f"({len(missing)} of {size**2} are missing)",
            table.place,
        )
    return matrix


def shift_table(table: HepTable, bins: BinLabels) -> dict[str, FloatArray]:
    """Sources against bins, whichever of them are the rows.

    Returns:
        Name of the source to its n shifts.

    Raises:
        InputError: neither labels are the bins, or an entry is missing or twice there.
    """
    entries = _entries(table)
    rows = list(dict.fromkeys(entry.row for entry in entries))
    columns = list(dict.fromkeys(entry.column for entry in entries))
    turned = _matching(rows, bins) is not None and _matching(columns, bins) is None
    where = _positions(table, rows if turned else columns, bins, ())
    found: dict[str, FloatArray] = {}
    for entry in entries:
        source, label = (entry.column, entry.row) if turned else (entry.row, entry.column)
        shifts = found.setdefault(str(source), np.full(len(bins.names), np.nan))
        if not np.isnan(shifts[where[label]]):
            raise InputError(f"table '{table.name}': a second shift of '{source}' in {_said(label)}", entry.place)
        shifts[where[label]] = entry.value
    for source, shifts in found.items():
        if np.any(np.isnan(shifts)):
            missing = bins.names[int(np.argmax(np.isnan(shifts)))]
            raise InputError(f"table '{table.name}' has no shift of '{source}' in {missing}", table.place)
    return found


def _entries(table: HepTable) -> list[_Entry]:
    """Two axes and a value, or one axis and a column each."""
    if len(table.axes) >= 2 and len(table.dependents) == 1:
        values = table.dependents[0]
        rows, columns = table.axes[0].labels, table.axes[1].labels
        return [
            _Entry(row, column, value, table.place_of(values, i))
            for i, (row, column, value) in enumerate(zip(rows, columns, values.values, strict=True))
            if not np.isnan(value)
        ]
    if len(table.axes) == 0 or not table.dependents:
        raise table.file.error(f"table '{table.name}' needs two independent variables, or one and a column each")
    return [
        _Entry(row, values.name, value, table.place_of(values, i))
        for values in table.dependents
        for i, (row, value) in enumerate(zip(table.axes[0].labels, values.values, strict=True))
        if not np.isnan(value)
    ]


def _positions(table: HepTable, labels: Sequence[Label], bins: BinLabels, others: Sequence[str]) -> dict[Label, int]:
    """Where each label stands in the matrix."""
    start = len(bins.names)
    place = {name: start + i for i, name in enumerate(others)}
    where = {label: place[label] for label in labels if isinstance(label, str) and label in place}
    rest = [label for label in labels if label not in where]
    matching = _matching(rest, bins)
    if matching is None and len(rest) == start:
        matching = {label: i for i, label in enumerate(rest)}
    if matching is None or len(rest) != start:
        shown = ", ".join(_said(label) for label in rest[:4])
        beside = " beside the nuisances" if others else ""
        more = ", ..." if len(rest) > 4 else ""
        raise table.file.error(
            f"table '{table.name}' has {len(rest)} labels for {start} bins{beside}: {shown}{more}; "
            "name them as the bins, by their ranges, or in their order"
        )
    return where | matching


def _matching(labels: Sequence[Label], bins: BinLabels) -> dict[Label, int] | None:
    """Labels to bins by name, range or number; None if one fits none."""
    for find in (_by_name, _by_range, _by_number):
        found = {label: find(label, bins, labels) for label in labels}
        places = {label: place for label, place in found.items() if place is not None}
        if labels and len(places) == len(labels):
            return places
    return None


def _by_name(label: Label, bins: BinLabels, _: Sequence[Label]) -> int | None:
    return list(bins.names).index(label) if isinstance(label, str) and label in bins.names else None


def _by_range(label: Label, bins: BinLabels, _: Sequence[Label]) -> int | None:
    if not isinstance(label, tuple):
        return None
    fits = [i for i, edges in enumerate(bins.ranges) if np.allclose(edges, label, rtol=0, atol=_SAME_EDGE)]
    return fits[0] if len(fits) == 1 else None


def _by_number(label: Label, bins: BinLabels, labels: Sequence[Label]) -> int | None:
    """Numbers from 1, or from 0 if 0 is among them."""
    try:
        numbers = [float(each) for each in labels if not isinstance(each, tuple)]
        number = float(label) if not isinstance(label, tuple) else np.nan
    except ValueError:
        return None
    if len(numbers) != len(labels) or not all(each.is_integer() for each in numbers):
        return None
    place = int(number) - (0 if 0 in numbers else 1)
    return place if 0 <= place < len(bins.names) else None


def _said(label: Label) -> str:
    return f"{label[0]:g}-{label[1]:g}" if isinstance(label, tuple) else f"'{label}'"
