"""Tables of values in bins as CSV, for instance digitised curves."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from ttjroofit.errors import InputError, Place, suggestion
from ttjroofit.files import LARGEST_NUMBER
from ttjroofit.inputs.calculation.histogram import Histogram, Quantity, make_histogram
from ttjroofit.inputs.calculation.points import USUAL_MASS, Point, Points, add_point
from ttjroofit.inputs.yaml_file import read_text

__all__ = ["CurveOptions", "read_curves"]

_LONG = ("mass", "low", "high", "value", "error", "muR", "muF", "pdf")
_WIDE = ("low", "high", "MASS", "error_MASS", "scale_MUR_MUF", "pdf_MEMBER")
_NUMBER = r"([0-9]+(?:\.[0-9]+)?)"
_COLUMN = re.compile(
    rf"(?:m_)?(?P<mass>{_NUMBER})|error_(?:m_)?(?P<error>{_NUMBER})|scale_(?P<mur>{_NUMBER})_(?P<muf>{_NUMBER})"
    r"|pdf_(?P<member>[0-9]{1,4})",
    re.ASCII,
)
_LARGEST = {"mass": 1e4, "muR": 1e3, "muF": 1e3}


@dataclass(frozen=True)
class CurveOptions:
    """What a table does not say.

    Attributes:
        quantity: what the values are; None if all bins are equally wide.
        relative_error: Monte Carlo uncertainty of values without one, over the value; None if there is none.
        multinomial: uncertainties are those of the shares of one sample; else of independent bins.
        nominal_mass: GeV, of columns with scales and PDF members; None for the mass nearest to 172.5.
    """

    quantity: Quantity | None = None
    relative_error: float | None = None
    multinomial: bool = False
    nominal_mass: float | None = None


class _Bin(NamedTuple):
    low: float
    high: float
    value: float
    error: float | None
    place: Place


class _Row(NamedTuple):
    """Column to text, and where the line stands."""

    cells: Mapping[str, str]
    place: Place

    def number(self, column: str) -> float:
        """A finite number."""
        text = self.cells[column]
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not abs(value) <= LARGEST_NUMBER or "_" in text:
            raise InputError(f"'{text[:40]}' in column '{column}' is no number", self.place)
        return value

    def positive(self, column: str) -> float:
        """A mass or a factor on a scale."""
        value = self.number(column)
        if not 0 < value <= _LARGEST[column]:
            raise InputError(
                f"{value:g} in column '{column}' must be positive and at most {_LARGEST[column]:g}", self.place
            )
        return value


def read_curves(paths: Sequence[Path], options: CurveOptions) -> Points:
    """Read tables in the long form (a column ``mass``) or the wide form (a column a mass).

    Args:
        paths: of the files; together they are one calculation.
        options: what they do not say.

    Raises:
        InputError: with file and line, if something cannot be read, or bins leave a gap or overlap.
    """
    points: Points = {}
    for path in paths:
        rows = _rows(path)
        columns = list(rows[0].cells)
        bins = _long(rows, columns) if "mass" in columns else _wide(rows, columns, options)
        for point, content in bins.items():
            add_point(points, point, _histogram(point, content, options))
    return points


def _rows(path: Path) -> list[_Row]:
    """Lines under the header; empty ones and comments are passed over."""
    # spreadsheets begin with a mark of the byte order; quotes in a comment open no cell
    lines = read_text(path).removeprefix("\ufeff").split("\n")
    reader = csv.reader(
        ("" if line.lstrip().startswith("#") else line for line in lines), strict=True, skipinitialspace=True
    )
    rows: list[_Row] = []
    header: list[str] | None = None
    try:
        for cells in reader:
            words, place = [cell.strip() for cell in cells], Place(path, reader.line_num)
            if not any(words) or words[0].startswith("#"):
                continue
            if header is None:
                header = _header(words, place)
            elif len(words) != len(header):
                raise InputError(f"{len(words)} cells, the header has {len(header)}", place)
            else:
                rows.append(_Row(dict(zip(header, words, strict=True)), place))
    except csv.Error as error:
        raise InputError(f"not CSV: {error}", Place(path, reader.line_num)) from None
    if not rows:
        raise InputError("no lines under a header", Place(path))
    return rows


def _header(words: list[str], place: Place) -> list[str]:
    twice = next((word for word in words if words.count(word) > 1), None)
    if twice is not None:
        raise InputError(f"column '{twice[:40]}' occurs twice", place)
    return words


def _require(rows: Sequence[_Row], columns: Sequence[str], wanted: Sequence[str]) -> None:
    for column in wanted:
        if column not in columns:
            raise InputError(f"no column '{column}'; there are {', '.join(columns)[:200]}", Place(rows[0].place.path))


def _long(rows: Sequence[_Row], columns: Sequence[str]) -> dict[Point, list[_Bin]]:
    _require(rows, columns, ("low", "high", "value"))
    for column in columns:
        if column not in _LONG:
            raise InputError(f"unknown column '{column[:40]}'{suggestion(column, _LONG)}", Place(rows[0].place.path))
    bins: dict[Point, list[_Bin]] = {}
    for row in rows:
        point = Point(
            row.positive("mass"),
            row.positive("muR") if "muR" in columns else 1.0,
            row.positive("muF") if "muF" in columns else 1.0,
            _member(row) if "pdf" in columns else 0,
        )
        error = row.number("error") if row.cells.get("error") else None
        bins.setdefault(point, []).append(
            _Bin(row.number("low"), row.number("high"), row.number("value"), error, row.place)
        )
    return bins


def _member(row: _Row) -> int:
    text = row.cells["pdf"]
    if not re.fullmatch("[0-9]{1,4}", text, re.ASCII):
        raise InputError(f"'{text[:40]}' in column 'pdf' is no member: 0 (central), 1, 2, ...", row.place)
    return int(text)


def _wide(rows: Sequence[_Row], columns: Sequence[str], options: CurveOptions) -> dict[Point, list[_Bin]]:
    """Columns of scales and PDF members are at the nominal mass."""
    _require(rows, columns, ("low", "high"))
    place = Place(rows[0].place.path)
    matches = {column: _COLUMN.fullmatch(column) for column in columns if column not in ("low", "high")}
    masses = [float(match["mass"]) for match in matches.values() if match is not None and match["mass"]]
    if not masses:
        raise InputError("no column of a mass, such as 172.5", place)
    nominal = options.nominal_mass
    if nominal is None:
        nominal = min(masses, key=lambda mass: (abs(mass - USUAL_MASS), mass))
    values: dict[Point, str] = {}
    errors: dict[Point, str] = {}
    for column, match in matches.items():
        if match is None:
            raise InputError(f"unknown column '{column[:40]}'; known are {', '.join(_WIDE)}", place)
        kind = errors if match["error"] else values
        point = _point(match, nominal)
        if point in kind:
            raise InputError(f"columns '{kind[point]}' and '{column[:40]}' are both for {point}; remove one", place)
        kind[point] = column
    for point, column in errors.items():
        if point not in values:
            raise InputError(f"column '{column}' without one of its mass", place)
    return {point: [_bin(row, column, errors.get(point)) for row in rows] for point, column in values.items()}


def _point(match: re.Match[str], nominal: float) -> Point:
    if match["mass"] or match["error"]:
        return Point(float(match["mass"] or match["error"]))
    if match["member"]:
        return Point(nominal, member=int(match["member"]))
    return Point(nominal, float(match["mur"]), float(match["muf"]))


def _bin(row: _Row, column: str, sigma: str | None) -> _Bin:
    error = row.number(sigma) if sigma is not None and row.cells[sigma] else None
    return _Bin(row.number("low"), row.number("high"), row.number(column), error, row.place)


def _histogram(point: Point, bins: Sequence[_Bin], options: CurveOptions) -> Histogram:
    ordered = sorted(bins, key=lambda one: (one.low, one.high))
    for one, other in pairwise(ordered):
        if one.high != other.low:
            raise InputError(
                f"bins of {point}: {one.low:g} to {one.high:g} (line {one.place.line}) is followed by {other.low:g} to "
                f"{other.high:g}; they must touch",
                other.place,
            )
    errors = [_error(one, options) for one in ordered]
    known = [error for error in errors if error is not None]
    if known and len(known) < len(errors):
        raise InputError(f"{point}: some bins have an error and others none", ordered[0].place)
    return make_histogram(
        [ordered[0].low, *(one.high for one in ordered)],
        [one.value for one in ordered],
        known or None,
        quantity=options.quantity,
        place=ordered[0].place,
        label=str(point),
        multinomial=options.multinomial,
    )


def _error(one: _Bin, options: CurveOptions) -> float | None:
    if one.error is None and options.relative_error is not None:
        return options.relative_error * abs(one.value)
    return one.error
