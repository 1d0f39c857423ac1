"""Figures of results that were written before: drawn first, then written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ttjroofit.errors import OptionError
from ttjroofit.inputs.published import PublishedMass, read_published
from ttjroofit.results.nuisance_correlation import NUISANCE_FILE, read_nuisance_correlation
from ttjroofit.run.output import OutputFolder
from ttjroofit.run.plot.opening import blamed_on, find_results, open_result, result_path
from ttjroofit.show.gallery import ALL, Beside, Figures, Kind, draw, figures_of, kind_named
from ttjroofit.show.style import labelled

__all__ = ["Order", "write_pictures"]

_FOLDER = "plots"


@dataclass(frozen=True)
class Order:
    """What is to be drawn.

    Attributes:
        kind: of figure.
        results: files or folders.
        output: folder for the figures; None for ``plots`` in the folder of each result.
        label: above the figures; None for the name of the program.
        published: files of masses of others.
    """

    kind: str
    results: Sequence[Path]
    output: Path | None = None
    label: str | None = None
    published: Sequence[Path] = ()


def write_pictures(order: Order) -> list[tuple[Path, list[str]]]:
    """Draw everything, then write it.

    Returns:
        Folders with the names of the files written into them.

    Raises:
        OptionError, InputError: if something cannot be drawn; then nothing is written.
    """
    kind = kind_named(order.kind)
    _check(order)
    with labelled(order.label) if order.label is not None else nullcontext():
        drawn = _together(order) if kind.together is not None else _one_by_one(order, kind)
    written = []
    for folder, figures in drawn.items():
        output = OutputFolder(folder)
        for stem, figure in figures.items():
            if isinstance(figure, list):
                output.write_pages(stem, figure)
            else:
                output.write_figures({stem: figure})
        written.append((folder, [path.name for path in output.publish()]))
    return written


def _check(order: Order) -> None:
    if order.published and order.kind != "summary":
        raise OptionError(f"--published is an option of `ttjroofit plot summary`, not of {order.kind}")
    if not order.results and not order.published:
        raise OptionError(f"figure {order.kind}: no result is given: name a result.json or its folder")
    if not order.results and order.output is None:
        raise OptionError(f"figure {order.kind}: without a result there is no folder to write into: give -o DIR")


def _together(order: Order) -> Mapping[Path, Figures]:
    published: list[PublishedMass] = [mass for path in order.published for mass in read_published(path)]
    results = [open_result(path) for path in order.results]
    folder = order.output or result_path(order.results[0]).parent / _FOLDER
    # published masses may be drawn alone
    with blamed_on(order.results[0]) if order.results else nullcontext():
        return {folder: draw(order.kind, results, Beside(published=published))}


def _one_by_one(order: Order, kind: Kind) -> Mapping[Path, Figures]:
    files = find_results(order.results)
    folders = _folders(files, order.output)
    drawn = {folder: _draw(order.kind, kind, file) for folder, file in zip(folders, files, strict=True)}
    drawn = {folder: figures for folder, figures in drawn.items() if figures}
    if not drawn:
        raise OptionError(f"figure {order.kind}: the method of {files[0]} draws no figures")
    return drawn


def _folders(files: Sequence[Path], output: Path | None) -> list[Path]:
    """Where the figures of each result go: with ``-o`` those of several results into folders named as theirs."""
    if output is not None and len(files) == 1:
        return [output]
    homes = [file.resolve().parent for file in files]
    folders = [home / _FOLDER if output is None else output / home.name for home in homes]
    twice = next((folder for folder in folders if folders.count(folder) > 1), None)
    if twice is not None:
        raise OptionError(f"figures of two results would be written into {twice}: give one at a time, with -o")
    return folders


def _draw(name: str, kind: Kind, file: Path) -> Figures:
    result: Any = open_result(file)
    nuisances = read_nuisance_correlation(file.parent / NUISANCE_FILE) if kind.needs_nuisances else None
    with blamed_on(file):
        return figures_of(result) if name == ALL else draw(name, [result], Beside(nuisances=nuisances))
