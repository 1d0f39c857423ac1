"""``-M CorrelationScan``: what the assumed correlations do; no ROOT."""

from __future__ import annotations

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.correlation_scan import ScanOptions, scan_correlations
from ttjroofit.run.finish import finish, timed
from ttjroofit.run.output import OutputFolder
from ttjroofit.run.request import Outcome, Run
from ttjroofit.show.correlation_scan import correlation_scan_summary

__all__ = ["run_correlation_scan"]


def run_correlation_scan(run: Run) -> Outcome:
    """Scan, differentiate, bound and compare, and write it; exit status 1 if a fit failed."""
    clock = Clock(run.listener)
    with clock.stage("inputs"):
        card, combination = run.load()
    result = scan_correlations(card, combination, ScanOptions(run.points, run.model, run.chi2), clock)
    folder = OutputFolder(run.output)
    if run.plots:
        with clock.stage("plots"):
            from ttjroofit.show.correlation_scan_figures import correlation_scan_figures  # noqa: PLC0415 -- matplotlib

            folder.write_figures(correlation_scan_figures(result))
    return finish(folder, run.card_text(card), timed(result, clock), correlation_scan_summary, good=result.good)
