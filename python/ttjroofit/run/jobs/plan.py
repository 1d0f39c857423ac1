"""``plan.json``: the call that a folder of jobs stands for, and how its jobs are run."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ttjroofit._version import __version__
from ttjroofit.errors import InputError, Place
from ttjroofit.run.jobs.arguments import JobMode
from ttjroofit.run.jobs.documents import digest_of, read_document

__all__ = ["OUTPUT_FOLDER", "PLAN_FILE", "Plan", "read_plan"]

PLAN_FILE = "plan.json"

OUTPUT_FOLDER = "output"
"""For the results, unless another folder is named."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a folder of jobs is for.

    Attributes:
        schema: of the file.
        version: of the program that wrote it; the same one runs and collects the jobs.
        command: the call as typed.
        card: copy of the card or of the matrix of fits, relative to the folder.
        method: of the jobs; None for a matrix of fits, which names its own.
        options: of the call, by the names that click gives them.
        blind: the note of a blinded call, which tells salts apart; None if it is not blinded.
        inputs: SHA-256 of each copied file by its name relative to the folder.
        task_name: name of the jobs in a batch system.
        job_mode: where they run.
        sub_opts, pre_cmd: of the batch system, and lines of shell before each job.
        dry_run: whether submitting is left to the user.
        merge: tasks of a job.
        parallel: jobs at once of ``script``.
        python: the interpreter of the jobs.
    """

    schema: Literal["ttjroofit/jobs/1"] = "ttjroofit/jobs/1"
    version: str
    command: str
    card: str
    method: str | None
    options: dict[str, Any]
    blind: str | None
    inputs: dict[str, str]
    task_name: str
    job_mode: JobMode
    sub_opts: str
    pre_cmd: str
    dry_run: bool
    merge: int
    parallel: int
    python: str

    def digest(self) -> str:
        """What results depend on, in 32 hexadecimal digits: not where and how the jobs run."""
        said = [self.version, self.card, self.method, self.options, self.blind, self.inputs]
        return hashlib.blake2b(json.dumps(said, sort_keys=True).encode(), digest_size=16).hexdigest()

    def resubmitted(self, mode: JobMode | None, sub_opts: str | None) -> Plan:
        """The plan of jobs that are submitted again.

        Args:
            mode: where they run now; None: where they ran.
            sub_opts: of the batch system; None: those written, unless it is another system.
        """
        mode = mode or self.job_mode
        if sub_opts is None:
            sub_opts = self.sub_opts if mode == self.job_mode else ""
        return replace(self, job_mode=mode, sub_opts=sub_opts, dry_run=False)

    def check_inputs(self, folder: Path) -> None:
        """Compare the copied files with what they were when the jobs were written.

        Raises:
            InputError: if one is missing or has changed.
        """
        for name, digest in self.inputs.items():
            path = folder / name
            if not path.is_file():
                raise InputError("the copy made for the jobs is missing: write them again", Place(path))
            if digest_of(path) != digest:
                raise InputError(
                    "has changed since the jobs were written: undo the change, or write the jobs again", Place(path)
                )


def read_plan(folder: Path) -> Plan:
    """The plan in a folder of jobs.

    Raises:
        InputError: if there is none, or another version of the program wrote it.
    """
    path = folder / PLAN_FILE
    plan = read_document(path, Plan)
    if plan.version != __version__:
        raise InputError(
            f"the jobs were written by ttjroofit {plan.version}, this is {__version__}: use the same version for all",
            Place(path),
        )
    return plan
