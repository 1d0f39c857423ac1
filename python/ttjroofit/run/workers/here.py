"""Tasks in this process, one after the other."""

from __future__ import annotations

from collections.abc import Collection, Generator
from typing import Any

from ttjroofit.analysis.tasks import SplitWork
from ttjroofit.run.workers.piece import perform

__all__ = ["Here"]


class Here:
    """Runs tasks in this process."""

    def run(self, asked: SplitWork[Any], left: Collection[int]) -> Generator[tuple[int, bytes], None, None]:
        """See ``Backend``; the results come in the order of ``left``."""
        for number in left:
            yield number, perform(asked.work, asked.shared, asked.tasks[number])

    def close(self) -> None:
        """Nothing to let go of."""
