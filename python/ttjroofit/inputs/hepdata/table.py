"""A HEPData table in one form, however it was stored."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ttjroofit.errors import Place
from ttjroofit.inputs.yaml_file import Location, YamlFile

__all__ = ["Axis", "Dependent", "HepTable", "Label", "axis_of", "dependent_of", "number_of"]

_LARGEST = 1e100
"""Squares and products of two numbers stay numbers."""

Label = str | float | tuple[float, float]
"""What a row is about: a word, a number, or a bin with its lower and upper edge."""


@dataclass(frozen=True)
class Axis:
    """An independent variable.

    Attributes:
        name, units: of its header.
        labels: one a row.
    """

    name: str
    units: str
    labels: Sequence[Label]

    @property
    def binned(self) -> bool:
        """Whether all rows are bins."""
        return len(self.labels) > 0 and all(isinstance(label, tuple) for label in self.labels)


@dataclass(frozen=True)
class Dependent:
    """A dependent variable.

    Attributes:
        name, units: of its header.
        qualifiers: name to value and unit, for instance ``SQRT(S)`` to ``13000 GeV``.
        values: one a row; not a number where none is given.
        errors: one a row: label to the changes for +1 and -1 standard deviation.
        location: of its values in the file.
    """

    name: str
    units: str
    qualifiers: Mapping[str, str]
    values: Sequence[float]
    errors: Sequence[Mapping[str, tuple[float, float]]]
    location: Location

    @property
    def error_labels(self) -> list[str]:
        """All labels, in order."""
        return list(dict.fromkeys(label for row in self.errors for label in row))


@dataclass(frozen=True, eq=False)
class HepTable:
    """A table.

    Attributes:
        name, description: as stated.
        energies: keywords of centre-of-mass energies in GeV.
        axes: independent variables.
        dependents: dependent variables.
        file: where it stands.
    """

    name: str
    description: str
    energies: Sequence[float]
    axes: Sequence[Axis]
    dependents: Sequence[Dependent]
    file: YamlFile

    @property
    def words(self) -> str:
        """All its words in lower case, to search in."""
        headers = [*(axis.name for axis in self.axes), *(variable.name for variable in self.dependents)]
        return " ".join([self.name, self.description, *headers]).lower()

    @property
    def place(self) -> Place:
        """The file."""
        return self.file.place()

    def place_of(self, dependent: Dependent, row: int) -> Place:
        """The line of a value."""
        return self.file.place(*dependent.location, row)


def number_of(file: YamlFile, value: Any, *location: str | int) -> float:
    """A number, also one written as text; not a number for ``-`` and nothing.

    Raises:
        InputError: it is something else.
    """
    if isinstance(value, str) and value.strip() in ("", "-", "--"):
        return math.nan
    try:
        found = math.nan if value is None or isinstance(value, bool | list | dict) else float(value)
    except (ValueError, OverflowError):
        found = math.nan
    if not abs(found) < _LARGEST:
        raise file.error(f"expected a number, found {_shown(value)}", *location)
    return found


def axis_of(file: YamlFile, header: Any, values: Any, *location: str | int) -> Axis:
    """An independent variable from its header and its list of ``value`` or ``low`` and ``high``."""
    name, units = header_of(file, header, *location)
    rows = _rows(file, values, *location)
    return Axis(name, units, [_label(file, row, *location, i) for i, row in enumerate(rows)])


def dependent_of(
    file: YamlFile, header: Any, values: Any, qualifiers: Mapping[str, str], *location: str | int
) -> Dependent:
    """A dependent variable from its header and its list of ``value`` and ``errors``."""
    name, units = header_of(file, header, *location)
    rows = _rows(file, values, *location)
    numbers = [number_of(file, row.get("value"), *location, i) for i, row in enumerate(rows)]
    errors = [
        _errors(file, row, number, *location, i) for i, (row, number) in enumerate(zip(rows, numbers, strict=True))
    ]
    return Dependent(name, units, qualifiers, numbers, errors, tuple(map(str, location)))


def header_of(file: YamlFile, header: Any, *location: str | int) -> tuple[str, str]:
    """Name and units; units may stand in brackets behind the name.

    Raises:
        InputError: there is no name.
    """
    if not isinstance(header, dict) or not isinstance(header.get("name"), str):
        raise file.error(f"expected a header with a name, found {_shown(header)}", *location)
    name, units = header["name"], header.get("units")
    if isinstance(units, str):
        return name, units
    head, bracket, tail = name.rpartition("[")
    return (head.strip(), tail.rstrip("] ")) if bracket and tail.endswith("]") else (name, "")


def _rows(file: YamlFile, values: Any, *location: str | int) -> list[dict[str, Any]]:
    if not isinstance(values, list) or not all(isinstance(row, dict) for row in values):
        raise file.error(f"expected a list of values, found {_shown(values)}", *location)
    return values


def _label(file: YamlFile, row: Mapping[str, Any], *location: str | int) -> Label:
    if "low" in row and "high" in row:
        low, high = (number_of(file, row[key], *location, key) for key in ("low", "high"))
        return low, high
    value = row.get("value")
    if isinstance(value, str):
        return value
    found = number_of(file, value, *location)
    if math.isnan(found):
        raise file.error("an independent variable without a value", *location)
    return found


def _errors(
    file: YamlFile, row: Mapping[str, Any], value: float, *location: str | int
) -> dict[str, tuple[float, float]]:
    listed = row.get("errors")
    if listed is None:
        return {}
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise file.error(f"expected a list of errors, found {_shown(listed)}", *location, "errors")
    # the web interface writes an error of 0 to be hidden where there is none
    shown = [(i, entry) for i, entry in enumerate(listed) if not entry.get("hide")]
    labels = _unique([str(entry.get("label") or "error") for _, entry in shown])
    return {
        label: _ends(file, entry, value, *location, "errors", i)
        for label, (i, entry) in zip(labels, shown, strict=True)
    }


def _unique(labels: Sequence[str]) -> list[str]:
    """Equal labels numbered from 1, as the web interface does."""
    return [
        f"{label}_{labels[: i + 1].count(label)}" if labels.count(label) > 1 else label
        for i, label in enumerate(labels)
    ]


def _ends(file: YamlFile, entry: Mapping[str, Any], value: float, *location: str | int) -> tuple[float, float]:
    """Changes for +1 and -1 standard deviation, per cent turned into the unit of the value; nothing is no change."""
    if "symerror" in entry:
        up = _size(file, entry["symerror"], value, *location)
        return up, -up
    ends = entry.get("asymerror")
    if not isinstance(ends, dict) or "plus" not in ends or "minus" not in ends:
        raise file.error(
            f"an error needs 'symerror', or 'asymerror' with plus and minus, found {_shown(entry)}", *location
        )
    return _size(file, ends["plus"], value, *location), _size(file, ends["minus"], value, *location)


def _size(file: YamlFile, size: Any, value: float, *location: str | int) -> float:
    relative = isinstance(size, str) and size.rstrip().endswith("%")
    found = number_of(file, size.rstrip().rstrip("%") if relative else size, *location)
    if math.isnan(found):
        return 0.0
    return found * value / 100 if relative else found


def _shown(value: object, limit: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= limit else text[:limit] + "..."
