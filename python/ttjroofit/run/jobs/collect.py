"""The results of all jobs put together: the call is made again, with the jobs' results in place of the work."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ttjroofit.analysis.tasks import Workers
from ttjroofit.errors import InputError, OptionError, Place
from ttjroofit.model.blinding import VARIABLE, Blinding
from ttjroofit.run.jobs.call import call
from ttjroofit.run.jobs.parts import Collecting, Mismatch
from ttjroofit.run.jobs.plan import PLAN_FILE, Plan, read_plan
from ttjroofit.run.jobs.stage import Split, Stage, stages_of, write_stage
from ttjroofit.run.jobs.status import StageStatus, status_of
from ttjroofit.run.request import Outcome

__all__ = ["HERE", "Collected", "collect"]

HERE = 300.0
"""Seconds that work after the jobs may take here; what takes longer is a stage of its own."""


@dataclass(frozen=True)
class Collected:
    """What became of collecting: one of these.

    Attributes:
        outcome: all results are written.
        incomplete: a stage whose jobs are not all done.
        further: jobs that were written now.
    """

    outcome: Outcome | None = None
    incomplete: StageStatus | None = None
    further: Stage | None = None


def collect(
    folder: Path, output: Path, here: Workers, limit: float = HERE, listener: Callable[[str], None] | None = None
) -> Collected:
    """Write what the call would have written, from the results of the jobs.

    Args:
        folder: of the jobs.
        output: folder to write to.
        here: does the work that comes up after the jobs.
        limit: seconds it may take; what takes longer is written as further jobs.
        listener: told the name of each stage of the call.

    Raises:
        InputError: if inputs have changed, or jobs and call do not belong together.
        TtjroofitError: of the call itself.
    """
    plan = read_plan(folder)
    plan.check_inputs(folder)
    stages = stages_of(folder, plan)
    for stage in stages.values():
        status = status_of(stage)
        if not status.complete:
            return Collected(incomplete=status)
    workers = Collecting(stages, here, limit)
    try:
        outcome = _replay(plan, folder, output, workers, listener)
        workers.check_over()
    except Split as wanted:
        return Collected(further=write_stage(folder, plan, wanted))
    except Mismatch as mismatch:
        raise InputError(f"{mismatch}: write the jobs again", Place(folder / PLAN_FILE)) from None
    return Collected(outcome)


def _replay(
    plan: Plan, folder: Path, output: Path, workers: Workers, listener: Callable[[str], None] | None = None
) -> Outcome:
    """Make the call of a plan on the copies of its inputs.

    Args:
        plan: in ``folder``.
        folder: of the jobs.
        output: folder to write to.
        workers: that its work is given to.
        listener: told the name of each stage of the call.

    Raises:
        OptionError: if the call was blinded and its salt is not in the environment.
    """
    options: dict[str, Any] = {**plan.options, "output": output, "blind": _salt(plan)}
    if options["toys_file"] is not None:
        options["toys_file"] = folder / options["toys_file"]
    return call(folder / plan.card, plan.method, options, command=plan.command, workers=workers, listener=listener)


def _salt(plan: Plan) -> str | None:
    """The salt of a blinded call, which is in no file."""
    if plan.blind is None:
        return None
    salt = os.environ.get(VARIABLE)
    if salt is None:
        raise OptionError(f"the jobs are of a blinded run: set {VARIABLE} to its salt")
    if Blinding(salt).note != plan.blind:
        raise OptionError(f"{VARIABLE}: another salt than that of the jobs, which says: {plan.blind}")
    return salt
