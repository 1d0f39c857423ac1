"""A result written as the program writes it."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any

from ttjroofit.analysis.fit import Fitted
from ttjroofit.library.call import call_of
from ttjroofit.library.model import Model
from ttjroofit.library.showing import plain, summary
from ttjroofit.results.cross_sections import CrossSections
from ttjroofit.results.impacts import ImpactsResult, combine_json
from ttjroofit.results.report import ReportResult
from ttjroofit.results.store import to_json
from ttjroofit.results.toys import ToyFitsResult
from ttjroofit.roofit.store import write_fit, write_workspace
from ttjroofit.run.cross_sections_text import csv_files, to_yaml
from ttjroofit.run.output import OutputFolder

__all__ = ["save"]


def save(
    result: Any, folder: str | os.PathLike[str], *, model: Model | None = None, figures: bool = True
) -> list[Path]:
    """Write a result into a folder under the names that the program uses, each file whole or not at all.

    Always ``summary.txt`` and, last of all, ``result.json``, which ``read_result`` and ``ttjroofit plot`` read; what
    else follows from the result: figures, ``impacts.json``, ``result.yaml`` and CSV of cross sections,
    ``toy_fits.root``, ``report.html``. With what ``fit_workspace`` gives also ``workspace.root`` and ``fit.root``.

    Args:
        result: of any analysis.
        folder: made if it is not there.
        model: that was analysed, for ``card.txt``, which repeats it.
        figures: whether they are drawn.

    Returns:
        The files.

    Raises:
        OptionError: if it is no result, or the folder cannot be written.
    """
    bare = plain(result)
    output = OutputFolder(Path(folder))
    text = call_of(model, output=output.path).card_text(model.card) if model is not None else ""
    if figures:
        _write_figures(bare, output)
    if isinstance(result, Fitted):
        output.write_root("workspace.root", partial(write_workspace, result.workspace, text))
        output.write_root("fit.root", partial(write_fit, result.roofit_result))
    _write_more(bare, output, figures=figures)
    if model is not None:
        output.write_text("card.txt", text)
    output.write_text("summary.txt", summary(bare))
    output.write_text("result.json", to_json(bare))
    return list(output.publish())


def _write_figures(result: Any, output: OutputFolder) -> None:
    from ttjroofit.show.gallery import figures_of  # noqa: PLC0415 -- imports matplotlib

    # the report holds its figures in its page
    if isinstance(result, ReportResult):
        return
    for stem, figure in figures_of(result).items():
        if isinstance(figure, list):
            output.write_pages(stem, figure)
        else:
            output.write_figures({stem: figure})


def _write_more(result: Any, output: OutputFolder, *, figures: bool) -> None:
    """What some results are written as besides."""
    if isinstance(result, ImpactsResult):
        output.write_text("impacts.json", combine_json(result))
    elif isinstance(result, CrossSections):
        output.write_text("result.yaml", to_yaml(result))
        for name, text in csv_files(result).items():
            output.write_text(name, text)
    elif isinstance(result, ToyFitsResult):
        # uproot takes half a second to import
        from ttjroofit.run.toys_tree import write_toy_fits  # noqa: PLC0415

        output.write_root("toy_fits.root", partial(write_toy_fits, result))
    elif isinstance(result, ReportResult):
        from ttjroofit.show.report.page import report_page  # noqa: PLC0415 -- imports matplotlib and jinja

        output.write_text("report.html", report_page(result, figures=figures))
