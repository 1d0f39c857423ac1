"""Names and patterns of names, with the rules of combine."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ttjroofit.errors import CardError, Place, nearest_names

__all__ = ["compile_pattern", "is_pattern", "match_names", "require_names"]

_REGEX_OPEN = "rgx{"
_WILDCARDS = {"*": ".*", "?": "."}


def is_pattern(text: str) -> bool:
    """Say whether a text may stand for several names: it holds ``*`` or ``?`` or starts with ``rgx{``."""
    return text.startswith(_REGEX_OPEN) or any(wildcard in text for wildcard in _WILDCARDS)


def compile_pattern(pattern: str, place: Place | None = None) -> re.Pattern[str]:
    """Translate a name, shell pattern or ``rgx{...}`` into a regular expression for a full match.

    Args:
        pattern: a name, a pattern with ``*`` and ``?``, or ``rgx{REGULAR EXPRESSION}``. Case counts.
        place: where the pattern was written, for the error.

    Returns:
        The compiled expression, to be used with ``fullmatch``.

    Raises:
        CardError: if the regular expression is not closed by ``}`` or is invalid.
    """
    if not pattern.startswith(_REGEX_OPEN):
        expression = "".join(_WILDCARDS.get(character, re.escape(character)) for character in pattern)
        return re.compile(expression, re.DOTALL)
    if not pattern.endswith("}"):
        raise CardError(f"the pattern '{pattern}' is not closed: write rgx{{...}} without spaces", place)
    expression = pattern[len(_REGEX_OPEN) : -1]
    try:
        return re.compile(expression)
    except re.error as error:
        raise CardError(f"'{expression}' in rgx{{...}} is not a regular expression: {error}", place) from None


def match_names(pattern: str, names: Sequence[str]) -> tuple[str, ...]:
    """Select the names that a pattern stands for.

    Args:
        pattern: an exact name, a shell pattern with ``*`` and ``?``, or ``rgx{...}`` (full match). Case counts.
        names: the names to choose from.

    Returns:
        The names that match, in the order of ``names``; empty if none does.

    Raises:
        CardError: if a regular expression is invalid.
    """
    if pattern in names:
        return (pattern,)
    compiled = compile_pattern(pattern)
    return tuple(name for name in names if compiled.fullmatch(name))


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
    if pattern not in names:
        compile_pattern(pattern, place)
    matched = match_names(pattern, names)
    if not matched:
        cure = nearest_names(_letters(pattern), names) or _sample(names)
        raise CardError(f"no {kind} matches '{pattern}'; {cure}", place)
    return matched


def _letters(pattern: str) -> str:
    """Strip what is not part of a name, so that near names can be found."""
    return re.sub(r"^rgx\{|[*?.}]", "", pattern)


def _sample(names: Sequence[str], count: int = 5) -> str:
    if not names:
        return "there are none"
    return "known: " + ", ".join(names[:count]) + (", ..." if len(names) > count else "")
