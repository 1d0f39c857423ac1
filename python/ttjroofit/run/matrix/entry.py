"""One entry of a matrix: a run of its own in a folder of its own, from files that were read before."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from ttjroofit.analysis.tasks import Serial
from ttjroofit.card.statements import Card
from ttjroofit.errors import TtjroofitError
from ttjroofit.run.asking import make_run
from ttjroofit.run.cli import parse_call
from ttjroofit.run.matrix.held import Held, unpack
from ttjroofit.run.methods import METHODS
from ttjroofit.run.request import Run

__all__ = ["EntryAnswer", "EntryTask", "run_entry"]

NAMING_A_FILE = ("measurements", "theory", "shapes")
"""Fields of a card whose statements have a ``path``."""


@dataclass(frozen=True)
class EntryTask:
    """What one entry needs beside ``Held``.

    Attributes:
        name: of the entry.
        card: name among ``Held.cards``.
        arguments: of the program, without the card and the output folder.
        settings: in place of those of the card.
        files: names among ``Held.files``.
        folder: absolute, where the files will be: the card there has names relative to it.
        call: the call as it may be written down.
    """

    name: str
    card: str
    arguments: tuple[str, ...]
    settings: Mapping[str, str]
    files: tuple[str, ...]
    folder: str
    call: str


@dataclass(frozen=True)
class EntryAnswer:
    """What came out.

    Attributes:
        status: exit status of the run.
        error: why there is no result; None if there is one.
        files: name to content of all that was written.
        folder: absolute; names of files in ``card.txt`` are relative to it.
    """

    status: int
    error: str | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    folder: str = ""


@dataclass(frozen=True, kw_only=True)
class _EntryRun(Run):
    """A run whose card is known and whose folder is not where its files will stay.

    Attributes:
        known: the card; its lines name files where they were read, its statements where they are now.
        home: where the output files will be.
    """

    known: Card
    home: Path

    def read(self) -> Card:
        """The card."""
        return self.known

    def card_text(self, card: Card) -> str:
        """The card as one text; names of files are relative to ``home``."""
        return Run.card_text(replace(self, output=self.home), card)


def run_entry(held: Held, task: EntryTask) -> EntryAnswer:
    """Do one entry.

    Args:
        held: cards and files.
        task: the entry.

    Returns:
        All files of its folder; or, if it cannot be run, the status that the program would end with and its message.
    """
    with TemporaryDirectory(prefix="ttjroofit_") as folder:
        scratch = Path(os.path.realpath(folder))
        output = scratch / "output"
        try:
            status = _do(held, task, scratch / "input", output)
        except click.ClickException as error:
            return EntryAnswer(2, error.format_message())
        except TtjroofitError as error:
            return EntryAnswer(2, _without(scratch / "input", str(error)))
        except Exception as error:
            # whatever one entry runs into, the others are worth having
            return EntryAnswer(1, _without(scratch / "input", f"{type(error).__name__}: {error}"))
        files = {path.name: path.read_bytes() for path in sorted(output.iterdir())}
        return EntryAnswer(status, files=files, folder=task.folder)


def _do(held: Held, task: EntryTask, root: Path, output: Path) -> int:
    unpacked = unpack(held, task.files, root)
    card = held.cards[task.card]
    _, method, options = parse_call([str(card.path), *task.arguments, "-o", str(output)])
    options = {
        name: unpacked.get(value, value) if isinstance(value, Path) else value for name, value in options.items()
    }
    options |= {"verbose": held.verbosity, "no_plots": options["no_plots"] or not held.plots}
    # a salt in the environment of a worker is not that of the call
    options["blind"] = held.blind.salt if held.blind is not None else None
    run = make_run(card.path, method, options, command=task.call, workers=Serial())
    return METHODS[method](_entry_run(run, card.parse(task.settings), unpacked, Path(task.folder))).status


def _entry_run(run: Run, stated: Card, unpacked: Mapping[Path, Path], home: Path) -> Run:
    moved: dict[str, Any] = {
        kind: tuple(replace(entry, path=unpacked.get(entry.path, entry.path)) for entry in getattr(stated, kind))
        for kind in NAMING_A_FILE
    }
    values = {entry.name: getattr(run, entry.name) for entry in fields(run)}
    return _EntryRun(**values, known=replace(stated, **moved), home=home)


def _without(root: Path, text: str) -> str:
    """A text with the names that unpacked files have where they were read."""
    return text.replace(str(root), "")
