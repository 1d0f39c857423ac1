"""Jobs through a real Slurm on the loopback interface; skipped where it is not installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from job_folder import CARDS, content, pre_command
from program import call
from slurm_server import MISSING, slurm
from ttjroofit.run.jobs.plan import read_plan
from ttjroofit.run.jobs.queue import submissions_of
from ttjroofit.run.jobs.stage import Stage, stages_of
from ttjroofit.run.jobs.status import status_of

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"no {', '.join(MISSING)}: apt-get install slurm-wlm munge")

CARD = CARDS / "cms13.txt"

CHUNK = 50

PATIENCE = 240.0
"""Seconds for a dozen jobs: the machine may be busy with other tests."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    # the name of a socket is short
    folder = Path(tempfile.mkdtemp(prefix="slurm"))
    try:
        with slurm(folder, cpus=2) as environment:
            for name in ("PATH", "SLURM_CONF"):
                monkeypatch.setenv(name, environment[name])
            yield folder
    finally:
        shutil.rmtree(folder)


def wait_for(over: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not over():
        assert time.monotonic() < end, subprocess.run(["squeue"], capture_output=True, text=True, check=False).stdout
        time.sleep(0.2)


def queue_is_empty() -> bool:
    return subprocess.run(["squeue", "--noheader"], capture_output=True, text=True, check=True).stdout == ""


def shown(folder: Path, *command: object) -> None:
    """Add what a program prints to the file that this variable names, for a report."""
    target = os.environ.get("TTJROOFIT_SLURM_OUTPUT")
    if target is not None:
        answer = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, cwd=folder)
        with Path(target).open("a", encoding="utf-8") as file:
            file.write(f"$ {' '.join(map(str, command))}\n{answer.stdout}{answer.stderr}\n")


def stage_of(folder: Path) -> Stage:
    return stages_of(folder, read_plan(folder))[1]


@pytest.mark.slow
def test_killed_jobs_are_done_again_by_slurm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ttjroofit.analysis.toys.CHUNK", CHUNK)
    folder, killed = tmp_path / "jobs of slurm", [0, 1, 3, 4, 6]
    for job in killed:
        (tmp_path / f"kill_{job}").touch()
    toys = ("-t", 40 * CHUNK, "-s", 7, "--no-plots")
    sub_opts = "--comment='a comment; touch injected' --time=10"
    how = ("--job-mode", "slurm", "--merge", 5, "--sub-opts", sub_opts, "--task-name", "gof")
    how = (*how, "--pre-cmd", pre_command(tmp_path, CHUNK), "-o", folder)
    assert call(monkeypatch, CARD, "-M", "Jobs", "--of", "GoodnessOfFit", *toys, *how) == 0
    stage = stage_of(folder)
    (submission,) = submissions_of(stage)
    assert f"submitted: slurm {submission.blocks[0].id}" in capsys.readouterr().out
    shown(folder, "squeue", "--format=%i %j %T %r")
    assert {state.state for state in status_of(stage).jobs} <= {"waiting", "running"}
    wait_for(lambda: not {"running", "failed", "done"}.isdisjoint(status_of(stage).counts))
    shown(folder, "squeue", "--format=%i %j %T %r")
    shown(folder, "ttjroofit", "jobs", "status", folder)
    wait_for(queue_is_empty)
    shown(folder, "ttjroofit", "jobs", "status", folder)
    assert [state.job for state in status_of(stage).jobs if state.state == "failed"] == killed
    assert [state.job for state in status_of(stage).jobs if state.state == "done"] == [2, 5, 7]
    assert "not collected" in (stage.folder / "logs" / "merge.out").read_text()

    before = {path.name: path.stat().st_mtime_ns for path in stage.journal.folder.glob("[0-9]*.task")}
    assert call(monkeypatch, "jobs", "resubmit", folder) == 0
    shown(folder, "squeue", "--format=%i %j %T %r")
    wait_for(queue_is_empty)
    shown(folder, "ttjroofit", "jobs", "status", folder)
    shown(folder, "cut", "-d", " ", "-f", "1-10", server / "completed")
    assert submissions_of(stage)[1].jobs == killed
    after = {path.name: path.stat().st_mtime_ns for path in stage.journal.folder.glob("[0-9]*.task")}
    assert {name for name in after if name in before and after[name] != before[name]} == set()
    assert len(after) == 40

    # the merge was a job too
    assert call(monkeypatch, CARD, "-M", "GoodnessOfFit", *toys, "-o", tmp_path / "single") == 0
    assert content(folder / "output") == content(tmp_path / "single")
    capsys.readouterr()
    assert call(monkeypatch, "jobs", "status", folder, "--json") == 0
    assert json.loads(capsys.readouterr().out)["stages"][0]["counts"] == {"done": 8}
    assert "injected" not in {path.name for path in tmp_path.rglob("*")}
