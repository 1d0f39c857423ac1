"""The command line of ``ttjroofit table``."""

from __future__ import annotations

from pathlib import Path

import click

from ttjroofit.errors import OptionError
from ttjroofit.files import visible
from ttjroofit.run.output import write_whole

__all__ = ["table"]


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Kinds: breakdown and nuisances of -M Fit; cross_sections and nuisances of -M CrossSections; "
    "scenarios of -M CorrelationScan; matrix of ttjroofit matrix.",
)
@click.argument("kind", metavar="KIND")
@click.argument("result", type=click.Path(path_type=Path), metavar="RESULT")
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(["latex", "markdown", "csv"]),
    default="markdown",
    show_default=True,
    help="What to write.",
)
@click.option("-o", "--output", default="-", show_default=True, metavar="FILE", help="File to write; - prints.")
@click.option("--rows", type=click.IntRange(1), default=None, metavar="N", help="Nuisances: the N of largest impact.")
def table(kind: str, result: Path, form: str, output: str, rows: int | None) -> int:
    """Write a table of RESULT, a result.json or its folder, with numbers rounded by the rule of the PDG."""
    from ttjroofit.run.table.kinds import table_of  # noqa: PLC0415 -- imports numpy
    from ttjroofit.show.tables.formats import FORMATS  # noqa: PLC0415

    text = FORMATS[form](table_of(kind, result, rows))
    if output == "-":
        click.echo(visible(text), nl=False)
        return 0
    path = Path(output)
    if path.is_dir():
        raise OptionError(f"--output {path}: a folder, but a file is written; name the file")
    write_whole(path, text)
    click.echo(f"written to {path}")
    return 0
