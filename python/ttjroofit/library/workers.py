"""Who runs the tasks of work that can be split: this process, or several."""

from __future__ import annotations

import pickle
from contextlib import closing

from ttjroofit.analysis.tasks import Result, SplitWork, Workers
from ttjroofit.library.choices import whole
from ttjroofit.run.workers.here import Here
from ttjroofit.run.workers.piece import Backend
from ttjroofit.run.workers.processes import Processes

__all__ = ["SilentWorkers"]


class SilentWorkers(Workers):
    """Workers of the program without its progress bar and without anything kept on disk; the results are the same.

    Args:
        parallel: number of processes here; 0 and 1 work in this one.

    Raises:
        OptionError: if the number is negative.
    """

    def __init__(self, parallel: int) -> None:
        processes = whole("parallel", parallel, 0)
        self._backend: Backend = Processes(processes) if processes > 1 else Here()

    def run(self, asked: SplitWork[Result]) -> list[Result]:
        """See ``Workers``."""
        with closing(self._backend.run(asked, range(len(asked.tasks)))) as arriving:
            results: dict[int, Result] = {number: pickle.loads(payload) for number, payload in arriving}
        return [results[number] for number in range(len(asked.tasks))]
