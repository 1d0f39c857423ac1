"""Copies of all files that a run reads, so that a folder of jobs is enough by itself."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ttjroofit.card import read_card, render
from ttjroofit.card.statements import Card
from ttjroofit.errors import CardError
from ttjroofit.run.card_files import files_of
from ttjroofit.run.jobs.documents import digest_of
from ttjroofit.run.matrix.held import Held

__all__ = ["INPUTS_FOLDER", "Copied", "copy_card", "copy_matrix"]

INPUTS_FOLDER = "inputs"


class Copied:
    """Files copied into a folder, in the tree below their common folder: what they say of each other stays true.

    Attributes:
        digests: SHA-256 of each copy by its name relative to the folder of jobs.
    """

    def __init__(self, folder: Path, files: Iterable[Path]) -> None:
        self.digests: dict[str, str] = {}
        self._folder = folder
        real = sorted({Path(os.path.realpath(file)) for file in files})
        self._common = Path(os.path.commonpath([file.parent for file in real]))
        for file in real:
            self._add(file, None)

    def name(self, file: Path) -> str:
        """Name of a copy relative to the folder of jobs."""
        return (Path(INPUTS_FOLDER) / Path(os.path.realpath(file)).relative_to(self._common)).as_posix()

    def render(self, card: Card, path: Path) -> None:
        """Let the copy of a card have its includes resolved, and names of files that stay true below the folder."""
        real = Path(os.path.realpath(path))
        self._add(real, render(card, real.parent))

    def _add(self, file: Path, text: str | None) -> None:
        target = self._folder / self.name(file)
        target.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            shutil.copyfile(file, target)
        else:
            target.write_text(text, encoding="utf-8")
        self.digests[self.name(file)] = digest_of(target)


def copy_card(path: Path, folder: Path, others: Iterable[Path] = ()) -> Copied:
    """Copy a card, with its includes resolved, and its input files.

    Args:
        path: of the card.
        folder: of the jobs.
        others: further files to copy.

    Raises:
        TtjroofitError: if the card or a file it names cannot be read.
    """
    card = read_card(path)
    copied = Copied(folder, [path, *files_of(card), *others])
    copied.render(card, path)
    return copied


def copy_matrix(path: Path, folder: Path, held: Held) -> Copied:
    """Copy a matrix of fits with its cards and all their files.

    Args:
        path: of the matrix.
        folder: of the jobs.
        held: what its entries are made from.
    """
    cards = [card.path for card in held.cards.values()]
    copied = Copied(folder, [path, *cards, *map(Path, held.files)])
    for card in cards:
        # one that cannot be read without the statements of the matrix stays as it is
        with suppress(CardError):
            copied.render(read_card(card), card)
    return copied
