"""Options of ``-M Jobs``, named as in combineTool."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import click

from ttjroofit.errors import OptionError
from ttjroofit.run.methods import METHODS

__all__ = ["JOB_OPTIONS", "MODES", "SILENCE", "JobMode", "JobOptions", "check_unused", "job_arguments", "parse_jobs"]

JOB_OPTIONS = {
    "of": "--of",
    "job_mode": "--job-mode",
    "task_name": "--task-name",
    "sub_opts": "--sub-opts",
    "pre_cmd": "--pre-cmd",
    "merge": "--merge",
    "dry_run": "--dry-run",
}
"""Options of jobs alone by the names that click gives them."""

SILENCE = 180.0
"""Seconds without a sign of life after which a job on another machine is taken for dead."""

JobMode = Literal["condor", "slurm", "script", "interactive"]

MODES: tuple[JobMode, ...] = get_args(JobMode)


@dataclass(frozen=True)
class JobOptions:
    """How jobs are made and run.

    Attributes:
        of: method of the jobs; None for a matrix of fits.
        mode: where they run.
        task_name: name in a batch system.
        sub_opts, pre_cmd: for the batch system, and lines of shell before each job.
        merge: tasks of a job.
        parallel: jobs at once of the mode ``script``.
        dry_run: whether submitting is left to the user.
    """

    of: str | None
    mode: JobMode
    task_name: str
    sub_opts: str
    pre_cmd: str
    merge: int
    parallel: int
    dry_run: bool


def job_arguments(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of jobs."""
    arguments = (
        click.option("--of", type=click.Choice(list(METHODS)), default=None, help="Jobs: the method to split."),
        click.option(
            "--job-mode",
            "job_mode",
            type=click.Choice(MODES),
            default=None,
            help="Jobs: where they run.  [default: interactive, here]",
        ),
        click.option("--task-name", "task_name", default=None, metavar="T", help="Jobs: name in the batch system."),
        click.option(
            "--sub-opts",
            "sub_opts",
            default=None,
            metavar="TEXT",
            help="Jobs: lines of the HTCondor file (\\n between them), or options of sbatch.",
        ),
        click.option("--pre-cmd", "pre_cmd", default=None, metavar="TEXT", help="Jobs: shell text before each job."),
        click.option("--merge", type=click.IntRange(1), default=None, metavar="N", help="Jobs: tasks in one job."),
        click.option("--dry-run", "dry_run", is_flag=True, help="Jobs: write all, submit nothing."),
    )
    for argument in reversed(arguments):
        command = argument(command)
    return command


def check_unused(method: str, options: Mapping[str, Any]) -> None:
    """See that a method other than Jobs is given none of these options.

    Raises:
        OptionError: if it is.
    """
    for name, option in JOB_OPTIONS.items():
        if options[name] is not None and options[name] is not False:
            raise OptionError(f"{option} is for -M Jobs, not for -M {method}")


def parse_jobs(card: Path, options: Mapping[str, Any]) -> JobOptions:
    """What was asked of the jobs.

    Raises:
        OptionError: if the method is missing or the name is none for a batch system, or the options do not go together.
    """
    matrix = card.suffix in (".yaml", ".yml")
    if matrix and options["of"] is not None:
        raise OptionError(f"--of {options['of']}: {card} is a matrix of fits, which names its method")
    if not matrix and options["of"] is None:
        raise OptionError("-M Jobs: which method? give --of GoodnessOfFit, or another one")
    if options["resume"] or options["dask"] is not None:
        option = "--resume" if options["resume"] else "--dask"
        raise OptionError(f"{option}: -M Jobs writes jobs and does no work; see `ttjroofit jobs -h`")
    mode: JobMode = options["job_mode"] or "interactive"
    if options["parallel"] and mode != "script":
        raise OptionError(f"--parallel {options['parallel']}: jobs at once are a choice of --job-mode script")
    return JobOptions(
        of=options["of"],
        mode=mode,
        task_name=_task_name(card, options),
        sub_opts=options["sub_opts"] or "",
        pre_cmd=options["pre_cmd"] or "",
        merge=options["merge"] or 1,
        parallel=options["parallel"],
        dry_run=options["dry_run"],
    )


def _task_name(card: Path, options: Mapping[str, Any]) -> str:
    name = options["task_name"]
    if name is None:
        words = "_".join(filter(None, [card.stem, options["name"], options["of"]]))
        return re.sub(r"[^A-Za-z0-9_.-]", "_", words)[:80]
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}", name):
        raise OptionError(f"--task-name {name!r}: give letters, digits, `_`, `.` and `-`, at most 80")
    return str(name)
