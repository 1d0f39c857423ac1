"""Option values in the forms that users of combine type: ``a=1,b=2``, ``a=0,2:b=-1,1``, ``x,rgx{...}``."""

from __future__ import annotations

import math
import re

from ttjroofit.errors import OptionError

__all__ = ["parse_assignments", "parse_names", "parse_ranges"]


def parse_names(text: str) -> tuple[str, ...]:
    """Split at commas, but not inside the braces of ``rgx{...}``."""
    return tuple(part.strip() for part in re.split(r",(?![^{]*})", text) if part.strip())


def parse_assignments(option: str, text: str) -> dict[str, float]:
    """Read ``a=1,b=2``.

    Raises:
        OptionError: if a part is no ``name=number``.
    """
    return dict(_assignment(option, part) for part in parse_names(text))


def parse_ranges(option: str, text: str) -> dict[str, tuple[float, float]]:
    """Read ``a=0,2:b=-1,1``.

    Raises:
        OptionError: if a part is no ``name=low,high`` with low < high.
    """
    ranges = {}
    for part in text.split(":"):
        name, _, interval = part.partition("=")
        low, _, high = interval.partition(",")
        ranges[name.strip()] = (_number(option, part, low), _number(option, part, high))
        if ranges[name.strip()][0] >= ranges[name.strip()][1]:
            raise OptionError(f"{option}: the range of `{part}` is empty: write name=low,high with low below high")
    return ranges


def _assignment(option: str, part: str) -> tuple[str, float]:
    name, _, value = part.partition("=")
    return name.strip(), _number(option, part, value)


def _number(option: str, part: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise OptionError(f"{option}: `{part}` holds no number where one belongs: write name=number")
    return value
