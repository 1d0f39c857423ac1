"""Which jobs are done, failed, at work or missing: from their results first, then from what they say of themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from ttjroofit.errors import InputError, Place
from ttjroofit.files import visible
from ttjroofit.run.jobs.arguments import SILENCE
from ttjroofit.run.jobs.queue import queued
from ttjroofit.run.jobs.record import JobRecord, read_record
from ttjroofit.run.jobs.stage import Stage

__all__ = ["JobState", "StageStatus", "status_of"]

State = Literal["done", "running", "waiting", "failed", "missing"]

LEFT = ("failed", "missing")
"""States of the jobs that have to be submitted (again)."""


@dataclass(frozen=True)
class JobState:
    """A job as seen from its files.

    Attributes:
        job: its number.
        state: ``done`` if all its tasks have a result that is whole, whatever its record says; ``running``;
            ``waiting`` in a batch system; ``failed`` with an error, killed, or with a result that is torn;
            ``missing`` if nothing is known of it.
        tasks: how many it has.
        results: how many of them have a result.
        why: why it failed.
        host, seconds, exit: of its last run; empty, 0 and None if there was none.
    """

    job: int
    state: State
    tasks: int
    results: int
    why: str = ""
    host: str = ""
    seconds: float = 0.0
    exit: int | None = None


@dataclass(frozen=True)
class StageStatus:
    """The jobs of a stage.

    Attributes:
        stage: its number.
        name: what its tasks hold, in the plural.
        units: how many of them.
        jobs: all of them.
    """

    stage: int
    name: str
    units: int
    jobs: Sequence[JobState]

    @property
    def counts(self) -> dict[str, int]:
        """Jobs by their states."""
        return dict(Counter(job.state for job in self.jobs))

    @property
    def summary(self) -> str:
        """One line."""
        counts = ", ".join(f"{count} {state}" for state, count in sorted(self.counts.items()))
        return f"stage {self.stage}, {self.units} {self.name} in {len(self.jobs)} jobs: {counts}"

    @property
    def left(self) -> list[int]:
        """Jobs that failed or of which nothing is known."""
        return [job.job for job in self.jobs if job.state in LEFT]

    @property
    def complete(self) -> bool:
        """Whether every task has its result."""
        return all(job.state == "done" for job in self.jobs)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "stage": self.stage,
            "name": self.name,
            "units": self.units,
            "complete": self.complete,
            "counts": self.counts,
            "jobs": [asdict(job) for job in self.jobs],
        }


def status_of(stage: Stage, silence: float = SILENCE) -> StageStatus:
    """The state of all jobs of a stage.

    Args:
        stage: on disk.
        silence: seconds without a sign of life after which a job is taken for dead.

    Raises:
        InputError: if there are results of tasks that the stage does not have.
    """
    _check_strangers(stage)
    states = [_state(stage, job, silence) for job in stage.jobs]
    if any(state.state != "done" for state in states):
        in_queue = queued(stage)
        states = [_with_queue(state, state.job in in_queue) for state in states]
    return StageStatus(stage.index.number, stage.index.name, sum(stage.index.sizes), tuple(states))


def _check_strangers(stage: Stage) -> None:
    """Nothing doubled: a result has the number of one of the tasks."""
    known = {f"{number}.task" for number in range(len(stage.index.sizes))}
    strange = sorted(path.name for path in stage.journal.folder.glob("*.task") if path.name not in known)
    if strange:
        raise InputError(
            f"{', '.join(strange[:3])}: no such task: the stage has 0 to {len(known) - 1}; remove the file",
            Place(stage.journal.folder),
        )


def _state(stage: Stage, job: int, silence: float) -> JobState:
    good, torn = 0, []
    for number in stage.members(job):
        try:
            whole = stage.journal.payload(number) is not None
        except OSError:
            continue
        good += whole
        torn += [] if whole else [number]
    record = read_record(stage, job)
    state, why = _judged(good == len(stage.members(job)), torn, record, silence)
    known = (visible(record.host), record.seconds, record.exit) if record is not None else ("", 0.0, None)
    return JobState(job, state, len(stage.members(job)), good, visible(why), *known)


def _judged(complete: bool, torn: Sequence[int], record: JobRecord | None, silence: float) -> tuple[State, str]:
    if complete:
        return "done", ""
    if record is not None and record.alive(silence):
        return "running", ""
    if record is not None and record.state == "failed":
        return "failed", record.error
    if torn:
        return "failed", f"the result of task {torn[0]} is torn or of other jobs"
    if record is None:
        return "missing", ""
    silent = record.state == "started"
    return "failed", "no sign of life: killed?" if silent else "done, but results are missing: were they removed?"


def _with_queue(state: JobState, in_queue: bool) -> JobState:
    if not in_queue or state.state not in LEFT:
        return state
    return replace(state, state="waiting", why="")
