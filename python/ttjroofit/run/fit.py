"""``-M Fit``: masses by RooFit."""

from __future__ import annotations

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.fit import FitOptions, fit_masses
from ttjroofit.card.statements import Card
from ttjroofit.roofit.store import write_fit, write_workspace
from ttjroofit.run.finish import finish, timed
from ttjroofit.run.output import OutputFolder
from ttjroofit.run.request import Outcome, Run
from ttjroofit.show.summary import fit_summary

__all__ = ["fit_options", "run_fit"]


def run_fit(run: Run) -> Outcome:
    """Fit and write everything; exit status 1 if a fit failed."""
    clock = Clock(run.listener)
    with clock.stage("inputs"):
        card, combination = run.load(external=True)
    fitted = fit_masses(combination, fit_options(run, card), clock)
    folder, text = OutputFolder(run.output), run.card_text(card)
    if run.plots:
        with clock.stage("plots"):
            from ttjroofit.show.figures import fit_figures  # noqa: PLC0415 -- imports matplotlib
            from ttjroofit.show.smoothing_figures import smoothing_pages  # noqa: PLC0415

            folder.write_figures(fit_figures(fitted.result))
            if pages := smoothing_pages(fitted.result):
                folder.write_pages("smoothing", pages)
    with clock.stage("files"):
        folder.write_root("workspace.root", lambda path: write_workspace(fitted.workspace, text, path))
        folder.write_root("fit.root", lambda path: write_fit(fitted.roofit_result, path))
    result = timed(fitted.result, clock)
    return finish(folder, text, result, fit_summary, good=result.status.good)


def fit_options(run: Run, card: Card) -> FitOptions:
    """How to fit, from what was asked and what the card says."""
    return FitOptions(
        engine=run.engine,
        minimizer=run.minimizer,
        verbosity=run.verbosity,
        scenario=run.model.scenario or card.scenario,
        pulls=run.model.pulls or card.pulls,
        asimov=run.model.asimov,
        chi2_form=run.chi2,
    )
