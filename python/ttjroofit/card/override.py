"""Settings of a card that somebody else decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from ttjroofit.card.grammar import parse_line
from ttjroofit.card.lines import Line
from ttjroofit.card.settings import Setting
from ttjroofit.errors import Place

__all__ = ["with_settings"]


def with_settings(path: Path, lines: Iterable[Line], settings: Mapping[str, str]) -> tuple[Line, ...]:
    """The lines of a card with other settings: stated ones are changed where they stand, the others come last.

    Args:
        path: the card.
        lines: its effective lines.
        settings: keyword to word, as ``pdf`` to ``off``.
    """
    changed, left = [], dict(settings)
    for line in lines:
        keyword = line.columns[0]
        # a group may be called `pdf`: the grammar tells
        if keyword in settings and isinstance(parse_line(line), Setting):
            left.pop(keyword, None)
            changed.append(replace(line, text=f"{keyword} {settings[keyword]}"))
        else:
            changed.append(line)
    return (*changed, *(Line(f"{keyword} {word}", Place(path)) for keyword, word in left.items()))
