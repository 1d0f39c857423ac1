"""Tasks in this process, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any

from ttjroofit.run.workers.piece import perform

__all__ = ["Here"]


class Here:
    """Runs tasks in this process."""

    def run(
        self, work: Callable[[Any, Any], Any], shared: Any, tasks: Mapping[int, Any], name: str
    ) -> Generator[tuple[int, bytes], None, None]:
        """Number and pickled result of each task, in their order."""
        del name
        for index, task in tasks.items():
            yield index, perform(work, shared, task)

    def close(self) -> None:
        """Nothing to let go of."""
