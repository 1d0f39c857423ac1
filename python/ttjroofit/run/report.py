"""``-M Report``: one HTML page with all that a combination is sold with."""

from __future__ import annotations

from dataclasses import replace

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.report import POINTS, ReportOptions, compose_report
from ttjroofit.results.report import ReportResult
from ttjroofit.roofit.store import write_fit, write_workspace
from ttjroofit.run.compatibility import default_split
from ttjroofit.run.finish import finish, timed
from ttjroofit.run.fit import fit_options
from ttjroofit.run.output import OutputFolder
from ttjroofit.run.request import Outcome, Run
from ttjroofit.show.cross_sections import cross_sections_summary
from ttjroofit.show.summary import fit_summary

__all__ = ["report_summary", "run_report"]


def run_report(run: Run) -> Outcome:
    """Run all analyses and write the page; exit status 1 if a fit failed."""
    clock = Clock(run.listener)
    with clock.stage("inputs"):
        card, combination = run.load()
    split = run.model.split or default_split(card, run.model.measurements)
    points = POINTS if run.points is None else run.points
    options = ReportOptions(run.model, fit_options(run, card), split, points)
    reported = compose_report(card, combination, options, run.workers, clock)
    folder, text = OutputFolder(run.output), run.card_text(card)
    fitted = reported.fitted
    if fitted is not None:
        with clock.stage("files"):
            folder.write_root("workspace.root", lambda path: write_workspace(fitted.workspace, text, path))
            folder.write_root("fit.root", lambda path: write_fit(fitted.roofit_result, path))
    result = replace(timed(reported.result, clock), card_text=text)
    # matplotlib and jinja take most of a second to import: not for --help
    from ttjroofit.show.report.page import report_page  # noqa: PLC0415

    if run.listener is not None:
        run.listener("page")
    folder.write_text("report.html", report_page(result, figures=run.plots))
    return finish(folder, text, result, report_summary, good=result.good)


def report_summary(result: ReportResult) -> str:
    """The summary of the fit, or of the cross sections, and what the report does not hold."""
    if result.fit is not None:
        texts = [fit_summary(replace(result.fit, timing_s=result.timing_s))]
    else:
        texts = [cross_sections_summary(replace(result.cross_sections, timing_s=result.timing_s))]
    missing = [f"not in the report: {part.part} ({part.reason})\n" for part in result.skipped]
    return "\n".join([*texts, *missing])
