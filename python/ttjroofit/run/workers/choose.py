"""The workers that the options ask for."""

from __future__ import annotations

from pathlib import Path

from ttjroofit.errors import OptionError
from ttjroofit.run.progress import Progress
from ttjroofit.run.workers.address import parse_dask
from ttjroofit.run.workers.cluster import Cluster
from ttjroofit.run.workers.here import Here
from ttjroofit.run.workers.journal import Journals
from ttjroofit.run.workers.piece import Backend
from ttjroofit.run.workers.processes import Processes
from ttjroofit.run.workers.resumable import ResumableWorkers

__all__ = ["choose_workers"]


def choose_workers(
    output: Path, progress: Progress, *, parallel: int, dask: str | None, resume: bool
) -> ResumableWorkers:
    """Workers of one run, to be used in a ``with`` block.

    Args:
        output: folder of the results; finished tasks are kept in it.
        progress: told of the tasks that finish.
        parallel: number of local processes; 0 and 1 work in this one.
        dask: see ``parse_dask``; None for no cluster.
        resume: whether finished tasks of an earlier run are taken.

    Raises:
        OptionError: for both sorts of workers at once, or an address that is none.
    """
    if dask is not None and parallel > 1:
        raise OptionError(f"--parallel {parallel} and --dask {dask}: give one of them")
    return ResumableWorkers(_backend(progress, parallel, dask), Journals(output, resume=resume), progress)


def _backend(progress: Progress, parallel: int, dask: str | None) -> Backend:
    if dask is not None:
        return Cluster(parse_dask(dask), dask, progress.stage)
    return Processes(parallel) if parallel > 1 else Here()
