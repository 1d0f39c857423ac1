"""Checks that a schema cannot express; each raises an InputError with the place, the value found and the cure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.inputs.yaml_file import YamlFile

__all__ = ["check_length", "check_relative", "check_shares", "check_unique", "rectangle", "rising"]

# Shares are commonly published rounded to 1e-7; a sum of n such numbers is off by n/2 units at most.
_ROUNDING_OF_SHARES = 1e-7


def check_length(file: YamlFile, found: Sequence[object], wanted: int, what: str, *location: str | int) -> None:
    """Check that a list has ``wanted`` entries; ``what`` says what they are one of."""
    if len(found) != wanted:
        raise file.error(f"'{location[-1]}' has {len(found)} entries, expected {wanted}, {what}", *location)


def check_unique(file: YamlFile, named: Sequence[tuple[str, tuple[str | int, ...]]]) -> None:
    """Check that no name occurs twice; each name comes with its location."""
    seen: dict[str, tuple[str | int, ...]] = {}
    for name, location in named:
        if name in seen:
            first = file.place(*seen[name]).line
            raise file.error(f"name '{name}' occurs twice, first in line {first}; rename one", *location)
        seen[name] = location


def rising(file: YamlFile, values: Sequence[float], *location: str | int) -> FloatArray:
    """Check that there are at least two values and that they rise; returns them, shape (len(values),)."""
    if len(values) < 2:
        raise file.error(f"'{location[-1]}' has {len(values)} entries, expected at least 2", *location)
    for number, (low, high) in enumerate(pairwise(values), start=1):
        if high <= low:
            raise file.error(f"'{location[-1]}' must rise, found {low} then {high}", *location, number)
    return np.array(values, dtype=np.float64)


def rectangle(
    file: YamlFile, rows: Sequence[Sequence[float]], shape: tuple[int, int], what: str, *location: str | int
) -> FloatArray:
    """Check the shape of a table; ``what`` says what rows are; returns an array of ``shape`` (rows, bins)."""
    check_length(file, rows, shape[0], what, *location)
    for number, row in enumerate(rows):
        if len(row) != shape[1]:
            raise file.error(
                f"row {number + 1} of '{location[-1]}' has {len(row)} entries, expected {shape[1]}, one a bin",
                *location,
                number,
            )
    return np.array(rows, dtype=np.float64).reshape(shape)


def check_shares(file: YamlFile, shapes: FloatArray, *location: str | int) -> None:
    """Check that each row of ``shapes`` (shape (rows, n)) is positive and sums to 1 within rounding."""
    for number, row in enumerate(shapes):
        if row.min() <= 0:
            raise file.error(f"shares must be positive, found {row.min():g}", *location, number)
        if abs(row.sum() - 1) > len(row) * _ROUNDING_OF_SHARES:
            raise file.error(
                f"shares of row {number + 1} sum to {row.sum():.9g}, not 1; divide them by their sum",
                *location,
                number,
            )


def check_relative(file: YamlFile, shifts: FloatArray, *location: str | int) -> None:
    """Check that no relative shift of ``shifts`` (shape (rows, n)) takes away a whole bin."""
    for number, row in enumerate(shifts):
        if np.abs(row).max() >= 1:
            worst = row[np.abs(row).argmax()]
            raise file.error(
                f"relative shift {worst:g} would empty a bin; write 0.05 for a change of 5%", *location, number
            )
