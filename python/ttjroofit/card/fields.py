"""The parts of a card's line: columns, numbers, names, ranges."""

from __future__ import annotations

import math
import re

from ttjroofit.card.lines import Line, split_columns
from ttjroofit.card.patterns import compile_pattern, is_pattern
from ttjroofit.files import LARGEST_NUMBER, LONGEST_NAME

__all__ = ["check_inside", "columns_of", "identifier", "number", "pattern", "split_outside_braces", "split_range"]

_RANGE = re.compile(r"\[([^\[\]]*)\]$")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def columns_of(line: Line, count: int, usage: str, *, text: str | None = None) -> list[str]:
    """Split a line into exactly ``count`` columns.

    Args:
        line: the line.
        count: how many columns it must have.
        usage: how the line should be written, for the error.
        text: the part of the line to split; None: all of it.

    Returns:
        The columns.

    Raises:
        CardError: if there are fewer or more.
    """
    columns = split_columns(line.text if text is None else text)
    if len(columns) != count:
        amount = "few" if len(columns) < count else "many"
        raise line.error(f"too {amount} columns in '{line.text}': write {usage}")
    return columns


def number(line: Line, text: str, what: str) -> float:
    """Read a finite number; raises CardError for anything else, where ``what`` says which one it is."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in text:
        raise line.error(f"{what} '{text}' is not a number")
    if abs(value) > LARGEST_NUMBER:
        raise line.error(f"{what} '{text}' is larger than {LARGEST_NUMBER:g}: use another unit")
    return value


def identifier(line: Line, name: str, what: str) -> str:
    """Return a name that may become that of a RooFit variable; raises CardError for any other."""
    if not _NAME.fullmatch(name):
        raise line.error(f"'{name}' cannot name a {what}: use letters, digits and underscores, no digit in front")
    if len(name) > LONGEST_NAME:
        raise line.error(f"a {what} cannot have a name of {len(name)} characters: {LONGEST_NAME} are possible")
    return name


def pattern(line: Line, text: str) -> str:
    """Return a name or pattern that can be used; raises CardError for a regular expression that cannot."""
    if is_pattern(text):
        compile_pattern(text, line.place)
    return text


def split_outside_braces(text: str) -> list[str]:
    """Split at the commas that are not inside ``{...}``."""
    parts, depth = [""], 0
    for character in text:
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def split_range(line: Line) -> tuple[str, tuple[float, float] | None]:
    """Split a line into what stands before its range and the range.

    Args:
        line: a line that may end in ``[LOW,HIGH]``.

    Returns:
        The text before, and (low, high) with low < high or None if the line has no range.

    Raises:
        CardError: if the brackets do not hold two numbers in rising order.
    """
    bracket = _RANGE.search(line.text)
    if bracket is None:
        return line.text, None
    ends = [end.strip() for end in bracket[1].split(",")]
    if len(ends) != 2:
        raise line.error(f"'{bracket[0]}' is not a range: write [LOW,HIGH]")
    low, high = (number(line, end, f"the end of the range {bracket[0]}") for end in ends)
    if low >= high:
        raise line.error(f"the range {bracket[0]} is empty: its first number must be the smaller one")
    return line.text[: bracket.start()], (low, high)


def check_inside(line: Line, value: float, low: float, high: float, what: str) -> None:
    """Raise CardError unless a value lies in its range, ends included."""
    if not low <= value <= high:
        raise line.error(f"{what} {value:g} is outside its range {low:g} to {high:g}: widen the range or change it")
