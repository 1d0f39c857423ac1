"""``-M Jobs`` and ``ttjroofit jobs``: what a user types, and what the answers look like."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from ttjroofit.errors import OptionError
from ttjroofit.run.jobs.arguments import JOB_OPTIONS, MODES, SILENCE, JobMode, parse_jobs
from ttjroofit.run.jobs.table import show
from ttjroofit.run.terminal import say_outcome

if TYPE_CHECKING:
    from ttjroofit.run.jobs.collect import Collected
    from ttjroofit.run.jobs.plan import Plan
    from ttjroofit.run.jobs.stage import Stage

__all__ = ["jobs", "make_jobs"]


def make_jobs(card: Path, options: Mapping[str, Any], command: str) -> int:
    """``-M Jobs``: write the folder of jobs and submit them.

    Args:
        card: the datacard, or a matrix of fits.
        options: as click gives them.
        command: the call as it may be written down.

    Returns:
        Exit status.
    """
    from ttjroofit.run.jobs.submit import check_options, check_program  # noqa: PLC0415
    from ttjroofit.run.jobs.write import write_jobs  # noqa: PLC0415 -- analyses, which import scipy
    from ttjroofit.run.progress import Progress  # noqa: PLC0415

    wanted = parse_jobs(card, options)
    if wanted.of is None:
        _check_matrix(options)
    check_options(wanted.mode, wanted.sub_opts)
    if not wanted.dry_run:
        check_program(wanted.mode)
    default = Path("out") / "_".join(filter(None, [card.stem, options["name"], "jobs"]))
    folder = (options["output"] or default).resolve()
    with Progress() as progress:
        plan, stage = write_jobs(card, folder, wanted, options, command=command, listener=progress.stage)
    return _send(folder, plan, stage, list(stage.jobs))


def _check_matrix(options: Mapping[str, Any]) -> None:
    """A matrix has the options of its fits in its file."""
    context = click.get_current_context()
    typed = {name for name in options if context.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    if options["blind"] is not None:
        raise OptionError("a blinded matrix cannot be jobs, whose files would hold the salt: ttjroofit matrix -h")
    wrong = sorted(typed - {"output", "name", "verbose", "no_plots", "parallel", *JOB_OPTIONS})
    if wrong:
        raise OptionError(f"the option {wrong[0]} of fits: a matrix of fits has it in its file")


def _send(folder: Path, plan: Plan, stage: Stage, numbers: Sequence[int]) -> int:
    """Submit jobs of a stage, or say how the user can."""
    from ttjroofit.run.jobs.submit import check_program, submit, write_submission  # noqa: PLC0415

    if not plan.dry_run:
        check_program(plan.job_mode)
    script = write_submission(stage, plan, numbers)
    click.echo(
        f"{len(numbers)} jobs of stage {stage.index.number} ({sum(stage.index.sizes)} {stage.index.name}): {script}"
    )
    if plan.dry_run:
        click.echo(f"nothing is submitted: `{_resubmit(folder)}` does it, or `sh {shlex.quote(str(script))}`")
        return 0
    if plan.job_mode in ("interactive", "script"):
        try:
            return _do_here(folder, plan, stage, numbers, script)
        except KeyboardInterrupt:
            raise click.Abort(f"`{_resubmit(folder)}` goes on.") from None
    click.echo(f"submitted: {submit(stage, plan, numbers, script)}")
    return 0


def _do_here(folder: Path, plan: Plan, stage: Stage, numbers: Sequence[int], script: Path) -> int:
    """Do jobs on this machine and collect."""
    from ttjroofit.run.jobs.job import run_job  # noqa: PLC0415
    from ttjroofit.run.jobs.submit import run_script  # noqa: PLC0415
    from ttjroofit.run.progress import Progress  # noqa: PLC0415

    if plan.job_mode == "script":
        return run_script(stage, numbers, script)
    with Progress() as progress, progress.counting("jobs", len(numbers)) as advance:
        for number in numbers:
            run_job(stage, number)
            advance(1)
    return _collect(folder, folder / _output_name(), parallel=0, dask=None, here=True)


def _resubmit(folder: Path) -> str:
    return f"ttjroofit jobs resubmit {shlex.quote(str(folder))}"


def _output_name() -> str:
    from ttjroofit.run.jobs.plan import OUTPUT_FOLDER  # noqa: PLC0415

    return OUTPUT_FOLDER


_FOLDER = click.argument("folder", type=click.Path(path_type=Path), metavar="FOLDER")
_SILENCE = click.option(
    "--silence",
    type=click.FloatRange(min=0.0),
    default=SILENCE,
    show_default=True,
    metavar="SECONDS",
    help="A job on another machine that was silent for so long is taken for dead.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def jobs() -> None:
    """Jobs that `ttjroofit CARD -M Jobs -o FOLDER` has written: docs/jobs.md."""


@jobs.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="STAGE")
@click.option("--job", type=click.IntRange(0), required=True, metavar="K", help="Number of the job.")
def run(folder: Path, job: int) -> int:
    """Do one job of FOLDER/stage_N: what a batch system calls. Exit status 0: done, 1: a task failed, 143: SIGTERM."""
    from ttjroofit.run.jobs.job import run_job  # noqa: PLC0415 -- numpy
    from ttjroofit.run.jobs.record import read_record  # noqa: PLC0415
    from ttjroofit.run.jobs.stage import read_stage  # noqa: PLC0415

    stage = read_stage(folder.resolve())
    status = run_job(stage, job)
    record = read_record(stage, job)
    if record is not None:
        click.echo(
            f"job {job}: {record.state} after {record.seconds:.1f} s" + (f": {record.error}" if record.error else "")
        )
    return status


@jobs.command()
@_FOLDER
@_SILENCE
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(folder: Path, silence: float, as_json: bool) -> int:
    """Tell which jobs are done, failed, running or missing. Exit status 0: all are done, 1: not yet."""
    return _say_status(folder, as_json=as_json, silence=silence)


@jobs.command()
@_FOLDER
@_SILENCE
@click.option(
    "--job-mode", "mode", type=click.Choice(MODES), default=None, help="Where they run now.  [default: as written]"
)
@click.option("--sub-opts", default=None, metavar="TEXT", help="In place of what was written, such as more time.")
def resubmit(folder: Path, silence: float, mode: JobMode | None, sub_opts: str | None) -> int:
    """Submit the jobs that failed or are missing, and only those."""
    from ttjroofit.run.jobs.plan import read_plan  # noqa: PLC0415
    from ttjroofit.run.jobs.stage import stages_of  # noqa: PLC0415
    from ttjroofit.run.jobs.status import status_of  # noqa: PLC0415
    from ttjroofit.run.jobs.submit import check_options  # noqa: PLC0415

    folder = folder.resolve()
    plan = read_plan(folder).resubmitted(mode, sub_opts)
    check_options(plan.job_mode, plan.sub_opts)
    for stage in stages_of(folder, plan).values():
        found = status_of(stage, silence)
        if found.left:
            return _send(folder, plan, stage, found.left)
        if not found.complete:
            break
    click.echo(f"nothing to submit: {found.summary}")
    return 0


@jobs.command()
@_FOLDER
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Folder of the results.  [default: FOLDER/output]"
)
@click.option("--here", is_flag=True, help="Do all work that comes after the jobs here, however long it takes.")
@click.option("--parallel", type=click.IntRange(0), default=0, metavar="N", help="On so many processes.")
@click.option("--dask", default=None, metavar="ADDRESS", help="On a Dask cluster.")
def collect(folder: Path, output: Path | None, here: bool, parallel: int, dask: str | None) -> int:
    """Put the results together: writes what the call would have written in one piece.

    Exit status that of the call; 1 if results are missing, or further jobs were written.
    """
    folder = folder.resolve()
    return _collect(folder, output or folder / _output_name(), parallel=parallel, dask=dask, here=here)


def _collect(folder: Path, output: Path, *, parallel: int, dask: str | None, here: bool) -> int:
    from ttjroofit.run.jobs.collect import HERE, collect  # noqa: PLC0415 -- analyses, which import scipy
    from ttjroofit.run.progress import Progress  # noqa: PLC0415
    from ttjroofit.run.workers.choose import choose_workers  # noqa: PLC0415

    with Progress() as progress, choose_workers(output, progress, parallel=parallel, dask=dask, resume=True) as workers:
        collected = collect(folder, output, workers, math.inf if here else HERE, progress.stage)
    return _say_collected(folder, collected)


def _say_collected(folder: Path, collected: Collected) -> int:
    if collected.incomplete is not None:
        show(collected.incomplete)
        click.echo(f"not collected: `{_resubmit(folder)}` submits what failed or is missing", err=True)
        return 1
    if collected.further is not None:
        from ttjroofit.run.jobs.plan import read_plan  # noqa: PLC0415

        stage = collected.further
        click.echo("further work of this call is long enough for jobs of its own; collect again when they are done")
        left = [job for job in stage.jobs if len(stage.members(job)) > 1 or job > 0]
        return max(1, _send(folder, read_plan(folder), stage, left))
    outcome = collected.outcome
    if outcome is None:
        raise TypeError("collecting has come to nothing")
    say_outcome(outcome)
    return outcome.status


def _say_status(folder: Path, *, as_json: bool, silence: float = SILENCE) -> int:
    from ttjroofit.run.jobs.plan import read_plan  # noqa: PLC0415
    from ttjroofit.run.jobs.stage import stages_of  # noqa: PLC0415
    from ttjroofit.run.jobs.status import status_of  # noqa: PLC0415

    folder = folder.resolve()
    stages = stages_of(folder, read_plan(folder)).values()
    found = [status_of(stage, silence) for stage in stages]
    if as_json:
        click.echo(json.dumps({"stages": [one.to_dict() for one in found]}, indent=1, sort_keys=True))
    else:
        for one in found:
            show(one)
    return 0 if all(one.complete for one in found) else 1
