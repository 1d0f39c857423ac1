"""Submit files of HTCondor: read by its own library, and played with the file transfer that they ask for."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import split_work
from job_folder import CARDS, PLAN, make_stage
from program import call
from ttjroofit.run.jobs.plan import read_plan
from ttjroofit.run.jobs.queue import submissions_of
from ttjroofit.run.jobs.stage import Stage, stages_of
from ttjroofit.run.jobs.status import status_of
from ttjroofit.run.jobs.submit import write_submission

SUB_OPTS = '+JobFlavour = "workday"\\nrequest_memory = 4GB'
"""As in combineTool: the two characters \\n between lines."""

Executable = Callable[[str, str], Path]


@pytest.fixture
def executable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Executable:
    """Makes a program of this name from shell text, first in the path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def make(name: str, text: str) -> Path:
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
        return folder / name

    return make


def condor_folder(monkeypatch: pytest.MonkeyPatch, folder: Path, *more: object) -> Stage:
    """Twelve jobs written for HTCondor."""
    toys = ("--of", "Coverage", "-t", 24_000, "--sub-opts", SUB_OPTS)
    assert call(monkeypatch, CARDS / "cms13.txt", "-M", "Jobs", *toys, "--job-mode", "condor", *more, "-o", folder) == 0
    return stages_of(folder, read_plan(folder))[1]


def test_the_submit_description_is_read_by_htcondor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    htcondor = pytest.importorskip("htcondor2", reason="no htcondor: pip install 'ttjroofit[grid]'")
    stage = condor_folder(monkeypatch, tmp_path / "jobs", "--dry-run", "--task-name", "gof.toys")
    submit = htcondor.Submit((stage.folder / "job.sub").read_text())
    assert submit.getQArgs() == ""
    assert submit["universe"] == "vanilla"
    assert os.access(stage.folder / submit["executable"], os.X_OK)
    # later lines win, also over ours
    assert submit["request_memory"] == "4GB"
    assert submit["MY.JobFlavour"] == '"workday"'
    submit["job"] = "11"
    assert submit.expand("arguments") == '"11"'
    inputs = submit.expand("transfer_input_files").split(", ")
    assert inputs == ["stage.json", "shared.pickle", "job_11.tasks"]
    assert all((stage.folder / name).is_file() for name in inputs)
    for name in ("output", "error", "log"):
        assert (stage.folder / submit.expand(name)).parent.is_dir()
    merge = htcondor.Submit((stage.folder / "merge.sub").read_text())
    assert merge["universe"] == "local"
    assert os.access(stage.folder / merge["executable"], os.X_OK)


def test_the_dag_is_read_by_htcondor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, executable: Executable) -> None:
    htcondor = pytest.importorskip("htcondor2", reason="no htcondor: pip install 'ttjroofit[grid]'")
    # the library looks for the program that would run the graph, and reads the file itself
    executable("condor_dagman", "exit 1")
    stage = condor_folder(monkeypatch, tmp_path / "jobs", "--dry-run")
    monkeypatch.chdir(stage.folder)
    assert "jobs_1.dag" in htcondor.Submit.from_dag("jobs_1.dag", {"force": True})["arguments"]


def test_the_dag_has_every_job_once_and_the_merge_after_all(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, split_work.threads, None, range(5))
    plan = replace(PLAN, job_mode="condor")
    write_submission(stage, plan, [0, 2, 4])
    lines = (stage.folder / "jobs_1.dag").read_text().splitlines()
    words = [line.split() for line in lines if not line.startswith("#")]
    assert [line for line in words if line[0] == "JOB"] == [
        *(["JOB", f"job_{job}", "job.sub"] for job in (0, 2, 4)),
        ["JOB", "merge", "merge.sub"],
    ]
    assert [line[1:] for line in words if line[0] == "VARS"] == [[f"job_{job}", f'job="{job}"'] for job in (0, 2, 4)]
    assert [line for line in words if line[0] == "PARENT"] == [
        ["PARENT", f"job_{job}", "CHILD", "merge"] for job in (0, 2, 4)
    ]
    assert {tuple(line[2:]) for line in words if line[0] == "RETRY"} == {("2", "UNLESS-EXIT", "1")}
    assert len(words) == 3 * 4 + 1


def test_a_job_needs_what_is_transferred_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = make_stage(tmp_path / "jobs", split_work.kill_once, tmp_path, range(4), job_mode="condor", merge=2)
    write_submission(stage, replace(PLAN, job_mode="condor"), [0, 1])
    description = dict(
        line.split(" = ", 1) for line in (stage.folder / "job.sub").read_text().splitlines() if " = " in line
    )
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    for name in [*description["transfer_input_files"].replace("$(job)", "0").split(", "), description["executable"]]:
        shutil.copy(stage.folder / name, scratch)
    monkeypatch.setenv("_CONDOR_SCRATCH_DIR", str(scratch))
    monkeypatch.setenv("PYTHONPATH", str(Path(split_work.__file__).parent))
    subprocess.run(["sh", "./job.sh", "0"], cwd=scratch, check=True)
    assert not list(scratch.glob("ttjroofit_*"))
    for name in description["transfer_output_files"].split(", "):
        shutil.copytree(scratch / name, stage.folder / name, dirs_exist_ok=True)
    assert [job.state for job in status_of(stage).jobs] == ["done", "missing"]


def test_submitting_through_dagman(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], executable: Executable
) -> None:
    asked = tmp_path / "asked"
    executable(
        "condor_submit_dag", f'echo "$PWD $*" > {shlex.quote(str(asked))}; echo "1 job(s) submitted to cluster 77."'
    )
    executable("condor_q", 'test "$1" = 77 && echo 77')
    stage = condor_folder(monkeypatch, tmp_path / "jobs", "--task-name", "gof")
    assert "submitted: condor 77" in capsys.readouterr().out
    assert asked.read_text().split() == [str(stage.folder), "-batch-name", "gof", "jobs_1.dag"]
    assert [job.state for job in status_of(stage).jobs] == ["waiting"] * 12
    assert call(monkeypatch, "jobs", "resubmit", tmp_path / "jobs") == 0
    assert "nothing to submit" in capsys.readouterr().out
    executable("condor_q", "exit 0")
    assert [job.state for job in status_of(stage).jobs] == ["missing"] * 12
    assert call(monkeypatch, "jobs", "resubmit", tmp_path / "jobs") == 0
    assert asked.read_text().split()[-1] == "jobs_2.dag"
    assert len(submissions_of(stage)) == 2


def test_what_the_batch_system_says_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], executable: Executable
) -> None:
    executable("condor_submit_dag", "echo 'no schedd here' >&2; exit 1")
    more = ("--job-mode", "condor", "-t", 4000, "--of", "Coverage", "-o", tmp_path / "jobs")
    assert call(monkeypatch, CARDS / "cms13.txt", "-M", "Jobs", *more) == 2
    assert "condor_submit_dag did not take the jobs: no schedd here" in capsys.readouterr().err
    stage = stages_of(tmp_path / "jobs", read_plan(tmp_path / "jobs"))[1]
    assert submissions_of(stage) == []
