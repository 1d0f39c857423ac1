"""``-M Impacts``: pulls, constraints and impacts of all nuisances."""

from __future__ import annotations

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.fit import fit_masses
from ttjroofit.analysis.impacts import compute_impacts
from ttjroofit.results.impacts import combine_json
from ttjroofit.run.finish import finish, timed
from ttjroofit.run.fit import fit_options
from ttjroofit.run.output import OutputFolder
from ttjroofit.run.request import Outcome, Run
from ttjroofit.show.impacts import impacts_summary

__all__ = ["run_impacts"]


def run_impacts(run: Run) -> Outcome:
    """Fit, work out the impacts, and write them; exit status 1 if the fit or a refit failed."""
    clock = Clock(run.listener)
    with clock.stage("inputs"):
        card, combination = run.load()
    fitted = fit_masses(combination, fit_options(run, card), clock)
    result = compute_impacts(fitted, clock, named=run.named, refit=run.approx == "none")
    folder = OutputFolder(run.output)
    if run.plots:
        with clock.stage("plots"):
            from ttjroofit.show.impacts_figures import impacts_figures  # noqa: PLC0415 -- imports matplotlib

            folder.write_pages("impacts", impacts_figures(result))
    result = timed(result, clock)
    folder.write_text("impacts.json", combine_json(result))
    refitted = all(impact is not None for parameter in result.parameters for impact in parameter.impact.values())
    return finish(folder, run.card_text(card), result, impacts_summary, good=result.status.good and refitted)
