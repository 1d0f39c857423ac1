"""What the entries of a matrix are made from: cards and input files as they were read, to be sent to any machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ttjroofit.card.lines import Line, read_lines
from ttjroofit.card.override import with_settings
from ttjroofit.card.parser import build_card
from ttjroofit.card.render import with_absolute_path
from ttjroofit.card.statements import Card
from ttjroofit.errors import InputError, Place
from ttjroofit.files import read_bytes
from ttjroofit.model.blinding import Blinding

__all__ = ["Held", "HeldCard", "hold_card", "hold_files", "unpack"]

_LARGEST = 2**32
"""Bytes of a file; toys and workspaces are larger than text."""


@dataclass(frozen=True)
class HeldCard:
    """A card that was read.

    Attributes:
        path: as it was named.
        lines: with includes in their place and absolute names of files.
    """

    path: Path
    lines: tuple[Line, ...]

    def parse(self, settings: Mapping[str, str]) -> Card:
        """The card with these settings; no file is read.

        Raises:
            CardError: if it contradicts itself.
        """
        return build_card(self.path, with_settings(self.path, self.lines, settings))


@dataclass(frozen=True)
class Held:
    """What tasks share.

    Attributes:
        cards: by their names.
        files: absolute name to content.
        verbosity: of ROOT.
        plots: whether entries may make figures.
        blind: how to shift masses.
    """

    cards: Mapping[str, HeldCard]
    files: Mapping[str, bytes]
    verbosity: int = 0
    plots: bool = True
    blind: Blinding | None = field(default=None, repr=False)


def hold_card(path: Path) -> HeldCard:
    """Read a card with its includes.

    Raises:
        CardError: if one of them cannot be read.
    """
    return HeldCard(path, tuple(replace(line, text=with_absolute_path(line)) for line in read_lines(path)))


def hold_files(paths: Iterable[Path]) -> dict[str, bytes]:
    """Content of files by their names.

    Raises:
        InputError: if one cannot be read, or is no regular file.
    """
    held = {}
    for path in paths:
        try:
            held[str(path)] = read_bytes(path, _LARGEST)
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", Place(path)) from None
    return held


def unpack(held: Held, names: Iterable[str], root: Path) -> dict[Path, Path]:
    """Write files below a folder.

    Args:
        held: with their content.
        names: of the files, absolute and without `..`.
        root: absolute; a file ``/a/b`` becomes ``<root>/a/b``.

    Returns:
        Name of each file to where it is now.
    """
    unpacked = {}
    for name in names:
        path = Path(f"{root}{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(held.files[name])
        unpacked[Path(name)] = path
    return unpacked
