"""Which jobs a batch system still has: submissions as they were noted, and what the queue says of them."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from ttjroofit.run.jobs.arguments import JobMode
from ttjroofit.run.jobs.documents import read_document, text_of
from ttjroofit.run.jobs.stage import Stage
from ttjroofit.run.output import write_whole

__all__ = ["Block", "Submission", "note_submission", "queued", "submissions_of"]

SUBMISSIONS_FILE = "submissions.json"

PATIENCE = 30.0
"""Seconds a batch system has to answer."""


@dataclass(frozen=True)
class Block:
    """Jobs that went to the batch system under one of its numbers.

    Attributes:
        id: that the batch system gave.
        offset: number of the job whose index is 0 in the array.
    """

    # becomes an argument of the programs of the batch system
    id: Annotated[str, Field(pattern="^[0-9]{1,20}$")]
    offset: int = 0


@dataclass(frozen=True)
class Submission:
    """Jobs submitted together.

    Attributes:
        mode: of the batch system.
        jobs: their numbers.
        blocks: what they are called there; none for ``script``.
    """

    mode: JobMode
    jobs: list[int]
    blocks: list[Block] = field(default_factory=list)


@dataclass(frozen=True)
class _Submissions:
    submissions: list[Submission]


def submissions_of(stage: Stage) -> list[Submission]:
    """What was submitted so far, oldest first."""
    path = stage.folder / SUBMISSIONS_FILE
    return read_document(path, _Submissions).submissions if path.exists() else []


def note_submission(stage: Stage, submission: Submission) -> None:
    """Add one to what was submitted."""
    whole = _Submissions([*submissions_of(stage), submission])
    write_whole(stage.folder / SUBMISSIONS_FILE, text_of(whole))


def queued(stage: Stage) -> set[int]:
    """Jobs that wait or run in the batch system, as far as it can be asked from here."""
    found: set[int] = set()
    for submission in submissions_of(stage):
        for block in submission.blocks:
            if submission.mode == "slurm":
                found |= {block.offset + index for index in _in_slurm(block.id)}
            elif submission.mode == "condor" and _in_condor(block.id):
                # DAGMan submits what is left, and again what was lost
                found |= set(submission.jobs)
    return found


def _in_slurm(cluster: str) -> set[int]:
    """Indices of an array that are not over."""
    text = _asked(["squeue", "--noheader", "--array", f"--jobs={cluster}", "--format=%K"])
    return {int(line) for line in text.split() if re.fullmatch(r"[0-9]+", line)}


def _in_condor(cluster: str) -> bool:
    return _asked(["condor_q", cluster, "-format", "%d\n", "ClusterId"]).strip() != ""


def _asked(command: Sequence[str]) -> str:
    """What a program prints; empty if it is not here or fails, as it does for numbers it has forgotten."""
    if shutil.which(command[0]) is None:
        return ""
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout if answer.returncode == 0 else ""
