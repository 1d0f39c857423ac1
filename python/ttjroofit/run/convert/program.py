"""The command line of ``ttjroofit convert``."""

from __future__ import annotations

from pathlib import Path

import click

from ttjroofit.run.convert.prediction_program import from_csv, from_powheg, from_stripper
from ttjroofit.run.convert.writing import FOLDER, write

__all__ = ["convert"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def convert() -> None:
    """Write a card with its inputs from files of another program, or files of another program from a card."""


@convert.command("convino")
@click.argument("config", type=click.Path(path_type=Path), metavar="CONFIG")
@FOLDER
def from_convino(config: Path, output: Path) -> int:
    """Read a Convino configuration with its measurement files; write DIR/card.txt and one YAML a measurement."""
    from ttjroofit.run.convert.convino_card import card_from_convino  # noqa: PLC0415 -- imports numpy

    return write(*card_from_convino(config), output)


@convert.command("to-convino")
@click.argument("card", type=click.Path(path_type=Path), metavar="CARD")
@FOLDER
@click.option("--correlations", default=None, metavar="SCENARIO", help="Correlation scenario instead of the card's.")
def to_convino(card: Path, output: Path, correlations: str | None) -> int:
    """Write DIR/config.txt and one measurement file a measurement of CARD for Convino."""
    from ttjroofit.run.convert.convino_config import convino_from_card  # noqa: PLC0415 -- imports scipy

    return write(*convino_from_card(card, correlations), output)


@convert.command("hepdata")
@click.argument("record", type=click.Path(path_type=Path), metavar="RECORD")
@FOLDER
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

    return write(*card_from_hepdata(record, mapping), output)


for _command in (from_powheg, from_stripper, from_csv):
    convert.add_command(_command)
