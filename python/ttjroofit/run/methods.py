"""The methods of the command line by the names that users of combine know."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ttjroofit.run.request import Outcome, Run

__all__ = ["METHODS"]


def _method(module: str, name: str) -> Callable[[Run], Outcome]:
    """A method of a module that is imported when the method is called: all together take a second."""

    def call(run: Run) -> Outcome:
        outcome: Outcome = getattr(import_module(f"ttjroofit.run.{module}"), name)(run)
        return outcome

    return call


def _or_toys(method: Callable[[Run], Outcome]) -> Callable[[Run], Outcome]:
    """A method that fits toys if any are asked for."""
    toys = _method("toys", "run_toy_fits")
    return lambda run: (method if run.toys is None else toys)(run)


METHODS: dict[str, Callable[[Run], Outcome]] = {
    "Fit": _or_toys(_method("fit", "run_fit")),
    "MultiDimFit": _or_toys(_method("multidimfit", "run_multidimfit")),
    "Compatibility": _method("compatibility", "run_compatibility"),
    "Impacts": _method("impacts", "run_impacts"),
    "CrossSections": _method("cross_sections", "run_cross_sections"),
    "Coverage": _method("coverage", "run_coverage"),
    "Workspace": _method("workspace", "run_workspace"),
    "Validate": _method("validate", "run_validate"),
    "CorrelationScan": _method("correlation_scan", "run_correlation_scan"),
    "GoodnessOfFit": _method("goodness_of_fit", "run_goodness_of_fit"),
    "GenerateOnly": _method("generate", "run_generate"),
    "ShiftStatistics": _method("shift_statistics", "run_shift_statistics"),
    "Report": _method("report", "run_report"),
}
"""In the order of ``--help``."""
