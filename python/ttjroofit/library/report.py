"""Everything at once, as the page of ``-M Report``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.report import POINTS, ReportOptions, compose_report
from ttjroofit.library.call import MINIMIZER, Engine, call_of
from ttjroofit.library.choices import whole
from ttjroofit.library.model import Source, as_model
from ttjroofit.results.report import ReportResult
from ttjroofit.run.compatibility import default_split
from ttjroofit.run.finish import timed
from ttjroofit.run.fit import fit_options

__all__ = ["report"]


def report(
    source: Source,
    *,
    points: int = POINTS,
    engine: Engine = "reduced",
    minimizer: str = MINIMIZER,
    parallel: int = 0,
) -> ReportResult:
    """All analyses that a combination is sold with; ``save`` writes them as one HTML page: ``-M Report``.

    Args:
        source: model, card or path of a card.
        points: of the scan of the first mass.
        engine: as of ``fit``.
        minimizer: as of ``fit``.
        parallel: number of processes.

    Raises:
        TtjroofitError: as of ``fit``.
    """
    points = whole("points", points, 2)
    model, clock = as_model(source), Clock()
    run = call_of(model, engine=engine, minimizer=minimizer, parallel=parallel, output=Path.cwd())
    split = model.options.split or default_split(model.card, model.options.measurements)
    options = ReportOptions(model.options, fit_options(run, model.card), split, points)
    reported = compose_report(model.card, model.combination, options, run.workers, clock)
    return replace(timed(reported.result, clock), card_text=run.card_text(model.card))
