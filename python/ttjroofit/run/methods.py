"""The methods of the command line by the names that users of combine know."""

from __future__ import annotations

from collections.abc import Callable

from ttjroofit.run.fit import run_fit
from ttjroofit.run.request import Outcome, Run
from ttjroofit.run.validate import run_validate
from ttjroofit.run.workspace import run_workspace

__all__ = ["METHODS"]

METHODS: dict[str, Callable[[Run], Outcome]] = {
    "Fit": run_fit,
    "Workspace": run_workspace,
    "Validate": run_validate,
}
