"""Keywords of the library in the forms that the command line reads, with the same checks."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from typing import overload

from ttjroofit.errors import OptionError, suggestion
from ttjroofit.run.parsing import parse_assignments, parse_names, parse_ranges

__all__ = ["Names", "Ranges", "Values", "names_of", "one_of", "ranges_of", "values_of", "whole"]

Names = str | Iterable[str]
"""``"A,B"`` as on the command line, or the names one by one."""

Values = Mapping[str, float]
"""Name to number."""

Ranges = Mapping[str, Sequence[float]]
"""Name to (low, high)."""


def names_of(value: Names) -> tuple[str, ...]:
    """The names one by one."""
    return parse_names(value) if isinstance(value, str) else tuple(value)


def values_of(keyword: str, values: Values) -> dict[str, float]:
    """The same values, checked.

    Raises:
        OptionError: if one is no finite number.
    """
    return parse_assignments(keyword, ",".join(f"{name}={value}" for name, value in values.items()))


def ranges_of(keyword: str, edges: Ranges) -> dict[str, tuple[float, float]]:
    """The same ranges, checked.

    Raises:
        OptionError: if one is empty or has no two finite numbers.
    """
    text = ":".join(f"{name}={','.join(map(str, pair))}" for name, pair in edges.items())
    return parse_ranges(keyword, text) if text else {}


def one_of(keyword: str, value: str, known: Sequence[str]) -> None:
    """Check a choice.

    Raises:
        OptionError: if it is none of those known.
    """
    if value not in known:
        raise OptionError(f"{keyword}={value!r}: not one of {', '.join(known)}{_nearest(value, known)}")


@overload
def whole(keyword: str, value: int, least: int) -> int: ...
@overload
def whole(keyword: str, value: int | None, least: int) -> int | None: ...
def whole(keyword: str, value: int | None, least: int) -> int | None:
    """The same number, checked, as Python's own: JSON knows none of numpy. None stays None.

    Raises:
        OptionError: if it is no whole number, or smaller than ``least``.
    """
    if value is None:
        return None
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least:
        raise OptionError(f"{keyword}={value}: give a whole number, {least} or more")
    return number


def _nearest(value: str, known: Sequence[str]) -> str:
    return suggestion(value, known, count=0)
