"""One job: its tasks one after the other, each result kept as soon as it is there."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ttjroofit.errors import OptionError, TtjroofitError
from ttjroofit.run.jobs.record import JobRecord, beating, write_record
from ttjroofit.run.jobs.stage import Stage
from ttjroofit.run.stopping import StoppedError
from ttjroofit.run.workers.piece import perform

__all__ = ["run_job"]

SCRATCH = "_CONDOR_SCRATCH_DIR"
"""HTCondor's folder for the job; others set TMPDIR, which ``tempfile`` knows."""


def run_job(stage: Stage, job: int) -> int:
    """Do the tasks of a job that have no result yet, in a scratch folder.

    A task that fails does not stop those after it. Several runners of one job do no harm: each file is written whole,
    and they write the same.

    Returns:
        Exit status: 0 if all tasks have a result now, 1 if one failed.

    Raises:
        OptionError: if there is no such job, or its record cannot be written.
        KeyboardInterrupt: if a signal stopped the job, which its record then says.
    """
    if job not in stage.jobs:
        raise OptionError(f"--job {job}: {stage.folder} has the jobs 0 to {len(stage.jobs) - 1}")
    record = JobRecord.begin()
    write_record(stage, job, record)
    try:
        with beating(stage, job, record), _scratch():
            error = _do_tasks(stage, job)
    except KeyboardInterrupt as stop:
        number = stop.number if isinstance(stop, StoppedError) else signal.SIGINT
        write_record(stage, job, record.now("failed", 128 + number, _stopped(number)))
        raise
    status = 1 if error else 0
    write_record(stage, job, record.now("failed" if error else "done", status, error))
    return status


def _do_tasks(stage: Stage, job: int) -> str:
    """The first error; empty if there is none."""
    try:
        work, shared = stage.work()
        tasks = stage.tasks(job)
    except Exception as error:
        return _told(error)
    first = ""
    for number, task in tasks.items():
        if _is_done(stage, number):
            continue
        try:
            stage.journal.write(number, perform(work, shared, task))
        except Exception as error:
            first = first or f"task {number}: {_told(error)}"
    return first


def _is_done(stage: Stage, number: int) -> bool:
    with suppress(OSError):
        return stage.journal.payload(number) is not None
    return False


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, TtjroofitError) else f"{type(error).__name__}: {error}"


def _stopped(number: int) -> str:
    if number == signal.SIGINT:
        return "stopped by Ctrl-C"
    return f"stopped by {signal.Signals(number).name}: out of time, out of memory, or cancelled?"


@contextmanager
def _scratch() -> Iterator[None]:
    """A folder of its own for what the work may write, removed afterwards."""
    here = os.getcwd()  # noqa: PTH109 -- as it was, with its symbolic links
    with tempfile.TemporaryDirectory(prefix="ttjroofit_", dir=os.environ.get(SCRATCH)) as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(here)
