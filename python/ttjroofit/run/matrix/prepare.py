"""From the entries of a matrix to tasks that know all they need."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ttjroofit._version import __version__
from ttjroofit.card.parser import explained
from ttjroofit.card.render import render
from ttjroofit.card.statements import Card
from ttjroofit.errors import CardError, TtjroofitError
from ttjroofit.inputs.fit_matrix import FitMatrix
from ttjroofit.model.blinding import Blinding
from ttjroofit.run.blind import call_text
from ttjroofit.run.card_files import files_of
from ttjroofit.run.matrix.entry import EntryTask
from ttjroofit.run.matrix.held import Held, HeldCard, hold_card, hold_files
from ttjroofit.run.matrix.plan import PlannedEntry
from ttjroofit.run.workers.fingerprint import fingerprint

__all__ = ["MatrixOrder", "PreparedEntry", "prepare"]


@dataclass(frozen=True)
class MatrixOrder:
    """What is asked for.

    Attributes:
        path: of the matrix file.
        output: folder; each entry has one below it.
        plots: whether figures are made, those of the entries too.
        verbosity: of ROOT.
        blind: how to shift masses.
    """

    path: Path
    output: Path
    plots: bool = True
    verbosity: int = 0
    blind: Blinding | None = None

    def folder(self, entry: PlannedEntry) -> Path:
        """Where the files of an entry are."""
        return self.output / entry.name


@dataclass(frozen=True)
class PreparedEntry:
    """An entry before it is run.

    Attributes:
        entry: as planned.
        call: that does the same alone.
        task: None if the card or an input cannot be read.
        fingerprint: of all that the result depends on; None without a task.
        error: why there is no task.
    """

    entry: PlannedEntry
    call: str
    task: EntryTask | None = None
    fingerprint: str | None = None
    error: str | None = None


def prepare(
    order: MatrixOrder, matrix: FitMatrix, entries: Sequence[PlannedEntry]
) -> tuple[Held, tuple[PreparedEntry, ...]]:
    """Read all cards and input files, each once.

    Args:
        order: what is asked for.
        matrix: the entries are of.
        entries: of the matrix.

    Returns:
        What the tasks share, and the entries: one whose card or files cannot be read has an error in place of a task.
    """
    reader = _Reader(order, matrix)
    prepared = tuple(reader.prepare(entry) for entry in entries)
    cards = {name: card for name, card in reader.cards.items() if isinstance(card, HeldCard)}
    return Held(cards, reader.contents, order.verbosity, order.plots, order.blind), prepared


class _Reader:
    """Cards and files that were read; what is wrong with one is told again to each entry that needs it.

    Attributes:
        cards: by their names in the matrix.
        contents: of files, by their absolute names.
    """

    def __init__(self, order: MatrixOrder, matrix: FitMatrix) -> None:
        self.cards: dict[str, HeldCard | TtjroofitError] = {}
        self.contents: dict[str, bytes] = {}
        self._order = order
        self._matrix = matrix
        self._files: dict[str, tuple[Path, ...]] = {}

    def prepare(self, entry: PlannedEntry) -> PreparedEntry:
        """One entry."""
        call = self._call(entry)
        try:
            card = self._card(entry.card).parse(entry.settings)
            files = (*self._files_of(entry.card, card), *entry.files)
            self.contents |= hold_files(path for path in files if str(path) not in self.contents)
        except TtjroofitError as error:
            return PreparedEntry(entry, call, error=str(explained(error) if isinstance(error, CardError) else error))
        names = tuple(map(str, files))
        folder = os.path.realpath(self._order.folder(entry))
        task = EntryTask(entry.name, entry.card, entry.arguments, entry.settings, names, folder, call)
        return PreparedEntry(entry, call, task, self._fingerprint(task, card))

    def _card(self, name: str) -> HeldCard:
        if name not in self.cards:
            try:
                self.cards[name] = hold_card(self._matrix.cards[name])
            except TtjroofitError as error:
                self.cards[name] = error
        card = self.cards[name]
        if isinstance(card, TtjroofitError):
            raise card
        return card

    def _files_of(self, name: str, card: Card) -> tuple[Path, ...]:
        # statements replace settings, which name no files
        if name not in self._files:
            self._files[name] = files_of(card)
        return self._files[name]

    def _call(self, entry: PlannedEntry) -> str:
        order, words = self._order, list(entry.arguments)
        if not order.plots and "--no-plots" not in words:
            words.append("--no-plots")
        if order.blind is not None:
            words += ["--blind", order.blind.salt]
        return call_text([str(self._matrix.cards[entry.card]), *words, "-o", str(order.folder(entry))])

    def _fingerprint(self, task: EntryTask, card: Card) -> str:
        """Digest of all that the files of an entry depend on; it stays when everything is moved together."""
        order, home = self._order, Path(task.folder)
        files = [(os.path.relpath(name, home), hashlib.sha256(self.contents[name]).digest()) for name in task.files]
        # the note tells salts apart, and guessing one costs as much as the blinded result itself makes it cost
        blind = order.blind.note if order.blind is not None else None
        return fingerprint((__version__, task.arguments, render(card, home), files, order.plots, blind))
