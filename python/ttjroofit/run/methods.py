"""The methods of the command line by the names that users of combine know."""

from __future__ import annotations

from collections.abc import Callable

from ttjroofit.run.compatibility import run_compatibility
from ttjroofit.run.cross_sections import run_cross_sections
from ttjroofit.run.fit import run_fit
from ttjroofit.run.impacts import run_impacts
from ttjroofit.run.request import Outcome, Run
from ttjroofit.run.validate import run_validate
from ttjroofit.run.workspace import run_workspace

__all__ = ["METHODS"]

METHODS: dict[str, Callable[[Run], Outcome]] = {
    "Fit": run_fit,
    "Compatibility": run_compatibility,
    "Impacts": run_impacts,
    "CrossSections": run_cross_sections,
    "Workspace": run_workspace,
    "Validate": run_validate,
}
