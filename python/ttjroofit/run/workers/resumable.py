"""The workers of a run: tasks in some place, their results kept as they arrive, their progress shown."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from contextlib import closing
from types import TracebackType
from typing import TypeVar

from ttjroofit._version import __version__
from ttjroofit.run.progress import Progress
from ttjroofit.run.workers.fingerprint import fingerprint
from ttjroofit.run.workers.journal import Journals
from ttjroofit.run.workers.piece import Backend

__all__ = ["ResumableWorkers"]

Shared = TypeVar("Shared")
Task = TypeVar("Task")
Result = TypeVar("Result")


class ResumableWorkers:
    """Workers whose finished tasks, if there are any, stay on disk until the ``with`` block ends well."""

    def __init__(self, backend: Backend, journals: Journals, progress: Progress) -> None:
        self._backend = backend
        self._journals = journals
        self._progress = progress

    def __enter__(self) -> ResumableWorkers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._backend.close()
        if kind is None or not self.kept:
            self._journals.remove()

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
            TtjroofitError: if a task kills its workers, or results cannot be kept on disk.
            Exception: what a task raised.
        """
        if len(sizes) != len(tasks):
            raise ValueError(f"{len(sizes)} sizes for {len(tasks)} tasks")
        digest = fingerprint((work, shared, list(tasks), __version__))
        journal = self._journals.open(name, digest, len(tasks))
        results: dict[int, Result] = journal.read()
        left = {index: task for index, task in enumerate(tasks) if index not in results}
        with (
            self._progress.counting(name, sum(sizes), sum(sizes[index] for index in results)) as advance,
            closing(self._backend.run(work, shared, left, name)) as arriving,
        ):
            for index, payload in arriving:
                journal.write(index, payload)
                results[index] = pickle.loads(payload)
                advance(sizes[index])
        return [results[index] for index in range(len(tasks))]

    @property
    def kept(self) -> str:
        """What another call could go on from, as a sentence; empty if there is nothing."""
        return self.kept_for("the same command with --resume goes on")

    def kept_for(self, cure: str) -> str:
        """The same, with what is to be done."""
        journals = [journal for journal in self._journals.opened if journal.kept]
        if not journals:
            return ""
        kept, count = sum(journal.kept for journal in journals), sum(journal.count for journal in journals)
        return f"{kept} of {count} tasks are kept in {self._journals.folder}: {cure}."
