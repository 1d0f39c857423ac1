"""``-M Jobs`` and ``ttjroofit jobs``: what they refuse, what a folder of jobs keeps, and work that comes after jobs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from unittest.mock import Mock

import pytest

from job_folder import CARDS, content
from program import call
from ttjroofit.card import read_card
from ttjroofit.run.jobs.plan import Plan, read_plan
from ttjroofit.run.jobs.stage import Stage, stages_of
from ttjroofit.run.workers.journal import CHECKSUM_BYTES

CARD = CARDS / "cms13.txt"

CHUNK = 50

GOODNESS = ("--of", "GoodnessOfFit", "-t", 3 * CHUNK, "--no-plots")


@pytest.fixture(autouse=True)
def small_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ttjroofit.analysis.toys.CHUNK", CHUNK)


def stages(folder: Path) -> tuple[Plan, dict[int, Stage]]:
    plan = read_plan(folder)
    return plan, stages_of(folder, plan)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-M", "Jobs"), "-M Jobs: which method? give --of GoodnessOfFit, or another one"),
        (("-M", "Jobs", "--of", "CrossSections"), "--of CrossSections: this call has no work that can be split"),
        (("-M", "Jobs", *GOODNESS, "--resume"), "--resume: -M Jobs writes jobs and does no work"),
        (("-M", "Jobs", *GOODNESS, "--dask", "local:2"), "--dask: -M Jobs writes jobs and does no work"),
        (("-M", "Jobs", *GOODNESS, "--parallel", 2), "--parallel 2: jobs at once are a choice of --job-mode script"),
        (("-M", "Jobs", *GOODNESS, "--task-name", "a b; touch x"), "--task-name 'a b; touch x': give letters"),
        (("-M", "Jobs", *GOODNESS, "--task-name", "-x"), "--task-name '-x': give letters"),
        (("-M", "Jobs", *GOODNESS, "--merge", 0), "0 is not in the range x>=1"),
        (("-M", "Jobs", *GOODNESS, "--job-mode", "slurm"), "--job-mode slurm: no program sbatch here"),
        (("-M", "Jobs", *GOODNESS, "--job-mode", "condor"), "--job-mode condor: no program condor_submit_dag here"),
        (
            ("-M", "Jobs", *GOODNESS, "--job-mode", "slurm", "--sub-opts", "--comment='x", "--dry-run"),
            "--sub-opts --comment='x: No closing quotation: give options of sbatch",
        ),
        (("--dry-run",), "--dry-run is for -M Jobs, not for -M Fit"),
        (("--merge", 2), "--merge is for -M Jobs, not for -M Fit"),
        (("-M", "Jobs", "--of", "Fit", "-t", 10, "--measurements", "nobody"), "nobody"),
    ],
)
def test_what_cannot_be(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[object, ...],
    message: str,
) -> None:
    # no batch system here, whatever the machine has
    monkeypatch.setenv("PATH", str(tmp_path))
    assert call(monkeypatch, CARD, *arguments, "-o", tmp_path / "jobs") == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").touch()
    assert call(monkeypatch, CARD, "-M", "Jobs", *GOODNESS, "--dry-run", "-o", tmp_path) == 2
    assert "there is something already: remove it, or name another folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    empty = tmp_path / "empty"
    empty.mkdir()
    assert call(monkeypatch, CARD, "-M", "Jobs", *GOODNESS, "--dry-run", "-o", empty) == 0
    assert {path.name for path in empty.iterdir()} == {"inputs", "plan.json", "stage_1"}


def test_interactive_jobs_give_what_the_call_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Toys of a random seed, read from a file that is gone when the jobs run."""
    toys = tmp_path / "toys"
    assert call(monkeypatch, CARD, "-M", "GenerateOnly", "-t", 120, "--saveToys", "-o", toys) == 0
    read = ("--toysFile", toys / "toys.root", "--no-plots")
    assert call(monkeypatch, CARD, "-M", "GoodnessOfFit", *read, "-o", tmp_path / "single") == 0
    folder = tmp_path / "jobs"
    how = ("-M", "Jobs", "--of", "GoodnessOfFit", "--dry-run", "--merge", 2, "-o", folder)
    assert call(monkeypatch, CARD, *how, *read) == 0
    assert (folder / stages(folder)[0].options["toys_file"]).is_file()
    shutil.rmtree(toys)
    assert call(monkeypatch, "jobs", "resubmit", folder) == 0
    ours, theirs = (json.loads(content(path)) for path in (folder / "output", tmp_path / "single"))
    assert ours == theirs


def test_jobs_are_submitted_again_in_another_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Jobs that ran out of time get more of it; what a batch system does not take is done here."""
    sbatch, folder, typed = tmp_path / "bin" / "sbatch", tmp_path / "my jobs", tmp_path / "typed"
    sbatch.parent.mkdir()
    sbatch.write_text(f'#!/bin/sh\necho "$@" >> {typed}\n[ -e {typed}.bad ] && exit 1\necho 7\n')
    sbatch.chmod(0o755)
    monkeypatch.setenv("PATH", f"{sbatch.parent}:/usr/bin:/bin")
    monkeypatch.setattr("ttjroofit.run.jobs.queue._asked", lambda _: "")
    how = ("--job-mode", "slurm", "--sub-opts", "--time=1", "--dry-run", "-o", folder)
    assert call(monkeypatch, CARD, "-M", "Jobs", *GOODNESS, *how) == 0
    assert f"`ttjroofit jobs resubmit '{folder}'` does it" in capsys.readouterr().out
    assert call(monkeypatch, "jobs", "resubmit", folder, "--sub-opts", "--time=99") == 0
    assert typed.read_text().count("--time=99") == 2
    Path(f"{typed}.bad").touch()
    assert call(monkeypatch, "jobs", "resubmit", folder) == 2
    assert f"`ttjroofit jobs resubmit '{folder}'` tries again" in capsys.readouterr().err
    assert call(monkeypatch, "jobs", "resubmit", folder, "--job-mode", "condor") == 2
    assert "no program condor_submit_dag here" in capsys.readouterr().err
    assert len(list((folder / "stage_1").glob("submit_*.sh"))) == 3
    assert call(monkeypatch, "jobs", "resubmit", folder, "--job-mode", "interactive") == 0
    assert (folder / "output" / "result.json").is_file()


def test_after_ctrl_c_it_is_told_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("ttjroofit.run.jobs.job.run_job", Mock(side_effect=KeyboardInterrupt))
        assert call(patch, CARD, "-M", "Jobs", *GOODNESS, "-o", tmp_path / "jobs") == 130
    assert f"Stopped. `ttjroofit jobs resubmit {tmp_path / 'jobs'}` goes on." in capsys.readouterr().err


def test_a_random_seed_is_drawn_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(monkeypatch, CARD, "-M", "Jobs", *GOODNESS, "-s", -1, "-o", tmp_path / "jobs") == 0
    plan, _ = stages(tmp_path / "jobs")
    seed = plan.options["seed"]
    assert seed >= 0
    assert json.loads(content(tmp_path / "jobs" / "output"))["seed"] == seed
    assert call(monkeypatch, "jobs", "collect", tmp_path / "jobs", "-o", tmp_path / "again") == 0
    assert content(tmp_path / "again") == content(tmp_path / "jobs" / "output")


def test_changed_inputs_and_another_number_of_tasks_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "jobs"
    assert call(monkeypatch, CARD, "-M", "Jobs", *GOODNESS, "-o", folder) == 0
    monkeypatch.setattr("ttjroofit.analysis.toys.CHUNK", CHUNK + 1)
    capsys.readouterr()
    assert call(monkeypatch, "jobs", "collect", folder) == 2
    assert "stage 1 holds 3 tasks of 150 toys, the run asks for 3 of 150 toys: write" in capsys.readouterr().err
    plan, _ = stages(folder)
    copy = folder / next(name for name in plan.inputs if name.endswith("cms_13tev_dilepton.yaml"))
    text = copy.read_text()
    copy.write_text(text + "# a remark\n")
    assert call(monkeypatch, "jobs", "collect", folder) == 2
    assert "has changed since the jobs were written: undo the change" in capsys.readouterr().err
    copy.unlink()
    assert call(monkeypatch, "jobs", "collect", folder) == 2
    assert "the copy made for the jobs is missing" in capsys.readouterr().err


def test_a_salt_is_in_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    salt, folder = "a very secret salt", tmp_path / "jobs"
    assert call(monkeypatch, CARD, "-M", "Jobs", *GOODNESS, "--dry-run", "--blind", salt, "-o", folder) == 0
    held = [path.name for path in folder.rglob("*") if path.is_file() and salt.encode() in path.read_bytes()]
    assert held == []
    # the work itself knows the offset
    assert folder.stat().st_mode & 0o077 == 0
    plan, found = stages(folder)
    assert call(monkeypatch, "jobs", "resubmit", folder) == 2
    assert "the jobs are of a blinded run: set TTJROOFIT_BLIND to its salt" in capsys.readouterr().err
    monkeypatch.setenv("TTJROOFIT_BLIND", "another salt")
    assert call(monkeypatch, "jobs", "collect", folder) == 2
    assert "TTJROOFIT_BLIND: another salt than that of the jobs" in capsys.readouterr().err
    monkeypatch.setenv("TTJROOFIT_BLIND", salt)
    assert call(monkeypatch, "jobs", "collect", folder) == 0
    assert plan.blind is not None
    assert len(found[1].jobs) == 3


def test_an_unblinded_plan_takes_no_salt_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(monkeypatch, CARD, "-M", "Jobs", *GOODNESS, "-o", tmp_path / "jobs") == 0
    monkeypatch.setenv("TTJROOFIT_BLIND", "a salt")
    assert call(monkeypatch, "jobs", "collect", tmp_path / "jobs", "-o", tmp_path / "again") == 0
    assert content(tmp_path / "again") == content(tmp_path / "jobs" / "output")


def test_long_work_after_the_jobs_is_the_next_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The points of a scan, then the ends of its intervals."""
    scan = ("--algo", "grid", "--points", 60, "--breakdown", "theory,syst,stat", "--no-plots")
    folder = tmp_path / "jobs"
    assert call(monkeypatch, CARD, "-M", "MultiDimFit", *scan, "-o", tmp_path / "single") == 0
    assert call(monkeypatch, CARD, "-M", "Jobs", "--of", "MultiDimFit", *scan, "-o", folder) == 0
    assert content(folder / "output") == content(tmp_path / "single")
    assert list(stages(folder)[1]) == [1]
    monkeypatch.setattr("ttjroofit.run.jobs.collect.HERE", 0.0)
    capsys.readouterr()
    assert call(monkeypatch, "jobs", "collect", folder, "-o", tmp_path / "two") == 1
    assert "further work of this call is long enough for jobs of its own" in capsys.readouterr().out
    assert list(stages(folder)[1]) == [1, 2]
    assert stages(folder)[1][2].index.name == "crossings"
    assert call(monkeypatch, "jobs", "collect", folder, "-o", tmp_path / "two") == 0
    assert content(tmp_path / "two") == content(tmp_path / "single")
    # a stage that the call does not ask for is not left aside
    (folder / "stage_2").rename(folder / "stage_3")
    index = folder / "stage_3" / "stage.json"
    index.write_text(index.read_text().replace('"number": 2', '"number": 3'))
    results = stages(folder)[1][3].journal
    for old in (folder / "stage_3" / "results").glob("crossings-*/*.task"):
        results.write(int(old.stem), old.read_bytes()[CHECKSUM_BYTES:])
    capsys.readouterr()
    assert call(monkeypatch, "jobs", "collect", folder, "--here") == 2
    assert "the run has no use for stage 3: write the jobs again" in capsys.readouterr().err


def test_a_matrix_of_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    matrix = tmp_path / "talk" / "matrix.yaml"
    matrix.parent.mkdir()
    text = f"schema: ttjroofit/matrix/1\nmethod: GoodnessOfFit\ncards: [{CARD}]\n"
    matrix.write_text(f"{text}options: {{no-plots: true}}\nstatements: {{interpolation: [2, 1]}}\n")
    assert call(monkeypatch, matrix, "-M", "Jobs", "--of", "Fit", "-o", tmp_path / "jobs") == 2
    assert "is a matrix of fits, which names its method" in capsys.readouterr().err
    assert call(monkeypatch, matrix, "-M", "Jobs", "--pulls", "zero", "-o", tmp_path / "jobs") == 2
    assert "a matrix of fits has it in its file" in capsys.readouterr().err
    assert call(monkeypatch, matrix, "-M", "Jobs", "--no-plots", "-o", tmp_path / "jobs") == 0
    assert call(monkeypatch, "matrix", matrix, "--no-plots", "-o", tmp_path / "single") == 0
    for _ in range(2):
        assert call(monkeypatch, "jobs", "collect", tmp_path / "jobs", "-o", tmp_path / "again") == 0
    names = sorted(path.parent.name for path in (tmp_path / "single").glob("*/result.json"))
    assert len(names) == 2
    for folder in (tmp_path / "jobs" / "output", tmp_path / "again"):
        for name in names:
            assert content(folder / name) == content(tmp_path / "single" / name)
            assert all(one.path.is_file() for one in read_card(folder / name / "card.txt").measurements)
    card = (tmp_path / "jobs" / "output" / names[0] / "card.txt").read_text()
    assert f"-o {tmp_path / 'jobs' / 'output' / names[0]}" in card
