"""The command line: parse, call one method, print."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from ttjroofit._version import __version__
from ttjroofit.errors import OptionError, TtjroofitError
from ttjroofit.model.blinding import VARIABLE
from ttjroofit.run.blind import call_text, unblind
from ttjroofit.run.claim import Claim
from ttjroofit.run.convert.program import convert
from ttjroofit.run.export.program import export
from ttjroofit.run.jobs.arguments import check_unused, job_arguments
from ttjroofit.run.jobs.program import jobs, make_jobs
from ttjroofit.run.matrix.program import matrix
from ttjroofit.run.methods import METHODS
from ttjroofit.run.parsing import parse_file_part
from ttjroofit.run.plot.program import plot
from ttjroofit.run.progress import Progress
from ttjroofit.run.scan_arguments import scan_arguments
from ttjroofit.run.stopping import Stop, stoppable
from ttjroofit.run.table.program import table
from ttjroofit.run.terminal import is_unheard, prepare_terminal, say, say_outcome, settle
from ttjroofit.run.toy_options import DEFAULT_SEED

__all__ = ["command", "main", "parse_call"]

PROGRAMS: dict[str, click.Command] = {
    "convert": convert,
    "export": export,
    "jobs": jobs,
    "matrix": matrix,
    "plot": plot,
    "table": table,
    "unblind": unblind,
}
"""Sub-programs by the first argument."""

EPILOG = """\b
Exit status: 0 every fit converged with a valid covariance; 1 a fit failed (results are written and marked);
2 a bad card, input or option, or files that cannot be written; 130 stopped by Ctrl-C, 143 by SIGTERM.
Cards from and to the formats of others: ttjroofit convert -h. Figures of results: ttjroofit plot -h.
Tables and HEPData records of results: ttjroofit table -h, ttjroofit export -h.
Jobs of a batch system: ttjroofit jobs -h. Many cards and options at once: ttjroofit matrix -h.
True masses of a blinded run: ttjroofit unblind -h.
"""


def _file_part(_context: click.Context, _option: click.Parameter, text: str) -> str:
    return parse_file_part("-n", text)


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=EPILOG,
    options_metavar="[-M METHOD] [OPTIONS]",
)
@click.argument("card", type=click.Path(path_type=Path), metavar="CARD")
@click.option(
    "-M",
    "--method",
    type=click.Choice([*METHODS, "Jobs"]),
    default="Fit",
    show_default=True,
    help="What to do.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Output folder.  [default: out/<card name>/]")
@click.option(
    "-n", "--name", default="", callback=_file_part, help="Appended to the name of the default output folder."
)
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
    "--setStatements",
    "settings",
    default="",
    metavar="A=X,B=Y",
    help="Settings in place of the card's: interpolation=1,pdf=off.",
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
@click.option("--for", "formats", default="", metavar="combine,hs3", help="Workspace: write the model for these, too.")
@click.option("--points", type=click.IntRange(2), default=None, metavar="N", help="Points of a scan.")
@scan_arguments
@job_arguments
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
    if method == "Jobs":
        return make_jobs(card, options, call_text(sys.argv[1:]))
    check_unused(method, options)
    # the methods import scipy and the models: --help and a wrong option do not pay for them
    from ttjroofit.run.asking import default_output, make_run  # noqa: PLC0415
    from ttjroofit.run.workers.choose import choose_workers  # noqa: PLC0415

    output = default_output(card, options)
    split = {name: options[name] for name in ("parallel", "dask", "resume")}
    with Progress() as progress, Claim(output), choose_workers(output, progress, **split) as workers:
        call = call_text(sys.argv[1:])
        run = make_run(card, method, options, command=call, workers=workers, listener=progress.stage)
        try:
            outcome = METHODS[method](run)
        except KeyboardInterrupt:
            raise click.Abort(workers.kept) from None
    say_outcome(outcome)
    return outcome.status


def parse_call(arguments: Sequence[str]) -> tuple[Path, str, dict[str, Any]]:
    """Card, method and all other options of a call of the program, which is not made.

    Args:
        arguments: without the name of the program.

    Raises:
        click.ClickException: for an unknown option or a wrong value.
    """
    options = dict(command.make_context("ttjroofit", list(arguments)).params)
    return options.pop("card"), options.pop("method"), options


def _program() -> Callable[[], int]:
    """The sub-program that the first argument names, else the methods."""
    for argument in sys.argv[1:]:
        if any("\udc80" <= character <= "\udcff" for character in argument):
            raise OptionError(f"{argument}: no text in UTF-8; results hold the names of cards and folders: rename it")
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name in PROGRAMS:
        return partial(_call, PROGRAMS[name], f"ttjroofit {name}", sys.argv[2:])
    return partial(_call, command, "ttjroofit", sys.argv[1:])


def _call(program: click.Command, name: str, arguments: Sequence[str]) -> int:
    """The exit status of a program; that of ``click`` itself would end with 1 where nobody reads the output."""
    try:
        with program.make_context(name, list(arguments)) as context:
            status: int = program.invoke(context)
            settle()
    except click.exceptions.Exit as done:
        status = done.exit_code
    return status


def _status(stop: Stop) -> int:
    """The exit status; errors are told."""
    kept = ""
    try:
        return _program()()
    except (click.Abort, KeyboardInterrupt) as stopped:
        kept = str(stopped)
    except Exception as error:
        # what a library makes of a signal may be any error: ROOT then lacks an attribute
        if not stop.arrived:
            return _told(error)
    say(f"{stop.text} {kept}".rstrip(), err=True)
    return stop.status


def _told(error: Exception) -> int:
    """The exit status after telling an error; one that nobody should meet is raised again."""
    if isinstance(error, TtjroofitError):
        say(f"Error: {error}", err=True)
    elif isinstance(error, click.ClickException):
        error.show()
    elif isinstance(error, MemoryError):
        say("Error: out of memory: ask for fewer workers (--parallel), points or toys, or raise `ulimit -v`", err=True)
    elif isinstance(error, BrokenPipeError) and is_unheard():
        return 0
    elif isinstance(error, OSError):
        place = error.filename if error.filename is not None else "reading or writing failed"
        say(f"Error: {place}: {error.strerror or error}", err=True)
    else:
        raise error
    return 2


def main() -> None:
    """The program; ``ttjroofit`` and ``python -m ttjroofit`` call it through ``run/entry.py``."""
    prepare_terminal()
    with stoppable() as stop:
        status = _status(stop)
    sys.exit(status)
