"""Work that can be split: pure functions of a shared context and a task, run by whoever offers to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

__all__ = ["Chunk", "Result", "Serial", "SplitWork", "Workers", "split"]

Shared = TypeVar("Shared")
Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class SplitWork(Generic[Result]):
    """One call of ``Workers.map``: its arguments under their names.

    Raises:
        ValueError: if tasks and sizes do not go together.
    """

    work: Callable[[Any, Any], Result]
    shared: Any
    tasks: Sequence[Any]
    name: str
    sizes: Sequence[int]

    def __post_init__(self) -> None:
        if len(self.sizes) != len(self.tasks):
            raise ValueError(f"{len(self.sizes)} sizes for {len(self.tasks)} tasks")


class Workers(ABC):
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

        Raises:
            Exception: what a task raises.
        """
        return self.run(SplitWork(work, shared, tasks, name, sizes))

    @abstractmethod
    def run(self, asked: SplitWork[Result]) -> list[Result]:
        """Results in the order of the tasks: what each sort of workers does in its own way."""


class Serial(Workers):
    """Runs tasks here, one after the other."""

    def run(self, asked: SplitWork[Result]) -> list[Result]:
        """See ``Workers``."""
        return [asked.work(asked.shared, task) for task in asked.tasks]


@dataclass(frozen=True)
class Chunk:
    """Units ``first`` to ``first + count - 1`` of a row."""

    first: int
    count: int


def split(count: int, size: int) -> list[Chunk]:
    """Chunks of ``size`` units, the last one smaller: the same however many workers there are."""
    return [Chunk(first, min(size, count - first)) for first in range(0, count, size)]
