"""The call that jobs stand for: of a method, or of a matrix of fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ttjroofit.analysis.tasks import Workers
from ttjroofit.run.asking import make_run
from ttjroofit.run.methods import METHODS
from ttjroofit.run.request import Outcome

__all__ = ["call"]


def call(
    card: Path,
    method: str | None,
    options: Mapping[str, Any],
    *,
    command: str,
    workers: Workers,
    listener: Callable[[str], None] | None = None,
) -> Outcome:
    """Make a call with workers of the caller's choice.

    Args:
        card: the datacard, or a matrix of fits.
        method: of the command line; None for a matrix.
        options: as click gives them.
        command: the call as it may be written down.
        workers: that its work is given to.
        listener: told the name of each stage.
    """
    if method is None:
        return _matrix(card, options, workers, listener)
    return METHODS[method](make_run(card, method, options, command=command, workers=workers, listener=listener))


def _matrix(
    path: Path, options: Mapping[str, Any], workers: Workers, listener: Callable[[str], None] | None
) -> Outcome:
    # imported for a matrix alone: it imports this program's command line
    from ttjroofit.run.matrix.finished import MARKER  # noqa: PLC0415
    from ttjroofit.run.matrix.prepare import MatrixOrder  # noqa: PLC0415
    from ttjroofit.run.matrix.run import run_matrix  # noqa: PLC0415

    output: Path = options["output"]
    # entries that were written before would not be asked for
    for marker in output.glob(f"*/{MARKER}"):
        marker.unlink(missing_ok=True)
    order = MatrixOrder(path, output, plots=not options["no_plots"], verbosity=options["verbose"])
    return run_matrix(order, workers, listener)
