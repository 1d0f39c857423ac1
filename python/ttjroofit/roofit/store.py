"""Workspaces and fit results in ROOT files."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

from ttjroofit.inputs.root_file import damage
from ttjroofit.roofit.session import quiet

__all__ = ["write_fit", "write_workspace"]


def write_workspace(workspace: Any, card: str, path: str) -> None:
    """Write workspace ``w`` and the text of its card, a TNamed ``card``, beside it.

    Raises:
        OSError: if the file is not whole afterwards.
    """
    with quiet() as ROOT:
        workspace.writeToFile(path, True)
        with ROOT.TFile.Open(path, "UPDATE") as file:
            file.WriteObject(ROOT.TNamed("card", card), "card")
    _check_written(path)


def write_fit(result: Any, path: str) -> None:
    """Write a RooFitResult under the name ``fit``.

    Raises:
        OSError: if the file is not whole afterwards.
    """
    with quiet() as ROOT, ROOT.TFile.Open(path, "RECREATE") as file:
        file.WriteObject(result, "fit")
    _check_written(path)


def _check_written(path: str) -> None:
    """ROOT goes on where a disk is full, and says so on the terminal only."""
    if damage(Path(path)) is not None:
        raise OSError(errno.EIO, "ROOT could not write all of it; is the disk full?")
