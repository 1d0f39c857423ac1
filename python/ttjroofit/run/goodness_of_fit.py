"""``-M GoodnessOfFit``: the saturated chi2, asymptotically and by toys."""

from __future__ import annotations

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.goodness_of_fit import goodness_of_fit
from ttjroofit.run.finish import finish, timed
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
    return finish(folder, run.card_text(card), timed(result, clock), goodness_of_fit_summary, good=result.good)
