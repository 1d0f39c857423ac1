"""Jobs that are killed, fail and leave torn results: told, submitted again, collected to the bytes of a single run."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from job_folder import CARDS, content, pre_command
from program import call
from ttjroofit.run.jobs.job import run_job
from ttjroofit.run.jobs.plan import read_plan
from ttjroofit.run.jobs.stage import Stage, stages_of

CARD = CARDS / "cms13.txt"

CHUNK = 50
"""Toys of a task."""

TOYS = ("-t", 40 * CHUNK, "-s", 7, "--no-plots")

KILLED = [0, 1, 2, 4, 5]


@pytest.fixture
def small_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ttjroofit.analysis.toys.CHUNK", CHUNK)


def stage_of(folder: Path) -> Stage:
    return stages_of(folder, read_plan(folder))[1]


def written(stage: Stage) -> dict[int, int]:
    """Time of each result."""
    return {int(path.stem): path.stat().st_mtime_ns for path in stage.journal.folder.glob("[0-9]*.task")}


def states(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: Path
) -> list[dict[str, object]]:
    capsys.readouterr()
    status = call(monkeypatch, "jobs", "status", folder, "--json")
    (stage,) = json.loads(capsys.readouterr().out)["stages"]
    assert status == (0 if stage["complete"] else 1)
    return list(stage["jobs"])


@pytest.mark.usefixtures("small_tasks")
def test_killed_failed_and_torn_jobs_are_done_again_and_only_those(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, marks = tmp_path / "jobs", tmp_path / "the marks"
    how = ("--merge", 5, "--dry-run", "--pre-cmd", pre_command(marks, CHUNK), "-o", folder)
    assert call(monkeypatch, CARD, "-M", "Jobs", "--of", "GoodnessOfFit", *TOYS, *how) == 0
    stage = stage_of(folder)
    assert len(stage.index.sizes) == 40
    assert stage.jobs == range(8)
    assert {job["state"] for job in states(capsys, monkeypatch, folder)} == {"missing"}

    marks.mkdir()
    for job in KILLED:
        (marks / f"kill_{job}").touch()
    processes = [subprocess.Popen(["sh", stage.folder / "job.sh", str(job)]) for job in KILLED]
    assert [process.wait() for process in processes] == [-signal.SIGKILL] * len(KILLED)
    tasks = (stage.folder / "job_6.tasks").read_bytes()
    (stage.folder / "job_6.tasks").write_bytes(tasks[:-1])
    assert [run_job(stage, job) for job in (3, 6, 7)] == [0, 1, 0]
    torn = stage.journal.folder / "37.task"
    torn.write_bytes(torn.read_bytes()[:-1])

    found = states(capsys, monkeypatch, folder)
    assert [job["state"] for job in found] == ["failed"] * 3 + ["done"] + ["failed"] * 4
    assert all(found[job]["why"] == "no sign of life: killed?" and found[job]["results"] == 1 for job in KILLED)
    assert "job_6.tasks: is torn or has changed" in str(found[6]["why"])
    assert found[6]["exit"] == 1
    assert (found[7]["why"], found[7]["results"]) == ("the result of task 37 is torn or of other jobs", 4)
    assert call(monkeypatch, "jobs", "collect", folder) == 1
    assert not (folder / "output").exists()

    (stage.folder / "job_6.tasks").write_bytes(tasks)
    before = written(stage)
    assert call(monkeypatch, "jobs", "resubmit", folder) == 0
    after = written(stage)
    assert set(after) == set(range(40))
    # one result of each killed job was there
    kept = {5 * job for job in KILLED} | set(range(15, 20)) | {35, 36, 38, 39}
    assert {task for task in after if after[task] == before.get(task)} == kept

    # interactive jobs have collected; once more, from another place, it is the same
    assert call(monkeypatch, CARD, "-M", "GoodnessOfFit", *TOYS, "-o", tmp_path / "single") == 0
    assert content(folder / "output") == content(tmp_path / "single")
    moved = tmp_path / "moved" / "$HOME `x`"
    moved.parent.mkdir()
    folder.rename(moved)
    assert call(monkeypatch, "jobs", "collect", moved) == 0
    assert content(moved / "output") == content(tmp_path / "single")
    assert {job["state"] for job in states(capsys, monkeypatch, moved)} == {"done"}
    assert call(monkeypatch, "jobs", "resubmit", moved) == 0
    assert "nothing to submit" in capsys.readouterr().out


@pytest.mark.usefixtures("small_tasks")
def test_a_script_runs_and_collects_in_a_folder_with_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "jobs of '$(touch injected)' `touch injected`; touch injected"
    toys = ("-t", 2 * CHUNK, "-s", 7, "--no-plots")
    how = ("--job-mode", "script", "--parallel", 2, "--pre-cmd", pre_command(tmp_path, CHUNK), "-o", folder)
    monkeypatch.chdir(tmp_path)
    assert call(monkeypatch, CARD, "-M", "Jobs", "--of", "GoodnessOfFit", *toys, *how) == 0
    assert call(monkeypatch, CARD, "-M", "GoodnessOfFit", *toys, "-o", tmp_path / "single") == 0
    assert content(folder / "output") == content(tmp_path / "single")
    assert "injected" not in {path.name for path in tmp_path.rglob("*")}
