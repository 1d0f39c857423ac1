"""Keywords of the library in the forms that the command line reads, with the same checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ttjroofit.errors import OptionError, suggestion
from ttjroofit.run.parsing import parse_assignments, parse_names, parse_ranges

__all__ = ["Names", "Ranges", "Values", "at_least", "names_of", "one_of", "ranges_of", "values_of"]

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


def at_least(keyword: str, value: int | None, least: int) -> None:
    """Check a count; None is no count.

    Raises:
        OptionError: if it is smaller.
    """
    if value is not None and value < least:
        raise OptionError(f"{keyword}={value}: give a whole number, {least} or more")


def _nearest(value: str, known: Sequence[str]) -> str:
    return suggestion(value, known, count=0)
