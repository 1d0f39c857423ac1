"""``-M Coverage``: how often the intervals hold the truth."""

from __future__ import annotations

from dataclasses import replace

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.coverage import CoveragePlan, study_coverage
from ttjroofit.errors import OptionError
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.options import ToyOptions
from ttjroofit.run.finish import finish, timed
from ttjroofit.run.output import OutputFolder
from ttjroofit.run.request import Outcome, Run
from ttjroofit.show.coverage import coverage_summary

__all__ = ["run_coverage"]


def run_coverage(run: Run) -> Outcome:
    """Study the coverage and write everything; exit status 1 if a toy could not be fitted."""
    toys = _require_toys(run)
    clock = Clock(run.listener)
    with clock.stage("inputs"):
        card = run.read()
        # both choices are made for the toys; the truth is that of the published values
        combination = load_combination(card, replace(run.model, pulls="published"))
    plan = CoveragePlan(toys.count, toys.seed, run.model.scenario or card.scenario)
    result = study_coverage(combination, plan, clock, run.workers)
    folder = OutputFolder(run.output)
    if run.plots:
        with clock.stage("plots"):
            from ttjroofit.show.coverage_figures import coverage_figures  # noqa: PLC0415 -- imports matplotlib

            folder.write_figures(coverage_figures(result))
    return finish(folder, run.card_text(card), timed(result, clock), coverage_summary, good=result.good)


def _require_toys(run: Run) -> ToyOptions:
    if run.toys is None:
        raise OptionError("-M Coverage throws toys: give their number, -t N, or leave out -t")
    if run.toys.file is not None or run.toys.save:
        raise OptionError("-M Coverage throws its toys and keeps none: leave out --toysFile and --saveToys")
    if run.model.pulls is not None:
        raise OptionError("-M Coverage studies published and zero pulls: leave out --pulls")
    return run.toys
