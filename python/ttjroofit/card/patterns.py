"""Names and patterns of names, with the rules of combine."""

from __future__ import annotations

import fnmatch
import math
import time
from collections.abc import Sequence

import regex

from ttjroofit.errors import CardError, Place, nearest_names

__all__ = ["compile_pattern", "is_pattern", "match_names", "require_names"]

_REGEX_OPEN = "rgx{"
_WILDCARDS = ("*", "?")
_PATIENCE = 1.0
"""Seconds for a regular expression to find its names; they take microseconds unless they backtrack without end."""
_LONGEST = 10_000
"""Characters of a pattern."""
_MOST_REPEATS = 100_000
"""Product of the counts in an expression, which regex writes out before it looks for anything."""


def is_pattern(text: str) -> bool:
    """Say whether a text may stand for several names: it holds ``*`` or ``?`` or starts with ``rgx{``."""
    return text.startswith(_REGEX_OPEN) or any(wildcard in text for wildcard in _WILDCARDS)


def compile_pattern(pattern: str, place: Place | None = None) -> regex.Pattern[str]:
    """Translate a name, shell pattern or ``rgx{...}`` into a regular expression for a full match.

    Args:
        pattern: a name, a pattern with ``*`` and ``?``, or ``rgx{REGULAR EXPRESSION}``. Case counts.
        place: where the pattern was written, for the error.

    Returns:
        The compiled expression, to be used with ``fullmatch``.

    Raises:
        CardError: if the regular expression is not closed by ``}`` or is invalid.
    """
    if len(pattern) > _LONGEST:
        raise CardError(f"a pattern of {len(pattern)} characters, more than {_LONGEST}: '{pattern[:40]}...'", place)
    if not pattern.startswith(_REGEX_OPEN):
        # fnmatch writes expressions that never backtrack over a second `*`; [ has no meaning in a card
        return regex.compile(fnmatch.translate(pattern.replace("[", "[[]")))
    if not pattern.endswith("}"):
        raise CardError(f"the pattern '{pattern}' is not closed: write rgx{{...}} without spaces", place)
    expression = pattern[len(_REGEX_OPEN) : -1]
    try:
        if _repeats(expression) > _MOST_REPEATS:
            raise ValueError(f"its {{...}} multiply to more than {_MOST_REPEATS} repeats")
        return regex.compile(expression)
    except (regex.error, ValueError, OverflowError, RecursionError) as error:
        raise CardError(f"'{expression}' in rgx{{...}} is not a regular expression: {error}", place) from None


def _repeats(expression: str) -> int:
    """Product of the counts of all ``{n}``, ``{n,}``, ``{,m}`` and ``{n,m}``."""
    counts = regex.findall(r"\{([0-9]*),?([0-9]*)\}", expression)
    return math.prod(max(int(low or 1), int(high or 1)) for low, high in counts)


def match_names(pattern: str, names: Sequence[str]) -> tuple[str, ...]:
    """Select the names that a pattern stands for.

    Args:
        pattern: an exact name, a shell pattern with ``*`` and ``?``, or ``rgx{...}`` (full match). Case counts.
        names: the names to choose from.

    Returns:
        The names that match, in the order of ``names``; empty if none does.

    Raises:
        CardError: if a regular expression is invalid, or takes longer than a second.
    """
    return _matched(pattern, names, None)


def _matched(pattern: str, names: Sequence[str], place: Place | None) -> tuple[str, ...]:
    if pattern in names:
        return (pattern,)
    compiled, end = compile_pattern(pattern, place), time.monotonic() + _PATIENCE
    try:
        return tuple(name for name in names if compiled.fullmatch(name, timeout=max(end - time.monotonic(), 1e-3)))
    except (TimeoutError, MemoryError):
        cure = "write it without a repeat inside a repeat, as in (a+)+"
        raise CardError(f"'{pattern}' takes longer than {_PATIENCE:g} s to find its names: {cure}", place) from None


def require_names(pattern: str, names: Sequence[str], *, kind: str, place: Place | None) -> tuple[str, ...]:
    """Select the names that a pattern stands for and insist on at least one.

    Args:
        pattern: as for `match_names`.
        names: the names to choose from.
        kind: what the names are (``nuisance``, ``measurement``), for the error.
        place: where the pattern was written, for the error.

    Returns:
        The names that match, in the order of ``names``; at least one.

    Raises:
        CardError: if nothing matches, with the nearest names; or if a regular expression is invalid.
    """
    matched = _matched(pattern, names, place)
    if not matched:
        cure = nearest_names(_letters(pattern), names) or _sample(names)
        raise CardError(f"no {kind} matches '{pattern}'; {cure}", place)
    return matched


def _letters(pattern: str) -> str:
    """Strip what is not part of a name, so that near names can be found."""
    return regex.sub(r"^rgx\{|[*?.}]", "", pattern)


def _sample(names: Sequence[str], count: int = 5) -> str:
    if not names:
        return "there are none"
    return "known: " + ", ".join(names[:count]) + (", ..." if len(names) > count else "")
