"""What a job says of itself: ``status/job_K.json``."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import FiniteFloat

from ttjroofit.errors import InputError, OptionError
from ttjroofit.run.jobs.documents import read_document, text_of
from ttjroofit.run.jobs.stage import Stage
from ttjroofit.run.output import write_whole

__all__ = ["HEARTBEAT", "JobRecord", "beating", "read_record", "write_record"]

HEARTBEAT = 20.0
"""Seconds between two signs of life."""


@dataclass(frozen=True, kw_only=True)
class JobRecord:
    """The last that is known of a job.

    Attributes:
        schema: of the file.
        state: whether it works, has done its tasks, or has failed.
        host, pid: where it runs or ran.
        started, heard: time of its begin and of its last sign of life, in seconds since 1970.
        seconds: it has taken.
        exit: its exit status; None while it works.
        error: what went wrong, else empty.
    """

    schema: Literal["ttjroofit/jobs/status/1"] = "ttjroofit/jobs/status/1"
    state: Literal["started", "done", "failed"]
    host: str
    pid: int
    started: FiniteFloat
    heard: FiniteFloat
    seconds: FiniteFloat
    exit: int | None = None
    error: str = ""

    @classmethod
    def begin(cls) -> JobRecord:
        """Of a job that begins in this process."""
        now = time.time()
        return cls(state="started", host=socket.gethostname(), pid=os.getpid(), started=now, heard=now, seconds=0.0)

    def now(self, state: Literal["started", "done", "failed"], status: int | None = None, error: str = "") -> JobRecord:
        """The same job at this time."""
        heard = time.time()
        seconds = round(heard - self.started, 3)
        return replace(self, state=state, heard=heard, seconds=seconds, exit=status, error=error)

    def alive(self, silence: float) -> bool:
        """Whether the job seems to work: its sign of life is recent, and its process is there if that can be seen.

        Args:
            silence: seconds without a sign of life after which it is taken for dead.
        """
        if self.state != "started" or time.time() - self.heard > silence:
            return False
        return self.host != socket.gethostname() or _runs(self.pid)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def write_record(stage: Stage, job: int, record: JobRecord) -> None:
    """Replace the record of a job.

    Raises:
        OptionError: if it cannot be written.
    """
    write_whole(stage.folder / "status" / f"job_{job}.json", text_of(record))


def read_record(stage: Stage, job: int) -> JobRecord | None:
    """The record of a job; None if there is none that can be read."""
    try:
        return read_document(stage.folder / "status" / f"job_{job}.json", JobRecord)
    except InputError:
        return None


@contextmanager
def beating(stage: Stage, job: int, record: JobRecord) -> Iterator[None]:
    """Give signs of life as long as the block runs."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(HEARTBEAT):
            try:
                write_record(stage, job, record.now("started"))
            except (OptionError, OSError):
                # a full disk is told by the task that has a result to write
                continue

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
