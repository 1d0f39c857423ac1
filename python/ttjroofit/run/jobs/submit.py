"""From a stage to a batch system: the files that submit it, and calling them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from ttjroofit.errors import OptionError, TtjroofitError
from ttjroofit.run.jobs.arguments import JobMode
from ttjroofit.run.jobs.plan import Plan
from ttjroofit.run.jobs.queue import Block, Submission, note_submission
from ttjroofit.run.jobs.stage import Stage
from ttjroofit.run.output import write_whole

__all__ = ["check_options", "check_program", "run_script", "submit", "write_submission"]

ARRAY = 1000
"""Jobs of a Slurm array: one less than MaxArraySize if nobody has changed it."""

PROGRAMS: Mapping[JobMode, str] = {"condor": "condor_submit_dag", "slurm": "sbatch", "script": "sh"}


def check_program(mode: JobMode) -> None:
    """See that jobs can be submitted from here.

    Raises:
        OptionError: if the program that does it is missing.
    """
    program = PROGRAMS.get(mode)
    if program is not None and shutil.which(program) is None:
        raise OptionError(
            f"--job-mode {mode}: no program {program} here: submit from a machine that has it (-M Jobs --dry-run, "
            "then `ttjroofit jobs resubmit FOLDER` there), or give --job-mode script"
        )


def check_options(mode: JobMode, text: str) -> None:
    """See that ``--sub-opts`` can be split into words where the batch system wants words.

    Raises:
        OptionError: if a quotation mark has no partner.
    """
    if mode == "slurm":
        try:
            shlex.split(text)
        except ValueError as error:
            raise OptionError(f"--sub-opts {text}: {error}: give options of sbatch as you would type them") from None


def write_submission(stage: Stage, plan: Plan, jobs: Sequence[int]) -> Path:
    """Write what submits some jobs of a stage.

    Args:
        stage: on disk.
        plan: of its folder.
        jobs: their numbers.

    Returns:
        The script to call; those of earlier submissions stay as they are.

    Raises:
        OptionError: if it cannot be written.
    """
    number = 1 + len(list(stage.folder.glob("submit_*.sh")))
    said: dict[str, Any] = {
        "name": plan.task_name,
        "jobs": list(jobs),
        "python": plan.python,
        "pre_cmd": plan.pre_cmd,
        "parallel": max(1, plan.parallel),
        "dag": f"jobs_{number}.dag",
        "blocks": list(_blocks(jobs)),
        "options": _options(plan),
    }
    environment = _environment()
    for name, template in _files(plan.job_mode, number).items():
        write_whole(stage.folder / name, environment.get_template(template).render(said))
        if name.endswith(".sh"):
            path = stage.folder / name
            mode = path.stat().st_mode
            # whoever may read it may run it
            path.chmod(mode | (mode & 0o444) >> 2)
    return stage.folder / f"submit_{number}.sh"


def _files(mode: JobMode, number: int) -> dict[str, str]:
    """Templates by the names of the files to write."""
    files = {"job.sh": "job.sh.j2", "merge.sh": "merge.sh.j2"}
    if mode == "condor":
        files |= {"job.sub": "job.sub.j2", "merge.sub": "merge.sub.j2", f"jobs_{number}.dag": "jobs.dag.j2"}
    if mode == "slurm":
        files["array.sh"] = "array.sh.j2"
    # interactive jobs leave a script too: with it they can be done elsewhere
    return files | {f"submit_{number}.sh": f"{'script' if mode == 'interactive' else mode}.sh.j2"}


def _options(plan: Plan) -> str:
    """``--sub-opts`` as they stand in the files: lines for HTCondor, quoted words for Slurm."""
    if plan.job_mode == "slurm":
        return shlex.join(shlex.split(plan.sub_opts))
    # combineTool takes \n in the option for an end of line
    return plan.sub_opts.replace("\\n", "\n")


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ttjroofit.run.jobs", "templates"),
        # shell and submit files: what needs it is quoted for a shell
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["quoted"] = shlex.quote
    return environment


def _blocks(jobs: Sequence[int]) -> Iterator[dict[str, object]]:
    """Arrays whose indices Slurm allows."""
    for block, members in groupby(sorted(jobs), key=lambda job: job // ARRAY):
        yield {"offset": block * ARRAY, "indices": _ranges([job - block * ARRAY for job in members])}


def _ranges(indices: Sequence[int]) -> str:
    """``0-3,7`` for 0, 1, 2, 3, 7."""
    texts = []
    for _, row in groupby(enumerate(indices), key=lambda pair: pair[1] - pair[0]):
        members = [index for _, index in row]
        texts.append(str(members[0]) if len(members) == 1 else f"{members[0]}-{members[-1]}")
    return ",".join(texts)


def run_script(stage: Stage, jobs: Sequence[int], script: Path) -> int:
    """Run the script of a submission on this machine, and wait for its end.

    Returns:
        Exit status of the merge.

    Raises:
        KeyboardInterrupt: if a signal stopped it; the jobs are told to end too.
    """
    note_submission(stage, Submission("script", list(jobs)))
    with subprocess.Popen(["sh", script.name], cwd=stage.folder, start_new_session=True) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
            raise


def submit(stage: Stage, plan: Plan, jobs: Sequence[int], script: Path) -> str:
    """Give the jobs of a script to the batch system and note what it calls them.

    Returns:
        What it calls them.

    Raises:
        TtjroofitError: if it does not take them.
    """
    answer = subprocess.run(
        ["sh", script.name], cwd=stage.folder, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    blocks = _submitted(plan.job_mode, answer.stdout)
    if blocks:
        note_submission(stage, Submission(plan.job_mode, list(jobs), blocks))
    if answer.returncode != 0 or not blocks:
        said = " ".join((answer.stderr or answer.stdout).split()) or f"exit status {answer.returncode}"
        raise TtjroofitError(
            f"{script}: {PROGRAMS[plan.job_mode]} did not take the jobs: {said}; the folder is whole: "
            f"`ttjroofit jobs resubmit {shlex.quote(str(stage.folder.parent))}` tries again"
        )
    return f"{plan.job_mode} {', '.join(block.id for block in blocks)}"


def _submitted(mode: JobMode, output: str) -> list[Block]:
    if mode == "condor":
        return [Block(found) for found in re.findall(r"submitted to cluster ([0-9]+)", output)]
    return [
        Block(found, int(offset))
        for found, offset in re.findall(r"^array ([0-9]+) offset ([0-9]+)$", output, re.MULTILINE)
    ]
