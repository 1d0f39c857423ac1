"""The command line of ``ttjroofit plot``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ttjroofit.errors import OptionError

if TYPE_CHECKING:
    from ttjroofit.run.plot.pictures import Order

__all__ = ["plot"]

EPILOG = """\b
RESULT is a result.json or the output folder that holds it. Nothing is fitted.
Kinds: ttjroofit plot --list. `all` takes every figure; given a folder of output folders, of all of them.
Example: ttjroofit plot summary out/cms13 out/atlas8 out/atlas_cms --published inputs/published_masses.yaml
"""


def _list(context: click.Context, _: click.Parameter, asked: bool) -> None:
    """Print all kinds and stop."""
    if not asked or context.resilient_parsing:
        return
    from ttjroofit.show.gallery import KINDS, METHODS  # noqa: PLC0415 -- imports matplotlib

    for name, kind in KINDS.items():
        methods = ", ".join(METHODS[schema].name for schema in kind.stems) if len(kind.stems) < 4 else "any method"
        several = ", several results" if kind.together is not None else ""
        click.echo(f"{name:<21} {kind.shows} ({methods}{several})")
    context.exit(0)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}, epilog=EPILOG)
@click.argument("kind", metavar="KIND")
@click.argument("results", nargs=-1, type=click.Path(path_type=Path), metavar="RESULT...")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Folder for the figures.  [default: RESULT/plots/]"
)
@click.option("--label", default=None, metavar="TEXT", help='Label of the figures, "ATLAS+CMS Work in progress".')
@click.option(
    "--published",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Masses of others for `summary`; may be repeated.",
)
@click.option("--list", is_flag=True, is_eager=True, expose_value=False, callback=_list, help="List all kinds.")
def plot(kind: str, results: tuple[Path, ...], **options: object) -> int:
    """Draw figures of a KIND from results that were written before."""
    from ttjroofit.run.plot.pictures import write_pictures  # noqa: PLC0415 -- imports matplotlib

    for folder, names in write_pictures(_order(kind, results, **options)):  # type: ignore[arg-type]
        click.echo(f"written to {folder}: " + ", ".join(names))
    return 0


def _order(
    kind: str, results: tuple[Path, ...], output: Path | None, label: str | None, published: tuple[Path, ...]
) -> Order:
    from ttjroofit.run.plot.pictures import Order  # noqa: PLC0415 -- imports matplotlib

    if label is not None and not label.strip():
        raise OptionError("--label is empty: leave it out for `ttjroofit`")
    return Order(kind, results, output, label, published)
