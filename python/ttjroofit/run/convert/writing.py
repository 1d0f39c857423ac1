"""What every conversion writes last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from ttjroofit.run.output import OutputFolder

__all__ = ["FOLDER", "write"]

FOLDER = click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Folder that is written into."
)


def write(files: Mapping[str, str], remarks: Sequence[str], output: Path) -> int:
    """Write all files, which were made before the first is written."""
    folder = OutputFolder(output)
    for name, text in files.items():
        folder.write_text(name, text)
    written = folder.publish()
    for remark in remarks:
        click.echo(f"Warning: {remark}", err=True)
    click.echo(f"written to {output}: " + ", ".join(path.name for path in written))
    return 0
