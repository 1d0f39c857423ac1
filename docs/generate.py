"""Write the pages of docs/reference from the code; ``--check`` says whether they are in step with it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import click
from generator.api import api_page
from generator.checks import checks_page
from generator.command_line import command_line_page
from generator.datacard import datacard_page
from generator.file_formats import file_formats_page
from generator.results import results_page

REFERENCE = Path(__file__).resolve().parent / "reference"

PAGES: Mapping[str, Callable[[], str]] = {
    "api.md": api_page,
    "checks.md": checks_page,
    "command_line.md": command_line_page,
    "datacard.md": datacard_page,
    "file_formats.md": file_formats_page,
    "results.md": results_page,
}
"""File to what it should hold."""


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit status 1 if a page is out of step.")
def main(check: bool) -> None:
    """Write docs/reference."""
    stale = []
    for name, make in PAGES.items():
        path, text = REFERENCE / name, make()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                path.write_text(text, encoding="utf-8")
    if stale:
        click.echo(("out of step, run python docs/generate.py: " if check else "written: ") + ", ".join(stale))
    sys.exit(1 if check and stale else 0)


if __name__ == "__main__":
    main()
