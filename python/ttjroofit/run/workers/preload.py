"""What a Dask worker on this machine does at its start; Dask finds ``dask_setup`` by its name."""

from __future__ import annotations

import signal

__all__ = ["dask_setup"]


def dask_setup(worker: object) -> None:
    """Leave Ctrl-C, which a terminal sends to all processes, to the run."""
    del worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)
