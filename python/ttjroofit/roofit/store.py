"""Workspaces and fit results in ROOT files."""

from __future__ import annotations

from typing import Any

from ttjroofit.roofit.session import quiet

__all__ = ["write_fit", "write_workspace"]


def write_workspace(workspace: Any, card: str, path: str) -> None:
    """Write workspace ``w`` and the text of its card, a TNamed ``card``, beside it."""
    with quiet() as ROOT:
        workspace.writeToFile(path, True)
        with ROOT.TFile.Open(path, "UPDATE") as file:
            file.WriteObject(ROOT.TNamed("card", card), "card")


def write_fit(result: Any, path: str) -> None:
    """Write a RooFitResult under the name ``fit``."""
    with quiet() as ROOT, ROOT.TFile.Open(path, "RECREATE") as file:
        file.WriteObject(result, "fit")
