"""The methods of the command line by the names that users of combine know."""

from __future__ import annotations

from collections.abc import Callable

from ttjroofit.run.compatibility import run_compatibility
from ttjroofit.run.correlation_scan import run_correlation_scan
from ttjroofit.run.coverage import run_coverage
from ttjroofit.run.cross_sections import run_cross_sections
from ttjroofit.run.fit import run_fit
from ttjroofit.run.generate import run_generate
from ttjroofit.run.goodness_of_fit import run_goodness_of_fit
from ttjroofit.run.impacts import run_impacts
from ttjroofit.run.multidimfit import run_multidimfit
from ttjroofit.run.report import run_report
from ttjroofit.run.request import Outcome, Run
from ttjroofit.run.shift_statistics import run_shift_statistics
from ttjroofit.run.toys import run_toy_fits
from ttjroofit.run.validate import run_validate
from ttjroofit.run.workspace import run_workspace

__all__ = ["METHODS"]


def _fit(run: Run) -> Outcome:
    return run_fit(run) if run.toys is None else run_toy_fits(run)


def _multidimfit(run: Run) -> Outcome:
    return run_multidimfit(run) if run.toys is None else run_toy_fits(run)


METHODS: dict[str, Callable[[Run], Outcome]] = {
    "Fit": _fit,
    "MultiDimFit": _multidimfit,
    "Compatibility": run_compatibility,
    "Impacts": run_impacts,
    "GoodnessOfFit": run_goodness_of_fit,
    "GenerateOnly": run_generate,
    "CrossSections": run_cross_sections,
    "Coverage": run_coverage,
    "CorrelationScan": run_correlation_scan,
    "ShiftStatistics": run_shift_statistics,
    "Report": run_report,
    "Workspace": run_workspace,
    "Validate": run_validate,
}
