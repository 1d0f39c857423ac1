"""Places as results name them, and the line of an input file that a name stands in."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path

from ttjroofit.errors import Place

__all__ = ["line_of", "place_text"]


def place_text(place: Place) -> str:
    """``file:line``, the file relative to the working directory if it lies below."""
    path = os.path.relpath(place.path)
    shown = place.path if path.startswith(os.pardir) else Path(path)
    return str(Place(shown, place.line))


def line_of(path: Path, name: str) -> Place:
    """Where a YAML file introduces a name: as a key or as the value of ``name``; else the file as a whole."""
    return Place(path, _lines(path).get(name))


@lru_cache(maxsize=16)
def _lines(path: Path) -> dict[str, int]:
    """Every key and every value of ``name`` with the first line it stands in; empty if there is no such file."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    lines: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        for found in _NAMED.finditer(line):
            lines.setdefault(found[1] or found[2], number)
    return lines


_NAMED = re.compile(r"""\bname:\s*["']?(\w+)|^\s*["']?(\w+)["']?\s*:""")
