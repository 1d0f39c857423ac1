"""What every method writes last: the card, the summary and the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from ttjroofit.analysis.clock import Clock
from ttjroofit.results.store import to_json
from ttjroofit.run.output import OutputFolder
from ttjroofit.run.request import Outcome

__all__ = ["finish", "timed"]

Result = TypeVar("Result", bound=Any)


def timed(result: Result, clock: Clock) -> Result:
    """The result with the seconds of its stages."""
    seconds: Result = replace(result, timing_s={name: round(value, 4) for name, value in clock.seconds.items()})
    return seconds


def finish(
    folder: OutputFolder, card: str, result: Result, summarise: Callable[[Result], str], *, good: bool
) -> Outcome:
    """Write ``card.txt``, ``summary.txt`` and, last of all, ``result.json``.

    Args:
        folder: to write to.
        card: text of the card.
        result: with its times.
        summarise: text of the result.
        good: whether all that was asked for succeeded; else the exit status is 1.
    """
    summary = summarise(result)
    folder.write_text("card.txt", card)
    folder.write_text("summary.txt", summary)
    folder.write_text("result.json", to_json(result))
    return Outcome(summary, folder.publish(), 0 if good else 1)
