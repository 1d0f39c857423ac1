"""Split work gives the same results wherever it runs, and outlives its workers."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from dask_jobqueue.local import LocalCluster as LocalJobs
from rich.console import Console
from threadpoolctl import threadpool_limits

import split_work
from ttjroofit.analysis.tasks import Serial
from ttjroofit.errors import OptionError, TtjroofitError
from ttjroofit.run.progress import Progress
from ttjroofit.run.workers.address import DaskAddress, parse_dask
from ttjroofit.run.workers.choose import choose_workers
from ttjroofit.run.workers.cluster import Cluster
from ttjroofit.run.workers.here import Here
from ttjroofit.run.workers.journal import Journals
from ttjroofit.run.workers.piece import Backend
from ttjroofit.run.workers.processes import Processes
from ttjroofit.run.workers.resumable import ResumableWorkers

TESTS = Path(__file__).parents[1]

SQUARES = [task**2 for task in range(6)]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    backend = Cluster(parse_dask("local:2"), "local:2", lambda _: None)
    yield backend
    backend.close()


@pytest.fixture(params=["processes", "dask"])
def others(request: pytest.FixtureRequest) -> Backend:
    """Two other processes."""
    return Processes(2) if request.param == "processes" else request.getfixturevalue("cluster")


def workers_on(backend: Backend, output: Path, *, resume: bool = False) -> ResumableWorkers:
    return ResumableWorkers(backend, Journals(output, resume=resume), Progress())


def system() -> split_work.System:
    root = np.random.default_rng(1).normal(size=(150, 150))
    return split_work.System(root @ root.T + np.eye(150), frozenset({"a", "b", "c"}))


def test_same_bytes_everywhere(tmp_path: Path, cluster: Cluster) -> None:
    seeds = list(range(7))
    results = [
        workers_on(backend, tmp_path).map(split_work.solve, system(), seeds, name="toys", sizes=[1] * 7)
        for backend in (Here(), Processes(2), cluster)
    ]
    assert pickle.dumps(results[0]) == pickle.dumps(results[1]) == pickle.dumps(results[2])
    assert [result["seed"] for result in results[0]] == seeds
    # Serial takes the threads it finds: equal up to the rounding of a matrix with a condition number of 1e5
    serial = Serial().map(split_work.solve, system(), seeds, name="toys", sizes=[1] * 7)
    for one, other in zip(serial, results[0], strict=True):
        np.testing.assert_allclose(one["solution"], other["solution"], rtol=1e-9)


def test_one_thread_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    with threadpool_limits(2):
        assert 2 in split_work.threads(None, 0), "there are no threads to be limited"
        for backend in (Here(), Processes(2)):
            counts = workers_on(backend, tmp_path).map(split_work.threads, None, [0, 1], name="toys", sizes=[1, 1])
            assert counts[0], "no library of linear algebra was looked at"
            assert {count for task in counts for count in task} == {1}


def test_killed_worker_costs_only_time(tmp_path: Path, others: Backend) -> None:
    workers = workers_on(others, tmp_path / "out")
    assert workers.map(split_work.kill_once, tmp_path, range(6), name="toys", sizes=[1] * 6) == SQUARES
    assert (tmp_path / "killed").exists()


def test_task_that_kills_is_named(tmp_path: Path, others: Backend) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    workers = workers_on(others, tmp_path / "out")
    with pytest.raises(TtjroofitError, match=r"toys, task 2 \(2\): 3 worker processes died at it.*--resume"):
        workers.map(split_work.kill_always, marks, range(6), name="toys", sizes=[1] * 6)
    assert len(list(marks.iterdir())) == 3
    # all that could be done is kept
    assert workers.kept.startswith("5 of 6 tasks are kept in ")


def test_error_of_the_work_passes(tmp_path: Path, others: Backend) -> None:
    with pytest.raises(TtjroofitError, match=r"card\.txt:7: no minimum") as exit_info:
        workers_on(others, tmp_path).map(split_work.fail, Path("card.txt"), range(4), name="points", sizes=[1] * 4)
    assert exit_info.value.place is not None
    assert exit_info.value.place.line == 7
    assert "split_work.py" in str(exit_info.value.__cause__)
    with pytest.raises(RuntimeError, match="AwkwardError: this and that"):
        workers_on(others, tmp_path).map(split_work.fail_awkwardly, None, [0], name="points", sizes=[1])


def test_processes_are_gone_after_an_error(tmp_path: Path) -> None:
    before = set(multiprocessing.active_children())
    with pytest.raises(TtjroofitError, match="no minimum"):
        workers_on(Processes(2), tmp_path).map(split_work.fail, tmp_path, range(4), name="points", sizes=[1] * 4)
    assert set(multiprocessing.active_children()) <= before


def test_no_tasks(tmp_path: Path, others: Backend) -> None:
    assert workers_on(others, tmp_path).map(split_work.fail, tmp_path, [], name="points", sizes=[]) == []


def test_sizes_are_those_of_the_tasks(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="1 sizes for 2 tasks"):
        workers_on(Here(), tmp_path).map(split_work.fail, tmp_path, [2, 3], name="points", sizes=[1])


KILLED_PROGRAM = """
import sys
from pathlib import Path
import split_work
from ttjroofit.run.progress import Progress
from ttjroofit.run.workers.choose import choose_workers

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    with choose_workers(folder / "out", Progress(), parallel=2, dask=None, resume=False) as workers:
        workers.map(split_work.sleep_and_mark, folder, range(100), name="toys", sizes=[1] * 100)
"""


def test_killed_run_leaves_no_worker_and_resumes(tmp_path: Path) -> None:
    """SIGKILL of the run itself: its workers end, what is done stays, the rest gives the same list."""
    program = tmp_path / "program.py"
    program.write_text(KILLED_PROGRAM)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(TESTS), os.environ.get("PYTHONPATH")])),
    }
    with subprocess.Popen([sys.executable, str(program), str(tmp_path)], env=environment) as run:
        wait_for(lambda: len(list(tmp_path.glob("out/.tasks/*/*.task"))) >= 3)
        wait_for(lambda: len(list(tmp_path.glob("worker_*"))) == 2)
        run.send_signal(signal.SIGKILL)
    pids = [int(path.name.split("_")[1]) for path in tmp_path.glob("worker_*")]
    wait_for(lambda: not any(running(pid) for pid in pids))
    kept = len(list(tmp_path.glob("out/.tasks/*/*.task")))
    assert 3 <= kept < 100
    (tmp_path / "hurry").touch()
    with choose_workers(tmp_path / "out", Progress(), parallel=0, dask=None, resume=True) as workers:
        results = workers.map(split_work.sleep_and_mark, tmp_path, range(100), name="toys", sizes=[1] * 100)
    assert results == [task**3 for task in range(100)]
    assert not (tmp_path / "out" / ".tasks").exists()


def running(pid: int) -> bool:
    try:
        # the third field: a zombie has ended, whoever its parent is
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(condition: object, seconds: float = 20) -> None:
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("local:2", DaskAddress("local", count=2)),
        ("slurm:10", DaskAddress("slurm", count=10)),
        ("htcondor:3", DaskAddress("htcondor", count=3)),
        ("tcp://node-7.cluster:8786", DaskAddress("scheduler", "tcp://node-7.cluster:8786")),
        ("tls://[::1]:8786", DaskAddress("scheduler", "tls://[::1]:8786")),
    ],
)
def test_addresses(text: str, address: DaskAddress) -> None:
    assert parse_dask(text) == address


def test_scheduler_file(tmp_path: Path) -> None:
    path = tmp_path / "scheduler.json"
    path.write_text('{"type": "Scheduler", "address": "tcp://10.0.0.1:8786"}')
    assert parse_dask(str(path)) == DaskAddress("scheduler", "tcp://10.0.0.1:8786")
    path.write_text("{}")
    with pytest.raises(OptionError, match="no address; `dask scheduler --scheduler-file"):
        parse_dask(str(path))
    path.write_text("no")
    with pytest.raises(OptionError, match="not JSON"):
        parse_dask(str(path))
    with pytest.raises(OptionError, match=r"other\.json: the scheduler file cannot be read: No such file"):
        parse_dask(str(tmp_path / "other.json"))


@pytest.mark.parametrize("text", ["", "node:8786", "tcp://node", "http://node:8786", "tcp://no de:1", "Local:2"])
def test_malformed_addresses(text: str) -> None:
    with pytest.raises(OptionError, match=r"not an address; wanted: tcp://HOST:PORT"):
        parse_dask(text)


@pytest.mark.parametrize("text", ["local", "local:", "slurm:0", "htcondor:-1", "local:two"])
def test_malformed_counts(text: str) -> None:
    with pytest.raises(OptionError, match=r"wants a number of (processes|jobs), 1 or more"):
        parse_dask(text)


@pytest.mark.parametrize(
    ("text", "missing"), [("local:2", "distributed"), ("slurm:2", "distributed and dask_jobqueue")]
)
def test_dask_not_installed(text: str, missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ttjroofit.run.workers.address.find_spec", lambda _: None)
    with pytest.raises(OptionError, match=rf"{missing} cannot be imported: `pip install 'ttjroofit\[dask\]'`"):
        parse_dask(text)


def test_nobody_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ttjroofit.run.workers.cluster.TIMEOUT", 0.3)
    with (
        pytest.raises(OptionError, match=r"--dask tcp://127.0.0.1:9: no cluster: .*is the scheduler running"),
        choose_workers(tmp_path, Progress(), parallel=0, dask="tcp://127.0.0.1:9", resume=False) as workers,
    ):
        workers.map(split_work.fail, tmp_path, [2], name="points", sizes=[1])


# what dask_jobqueue has here instead of a batch system forgets the processes it starts
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_jobs_of_a_batch_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs that dask_jobqueue starts here instead of sending them to Slurm."""
    jobs = partial(LocalJobs, cores=1, memory="1GB", scheduler_options={"dashboard_address": "127.0.0.1:0"})
    monkeypatch.setattr("dask_jobqueue.SLURMCluster", jobs)
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    with choose_workers(tmp_path / "out", Progress(), parallel=0, dask="slurm:2", resume=False) as workers:
        assert workers.map(split_work.kill_once, tmp_path, range(6), name="toys", sizes=[1] * 6) == SQUARES
    assert (tmp_path / "killed").exists()
    gc.collect()


# the half-made cluster of dask_jobqueue says that nobody closed it
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_batch_system_without_settings(tmp_path: Path) -> None:
    with (
        pytest.raises(OptionError, match=r"--dask htcondor:2: no cluster: .*set jobqueue\.htcondor \(cores, memory"),
        choose_workers(tmp_path, Progress(), parallel=0, dask="htcondor:2", resume=False) as workers,
    ):
        workers.map(split_work.fail, tmp_path, [2], name="points", sizes=[1])
    gc.collect()


def test_both_sorts_of_workers(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="--parallel 2 and --dask local:2: give one of them"):
        choose_workers(tmp_path, Progress(), parallel=2, dask="local:2", resume=False)


def test_progress_on_a_terminal_and_in_a_pipe() -> None:
    terminal = Console(force_terminal=True, force_interactive=True, width=100, record=True, stderr=True)
    pipe = Console(width=100, record=True, stderr=True)
    for console in (terminal, pipe):
        with Progress(console) as progress:
            progress.stage("goodness of fit")
            with progress.counting("toys", total=500, done=100) as advance:
                advance(150)
                progress._live.refresh()
    shown = terminal.export_text()
    assert "goodness of fit" in shown
    assert "toys" in shown
    assert "250/500" in shown
    assert pipe.export_text() == ""
