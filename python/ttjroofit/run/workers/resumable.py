"""The workers of a run: tasks in some place, their results kept as they arrive, their progress shown."""

from __future__ import annotations

import pickle
from contextlib import closing
from types import TracebackType

from ttjroofit._version import __version__
from ttjroofit.analysis.tasks import Result, SplitWork, Workers
from ttjroofit.run.progress import Progress
from ttjroofit.run.workers.fingerprint import fingerprint
from ttjroofit.run.workers.journal import Journals
from ttjroofit.run.workers.piece import Backend

__all__ = ["ResumableWorkers"]


class ResumableWorkers(Workers):
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

    def run(self, asked: SplitWork[Result]) -> list[Result]:
        """See ``Workers``.

        Raises:
            TtjroofitError: if a task kills its workers, or results cannot be kept on disk.
            Exception: what a task raised.
        """
        digest = fingerprint((asked.work, asked.shared, list(asked.tasks), __version__))
        journal = self._journals.open(asked.name, digest, len(asked.tasks))
        results: dict[int, Result] = journal.read()
        left = [number for number in range(len(asked.tasks)) if number not in results]
        done = sum(asked.sizes[number] for number in results)
        with (
            self._progress.counting(asked.name, sum(asked.sizes), done) as advance,
            closing(self._backend.run(asked, left)) as arriving,
        ):
            for number, payload in arriving:
                journal.write(number, payload)
                results[number] = pickle.loads(payload)
                advance(asked.sizes[number])
        return [results[number] for number in range(len(asked.tasks))]

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
