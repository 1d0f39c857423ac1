"""The command line of ``ttjroofit convert``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from ttjroofit.run.output import OutputFolder

__all__ = ["convert"]

_FOLDER = click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Folder that is written into."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def convert() -> None:
    """Write a card with its inputs from files of another program, or files of another program from a card."""


@convert.command("convino")
@click.argument("config", type=click.Path(path_type=Path), metavar="CONFIG")
@_FOLDER
def from_convino(config: Path, output: Path) -> int:
    """Read a Convino configuration with its measurement files; write DIR/card.txt and one YAML a measurement."""
    from ttjroofit.run.convert.convino_card import card_from_convino  # noqa: PLC0415 -- imports numpy

    return _write(*card_from_convino(config), output)


@convert.command("to-convino")
@click.argument("card", type=click.Path(path_type=Path), metavar="CARD")
@_FOLDER
@click.option("--correlations", default=None, metavar="SCENARIO", help="Correlation scenario instead of the card's.")
def to_convino(card: Path, output: Path, correlations: str | None) -> int:
    """Write DIR/config.txt and one measurement file a measurement of CARD for Convino."""
    from ttjroofit.run.convert.convino_config import convino_from_card  # noqa: PLC0415 -- imports scipy

    return _write(*convino_from_card(card, correlations), output)


@convert.command("hepdata")
@click.argument("record", type=click.Path(path_type=Path), metavar="RECORD")
@_FOLDER
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    default=None,
    metavar="FILE",
    help="What the tables are: docs/hepdata.md.",
)
def from_hepdata(record: Path, output: Path, mapping: Path | None) -> int:
    """Read a HEPData record, a folder of YAML or JSON tables; write DIR/card.txt and one YAML a measurement."""
    from ttjroofit.run.convert.hepdata_card import card_from_hepdata  # noqa: PLC0415 -- imports numpy

    return _write(*card_from_hepdata(record, mapping), output)


def _write(files: Mapping[str, str], remarks: Sequence[str], output: Path) -> int:
    """Write all files, which were made before the first is written."""
    folder = OutputFolder(output)
    for name, text in files.items():
        folder.write_text(name, text)
    for remark in remarks:
        click.echo(f"Warning: {remark}", err=True)
    click.echo(f"written to {output}: " + ", ".join(path.name for path in folder.written))
    return 0
