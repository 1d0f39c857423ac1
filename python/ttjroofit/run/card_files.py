"""The files that a card needs."""

from __future__ import annotations

from pathlib import Path

from ttjroofit.card.statements import Card
from ttjroofit.inputs.named_files import matrix_files
from ttjroofit.model.files import require_file

__all__ = ["files_of"]


def files_of(card: Card) -> tuple[Path, ...]:
    """The input files of a card, each once, by absolute names; the card itself and its includes are not among them.

    Raises:
        CardError: if one that the card names does not exist.
        InputError: if a measurement file cannot be read.
    """
    measurements = [require_file(statement.path, statement.place) for statement in card.measurements]
    theory = [require_file(statement.path, statement.place) for statement in card.theory]
    workspaces = [require_file(statement.path, statement.place) for statement in card.shapes]
    matrices = [file for path in measurements for file in matrix_files(path)]
    return tuple(dict.fromkeys([*measurements, *theory, *workspaces, *matrices]))
