"""Tasks on processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Collection, Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

from ttjroofit.analysis.tasks import SplitWork
from ttjroofit.run.stopping import undisturbed
from ttjroofit.run.workers.piece import DEATHS_ALLOWED, Raised, attempt, died, received

__all__ = ["Processes"]


class Processes:
    """Runs tasks on local processes that are spawned: neither ROOT nor the linear algebra survives a fork.

    A dead process breaks its pool. What was under way is tried again in a new one, one task at a time after all others,
    so that a task that kills is told from those beside it; ``DEATHS_ALLOWED`` deaths make an error.
    """

    def __init__(self, count: int) -> None:
        self._count = count

    def run(self, asked: SplitWork[Any], left: Collection[int]) -> Generator[tuple[int, bytes], None, None]:
        """See ``Backend``."""
        context = pickle.dumps((asked.work, asked.shared))
        queue = _Queue(asked, left)
        while queue:
            with _pool(min(self._count, len(queue)), context) as pool:
                while queue and not queue.broken:
                    queue.submit(pool, self._count + 1)
                    yield from queue.arrived()
            queue.recover()

    def close(self) -> None:
        """Nothing to let go of: a pool lives as long as its tasks."""


class _Queue:
    """Tasks that wait, that are under suspicion of having killed a worker, and that are under way."""

    def __init__(self, asked: SplitWork[Any], left: Collection[int]) -> None:
        self.broken = False
        self._asked = asked
        self._waiting = deque(left)
        self._suspects: deque[int] = deque()
        self._flying: dict[Future[bytes | Raised], int] = {}
        self._done: SimpleQueue[Future[bytes | Raised]] = SimpleQueue()
        self._deaths: Counter[int] = Counter()

    def __len__(self) -> int:
        return len(self._waiting) + len(self._suspects) + len(self._flying)

    def submit(self, pool: ProcessPoolExecutor, most: int) -> None:
        """Put tasks under way until there are ``most``; suspects go last, each alone."""
        source, limit = (self._waiting, most) if self._waiting else (self._suspects, 1)
        try:
            # processes start with the first task: a signal must not tear what they are given
            with undisturbed(), _ctrl_c_blocked():
                while source and len(self._flying) < limit:
                    future = pool.submit(_run, self._asked.tasks[source[0]])
                    self._flying[future] = source.popleft()
                    future.add_done_callback(self._done.put)
        except BrokenProcessPool:
            self.broken = True

    def arrived(self) -> Iterator[tuple[int, bytes]]:
        """Results that are there, after waiting for one."""
        done = [] if self.broken else [self._done.get()]
        while not self._done.empty():
            done.append(self._done.get())
        for future in done:
            # a signal that finds a future locked would leave it so, and the pool would never end
            with undisturbed():
                answer = None if isinstance(future.exception(), BrokenProcessPool) else future.result()
            if answer is None:
                self.broken = True
            else:
                yield self._flying.pop(future), received(answer)

    def recover(self) -> None:
        """After a pool: what was under way in a broken one is suspect."""
        lost = sorted(self._flying.values())
        self._flying.clear()
        self._done = SimpleQueue()
        self.broken = False
        self._deaths.update(lost)
        if len(lost) == 1 and self._deaths[lost[0]] >= DEATHS_ALLOWED:
            raise died(self._asked, lost[0], self._deaths[lost[0]])
        self._suspects.extend(lost)


@contextmanager
def _ctrl_c_blocked() -> Iterator[None]:
    """Processes that start in the block never mind Ctrl-C, which a terminal sends them too."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _pool(count: int, context: bytes) -> Iterator[ProcessPoolExecutor]:
    """A pool; left by an exception it does not wait for the tasks under way."""
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(
        count, mp_context=multiprocessing.get_context("spawn"), initializer=_begin, initargs=(context,)
    )
    try:
        yield pool
    except BaseException:
        with undisturbed():
            for child in set(multiprocessing.active_children()) - others:
                child.kill()
        raise
    finally:
        with undisturbed():
            pool.shutdown(cancel_futures=True)


class _Held:
    """What a worker process was given at its start."""

    context = b""
    unpacked: tuple[Callable[[Any, Any], Any], Any] | None = None


def _begin(context: bytes) -> None:
    """Start of a worker process: Ctrl-C is for the parent to handle, and without a parent there is no work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _Held.context = context


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _run(task: Any) -> bytes | Raised:
    """One task in a worker process; the context is unpacked here, where an error can be told."""
    if _Held.unpacked is None:
        _Held.unpacked = pickle.loads(_Held.context)
    work, shared = _Held.unpacked
    return attempt(work, shared, task)
