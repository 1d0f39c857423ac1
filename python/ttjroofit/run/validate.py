"""``-M Validate``: the checks that need no ROOT."""

from __future__ import annotations

from ttjroofit.analysis.validation import validate
from ttjroofit.results.store import to_json
from ttjroofit.run.output import OutputFolder
from ttjroofit.run.request import Outcome, Run
from ttjroofit.show.validation import validation_summary

__all__ = ["run_validate"]


def run_validate(run: Run) -> Outcome:
    """Check the card and its inputs and write what was found."""
    card, combination = run.load()
    validation = validate(combination)
    folder, summary = OutputFolder(run.output), validation_summary(validation)
    folder.write_text("card.txt", run.card_text(card))
    folder.write_text("summary.txt", summary)
    folder.write_text("result.json", to_json(validation))
    return Outcome(summary, tuple(folder.written), 0)
