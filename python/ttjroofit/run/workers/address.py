"""What ``--dask`` is given."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from ttjroofit.errors import OptionError
from ttjroofit.files import read_bytes

__all__ = ["DaskAddress", "parse_dask"]

FORMS = "tcp://HOST:PORT, SCHEDULER_FILE.json, local:N, slurm:N or htcondor:N"


@dataclass(frozen=True)
class DaskAddress:
    """Where a Dask cluster is, or how to make one.

    Attributes:
        kind: ``scheduler`` for one that runs, ``local`` for processes here, ``slurm`` and ``htcondor`` for jobs.
        scheduler: address of a scheduler that runs, else empty.
        count: how many processes or jobs to start, else 0.
    """

    kind: Literal["scheduler", "local", "slurm", "htcondor"]
    scheduler: str = ""
    count: int = 0


def parse_dask(text: str) -> DaskAddress:
    """Read an address.

    Raises:
        OptionError: if it has none of the forms, its file cannot be read, or Dask is not installed.
    """
    address = _own(text) or _running(text)
    needed = ["distributed"] if address.kind in ("scheduler", "local") else ["distributed", "dask_jobqueue"]
    missing = [name for name in needed if find_spec(name) is None]
    if missing:
        raise OptionError(f"--dask {text}: {' and '.join(missing)} cannot be imported: `pip install 'ttjroofit[dask]'`")
    return address


def _own(text: str) -> DaskAddress | None:
    """A cluster to start; None if the text is not of that sort."""
    kind, _, count = text.partition(":")
    if kind not in ("local", "slurm", "htcondor"):
        return None
    if not re.fullmatch(r"[0-9]+", count) or int(count) == 0:
        raise OptionError(
            f"--dask {text}: {kind}:N wants a number of {'processes' if kind == 'local' else 'jobs'}, 1 or more"
        )
    # compared with literals above, which mypy does not carry over from a tuple
    return DaskAddress(kind, count=int(count))  # type: ignore[arg-type]


def _running(text: str) -> DaskAddress:
    """A scheduler that runs already."""
    if text.endswith(".json"):
        return DaskAddress("scheduler", _scheduler_in(Path(text)))
    if not re.fullmatch(r"(tcp|tls|ws|wss)://(\[[0-9a-fA-F:.%]+\]|[\w.-]+):[0-9]{1,5}", text):
        raise OptionError(f"--dask {text}: not an address; wanted: {FORMS}")
    return DaskAddress("scheduler", text)


def _scheduler_in(path: Path) -> str:
    try:
        content = json.loads(read_bytes(path))
    except OSError as error:
        raise OptionError(f"--dask {path}: the scheduler file cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise OptionError(f"--dask {path}: the scheduler file is not JSON: {error}") from None
    address = content.get("address") if isinstance(content, dict) else None
    if not isinstance(address, str):
        raise OptionError(
            f"--dask {path}: the scheduler file has no address; `dask scheduler --scheduler-file {path}` writes one"
        )
    return address
