"""A new folder of jobs: the call is made up to where its work can be split."""

from __future__ import annotations

import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ttjroofit._version import __version__
from ttjroofit.errors import OptionError
from ttjroofit.model.blinding import Blinding
from ttjroofit.run.jobs.arguments import JOB_OPTIONS, JobOptions
from ttjroofit.run.jobs.call import call
from ttjroofit.run.jobs.documents import text_of
from ttjroofit.run.jobs.inputs import copy_card, copy_matrix
from ttjroofit.run.jobs.parts import Writing
from ttjroofit.run.jobs.plan import OUTPUT_FOLDER, PLAN_FILE, Plan
from ttjroofit.run.jobs.stage import Split, Stage, open_up, write_stage

__all__ = ["write_jobs"]

_LEFT_OUT = {"output", "blind", "parallel", "dask", "resume", *JOB_OPTIONS}
"""Options that the plan does not repeat: they do not change a result, or are a secret."""


def write_jobs(
    card: Path,
    folder: Path,
    jobs: JobOptions,
    options: Mapping[str, Any],
    *,
    command: str,
    listener: Callable[[str], None] | None = None,
) -> tuple[Plan, Stage]:
    """Write the folder, whole or not at all.

    Args:
        card: the datacard, or a matrix of fits.
        folder: to write; it must be empty if it exists.
        jobs: how they are made and run.
        options: of the call, as click gives them.
        command: the call as it may be written down.
        listener: told the name of each stage of the call.

    Raises:
        OptionError: if the folder cannot be written, or the call has no work that can be split.
        TtjroofitError: of the call itself.
    """
    # a random seed is drawn once for all
    options = {**options, "seed": options["seed"] if options["seed"] >= 0 else secrets.randbelow(2**31)}
    temporary = _new_folder(folder)
    try:
        # entries of a matrix write where they will be; methods may make their folder before they split
        output = (folder if jobs.of is None else temporary) / OUTPUT_FOLDER
        wanted = _wanted(card, jobs.of, {**options, "output": output}, command, listener)
        shutil.rmtree(temporary / OUTPUT_FOLDER, ignore_errors=True)
        plan = _plan(card, temporary, wanted, jobs, options, command=command)
        stage = write_stage(temporary, plan, wanted)
        (temporary / PLAN_FILE).write_text(text_of(plan), encoding="utf-8")
        if plan.blind is None:
            open_up(temporary)
        temporary.rename(folder)
    except OSError as error:
        raise OptionError(f"--output: {folder} cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return plan, Stage(folder / stage.folder.name, stage.index)


def _new_folder(folder: Path) -> Path:
    """A folder beside the one to write."""
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise OptionError(f"--output {folder}: there is something already: remove it, or name another folder")
        folder.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{folder.name}_", dir=folder.parent))
    except OSError as error:
        raise OptionError(f"--output {folder}: the folder cannot be made: {error.strerror}") from None


def _wanted(
    card: Path, method: str | None, options: Mapping[str, Any], command: str, listener: Callable[[str], None] | None
) -> Split:
    """What the call wants to have split first."""
    try:
        call(card, method, options, command=command, workers=Writing(), listener=listener)
    except Split as wanted:
        return wanted
    raise OptionError(
        f"--of {method}: this call has no work that can be split: make it as it is, or name it in a matrix of fits"
    )


def _plan(
    card: Path, folder: Path, wanted: Split, jobs: JobOptions, options: Mapping[str, Any], *, command: str
) -> Plan:
    toys_file: Path | None = options["toys_file"]
    if jobs.of is None:
        copied = copy_matrix(card, folder, wanted.asked.shared)
    else:
        copied = copy_card(card, folder, [toys_file] if toys_file is not None else [])
    said = {name: value for name, value in options.items() if name not in _LEFT_OUT}
    said["toys_file"] = copied.name(toys_file) if toys_file is not None else None
    how = {name: value for name, value in asdict(jobs).items() if name not in ("of", "mode")}
    return Plan(
        version=__version__,
        command=command,
        card=copied.name(card),
        method=jobs.of,
        options=said,
        blind=Blinding(options["blind"]).note if options["blind"] is not None else None,
        inputs=copied.digests,
        job_mode=jobs.mode,
        python=sys.executable,
        **how,
    )
