"""Work for the tests of split work: functions of a module, as other processes call them."""

from __future__ import annotations

import os
import shutil
import signal
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_info

from ttjroofit.errors import Place, TtjroofitError

__all__ = [
    "AwkwardError",
    "System",
    "count_calls",
    "fail",
    "fail_awkwardly",
    "kill_always",
    "kill_once",
    "remove_tasks",
    "sleep_and_mark",
    "solve",
    "threads",
]


@dataclass(frozen=True, eq=False)
class System:
    """A matrix, shape (n, n), and names."""

    matrix: npt.NDArray[np.float64]
    names: frozenset[str]


def solve(system: System, seed: int) -> dict[str, object]:
    """Numbers whose last bits depend on the order of sums."""
    right = np.random.default_rng(seed).normal(size=len(system.matrix))
    solution = np.linalg.solve(system.matrix, right)
    return {"seed": seed, "solution": solution, "norm": float(solution @ system.matrix @ solution)}


def threads(_: None, __: int) -> list[int]:
    """Threads of each library of linear algebra."""
    return [library["num_threads"] for library in threadpool_info()]


def kill_once(marks: Path, task: int) -> int:
    """The square of the task; the first process to come to task 2 is killed."""
    if task == 2:
        try:
            (marks / "killed").touch(exist_ok=False)
        except FileExistsError:
            return task**2
        os.kill(os.getpid(), signal.SIGKILL)
    return task**2


def kill_always(marks: Path, task: int) -> int:
    """The square of the task; each process that comes to task 2 is killed."""
    if task == 2:
        (marks / uuid.uuid4().hex).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return task**2


def fail(path: Path, task: int) -> int:
    """An error with a place at task 1."""
    if task == 1:
        raise TtjroofitError("no minimum", Place(path, 7))
    return task


class AwkwardError(Exception):
    """An error that cannot be unpickled."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} and {second}")


def fail_awkwardly(_: None, __: int) -> int:
    """An error that cannot be sent."""
    raise AwkwardError("this", "that")


def count_calls(folder: Path, task: int) -> list[int]:
    """The task and its square; leaves a mark, and is stopped at task N where there is a file ``stop_N``."""
    if (folder / f"stop_{task}").exists():
        raise KeyboardInterrupt
    (folder / f"called_{task}_{uuid.uuid4().hex}").touch()
    return [task, task**2]


def sleep_and_mark(folder: Path, task: int) -> int:
    """Leave a mark with the process, and take a while unless there is a file ``hurry``."""
    (folder / f"worker_{os.getpid()}").touch()
    time.sleep(0.0 if (folder / "hurry").exists() else 0.1)
    return task**3


def remove_tasks(folder: Path, task: int) -> int:
    """The task; what a run keeps in the folder is removed, as by another run that ends."""
    shutil.rmtree(folder)
    return task
