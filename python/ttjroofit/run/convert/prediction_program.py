"""The commands of ``ttjroofit convert`` that make predictions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ttjroofit.run.convert.writing import FOLDER, write

if TYPE_CHECKING:
    from ttjroofit.run.convert.predictions import Asked, Converted

__all__ = ["from_csv", "from_powheg", "from_stripper"]

_MASS = click.FloatRange(min=0, max=1e4, min_open=True)
_MEASUREMENT = click.option(
    "--measurement",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE.yaml",
    help="The measurement whose bins and energy the prediction is for.",
)
_NAME = click.option("--name", default=None, metavar="NAME", help="Name of the calculation.")
_QUALITY = click.option(
    "--quality", default=None, metavar="TEXT", help="One line that says what it is good for, shown with every mass."
)
_NOMINAL = click.option(
    "--nominal-mass",
    type=_MASS,
    default=None,
    metavar="GEV",
    help="Where scales and PDFs were varied; the mass with most variations if not given.",
)
_QUANTITY = click.option(
    "--quantity",
    type=click.Choice(["per bin", "per unit of rho"]),
    default=None,
    help="What the numbers are; needed where bins have different widths.",
)
_FAMILY = (
    click.option(
        "--pdf-type",
        type=click.Choice(["hessian", "symmhessian", "replicas"]),
        default=None,
        help="Error type of the PDF family as in LHAPDF, if it is not a known one.",
    ),
    click.option(
        "--pdf-cl",
        type=click.Choice(["68", "90"]),
        default=None,
        help="Confidence level of its members in per cent, if it is not a known one.",
    ),
    click.option(
        "--pdf-members",
        type=click.IntRange(1, 10_000),
        default=None,
        metavar="N",
        help="Number of its error members, if it is not a known one; the last one that was run if not given.",
    ),
)


def _options(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Several options as one decorator, in their order."""

    def decorate(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


@click.command("powheg")
@click.argument("folder", type=click.Path(path_type=Path), metavar="FOLDER")
@_options(FOLDER, _MEASUREMENT)
@click.option("--histogram", default=None, metavar="NAME", help="Name of the histogram, or a pattern with * and ?.")
@click.option("--pdf", default=None, metavar="ID", help="LHAPDF number or name of the PDF family.")
@_options(*_FAMILY, _QUANTITY, _NOMINAL)
@click.option("--unit", type=click.Choice(["pb", "fb"]), default=None, help="Of the histograms.")
@click.option("--file", "file", default="pwg-all-NLO.root", show_default=True, metavar="NAME", help="In each folder.")
@_options(_NAME, _QUALITY)
def from_powheg(folder: Path, output: Path, histogram: str | None, unit: str | None, file: str, **options: Any) -> int:
    """Read FOLDER/run_PDF_<id>_M_<mass>_muR_<r>_muF_<f>/pwg-all-NLO.root; write one prediction into DIR."""
    from ttjroofit.run.convert.predictions import prediction_from_powheg  # noqa: PLC0415 -- imports uproot

    return _write(prediction_from_powheg(folder, _asked(options), histogram=histogram, file=file, unit=unit), output)


@click.command("stripper")
@click.argument("files", type=click.Path(path_type=Path), metavar="FILE...", nargs=-1, required=True)
@_options(FOLDER, _MEASUREMENT)
@click.option("--order", default=None, metavar="ORDER", help="For instance NNLO; needed if there are several.")
@click.option("--pdf", default=None, metavar="NAME", help="PDF family; needed if there are several.")
@_options(_NOMINAL, _NAME, _QUALITY)
def from_stripper(files: tuple[Path, ...], output: Path, order: str | None, **options: Any) -> int:
    """Read histograms of an NNLO code in JSON (docs/predictions.md); write one prediction into DIR."""
    from ttjroofit.run.convert.predictions import prediction_from_nnlo  # noqa: PLC0415 -- imports uproot

    return _write(prediction_from_nnlo(files, _asked(options), order), output)


@click.command("csv")
@click.argument("files", type=click.Path(path_type=Path), metavar="FILE...", nargs=-1, required=True)
@_options(FOLDER, _MEASUREMENT)
@click.option(
    "--relative-error",
    type=click.FloatRange(min=0, max=1, min_open=True),
    default=None,
    metavar="X",
    help="Monte Carlo uncertainty of values that have none, over the value.",
)
@click.option(
    "--errors",
    type=click.Choice(["bins", "shares"]),
    default="bins",
    show_default=True,
    help="Of independent bins, or of the normalised shares of one sample.",
)
@click.option("--pdf", default=None, metavar="NAME", help="Name of the PDF family, if its members are in the table.")
@_options(*_FAMILY, _QUANTITY, _NOMINAL, _NAME, _QUALITY)
def from_csv(files: tuple[Path, ...], output: Path, relative_error: float | None, errors: str, **options: Any) -> int:
    """Read tables of values in bins, for instance digitised curves; write one prediction into DIR."""
    from ttjroofit.run.convert.predictions import prediction_from_curves  # noqa: PLC0415 -- imports uproot

    converted = prediction_from_curves(
        files, _asked(options), relative_error=relative_error, multinomial=errors == "shares"
    )
    return _write(converted, output)


def _asked(options: dict[str, Any]) -> Asked:
    from ttjroofit.run.convert.predictions import Asked  # noqa: PLC0415 -- imports uproot

    level = options.pop("pdf_cl", None)
    return Asked(**options, pdf_cl=None if level is None else int(level))  # type: ignore[arg-type]


def _write(converted: Converted, output: Path) -> int:
    status = write(converted.files, converted.remarks, output)
    for name in converted.files:
        click.echo(f"line for a card: theory {converted.measurement} {output / name}")
    return status
