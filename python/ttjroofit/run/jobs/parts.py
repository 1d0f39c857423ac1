"""The ``map`` calls of a run that is written as jobs, or put together from them."""

from __future__ import annotations

import math
import pickle
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from ttjroofit.analysis.tasks import Workers
from ttjroofit.run.jobs.stage import Part, Split, Stage, work_name
from ttjroofit.run.workers.piece import perform

__all__ = ["Collecting", "Mismatch", "Writing"]

Shared = TypeVar("Shared")
Task = TypeVar("Task")
Result = TypeVar("Result")


class Mismatch(BaseException):
    """The run asks for other tasks than the jobs hold, or for a result that is not there."""


class Writing:
    """Workers that stop a run at its first ``map``."""

    def map(
        self,
        work: Callable[[Shared, Task], Result],
        shared: Shared,
        tasks: Sequence[Task],
        *,
        name: str,
        sizes: Sequence[int],
    ) -> list[Result]:
        """See ``ttjroofit.analysis.tasks.Workers``.

        Raises:
            Split: always.
        """
        raise Split(Part(1, work, shared, tasks, name, sizes))


class Collecting:
    """Workers that take the results of the stages; what comes after them is done here, or is the next stage.

    What the tasks share is that of the stage: the numbers that led to it, such as those of a fit, may differ in their
    last digits on this machine.
    """

    def __init__(self, stages: Mapping[int, Stage], here: Workers, limit: float) -> None:
        """Take stages by the numbers of their ``map``.

        Args:
            stages: all complete.
            here: for the ``map`` calls without a stage.
            limit: seconds that one of those may take here, by the time of its first task.
        """
        self._stages = stages
        self._here = here
        self._limit = limit
        self._number = 0

    def map(
        self,
        work: Callable[[Shared, Task], Result],
        shared: Shared,
        tasks: Sequence[Task],
        *,
        name: str,
        sizes: Sequence[int],
    ) -> list[Result]:
        """Results in the order of the tasks; see ``ttjroofit.analysis.tasks.Workers``.

        Raises:
            Split: if the tasks are another stage.
            Mismatch: if they are not those of the stage.
        """
        self._number += 1
        part = Part(self._number, work, shared, tasks, name, sizes)
        stage = self._stages.get(self._number)
        if stage is not None:
            return _taken(stage, part)
        return self._done_here(part) if tasks else []

    def check_over(self) -> None:
        """See that every stage was asked for.

        Raises:
            Mismatch: if one was not.
        """
        if self._stages and max(self._stages) > self._number:
            raise Mismatch(f"the run has no use for stage {max(self._stages)}")

    def _done_here(self, part: Part) -> list[Any]:
        if math.isinf(self._limit):
            return self._here.map(part.work, part.shared, part.tasks, name=part.name, sizes=part.sizes)
        start = time.perf_counter()
        first = perform(part.work, part.shared, part.tasks[0])
        if (time.perf_counter() - start) * (len(part.tasks) - 1) > self._limit:
            raise Split(part, {0: first})
        rest = self._here.map(part.work, part.shared, part.tasks[1:], name=part.name, sizes=part.sizes[1:])
        return [pickle.loads(first), *rest]


def _taken(stage: Stage, part: Part) -> list[Any]:
    index = stage.index
    wanted = (work_name(part.work), part.name, list(part.sizes))
    if wanted != (index.work, index.name, index.sizes):
        raise Mismatch(
            f"stage {index.number} holds {len(index.sizes)} tasks of {sum(index.sizes)} {index.name}, the run asks for "
            f"{len(part.sizes)} of {sum(part.sizes)} {part.name}"
        )
    results = stage.journal.read()
    if len(results) < len(index.sizes):
        raise Mismatch(f"stage {index.number}: results have gone since they were counted")
    return [results[number] for number in range(len(index.sizes))]
