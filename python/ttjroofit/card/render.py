"""A card as text that can be read again from another folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from ttjroofit.card.lines import Line, quote, real_path, split_columns, split_last
from ttjroofit.card.statements import Card

__all__ = ["render", "with_absolute_path"]

_NAMING_A_FILE = ("measurement", "theory")


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


def with_absolute_path(line: Line) -> str:
    """Return the text of a line; the file of a ``measurement`` or ``theory`` statement is made absolute."""
    folder = line.place.path.parent
    return _with_file(line.text, lambda file: str(real_path(folder, file)))


def _with_file(text: str, change: Callable[[str], str]) -> str:
    columns = split_columns(text)
    # Three columns tell a file from a group that happens to be called `measurement` or `theory`.
    if columns[0] not in _NAMING_A_FILE or len(columns) != 3:
        return text
    head, file = split_last(text)
    return head + quote(change(file))
