"""The files that a card names."""

from __future__ import annotations

from pathlib import Path

from ttjroofit.errors import CardError, Place, suggestion

__all__ = ["require_file"]


def require_file(path: Path, place: Place) -> Path:
    """The path of a file that exists.

    Args:
        path: what the card names, resolved.
        place: the line of the card that names it.

    Raises:
        CardError: if there is no such file, with the nearest names in its folder.
    """
    if path.is_file():
        return path
    beside = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
    raise CardError(f"file {path} does not exist{suggestion(path.name, beside)}", place)
