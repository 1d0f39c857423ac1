"""``-M ShiftStatistics``: the Monte Carlo statistical uncertainty of systematic shifts."""

from __future__ import annotations

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.shift_statistics import ShiftPlan, shift_statistics
from ttjroofit.errors import OptionError
from ttjroofit.model.options import ToyOptions
from ttjroofit.run.finish import finish, timed
from ttjroofit.run.output import OutputFolder
from ttjroofit.run.request import Outcome, Run
from ttjroofit.show.shift_statistics import shift_statistics_summary

__all__ = ["run_shift_statistics"]


def run_shift_statistics(run: Run) -> Outcome:
    """Throw and fit the toys and write everything; exit status 1 if a toy could not be fitted."""
    toys = _require_toys(run)
    clock = Clock(run.listener)
    with clock.stage("inputs"):
        card, combination = run.load()
    plan = ShiftPlan(toys.count, toys.seed, run.model.scenario or card.scenario, run.model.pulls or card.pulls)
    result = shift_statistics(combination, plan, clock, run.workers)
    folder = OutputFolder(run.output)
    if run.plots:
        with clock.stage("plots"):
            from ttjroofit.show.shift_statistics_figures import shift_statistics_figures  # noqa: PLC0415 -- matplotlib

            folder.write_figures(shift_statistics_figures(result))
    return finish(folder, run.card_text(card), timed(result, clock), shift_statistics_summary, good=result.good)


def _require_toys(run: Run) -> ToyOptions:
    if run.toys is None:
        raise OptionError("-M ShiftStatistics throws toys: give their number, -t N, or leave out -t")
    if run.toys.file is not None or run.toys.save or run.toys.frequentist:
        raise OptionError(
            "-M ShiftStatistics throws toys over shifts, the data stay: leave out --toysFile, --saveToys and "
            "--toysFrequentist"
        )
    return run.toys
