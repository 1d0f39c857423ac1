"""One task of split work, done the same way wherever it runs."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass
from typing import Any, Protocol

from threadpoolctl import threadpool_limits

from ttjroofit.analysis.tasks import SplitWork
from ttjroofit.errors import TtjroofitError

__all__ = ["DEATHS_ALLOWED", "Backend", "Raised", "attempt", "died", "perform", "received"]

DEATHS_ALLOWED = 3
"""A task at which so many workers died is given up."""

PICKLE_PROTOCOL = 5


class Backend(Protocol):
    """A place where tasks run."""

    def run(self, asked: SplitWork[Any], left: Collection[int]) -> Generator[tuple[int, bytes], None, None]:
        """Number and pickled result of each task, as they finish.

        Args:
            asked: all tasks and their work.
            left: numbers of the tasks to do.

        Raises:
            TtjroofitError: if a task kills its workers.
            Exception: what a task raised.
        """
        ...

    def close(self) -> None:
        """Let go of processes and connections."""
        ...


@dataclass(frozen=True)
class Raised:
    """What a task raised in another process, and the traceback there."""

    error: Exception
    trace: str


def perform(work: Callable[[Any, Any], Any], shared: Any, task: Any) -> bytes:
    """The pickled result of a task.

    Linear algebra has one thread: sums then have the same order everywhere, and processes do not fight for cores.
    """
    with threadpool_limits(1):
        return pickle.dumps(work(shared, task), protocol=PICKLE_PROTOCOL)


def attempt(work: Callable[[Any, Any], Any], shared: Any, task: Any) -> bytes | Raised:
    """``perform`` for other processes: an exception is an answer that is sure to arrive."""
    try:
        return perform(work, shared, task)
    except Exception as error:
        return Raised(_sendable(error), traceback.format_exc())


def received(answer: bytes | Raised) -> bytes:
    """The pickled result that ``attempt`` sent.

    Raises:
        Exception: the one that the task raised.
    """
    if isinstance(answer, Raised):
        raise answer.error from RuntimeError(f"in another process:\n{answer.trace}")
    return answer


def died(asked: SplitWork[Any], number: int, deaths: int) -> TtjroofitError:
    """The error for a task that kills its workers."""
    text = repr(asked.tasks[number])
    shown = text if len(text) <= 80 else f"{text[:77]}..."
    return TtjroofitError(
        f"{asked.name}, task {number} ({shown}): {deaths} worker processes died at it, out of memory or killed; "
        "ask for fewer workers (--parallel N, --dask), then go on with --resume"
    )


def _sendable(error: Exception) -> Exception:
    """The error itself if it survives pickling, else a plain one with its text."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__qualname__}: {error}")
    return error
