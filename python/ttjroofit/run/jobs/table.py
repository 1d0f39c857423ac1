"""The state of jobs as a table on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from ttjroofit.run.jobs.status import StageStatus

__all__ = ["show"]

SHOWN = 20
"""Jobs that are not done, at most."""

COLOURS = {"failed": "red", "missing": "yellow", "running": "cyan", "waiting": "blue"}


def show(status: StageStatus) -> None:
    """Print how many jobs are in which state, and those that are not done."""
    console = Console(highlight=False)
    console.print(Text(status.summary))
    left = [job for job in status.jobs if job.state != "done"]
    if not left:
        return
    table = Table("job", "state", "results", "host", "seconds", "why")
    for job in left[:SHOWN]:
        state = Text(job.state, style=COLOURS[job.state])
        seconds = f"{job.seconds:.1f}" if job.host else ""
        table.add_row(str(job.job), state, f"{job.results}/{job.tasks}", Text(job.host), seconds, Text(job.why))
    console.print(table)
    if len(left) > SHOWN:
        console.print(Text(f"and {len(left) - SHOWN} more: --json lists all"))
