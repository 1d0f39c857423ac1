"""Good folders of jobs, and what is asked of them while they run and when they are over."""

from __future__ import annotations

import socket
import tempfile
from functools import lru_cache
from pathlib import Path
from unittest.mock import patch

from fuzz import seeds
from fuzz.programs import program
from fuzz.seeds import Folder
from ttjroofit.run.jobs.plan import read_plan
from ttjroofit.run.jobs.queue import Block, Submission, note_submission
from ttjroofit.run.jobs.record import JobRecord, write_record
from ttjroofit.run.jobs.stage import stages_of

__all__ = ["WORDS", "ask", "folders"]

WORDS = ("started", "done", "failed", "ttjroofit/jobs/1", "stage_1", "inputs/card.txt", "toys", "slurm", "Coverage")

_CHUNK = patch("ttjroofit.analysis.coverage.CHUNK", 2)
_QUEUE = patch("ttjroofit.run.jobs.queue._asked", lambda _: "1\n")


@lru_cache
def folders() -> list[Folder]:
    """One with all its results, and one of which a job seems to be at work."""
    with tempfile.TemporaryDirectory() as name, _CHUNK:
        for file, content in seeds.combinations()[1].items():
            Path(name, file).write_bytes(content)
        jobs = Path(name, "jobs")
        asked = ("-M", "Jobs", "--of", "Coverage", "-t", "4", "--dry-run", "--no-plots", "-o", "FOLDER/jobs")
        program("FOLDER/card.txt", *asked)(Path(name))
        stage = stages_of(jobs, read_plan(jobs))[1]
        record = JobRecord(
            state="started", host=socket.gethostname(), pid=1, started=1.0e9, heard=9.0e9, seconds=1.0, exit=None
        )
        note_submission(stage, Submission("slurm", list(stage.jobs), [Block("17")]))
        for job in stage.jobs:
            program("jobs", "run", "FOLDER/stage_1", "--job", str(job))(jobs)
            write_record(stage, job, record)
        whole = {str(path.relative_to(jobs)): path.read_bytes() for path in jobs.rglob("*") if path.is_file()}
    whole = {file: content for file, content in whole.items() if not file.endswith(".sh")}
    return [whole, {file: content for file, content in whole.items() if not file.endswith("/1.task")}]


def ask(folder: Path) -> None:
    """The state of the jobs, told to programs and to people, and what they have found."""
    with _CHUNK, _QUEUE:
        program("jobs", "status", "FOLDER", "--json")(folder)
        program("jobs", "status", "FOLDER")(folder)
        program("jobs", "collect", "FOLDER", "-o", "FOLDER/out")(folder)
