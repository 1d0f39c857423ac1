"""The ``map`` calls of a run that is written as jobs, or put together from them."""

from __future__ import annotations

import math
import pickle
import time
from collections.abc import Mapping
from dataclasses import replace

from ttjroofit.analysis.tasks import Result, SplitWork, Workers
from ttjroofit.run.jobs.stage import Split, Stage, work_name
from ttjroofit.run.workers.piece import perform

__all__ = ["Collecting", "Mismatch", "Writing"]


class Mismatch(BaseException):
    """The run asks for other tasks than the jobs hold, or for a result that is not there."""


class Writing(Workers):
    """Workers that stop a run at its first ``map``."""

    def run(self, asked: SplitWork[Result]) -> list[Result]:
        """See ``Workers``.

        Raises:
            Split: always.
        """
        raise Split(1, asked)


class Collecting(Workers):
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

    def run(self, asked: SplitWork[Result]) -> list[Result]:
        """See ``Workers``.

        Raises:
            Split: if the tasks are another stage.
            Mismatch: if they are not those of the stage.
        """
        self._number += 1
        stage = self._stages.get(self._number)
        if stage is not None:
            return _taken(stage, asked)
        return self._done_here(asked) if asked.tasks else []

    def check_over(self) -> None:
        """See that every stage was asked for.

        Raises:
            Mismatch: if one was not.
        """
        if self._stages and max(self._stages) > self._number:
            raise Mismatch(f"the run has no use for stage {max(self._stages)}")

    def _done_here(self, asked: SplitWork[Result]) -> list[Result]:
        if math.isinf(self._limit):
            return self._here.run(asked)
        start = time.perf_counter()
        first = perform(asked.work, asked.shared, asked.tasks[0])
        if (time.perf_counter() - start) * (len(asked.tasks) - 1) > self._limit:
            raise Split(self._number, asked, {0: first})
        rest = replace(asked, tasks=asked.tasks[1:], sizes=asked.sizes[1:])
        return [pickle.loads(first), *self._here.run(rest)]


def _taken(stage: Stage, asked: SplitWork[Result]) -> list[Result]:
    index = stage.index
    wanted = (work_name(asked.work), asked.name, list(asked.sizes))
    if wanted != (index.work, index.name, index.sizes):
        raise Mismatch(
            f"stage {index.number} holds {len(index.sizes)} tasks of {sum(index.sizes)} {index.name}, the run asks for "
            f"{len(asked.sizes)} of {sum(asked.sizes)} {asked.name}"
        )
    results = stage.journal.read()
    if len(results) < len(index.sizes):
        raise Mismatch(f"stage {index.number}: results have gone since they were counted")
    return [results[number] for number in range(len(index.sizes))]
