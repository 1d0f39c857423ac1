"""Tasks on a Dask cluster."""

from __future__ import annotations

import asyncio
import logging
import pickle
import threading
from collections import Counter, deque
from collections.abc import Callable, Collection, Generator
from concurrent.futures import CancelledError
from contextlib import ExitStack, closing, suppress
from functools import lru_cache
from typing import Any

from ttjroofit._version import __version__
from ttjroofit.analysis.tasks import SplitWork
from ttjroofit.errors import OptionError, TtjroofitError
from ttjroofit.run.workers.address import DaskAddress
from ttjroofit.run.workers.piece import DEATHS_ALLOWED, Raised, attempt, died, received

__all__ = ["Cluster"]

TIMEOUT = 10.0
"""Seconds a scheduler has to answer."""

OWN_SCHEDULER = {
    # a death is reported at once, and nobody waits behind the task that is to blame
    "distributed.scheduler.allowed-failures": 0,
    "distributed.scheduler.worker-saturation": 1.0,
}


class Cluster:
    """Runs tasks on a Dask cluster; connects, or starts the cluster, when the first task comes.

    What was under way at the death of a worker is tried again one task at a time, after all others, so that a task that
    kills is told from those beside it; ``DEATHS_ALLOWED`` deaths make an error.
    """

    def __init__(self, address: DaskAddress, text: str, stage: Callable[[str], None]) -> None:
        self._address = address
        self._text = text
        self._stage = stage
        self._open = ExitStack()
        self._client: Any = None

    def run(self, asked: SplitWork[Any], left: Collection[int]) -> Generator[tuple[int, bytes], None, None]:
        """See ``Backend``.

        Raises:
            OptionError: if there is no cluster at the address.
            TtjroofitError: if a task kills its workers, or workers cannot run it.
            Exception: what a task raised.
        """
        context = pickle.dumps((asked.work, asked.shared))
        deaths: Counter[int] = Counter()
        suspects: deque[int] = deque()
        batch = list(left)
        while batch:
            again = []
            with closing(self._finished(context, {number: asked.tasks[number] for number in batch})) as finished:
                for number, future in finished:
                    try:
                        answer = future.result()
                    except CancelledError:
                        # somebody has restarted the cluster
                        again.append(number)
                    except Exception as error:
                        deaths[number] += self._deaths(error)
                        if len(batch) == 1 and deaths[number] >= DEATHS_ALLOWED:
                            raise died(asked, number, deaths[number]) from None
                        suspects.append(number)
                    else:
                        yield number, received(answer)
            batch = again
            if not batch and suspects:
                batch = [suspects.popleft()]

    def close(self) -> None:
        """End the connection, and the cluster if it is ours."""
        # a worker that was not reached ends without its scheduler: nothing of the results is at stake
        with suppress(Exception):
            self._open.close()
        self._client = None

    def _finished(self, context: bytes, tasks: dict[int, Any]) -> Generator[tuple[int, Any], None, None]:
        """The tasks with their futures, as they finish, well or not."""
        from distributed import as_completed  # noqa: PLC0415 -- only those who ask for Dask have it

        client = self._connected()
        futures = self._submitted(context, tasks)
        try:
            for future in as_completed(list(futures)):
                yield futures.pop(future), future
        finally:
            with suppress(OSError):
                client.cancel(list(futures))

    def _submitted(self, context: bytes, tasks: dict[int, Any]) -> dict[Any, int]:
        """The numbers of the tasks by their futures."""
        import dask  # noqa: PLC0415

        client = self._client
        self._stage("waiting for Dask workers")
        try:
            client.wait_for_workers(1)
            self._stage("working on Dask")
            # a task, not scattered data: the scheduler makes it again when the last worker that holds it dies
            with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"}):
                shared = client.submit(_given, context, pure=False)
            return {
                client.submit(_run, shared, task, __version__, pure=False): number for number, task in tasks.items()
            }
        except (OSError, asyncio.TimeoutError, RuntimeError) as error:
            raise self._lost(error) from error

    def _deaths(self, error: Exception) -> int:
        """How many workers died at a task that has no result."""
        from distributed import KilledWorker  # noqa: PLC0415

        if isinstance(error, KilledWorker):
            return int(error.allowed_failures) + 1
        if isinstance(error, OSError):
            raise self._lost(error) from error
        raise TtjroofitError(
            f"--dask {self._text}: a worker cannot run the tasks: {type(error).__name__}: {error}; "
            "it needs the same Python, packages and ttjroofit as here"
        ) from error

    def _lost(self, error: Exception) -> TtjroofitError:
        return TtjroofitError(
            f"--dask {self._text}: the cluster is lost: {error}; finished tasks are kept: go on with --resume"
        )

    def _connected(self) -> Any:
        if self._client is None:
            from distributed import Client  # noqa: PLC0415

            self._hush()
            try:
                where = self._address.scheduler or self._open.enter_context(self._started())
                self._client = self._open.enter_context(Client(where, timeout=TIMEOUT))
            except (OSError, asyncio.TimeoutError, RuntimeError, ValueError, TypeError) as error:
                reason = " ".join(str(error).split()).rstrip(".")
                raise OptionError(f"--dask {self._text}: no cluster: {reason}; {self._cure()}") from None
        return self._client

    def _hush(self) -> None:
        """Keep Dask's log off the terminal: what goes wrong is mended, or told once by an error."""
        for name in ("distributed", "distributed.client"):
            logger = logging.getLogger(name)
            self._open.callback(logger.setLevel, logger.level)
            logger.setLevel(logging.CRITICAL)

    def _started(self) -> Any:
        """A cluster of our own."""
        import dask  # noqa: PLC0415

        count = self._address.count
        with dask.config.set(OWN_SCHEDULER):
            if self._address.kind == "local":
                from distributed import LocalCluster  # noqa: PLC0415

                return LocalCluster(
                    n_workers=count,
                    threads_per_worker=1,
                    dashboard_address="127.0.0.1:0",
                    silence_logs=logging.CRITICAL,
                    preload=["ttjroofit.run.workers.preload"],
                )
            import dask_jobqueue  # noqa: PLC0415

            kinds = {"slurm": dask_jobqueue.SLURMCluster, "htcondor": dask_jobqueue.HTCondorCluster}
            cluster = kinds[self._address.kind]()
        # an adaptive cluster of fixed size sends a job again that the batch system has ended
        cluster.adapt(minimum_jobs=count, maximum_jobs=count)
        return cluster

    def _cure(self) -> str:
        cures = {
            "scheduler": "is the scheduler running, and reachable from this machine?",
            "local": "are there memory and ports for so many processes?",
        }
        return cures.get(
            self._address.kind,
            f"set jobqueue.{self._address.kind} (cores, memory, queue) in ~/.config/dask/jobqueue.yaml",
        )


_LOCK = threading.Lock()
"""ROOT is not thread safe: one task at a time in a process, however many threads a Dask worker has."""


def _given(context: bytes) -> bytes:
    """The context, once it has come to a worker; other workers fetch it from there."""
    return context


def _run(context: bytes, task: Any, version: str) -> bytes | Raised:
    """One task in a Dask worker."""
    if version != __version__:
        raise RuntimeError(f"the worker has ttjroofit {__version__}, the run {version}")
    with _LOCK:
        work, shared = _unpacked(context)
        return attempt(work, shared, task)


@lru_cache(maxsize=1)
def _unpacked(context: bytes) -> tuple[Callable[[Any, Any], Any], Any]:
    work, shared = pickle.loads(context)
    return work, shared
