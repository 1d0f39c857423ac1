"""The command line of ``ttjroofit matrix``."""

from __future__ import annotations

from pathlib import Path

import click

from ttjroofit.model.blinding import VARIABLE, Blinding
from ttjroofit.run.claim import Claim
from ttjroofit.run.progress import Progress
from ttjroofit.run.terminal import say_outcome

__all__ = ["matrix"]

EPILOG = """\b
MATRIX is a YAML file of cards, options and statements; each combination is an entry with its own folder below DIR.
Finished entries are not repeated: the same call goes on after an interruption, a change repeats what it touches.
Exit status: 0 every entry is good; 1 a fit failed; 2 an entry is impossible, or a bad file; 130 stopped by Ctrl-C.
The format: docs/matrix.md.
"""


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}, epilog=EPILOG)
@click.argument("path", type=click.Path(path_type=Path), metavar="MATRIX")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Output folder.  [default: out/<MATRIX name>/]",
)
@click.option("-v", "--verbose", type=click.IntRange(0, 4), default=0, show_default=True, help="Verbosity of ROOT.")
@click.option(
    "--parallel", type=click.IntRange(0), default=0, metavar="N", help="Split the entries among N processes here."
)
@click.option("--dask", default=None, metavar="ADDRESS", help="Split the entries on a Dask cluster: docs/parallel.md.")
@click.option(
    "--blind",
    default=None,
    envvar=VARIABLE,
    metavar="SALT",
    help=f"Shift every mass by a hidden offset.  [default: ${VARIABLE}]",
)
@click.option("--no-plots", is_flag=True, help="Write no figures, neither of the matrix nor of its entries.")
def matrix(
    path: Path, output: Path | None, *, verbose: int, parallel: int, dask: str | None, blind: str | None, no_plots: bool
) -> int:
    """Run all combinations that MATRIX states and show their results in one table and one figure."""
    # the methods import scipy and the models: --help does not pay for them
    from ttjroofit.run.matrix.prepare import MatrixOrder  # noqa: PLC0415
    from ttjroofit.run.matrix.run import run_matrix  # noqa: PLC0415
    from ttjroofit.run.workers.choose import choose_workers  # noqa: PLC0415

    folder = output if output is not None else Path("out") / path.stem
    salt = Blinding(blind) if blind is not None else None
    order = MatrixOrder(path, folder, plots=not no_plots, verbosity=verbose, blind=salt)
    with (
        Progress() as progress,
        Claim(folder),
        choose_workers(folder, progress, parallel=parallel, dask=dask, resume=True) as workers,
    ):
        try:
            outcome = run_matrix(order, workers, progress.stage)
        except KeyboardInterrupt:
            raise click.Abort(workers.kept_for("the same command goes on")) from None
    say_outcome(outcome)
    return outcome.status
