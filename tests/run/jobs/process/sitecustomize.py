"""What each process of a job does at its start in the tests: small tasks, and death on request.

A file ``kill_K`` in the folder of this variable kills job K with SIGKILL at its second result, once.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import ttjroofit.analysis.toys

ttjroofit.analysis.toys.CHUNK = int(os.environ["TTJROOFIT_TEST_CHUNK"])

MARKS = Path(os.environ["TTJROOFIT_TEST_MARKS"])


def _kill(event: str, arguments: tuple[object, ...]) -> None:
    if event == "os.rename" and str(arguments[1]).endswith(".task"):
        _kill.results += 1  # type: ignore[attr-defined]
        mark = MARKS / f"kill_{sys.orig_argv[-1]}"
        if _kill.results == 2 and mark.exists():  # type: ignore[attr-defined]
            mark.unlink()
            os.kill(os.getpid(), signal.SIGKILL)


_kill.results = 0  # type: ignore[attr-defined]
sys.addaudithook(_kill)
