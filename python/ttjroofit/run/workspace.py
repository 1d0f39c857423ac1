"""``-M Workspace``: the workspace without a fit."""

from __future__ import annotations

from ttjroofit.model.elimination import eliminate
from ttjroofit.roofit.store import write_workspace
from ttjroofit.roofit.workspace import build_workspace
from ttjroofit.run.exchange import write_formats
from ttjroofit.run.output import OutputFolder
from ttjroofit.run.request import Outcome, Run

__all__ = ["run_workspace"]


def run_workspace(run: Run) -> Outcome:
    """Write the workspace, what ``--for`` asks for, the card and the summary."""
    card, combination = run.load(external=True)
    workspace = build_workspace(combination, eliminate(combination))
    folder, text = OutputFolder(run.output), run.card_text(card)
    summary = (
        f"{len(combination.bins)} bins and {len(combination.owners)} nuisance parameters: models `reduced` and `full`\n"
    )
    summary += write_formats(run, combination, workspace, folder, text)
    folder.write_root("workspace.root", lambda path: write_workspace(workspace, text, path))
    folder.write_text("card.txt", text)
    folder.write_text("summary.txt", summary)
    return Outcome(summary, folder.publish(), 0)
