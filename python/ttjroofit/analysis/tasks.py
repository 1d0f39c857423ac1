"""Work that can be split: pure functions of a shared context and a task, run by whoever offers to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

__all__ = ["Chunk", "Serial", "Workers", "split"]

Shared = TypeVar("Shared")
Task = TypeVar("Task")
Result = TypeVar("Result")


class Workers(Protocol):
    """Runs tasks, somewhere, in any order; the results do not depend on where or in which."""

    def map(
        self,
        work: Callable[[Shared, Task], Result],
        shared: Shared,
        tasks: Sequence[Task],
        *,
        name: str,
        sizes: Sequence[int],
    ) -> list[Result]:
        """Results in the order of the tasks.

        Args:
            work: a function of a module: it is sent to other processes by its name.
            shared: what all tasks need; sent once to each process.
            tasks: small descriptions of the pieces.
            name: what is done, in the plural (``toys``, ``points``): for the progress shown and for resuming.
            sizes: how many units of ``name`` each task holds.
        """
        ...


class Serial:
    """Runs tasks here, one after the other."""

    def map(
        self,
        work: Callable[[Shared, Task], Result],
        shared: Shared,
        tasks: Sequence[Task],
        *,
        name: str,
        sizes: Sequence[int],
    ) -> list[Result]:
        """Results in the order of the tasks; see ``Workers``."""
        del name, sizes
        return [work(shared, task) for task in tasks]


@dataclass(frozen=True)
class Chunk:
    """Units ``first`` to ``first + count - 1`` of a row."""

    first: int
    count: int


def split(count: int, size: int) -> list[Chunk]:
    """Chunks of ``size`` units, the last one smaller: the same however many workers there are."""
    return [Chunk(first, min(size, count - first)) for first in range(0, count, size)]
