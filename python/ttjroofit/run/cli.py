"""The command line: parse, call one method, print."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import click
from rich.console import Console

from ttjroofit._version import __version__
from ttjroofit.errors import OptionError, TtjroofitError
from ttjroofit.model.options import ModelOptions
from ttjroofit.run.parsing import parse_assignments, parse_names, parse_ranges

__all__ = ["main"]

METHOD_NAMES = ("Fit", "Compatibility", "Impacts", "CrossSections", "Workspace", "Validate")

EPILOG = """\b
Exit status: 0 every fit converged with a valid covariance; 1 a fit failed (results are written and marked);
2 a bad card, input or option.
"""


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=EPILOG,
    options_metavar="[-M METHOD] [OPTIONS]",
)
@click.argument("card", type=click.Path(path_type=Path), metavar="CARD")
@click.option("-M", "--method", type=click.Choice(METHOD_NAMES), default="Fit", show_default=True, help="What to do.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Output folder.  [default: out/<card name>/]")
@click.option("-n", "--name", default="", help="Appended to the name of the default output folder.")
@click.option("-v", "--verbose", type=click.IntRange(0, 4), default=0, show_default=True, help="Verbosity of ROOT.")
@click.option("--measurements", default=None, metavar="A,B", help="Use only these measurements.")
@click.option("--correlations", default=None, metavar="SCENARIO", help="Correlation scenario instead of the card's.")
@click.option("--pulls", type=click.Choice(["published", "zero"]), help="Values given to profiled nuisances.")
@click.option(
    "--setParameters",
    "set_parameters",
    default="",
    metavar="A=1,B=2",
    help="Start values, and values of frozen parameters.",
)
@click.option(
    "--setParameterRanges",
    "ranges",
    default="",
    metavar="A=0,2:B=-1,1",
    help="Ranges of masses, normalisations, theory nuisances.",
)
@click.option(
    "--freezeParameters",
    "freeze_parameters",
    default="",
    metavar="NAMES",
    help="Names, patterns, rgx{...}, allConstrainedNuisances.",
)
@click.option(
    "--freezeNuisanceGroups", "freeze_groups", default="", metavar="G1,G2", help="Groups; ^G freezes all but G."
)
@click.option(
    "--engine",
    type=click.Choice(["reduced", "full"]),
    default="reduced",
    show_default=True,
    help="Model to fit: nuisances eliminated, or all explicit.",
)
@click.option("--minimizer", default="Minuit2,migrad", show_default=True, help="NAME[,ALGORITHM]: Minuit2 or Minuit.")
@click.option("-t", "--toys", type=int, default=0, help="-1: fit the Asimov data set.")
@click.option(
    "--split",
    type=click.Choice(["experiment", "energy", "measurement"]),
    help="One mass an experiment, energy or measurement instead of the card's.",
)
@click.option("--approx", type=click.Choice(["analytic", "none"]), default="analytic", help="Impacts: none refits.")
@click.option(
    "--named", default=None, metavar="NAMES", help="Impacts of these nuisances only: names, patterns, rgx{...}."
)
@click.option("--no-plots", is_flag=True, help="Write no figures.")
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
def command(card: Path, method: str, **options: Any) -> int:
    """Fit the top-quark pole mass to the measurements that CARD names, or do what METHOD says."""
    # the methods import scipy and the models: --help and a wrong option do not pay for them
    from ttjroofit.roofit.minimise import parse_minimizer  # noqa: PLC0415
    from ttjroofit.run.methods import METHODS  # noqa: PLC0415
    from ttjroofit.run.request import Run  # noqa: PLC0415

    engine: Literal["reduced", "full"] = options["engine"]
    with _progress() as listener:
        outcome = METHODS[method](
            Run(
                card=card,
                output=options["output"] or Path("out") / "_".join(filter(None, [card.stem, options["name"]])),
                command=shlex.join(["ttjroofit", *sys.argv[1:]]),
                model=_model_options(options),
                engine=engine,
                minimizer=parse_minimizer(options["minimizer"]),
                verbosity=options["verbose"],
                plots=not options["no_plots"],
                approx=options["approx"],
                named=parse_names(options["named"]) if options["named"] is not None else None,
                listener=listener,
            )
        )
    click.echo(outcome.text)
    click.echo(f"written to {outcome.written[0].parent}: " + ", ".join(path.name for path in outcome.written))
    return outcome.status


def _model_options(options: dict[str, Any]) -> ModelOptions:
    if options["toys"] not in (0, -1):
        raise OptionError(f"-t {options['toys']}: -M Fit knows only -t -1, the Asimov data set")
    measurements = options["measurements"]
    return ModelOptions(
        measurements=parse_names(measurements) if measurements is not None else None,
        scenario=options["correlations"],
        set_parameters=parse_assignments("--setParameters", options["set_parameters"]),
        ranges=parse_ranges("--setParameterRanges", options["ranges"]) if options["ranges"] else {},
        freeze_parameters=parse_names(options["freeze_parameters"]),
        freeze_groups=parse_names(options["freeze_groups"]),
        pulls=options["pulls"],
        asimov=options["toys"] == -1,
        split=options["split"],
    )


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """A spinner that names the stage on a terminal, nothing in a pipe."""
    console = Console(stderr=True)
    with console.status("reading") as status:
        yield status.update


def main() -> None:
    """Entry point of ``ttjroofit`` and ``python -m ttjroofit``."""
    try:
        status = command.main(prog_name="ttjroofit", standalone_mode=False)
    except TtjroofitError as error:
        click.echo(f"Error: {error}", err=True)
        status = 2
    except click.ClickException as error:
        error.show()
        status = 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        status = 130
    sys.exit(status)
