"""A card as text that can be read again from another folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from ttjroofit.card.lines import Line, quote, real_path, split_at, split_columns
from ttjroofit.card.statements import Card

__all__ = ["moved", "render", "with_absolute_path"]

_NAMING_A_FILE = ("measurement", "shapes", "theory")
_FILE = 2
"""Column of the file in these statements."""


def render(card: Card, folder: Path) -> str:
    """Write a card as one text.

    Args:
        card: the card.
        folder: where the text is going to be stored.

    Returns:
        The card's lines without comments, includes in their place, file names relative to ``folder``.
        Reading it back from ``folder`` gives an equal card apart from its path and places.
    """
    start = os.path.realpath(folder)
    lines = (_with_file(line, lambda file: os.path.relpath(file, start)) for line in card.lines)
    return "".join(f"{line}\n" for line in lines)


def moved(text: str, old: Path, new: Path) -> str:
    """A card that `render` wrote for the folder ``old``, as it would be written for ``new``; comments stay."""
    start = os.path.realpath(new)
    lines = (
        line if line.startswith("#") else _with_file(line, lambda file: os.path.relpath(real_path(old, file), start))
        for line in text.removesuffix("\n").split("\n")
    )
    return "".join(f"{line}\n" for line in lines)


def with_absolute_path(line: Line) -> str:
    """Return the text of a line; the file that its statement names is made absolute."""
    folder = line.place.path.parent
    return _with_file(line.text, lambda file: str(real_path(folder, file)))


def _with_file(text: str, change: Callable[[str], str]) -> str:
    columns = split_columns(text)
    # a group may happen to be called `measurement`
    if columns[0] not in _NAMING_A_FILE or (columns[1] == "group" and columns[_FILE] in {"=", "+="}):
        return text
    head, file, tail = split_at(text, _FILE)
    return head + quote(change(file)) + tail
