"""Who runs the tasks of work that can be split: this process, or several."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TypeVar

from ttjroofit.library.choices import at_least
from ttjroofit.run.workers.here import Here
from ttjroofit.run.workers.piece import Backend
from ttjroofit.run.workers.processes import Processes

__all__ = ["SilentWorkers"]

Shared = TypeVar("Shared")
Task = TypeVar("Task")
Result = TypeVar("Result")


class SilentWorkers:
    """Workers of the program without its progress bar and without anything kept on disk; the results are the same.

    Args:
        parallel: number of processes here; 0 and 1 work in this one.

    Raises:
        OptionError: if the number is negative.
    """

    def __init__(self, parallel: int) -> None:
        at_least("parallel", parallel, 0)
        self._backend: Backend = Processes(parallel) if parallel > 1 else Here()

    def map(
        self,
        work: Callable[[Shared, Task], Result],
        shared: Shared,
        tasks: Sequence[Task],
        *,
        name: str,
        sizes: Sequence[int],
    ) -> list[Result]:
        """Results in the order of the tasks; see ``ttjroofit.analysis.tasks.Workers``."""
        del sizes
        results: dict[int, Result] = {}
        with closing(self._backend.run(work, shared, dict(enumerate(tasks)), name)) as arriving:
            for index, payload in arriving:
                results[index] = pickle.loads(payload)
        return [results[index] for index in range(len(tasks))]
