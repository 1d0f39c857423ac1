"""A stage: the tasks of one ``map`` of a run on disk, grouped into jobs, with their results.

A stage folder holds all that its jobs need, in one level, as a batch system that copies files wants it::

    stage.json        what the stage is
    shared.pickle     the work and what all its tasks share
    job_0.tasks       the tasks of job 0, by their numbers, pickled
    results/          a file a task, with a checksum: run/workers/journal.py
    status/           a file a job
    logs/             what jobs and the batch system say
"""

from __future__ import annotations

import hashlib
import os
import pickle
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from ttjroofit._version import __version__
from ttjroofit.analysis.tasks import SplitWork, split
from ttjroofit.errors import InputError, OptionError, Place
from ttjroofit.run.jobs.documents import digest_of, read_document, text_of
from ttjroofit.run.jobs.plan import PLAN_FILE, Plan
from ttjroofit.run.workers.journal import Journal
from ttjroofit.run.workers.piece import PICKLE_PROTOCOL

__all__ = ["Split", "Stage", "open_up", "read_stage", "stages_of", "work_name", "write_stage"]

STAGE_FILE = "stage.json"
SHARED_FILE = "shared.pickle"


class Split(BaseException):
    """The work that a run wants to have split, in place of its results.

    It leaves a run at the point where jobs take over; no ``Exception``, as analyses go on after some of those.

    Attributes:
        number: of the ``map`` in the run, from 1.
        asked: the work.
        done: pickled results that are there already, by the numbers of their tasks.
    """

    def __init__(self, number: int, asked: SplitWork[Any], done: Mapping[int, bytes] | None = None) -> None:
        super().__init__(asked.name)
        self.number = number
        self.asked = asked
        self.done = done or {}


@dataclass(frozen=True, kw_only=True)
class StageIndex:
    """``stage.json``.

    Attributes:
        schema: of the file.
        version: of the program that wrote it.
        plan: digest of the plan it belongs to.
        number: of the map in the run, from 1.
        work: name of the function.
        name: what the tasks hold, in the plural.
        sizes: units of each task.
        merge: tasks of a job.
        shared: SHA-256 of ``shared.pickle``.
        tasks: SHA-256 of the tasks of each job.
    """

    schema: Literal["ttjroofit/jobs/stage/1"] = "ttjroofit/jobs/stage/1"
    version: str
    plan: str
    number: int
    work: str
    # a part of the name of the folder of results
    name: Annotated[str, Field(pattern="^[A-Za-z_]{1,50}$")]
    sizes: list[Annotated[int, Field(ge=0, le=10**9)]]
    merge: Annotated[int, Field(ge=1)]
    shared: str
    tasks: list[str]

    def __post_init__(self) -> None:
        """See that each task is in one job.

        Raises:
            ValueError: if there are too many jobs, or too few.
        """
        if len(self.tasks) != -(-len(self.sizes) // self.merge):
            raise ValueError(f"{len(self.tasks)} jobs of {self.merge} tasks do not hold {len(self.sizes)} tasks")


@dataclass(frozen=True)
class Stage:
    """A stage on disk.

    Attributes:
        folder: of the stage.
        index: what it is.
    """

    folder: Path
    index: StageIndex

    @property
    def jobs(self) -> range:
        """Numbers of the jobs."""
        return range(len(self.index.tasks))

    def members(self, job: int) -> range:
        """Numbers of the tasks of a job: each task is in exactly one."""
        return range(job * self.index.merge, min((job + 1) * self.index.merge, len(self.index.sizes)))

    @cached_property
    def journal(self) -> Journal:
        """The results: their checksums hold what the stage is, so that those of another one do not count."""
        mark = hashlib.blake2b(text_of(self.index).encode(), digest_size=16).hexdigest()
        return Journal(self.folder / "results" / f"{self.index.name}-{mark}", len(self.index.sizes))

    def work(self) -> tuple[Callable[[Any, Any], Any], Any]:
        """The function and what its tasks share.

        Raises:
            InputError: if the file is not the one that was written.
        """
        work, shared = self._load(SHARED_FILE, self.index.shared)
        return work, shared

    def tasks(self, job: int) -> dict[int, Any]:
        """The tasks of a job by their numbers.

        Raises:
            InputError: if the file is not the one that was written.
        """
        tasks: dict[int, Any] = self._load(f"job_{job}.tasks", self.index.tasks[job])
        return tasks

    def _load(self, name: str, digest: str) -> Any:
        path = self.folder / name
        try:
            found = digest_of(path)
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", Place(path)) from None
        if found != digest:
            raise InputError("is torn or has changed since the jobs were written: write the jobs again", Place(path))
        return pickle.loads(path.read_bytes())


def work_name(work: Callable[[Any, Any], Any]) -> str:
    """Module and name of a function."""
    return f"{work.__module__}.{work.__qualname__}"


def write_stage(folder: Path, plan: Plan, wanted: Split) -> Stage:
    """Write a stage into a folder of jobs, whole or not at all.

    Args:
        folder: of the jobs.
        plan: of the run.
        wanted: the work, and results that are there already.

    Raises:
        OptionError: if it cannot be written.
    """
    target = folder / f"stage_{wanted.number}"
    try:
        temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}_", dir=folder))
        try:
            index = _write_files(temporary, plan, wanted)
            if plan.blind is None:
                open_up(temporary)
            temporary.rename(target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise OptionError(f"--output: {target} cannot be written: {error.strerror}") from None
    return Stage(target, index)


def _write_files(folder: Path, plan: Plan, wanted: Split) -> StageIndex:
    asked = wanted.asked
    for name in ("results", "status", "logs"):
        (folder / name).mkdir()
    (folder / SHARED_FILE).write_bytes(pickle.dumps((asked.work, asked.shared), protocol=PICKLE_PROTOCOL))
    digests = []
    for job, chunk in enumerate(split(len(asked.tasks), plan.merge)):
        path = folder / f"job_{job}.tasks"
        members = {number: asked.tasks[number] for number in range(chunk.first, chunk.first + chunk.count)}
        path.write_bytes(pickle.dumps(members, protocol=PICKLE_PROTOCOL))
        digests.append(digest_of(path))
    index = StageIndex(
        version=__version__,
        plan=plan.digest(),
        number=wanted.number,
        work=work_name(asked.work),
        name=asked.name,
        sizes=list(asked.sizes),
        merge=plan.merge,
        shared=digest_of(folder / SHARED_FILE),
        tasks=digests,
    )
    (folder / STAGE_FILE).write_text(text_of(index), encoding="utf-8")
    # it makes its folder
    journal = Stage(folder, index).journal
    for number, payload in wanted.done.items():
        journal.write(number, payload)
    return index


def open_up(folder: Path) -> None:
    """Give a folder of ``mkdtemp``, which is private, the rights that the user's mask leaves."""
    mask = os.umask(0)
    os.umask(mask)
    folder.chmod(0o777 & ~mask)


def read_stage(folder: Path) -> Stage:
    """The stage in a folder.

    Raises:
        InputError: if there is none, or another version of the program wrote it.
    """
    path = folder / STAGE_FILE
    index = read_document(path, StageIndex)
    if index.version != __version__:
        raise InputError(
            f"the jobs were written by ttjroofit {index.version}, this is {__version__}: install the same version",
            Place(path),
        )
    return Stage(folder, index)


def stages_of(folder: Path, plan: Plan) -> dict[int, Stage]:
    """The stages of a folder of jobs by their numbers.

    Raises:
        InputError: if there is none, or one cannot be read or belongs to another plan.
    """
    stages = {}
    for path in sorted(folder.glob("stage_*")):
        if re.fullmatch(r"stage_[0-9]+", path.name):
            stage = read_stage(path)
            if stage.index.plan != plan.digest():
                raise InputError("belongs to another plan.json: write the jobs again", Place(path / STAGE_FILE))
            stages[stage.index.number] = stage
    if not stages:
        raise InputError("no folder stage_1 beside it: write the jobs again", Place(folder / PLAN_FILE))
    return dict(sorted(stages.items()))
