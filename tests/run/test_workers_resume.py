"""Finished tasks outlive an interrupted run, and count only where they belong."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import split_work
from fingerprinted import Point, values
from program import call
from ttjroofit.errors import OptionError
from ttjroofit.run.methods import METHODS
from ttjroofit.run.progress import Progress
from ttjroofit.run.request import Outcome, Run
from ttjroofit.run.workers.choose import choose_workers
from ttjroofit.run.workers.fingerprint import fingerprint
from ttjroofit.run.workers.resumable import ResumableWorkers

TESTS = Path(__file__).parents[1]
COUNT = 6
RESULTS = [[task, task**2] for task in range(COUNT)]


def open_workers(output: Path, *, resume: bool) -> ResumableWorkers:
    return choose_workers(output, Progress(), parallel=0, dask=None, resume=resume)


def count_calls(workers: ResumableWorkers, folder: Path, tasks: int = COUNT) -> list[list[int]]:
    return workers.map(split_work.count_calls, folder, range(tasks), name="toys", sizes=[10] * tasks)


def called(folder: Path) -> list[int]:
    """Tasks by their calls, and the marks are gone."""
    marks = list(folder.glob("called_*"))
    for mark in marks:
        mark.unlink()
    return sorted(int(mark.name.split("_")[1]) for mark in marks)


def stopped_run(folder: Path, at: int = 4) -> list[Path]:
    """A run that is interrupted at one of its tasks; the files of those before."""
    (folder / f"stop_{at}").touch()
    with pytest.raises(KeyboardInterrupt), open_workers(folder / "out", resume=False) as workers:
        count_calls(workers, folder)
    (folder / f"stop_{at}").unlink()
    assert called(folder) == list(range(at))
    files = sorted((folder / "out" / ".tasks").rglob("*.task"))
    assert [file.name for file in files] == [f"{task}.task" for task in range(at)]
    return files


def test_resume_does_the_rest(tmp_path: Path) -> None:
    stopped_run(tmp_path)
    with open_workers(tmp_path / "out", resume=True) as workers:
        results = count_calls(workers, tmp_path)
        assert called(tmp_path) == [4, 5]
        assert workers.kept.startswith("6 of 6 tasks are kept in ")
    with open_workers(tmp_path / "whole", resume=False) as workers:
        assert pickle.dumps(results) == pickle.dumps(count_calls(workers, tmp_path))
    assert results == RESULTS
    assert list((tmp_path / "out").iterdir()) == []


def test_without_resume_all_is_done_again(tmp_path: Path) -> None:
    old = stopped_run(tmp_path)[0]
    with open_workers(tmp_path / "out", resume=False) as workers:
        count_calls(workers, tmp_path, tasks=COUNT + 1)
        assert called(tmp_path) == list(range(COUNT + 1))
        assert not old.exists()


def test_run_that_splits_nothing_leaves_tasks_of_others(tmp_path: Path) -> None:
    files = stopped_run(tmp_path)
    with open_workers(tmp_path / "out", resume=False):
        pass
    assert all(file.exists() for file in files)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-3] ^= 1
    file.write_bytes(content)


def empty(file: Path) -> None:
    file.write_bytes(b"")


def swap(file: Path) -> None:
    """The result of another task."""
    shutil.copy(file.with_name("0.task"), file)


def bare(file: Path) -> None:
    """A pickle without a checksum."""
    file.write_bytes(pickle.dumps([2, 5]))


@pytest.mark.parametrize("damage", [cut, flip, empty, swap, bare])
def test_damaged_file_is_done_again(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    damage(stopped_run(tmp_path)[2])
    with open_workers(tmp_path / "out", resume=True) as workers:
        assert count_calls(workers, tmp_path) == RESULTS
    assert called(tmp_path) == [2, 4, 5]


def test_other_work_takes_nothing(tmp_path: Path) -> None:
    files = stopped_run(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    with open_workers(tmp_path / "out", resume=True) as workers:
        assert count_calls(workers, other) == RESULTS
        assert count_calls(workers, tmp_path, tasks=COUNT + 1) == [*RESULTS, [COUNT, COUNT**2]]
    assert called(other) == list(range(COUNT))
    assert called(tmp_path) == list(range(COUNT + 1))
    # what this run did not ask for is still there
    assert all(file.exists() for file in files)


def test_files_of_another_run_do_not_pass_for_ours(tmp_path: Path) -> None:
    """A journal under the fingerprint of another one: the checksum knows."""
    folder = stopped_run(tmp_path)[0].parent
    with open_workers(tmp_path / "out", resume=True) as workers:
        count_calls(workers, tmp_path, tasks=0)
        (tmp_path / "stop_0").touch()
        with pytest.raises(KeyboardInterrupt):
            count_calls(workers, tmp_path, tasks=2)
        (tmp_path / "stop_0").unlink()
        mine = next(path for path in folder.parent.iterdir() if path != folder and not list(path.iterdir()))
        for task in range(2):
            shutil.copy(folder / f"{task}.task", mine)
        called(tmp_path)
        count_calls(workers, tmp_path, tasks=2)
    assert called(tmp_path) == [0, 1]


def test_another_run_tidies_up_meanwhile(tmp_path: Path) -> None:
    with open_workers(tmp_path, resume=True) as workers:
        assert workers.map(split_work.remove_tasks, tmp_path / ".tasks", range(3), name="toys", sizes=[1] * 3) == [
            0,
            1,
            2,
        ]


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with (
        pytest.raises(OptionError, match=r"--output: the folder .* cannot be made: Not a directory"),
        open_workers(tmp_path / "out", resume=False) as workers,
    ):
        count_calls(workers, tmp_path)


def toys_method(run: Run) -> Outcome:
    """Stands for a method whose work is split."""
    results = run.workers.map(split_work.count_calls, run.card.parent, range(COUNT), name="toys", sizes=[10] * COUNT)
    run.output.mkdir(exist_ok=True)
    (run.output / "result.json").write_text(str(results))
    return Outcome(str(results), (run.output / "result.json",), 0)


def test_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(METHODS, "Validate", toys_method)
    arguments = [tmp_path / "card.txt", "-M", "Validate", "-o", tmp_path / "out"]
    (tmp_path / "stop_2").touch()
    assert call(monkeypatch, *arguments) == 130
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.strip() == (
        f"Stopped. 2 of 6 tasks are kept in {tmp_path / 'out' / '.tasks'}: the same command with --resume goes on."
    )
    (tmp_path / "stop_2").unlink()
    called(tmp_path)
    assert call(monkeypatch, *arguments, "--resume", "--parallel", 2) == 0
    assert called(tmp_path) == [2, 3, 4, 5]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["result.json"]
    assert (tmp_path / "out" / "result.json").read_text() == str(RESULTS)
    assert capsys.readouterr().err == ""


def test_stop_before_any_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(METHODS, "Validate", toys_method)
    (tmp_path / "stop_0").touch()
    assert call(monkeypatch, tmp_path / "card.txt", "-M", "Validate", "-o", tmp_path / "out") == 130
    assert capsys.readouterr().err.strip() == "Stopped."


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--dask", "somewhere"], "--dask somewhere: not an address"),
        (["--dask", "local:2", "--parallel", "2"], "give one of them"),
        (["--parallel", "-1"], "Invalid value for '--parallel'"),
    ],
)
def test_bad_options(
    options: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call(monkeypatch, tmp_path / "card.txt", "-M", "Validate", "-o", tmp_path / "out", *options) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


INTERRUPTED_PROGRAM = """
import sys
from pathlib import Path
import split_work
from ttjroofit.run.cli import main
from ttjroofit.run.methods import METHODS

def method(run):
    run.workers.map(split_work.sleep_and_mark, run.card.parent, range(200), name="toys", sizes=[1] * 200)

if __name__ == "__main__":
    METHODS["Validate"] = method
    main()
"""


@pytest.mark.parametrize("workers", [("--parallel", "2"), ("--dask", "local:2")], ids=lambda workers: workers[0])
def test_ctrl_c(tmp_path: Path, workers: tuple[str, str]) -> None:
    """SIGINT to the whole group, as a terminal sends it: one line, no traceback of a worker, no wait for the rest."""
    program = tmp_path / "program.py"
    program.write_text(INTERRUPTED_PROGRAM)
    arguments = [str(tmp_path / "card.txt"), "-M", "Validate", "-o", str(tmp_path / "out"), *workers]
    with subprocess.Popen(
        [sys.executable, str(program), *arguments],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as run:
        end = time.monotonic() + 30
        while len(list(tmp_path.glob("out/.tasks/*/*.task"))) < 3:
            assert time.monotonic() < end, "no task was done"
            time.sleep(0.05)
        os.killpg(run.pid, signal.SIGINT)
        _, errors = run.communicate(timeout=9)
    assert run.returncode == 130
    lines = errors.strip().splitlines()
    assert len(lines) == 1, errors
    assert lines[0].startswith("Stopped. ")
    assert lines[0].endswith("the same command with --resume goes on.")


def test_fingerprint_tells_values_apart() -> None:
    assert len({fingerprint(value) for value in values()}) == len(values())


def test_fingerprint_is_the_same_for_the_same() -> None:
    point = Point(Path("a"), frozenset({"x", "y"}))
    before = fingerprint(point)
    assert point.sizes == 2
    assert fingerprint(point) == before
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    square = np.arange(6.0).reshape(2, 3)
    assert fingerprint(np.asfortranarray(square)) == fingerprint(square)
    assert fingerprint(np.arange(12.0).reshape(2, 6)[:, ::2]) == fingerprint(np.array([[0.0, 2, 4], [6, 8, 10]]))


@pytest.mark.parametrize("value", [lambda: 1, open], ids=["lambda", "file"])
def test_fingerprint_of_what_cannot_be_sent(value: Callable[..., object], tmp_path: Path) -> None:
    if value is open:
        with (tmp_path / "file").open("w") as file, pytest.raises(TypeError, match="cannot pickle"):
            fingerprint(file)
    else:
        with pytest.raises(TypeError, match="no name that another process could call it by"):
            fingerprint(value)


def test_fingerprint_is_the_same_in_every_process() -> None:
    program = (
        "import fingerprinted\n"
        "from ttjroofit.run.workers.fingerprint import fingerprint\n"
        "print(*(fingerprint(value) for value in fingerprinted.values()))\n"
    )
    here = [fingerprint(value) for value in values()]
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONPATH": str(TESTS), "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        )
        assert run.stdout.split() == here
