"""The command line of ``ttjroofit export``."""

from __future__ import annotations

from pathlib import Path

import click

from ttjroofit.run.output import OutputFolder

__all__ = ["export"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def export() -> None:
    """Write results in the formats of others."""


@export.command("hepdata")
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RESULT...")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Folder that is written into."
)
def to_hepdata(results: tuple[Path, ...], output: Path) -> int:
    """Write a HEPData submission of results of -M CrossSections, Fit and Impacts: result.json files or folders."""
    from ttjroofit.run.export.hepdata import submission  # noqa: PLC0415 -- imports numpy

    files = submission(results)
    folder = OutputFolder(output)
    for name, text in files.items():
        folder.write_text(name, text)
    click.echo(f"written to {output}: " + ", ".join(path.name for path in folder.publish()))
    return 0
