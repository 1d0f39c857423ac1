"""A stage on disk: each task in one job, only its own results count, a record of each job whatever becomes of it."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import job_folder
import split_work
from job_folder import PLAN, job_process, make_stage
from ttjroofit.errors import InputError, OptionError
from ttjroofit.run.jobs import record as records
from ttjroofit.run.jobs.job import run_job
from ttjroofit.run.jobs.record import JobRecord, read_record, write_record
from ttjroofit.run.jobs.stage import Stage, StageIndex, read_stage, stages_of
from ttjroofit.run.jobs.status import status_of
from ttjroofit.run.jobs.submit import _ranges, run_script
from ttjroofit.run.stopping import stoppable

TESTS = Path(split_work.__file__).parent


def states(stage: Stage, silence: float = 60.0) -> list[str]:
    return [job.state for job in status_of(stage, silence).jobs]


def why(stage: Stage, job: int) -> str:
    return status_of(stage).jobs[job].why


@given(count=st.integers(1, 200), merge=st.integers(1, 60))
def test_each_task_is_in_one_job(count: int, merge: int) -> None:
    jobs = -(-count // merge)
    index = StageIndex(
        version="",
        plan="",
        number=1,
        work="",
        name="toys",
        sizes=[1] * count,
        merge=merge,
        shared="",
        tasks=[""] * jobs,
    )
    stage = Stage(Path(), index)
    assert [task for job in stage.jobs for task in stage.members(job)] == list(range(count))
    assert all(0 < len(stage.members(job)) <= merge for job in stage.jobs)


@given(st.sets(st.integers(0, 60), min_size=1))
@settings(deadline=None)
def test_indices_of_an_array_as_slurm_reads_them(indices: set[int]) -> None:
    read: list[int] = []
    for part in _ranges(sorted(indices)).split(","):
        first, _, last = part.partition("-")
        read += range(int(first), int(last or first) + 1)
    assert read == sorted(indices)


def test_the_tasks_of_the_files_are_those_of_the_stage(tmp_path: Path) -> None:
    stage = read_stage(make_stage(tmp_path, split_work.count_calls, tmp_path, "abcdefg", merge=3).folder)
    assert [stage.tasks(job) for job in stage.jobs] == [{0: "a", 1: "b", 2: "c"}, {3: "d", 4: "e", 5: "f"}, {6: "g"}]
    assert stage.work() == (split_work.count_calls, tmp_path)
    assert list(tmp_path.glob(".*")) == []


def test_a_stage_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises((AttributeError, pickle.PicklingError), match=r"pickle|local object"):
        make_stage(tmp_path, split_work.count_calls, lambda: None, "ab")
    assert list(tmp_path.iterdir()) == []


def test_a_job_works_in_a_scratch_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_CONDOR_SCRATCH_DIR", str(tmp_path))
    stage = make_stage(tmp_path / "jobs", job_folder.where, None, range(2), merge=2)
    here = Path.cwd()
    assert run_job(stage, 0) == 0
    (scratch,) = {Path(place) for place in stage.journal.read().values()}
    assert scratch.parent == tmp_path
    assert not scratch.exists()
    assert Path.cwd() == here


def test_a_job_does_what_is_left(tmp_path: Path) -> None:
    stage = make_stage(tmp_path / "jobs", split_work.count_calls, tmp_path, range(4), merge=4)
    assert run_job(stage, 0) == 0
    assert states(stage) == ["done"]
    assert stage.journal.read() == {task: [task, task**2] for task in range(4)}
    (stage.journal.folder / "2.task").unlink()
    assert why(stage, 0) == "done, but results are missing: were they removed?"
    for mark in tmp_path.glob("called_*"):
        mark.unlink()
    assert run_job(stage, 0) == 0
    assert [mark.name.split("_")[1] for mark in tmp_path.glob("called_*")] == ["2"]
    record = read_record(stage, 0)
    assert record is not None
    assert (record.state, record.exit, record.pid, record.error) == ("done", 0, os.getpid(), "")


def test_a_task_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, split_work.fail, tmp_path / "a card", range(4), merge=4)
    assert run_job(stage, 0) == 1
    (job,) = status_of(stage).jobs
    assert (job.state, job.results, job.exit) == ("failed", 3, 1)
    assert job.why == f"task 1: {tmp_path}/a card:7: no minimum"


def test_results_of_other_jobs_do_not_count(tmp_path: Path) -> None:
    """The same tasks of another plan, another task of the same plan, and a number that no task has."""
    stage = make_stage(tmp_path / "one", split_work.count_calls, tmp_path, range(3))
    other = make_stage(tmp_path / "two", split_work.count_calls, tmp_path, range(3), inputs={"card.txt": "changed"})
    for job in other.jobs:
        run_job(other, job)
    target = stage.journal.folder
    shutil.copy(other.journal.folder / "0.task", target / "0.task")
    run_job(stage, 1)
    shutil.copy(target / "1.task", target / "2.task")
    assert states(stage) == ["failed", "done", "failed"]
    assert why(stage, 0) == "the result of task 0 is torn or of other jobs"
    shutil.copy(target / "1.task", target / "3.task")
    with pytest.raises(InputError, match=r"3\.task: no such task: the stage has 0 to 2; remove the file"):
        status_of(stage)


def test_a_stage_of_another_plan_is_refused(tmp_path: Path) -> None:
    make_stage(tmp_path, split_work.count_calls, tmp_path, range(2))
    assert list(stages_of(tmp_path, PLAN)) == [1]
    with pytest.raises(InputError, match=r"stage\.json: belongs to another plan\.json"):
        stages_of(tmp_path, replace(PLAN, options={"toys": 3}))
    # where the jobs run is no part of what they are
    assert list(stages_of(tmp_path, replace(PLAN, job_mode="slurm", python="/other/python"))) == [1]


def test_a_folder_without_a_stage_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"plan\.json: no folder stage_1 beside it: write the jobs again"):
        stages_of(tmp_path, PLAN)


def test_files_of_a_stage_that_are_torn(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, split_work.count_calls, tmp_path, range(2))
    shared = stage.folder / "shared.pickle"
    shared.write_bytes(shared.read_bytes()[:-1])
    assert run_job(stage, 0) == 1
    assert "shared.pickle: is torn or has changed since the jobs were written" in why(stage, 0)
    index = stage.folder / "stage.json"
    index.write_text(index.read_text()[:-20])
    with pytest.raises(InputError, match=r"stage\.json: the file: Invalid JSON.*: is it torn\?"):
        read_stage(stage.folder)
    index.write_text('{"schema": "ttjroofit/jobs/stage/1"}')
    with pytest.raises(InputError, match=r"stage\.json: version: .*equired"):
        read_stage(stage.folder)


def test_no_such_job_and_no_such_folder(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, split_work.count_calls, tmp_path, range(2))
    with pytest.raises(OptionError, match=r"--job 2: .*stage_1 has the jobs 0 to 1"):
        run_job(stage, 2)
    with pytest.raises(InputError, match=r"stage\.json: no such file: give the folder that"):
        read_stage(tmp_path)


def test_another_version_is_refused(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, split_work.count_calls, tmp_path, range(1))
    index = stage.folder / "stage.json"
    index.write_text(index.read_text().replace(stage.index.version, "0.0.7"))
    with pytest.raises(InputError, match=r"written by ttjroofit 0\.0\.7, this is .*: install the same version"):
        read_stage(stage.folder)


def test_sigterm_is_told(tmp_path: Path) -> None:
    stage = make_stage(tmp_path / "jobs", split_work.sleep_and_mark, tmp_path, range(600), merge=600)
    process = job_process(stage, 0, TESTS)
    while not (stage.journal.folder / "0.task").exists():
        assert process.poll() is None
        time.sleep(0.02)
    assert states(stage) == ["running"]
    process.send_signal(signal.SIGTERM)
    assert process.wait(60.0) == 143
    (job,) = status_of(stage).jobs
    assert (job.state, job.exit) == ("failed", 143)
    assert job.why == "stopped by SIGTERM: out of time, out of memory, or cancelled?"
    assert 0 < job.results < 600


def test_a_script_that_is_stopped_leaves_no_job_behind(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, split_work.count_calls, tmp_path, range(1))
    began, ended = stage.folder / "began", stage.folder / "ended"
    script = stage.folder / "submit_1.sh"
    script.write_text("sh -c \"trap 'touch ended; exit' TERM; touch began; while :; do sleep 0.02; done\"; true\n")

    def interrupt() -> None:
        wait_for(began)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with stoppable(), pytest.raises(KeyboardInterrupt):
        run_script(stage, [0], script)
    thread.join()
    wait_for(ended)


def wait_for(path: Path) -> None:
    for _ in range(3000):
        if path.exists():
            return
        time.sleep(0.01)
    raise TimeoutError(path)


def test_two_runners_of_one_job_do_no_damage(tmp_path: Path) -> None:
    stage = make_stage(tmp_path / "jobs", split_work.sleep_and_mark, tmp_path, range(12), merge=12)
    processes = [job_process(stage, 0, TESTS) for _ in range(2)]
    assert [process.wait(120.0) for process in processes] == [0, 0]
    assert len(list(tmp_path.glob("worker_*"))) == 2
    assert stage.journal.read() == {task: task**3 for task in range(12)}
    assert {path.name for path in stage.journal.folder.iterdir()} == {f"{task}.task" for task in range(12)}
    assert states(stage) == ["done"]


def test_a_silent_job_is_taken_for_dead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = make_stage(tmp_path, split_work.count_calls, tmp_path, range(1))
    began = JobRecord.begin()
    elsewhere = replace(began, host="another-host", pid=1)
    write_record(stage, 0, elsewhere)
    assert states(stage) == ["running"]
    write_record(stage, 0, replace(elsewhere, heard=time.time() - 61.0))
    assert states(stage, silence=60.0) == ["failed"]
    assert states(stage, silence=100.0) == ["running"]
    # here it can be seen whether the process is there
    write_record(stage, 0, began)
    assert states(stage) == ["running"]
    monkeypatch.setattr(records, "_runs", lambda pid: pid != began.pid)
    assert states(stage) == ["failed"]


def test_a_job_at_work_gives_signs_of_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "HEARTBEAT", 0.01)
    stage = make_stage(tmp_path, split_work.count_calls, tmp_path, range(1))
    began = JobRecord.begin()
    with records.beating(stage, 0, began):
        end = time.monotonic() + 30.0
        while (record := read_record(stage, 0)) is None or record.heard < began.heard + 0.03:
            assert time.monotonic() < end
            time.sleep(0.01)
    assert record.state == "started"
    assert record.started == began.started
