"""``-M Validate``: the checks that need no ROOT."""

from __future__ import annotations

from ttjroofit.analysis.validation import examine
from ttjroofit.results.store import to_json
from ttjroofit.run.output import OutputFolder
from ttjroofit.run.request import Outcome, Run
from ttjroofit.show.validation import validation_summary

__all__ = ["run_validate"]


def run_validate(run: Run) -> Outcome:
    """Check the card and its inputs and write what was found, whether it is errors or warnings."""
    examined = examine(run.card, run.model, run.settings)
    folder, summary = OutputFolder(run.output), validation_summary(examined.validation)
    if examined.card is not None:
        folder.write_text("card.txt", run.card_text(examined.card))
    folder.write_text("summary.txt", summary)
    folder.write_text("result.json", to_json(examined.validation))
    return Outcome(summary, folder.publish(), 2 if examined.validation.errors else 0)
