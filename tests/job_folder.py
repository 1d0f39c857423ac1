"""Folders of jobs for tests: made-up work on disk, and calls of the program."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ttjroofit._version import __version__
from ttjroofit.analysis.tasks import SplitWork
from ttjroofit.run.jobs.plan import Plan
from ttjroofit.run.jobs.stage import Split, Stage, write_stage

__all__ = ["CARDS", "PLAN", "PROCESS", "content", "job_process", "make_stage", "pre_command", "where"]

CARDS = Path(__file__).parents[1] / "cards"

PROCESS = Path(__file__).parent / "run" / "jobs" / "process"
"""Folder of the ``sitecustomize`` of job processes."""

PLAN = Plan(
    version=__version__,
    command="ttjroofit card.txt -M Jobs --of GoodnessOfFit",
    card="inputs/card.txt",
    method="GoodnessOfFit",
    options={},
    blind=None,
    inputs={},
    task_name="made_up",
    job_mode="script",
    sub_opts="",
    pre_cmd="",
    dry_run=True,
    merge=1,
    parallel=1,
    python=sys.executable,
)


def make_stage(
    folder: Path, work: Callable[[Any, Any], Any], shared: object, tasks: Sequence[object], **changes: object
) -> Stage:
    """A stage in a folder; ``changes``: of the plan."""
    folder.mkdir(parents=True, exist_ok=True)
    plan: Plan = replace(PLAN, **changes)  # type: ignore[arg-type]
    return write_stage(folder, plan, Split(1, SplitWork(work, shared, tasks, "toys", [10] * len(tasks))))


def content(folder: Path) -> str:
    """``result.json`` without what differs from run to run."""
    result = json.loads((folder / "result.json").read_text())
    del result["timing_s"]
    return json.dumps(result)


def pre_command(marks: Path, chunk: int) -> str:
    """Shell text that lets a process of a job start with our ``sitecustomize``."""
    said = {"PYTHONPATH": PROCESS, "TTJROOFIT_TEST_CHUNK": chunk, "TTJROOFIT_TEST_MARKS": marks}
    return "export " + " ".join(f"{name}={shlex.quote(str(value))}" for name, value in said.items())


def job_process(stage: Stage, job: int, path: Path | None = None) -> subprocess.Popen[bytes]:
    """One job as a batch system starts it.

    Args:
        stage: on disk.
        job: its number.
        path: where the process finds modules of the tests.
    """
    environment = {**os.environ, "PYTHONPATH": str(path or "")}
    return subprocess.Popen(
        [sys.executable, "-m", "ttjroofit", "jobs", "run", str(stage.folder), "--job", str(job)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def where(_: None, __: int) -> str:
    """Work that tells in which folder it is done."""
    return os.getcwd()  # noqa: PTH109
