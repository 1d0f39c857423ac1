"""The files that a card names."""

from __future__ import annotations

from pathlib import Path

from ttjroofit.errors import CardError, Place, suggestion
from ttjroofit.files import is_file, siblings

__all__ = ["require_file"]


def require_file(path: Path, place: Place) -> Path:
    """The path of a file that exists.

    Args:
        path: what the card names, resolved.
        place: the line of the card that names it.

    Raises:
        CardError: if there is no such file, with the nearest names in its folder.
    """
    if is_file(path):
        return path
    beside = siblings(path)
    raise CardError(f"file {path} does not exist{suggestion(path.name, beside)}", place)
