"""The errors a user of ttjroofit can meet: each names the place, the value and the cure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "CardError",
    "FitError",
    "InputError",
    "ModelError",
    "OptionError",
    "Place",
    "RootMissingError",
    "TtjroofitError",
    "nearest_names",
    "suggestion",
]

_LONGEST = 4000
"""Characters of a message; the text of a line that is quoted in it may be as long as a file."""

_LONGEST_NAME = 200
"""Characters; the nearest of longer names would take long to find."""


@dataclass(frozen=True)
class Place:
    """A line of a file; ``line`` counts from 1, None means the file as a whole."""

    path: Path
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line is not None else str(self.path)


class TtjroofitError(Exception):
    """Base of all errors raised on purpose; ``str`` gives one message, led by its place."""

    def __init__(self, message: str, place: Place | None = None) -> None:
        super().__init__(_on_one_line(f"{place}: {message}" if place is not None else message))
        self.message = message
        self.place = place


class CardError(TtjroofitError):
    """The datacard says something that cannot be read or that contradicts itself."""


class InputError(TtjroofitError):
    """A measurement or prediction file is missing, malformed or physically impossible."""


class ModelError(TtjroofitError):
    """Card and inputs are each readable but do not make a likelihood."""


class OptionError(TtjroofitError):
    """A command-line option has an impossible value."""


class RootMissingError(TtjroofitError):
    """ROOT is needed and cannot be imported."""


class FitError(TtjroofitError):
    """No minimiser could be run at all; a fit that merely failed is a result with a status."""


def _on_one_line(text: str) -> str:
    """What a terminal would obey rather than show, as escapes of Python; the middle of a very long text is left out."""
    escaped = (c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in _shortened(text))
    return _shortened("".join(escaped))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} ... {text[-_LONGEST // 2 :]}"


def nearest_names(name: str, known: Iterable[str], count: int = 3) -> str:
    """Say which of the known names look like a misspelt one.

    Args:
        name: the name that matched nothing.
        known: the names that exist.
        count: how many to offer at most.

    Returns:
        A phrase to append to an error message: ``nearest: a, b`` or, if none is near, an empty string.
    """
    if len(name) > _LONGEST_NAME:
        return ""
    candidates = sorted(set(known))
    folded = {candidate.lower(): candidate for candidate in candidates}
    close = difflib.get_close_matches(name.lower(), list(folded), n=count, cutoff=0.5)
    # a name that others begin with is near to them however long they are: m_t to m_t_ATLAS_13TeV
    if not close and len(name) > 1:
        close = [candidate for candidate in folded if candidate.startswith(name.lower())][:count]
    return "nearest: " + ", ".join(folded[match] for match in close) if close else ""


def suggestion(name: str, known: Iterable[str], count: int = 12) -> str:
    """The end of a message about a name that does not exist.

    Returns:
        ``; nearest: a, b``, or all known names if none is near and there are at most ``count``, or an empty string.
    """
    names = list(dict.fromkeys(known))
    cure = nearest_names(name, names) or (f"known: {', '.join(names)}" if 0 < len(names) <= count else "")
    return f"; {cure}" if cure else ""
