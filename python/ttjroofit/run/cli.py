"""The command line: parse, call one method, print."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Literal

import click

from ttjroofit._version import __version__
from ttjroofit.errors import OptionError, TtjroofitError
from ttjroofit.model.blinding import VARIABLE, Blinding
from ttjroofit.model.options import ModelOptions
from ttjroofit.run.blind import call_text, unblind
from ttjroofit.run.convert.program import convert
from ttjroofit.run.export.program import export
from ttjroofit.run.parsing import parse_assignments, parse_names, parse_ranges
from ttjroofit.run.plot.program import plot
from ttjroofit.run.progress import Progress
from ttjroofit.run.scan_arguments import parse_scan, scan_arguments
from ttjroofit.run.table.program import table
from ttjroofit.run.toy_options import ASIMOV, DEFAULT_SEED, parse_toys

__all__ = ["main"]

METHOD_NAMES = (
    "Fit",
    "MultiDimFit",
    "Compatibility",
    "Impacts",
    "CrossSections",
    "Coverage",
    "Workspace",
    "Validate",
    "CorrelationScan",
    "GoodnessOfFit",
    "GenerateOnly",
    "ShiftStatistics",
    "Report",
)

PROGRAMS: dict[str, click.Command] = {
    "convert": convert,
    "export": export,
    "plot": plot,
    "table": table,
    "unblind": unblind,
}
"""Sub-programs by the first argument."""

EPILOG = """\b
Exit status: 0 every fit converged with a valid covariance; 1 a fit failed (results are written and marked);
2 a bad card, input or option; 130 stopped by Ctrl-C.
Cards from and to the formats of others: ttjroofit convert -h. Figures of results: ttjroofit plot -h.
Tables and HEPData records of results: ttjroofit table -h, ttjroofit export -h.
True masses of a blinded run: ttjroofit unblind -h.
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
@click.option("-t", "--toys", type=int, default=0, metavar="N", help="Toys to throw; -1: the Asimov data set.")
@click.option(
    "-s", "--seed", type=int, default=DEFAULT_SEED, show_default=True, help="Seed of the toys; -1: a random one."
)
@click.option(
    "--toysFrequentist", "toys_frequentist", is_flag=True, help="Toys about the fit, auxiliary observables fluctuated."
)
@click.option("--toysFile", "toys_file", type=click.Path(path_type=Path), help="Read the toys of -M GenerateOnly.")
@click.option("--saveToys", "save_toys", is_flag=True, help="Write the toys to toys.root.")
@click.option(
    "--split",
    type=click.Choice(["experiment", "energy", "measurement"]),
    help="One mass an experiment, energy or measurement instead of the card's.",
)
@click.option("--approx", type=click.Choice(["analytic", "none"]), default="analytic", help="Impacts: none refits.")
@click.option(
    "--named", default=None, metavar="NAMES", help="Impacts of these nuisances only: names, patterns, rgx{...}."
)
@click.option(
    "--parallel", type=click.IntRange(0), default=0, metavar="N", help="Split the work among N processes here."
)
@click.option("--dask", default=None, metavar="ADDRESS", help="Split the work on a Dask cluster: docs/parallel.md.")
@click.option("--resume", is_flag=True, help="Go on from the finished tasks of an interrupted call.")
@click.option(
    "--chi2",
    type=click.Choice(["neyman", "pearson"]),
    default="neyman",
    show_default=True,
    help="Statistical variances of Fit and CrossSections: as published, or in proportion to the result.",
)
@click.option("--points", type=click.IntRange(2), default=None, metavar="N", help="Points of a scan.")
@scan_arguments
@click.option(
    "--blind",
    default=None,
    envvar=VARIABLE,
    metavar="SALT",
    help=f"Shift every mass by a hidden offset.  [default: ${VARIABLE}]",
)
@click.option("--no-plots", is_flag=True, help="Write no figures.")
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
def command(card: Path, method: str, **options: Any) -> int:
    """Fit the top-quark pole mass to the measurements that CARD names, or do what METHOD says."""
    # the methods import scipy and the models: --help and a wrong option do not pay for them
    from ttjroofit.roofit.minimise import parse_minimizer  # noqa: PLC0415
    from ttjroofit.run.methods import METHODS  # noqa: PLC0415
    from ttjroofit.run.request import Run  # noqa: PLC0415
    from ttjroofit.run.workers.choose import choose_workers  # noqa: PLC0415

    engine: Literal["reduced", "full"] = options["engine"]
    output: Path = options["output"] or Path("out") / "_".join(filter(None, [card.stem, options["name"]]))
    toys = parse_toys(method, options)
    scan = parse_scan(method, options)
    if options["chi2"] == "pearson" and method not in {"Fit", "CrossSections", "CorrelationScan"}:
        raise OptionError(f"--chi2 pearson is a choice of -M Fit, CrossSections or CorrelationScan, not of -M {method}")
    if options["chi2"] == "pearson" and method == "Fit" and toys is not None:
        raise OptionError("--chi2 pearson: toys are fitted with the published variances; leave out -t and --toysFile")
    split = {name: options[name] for name in ("parallel", "dask", "resume")}
    with Progress() as progress, choose_workers(output, progress, **split) as workers:
        try:
            outcome = METHODS[method](
                Run(
                    card=card,
                    output=output,
                    command=call_text(sys.argv[1:]),
                    model=_model_options(options),
                    engine=engine,
                    minimizer=parse_minimizer(options["minimizer"]),
                    verbosity=options["verbose"],
                    plots=not options["no_plots"],
                    approx=options["approx"],
                    points=options["points"],
                    named=parse_names(options["named"]) if options["named"] is not None else None,
                    toys=toys,
                    listener=progress.stage,
                    workers=workers,
                    scan=scan,
                    name=options["name"],
                    chi2=options["chi2"],
                )
            )
        except KeyboardInterrupt:
            raise click.Abort(f"Stopped. {workers.kept}".rstrip()) from None
    click.echo(outcome.text)
    click.echo(f"written to {outcome.written[0].parent}: " + ", ".join(path.name for path in outcome.written))
    return outcome.status


def _model_options(options: dict[str, Any]) -> ModelOptions:
    measurements = options["measurements"]
    return ModelOptions(
        measurements=parse_names(measurements) if measurements is not None else None,
        scenario=options["correlations"],
        set_parameters=parse_assignments("--setParameters", options["set_parameters"]),
        ranges=parse_ranges("--setParameterRanges", options["ranges"]) if options["ranges"] else {},
        freeze_parameters=parse_names(options["freeze_parameters"]),
        freeze_groups=parse_names(options["freeze_groups"]),
        pulls=options["pulls"],
        asimov=options["toys"] == ASIMOV,
        split=options["split"],
        blind=Blinding(options["blind"]) if options["blind"] is not None else None,
    )


def _program() -> Callable[[], int]:
    """The sub-program that the first argument names, else the methods."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name in PROGRAMS:
        return partial(PROGRAMS[name].main, args=sys.argv[2:], prog_name=f"ttjroofit {name}", standalone_mode=False)
    return partial(command.main, prog_name="ttjroofit", standalone_mode=False)


def main() -> None:
    """Entry point of ``ttjroofit`` and ``python -m ttjroofit``."""
    try:
        status = _program()()
    except TtjroofitError as error:
        click.echo(f"Error: {error}", err=True)
        status = 2
    except click.ClickException as error:
        error.show()
        status = 2
    except (click.Abort, KeyboardInterrupt) as stop:
        click.echo(str(stop) or "Stopped.", err=True)
        status = 130
    sys.exit(status)
