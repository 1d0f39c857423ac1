"""``-M GoodnessOfFit``: the saturated chi2, asymptotically and by toys."""

from __future__ import annotations

from dataclasses import replace

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.goodness_of_fit import goodness_of_fit
from ttjroofit.results.store import to_json
from ttjroofit.run.fit import fit_options
from ttjroofit.run.output import OutputFolder
from ttjroofit.run.request import Outcome, Run
from ttjroofit.run.toys import sample_of, save_toys
from ttjroofit.show.goodness_of_fit import goodness_of_fit_summary

__all__ = ["run_goodness_of_fit"]


def run_goodness_of_fit(run: Run) -> Outcome:
    """Fit the data and the toys and write everything; exit status 1 if a fit failed."""
    clock = Clock(run.listener)
    with clock.stage("inputs"):
        card, combination = run.load()
        sample = sample_of(run, card, combination)
    result = goodness_of_fit(combination, fit_options(run, card), sample, clock=clock, workers=run.workers)
    folder = OutputFolder(run.output)
    if sample is not None and run.toys is not None and run.toys.save:
        with clock.stage("files"):
            save_toys(combination, sample, folder, run.workers)
    if run.plots and result.chi2_toys is not None:
        with clock.stage("plots"):
            from ttjroofit.show.goodness_of_fit_figures import goodness_of_fit_figures  # noqa: PLC0415 -- imports matplotlib

            folder.write_figures(goodness_of_fit_figures(result))
    result = replace(result, timing_s={name: round(seconds, 4) for name, seconds in clock.seconds.items()})
    summary = goodness_of_fit_summary(result)
    folder.write_text("card.txt", run.card_text(card))
    folder.write_text("summary.txt", summary)
    folder.write_text("result.json", to_json(result))
    return Outcome(summary, tuple(folder.written), 0 if result.good else 1)
