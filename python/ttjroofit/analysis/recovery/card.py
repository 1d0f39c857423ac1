"""A card without the lines that are wrong."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from ttjroofit.analysis.recovery.problems import Problems
from ttjroofit.card.grammar import USAGE, parse_line
from ttjroofit.card.lines import Line, read_lines
from ttjroofit.card.override import with_settings
from ttjroofit.card.parser import build_card, explained
from ttjroofit.card.statements import Card
from ttjroofit.errors import CardError

__all__ = ["recover_card"]


def recover_card(path: Path, settings: Mapping[str, str], problems: Problems) -> Card | None:
    """Read a card and leave out each line that is wrong.

    Args:
        path: the card.
        settings: keyword to word in place of what the card says.
        problems: is told what is wrong.

    Returns:
        None if nothing is left to go on with.

    Raises:
        CardError: if the card itself does not exist.
    """
    if not path.is_file():
        read_lines(path)
    try:
        lines = list(read_lines(path))
    except CardError as error:
        problems.add("card-unreadable", explained(error))
        return None
    lines = [line for line in lines if _follows_grammar(line, problems)]
    while True:
        try:
            return build_card(path, with_settings(path, lines, settings))
        except CardError as error:
            guilty = [line for line in lines if line.place == error.place]
            keyword = _keyword(guilty[0]) if guilty else ""
            if not problems.may_follow(keyword):
                problems.add("card-contradiction", explained(error))
            if not guilty:
                return None
            problems.missing.add(keyword)
            lines = [line for line in lines if line not in guilty]


def _follows_grammar(line: Line, problems: Problems) -> bool:
    try:
        parse_line(line)
    except CardError as error:
        problems.add("card-line", explained(error))
        problems.missing.add(_keyword(line))
        return False
    return True


def _keyword(line: Line) -> str:
    """The keyword of a statement, whichever column it stands in, or what it is a misspelling of; else ``unknown``."""
    words = line.columns[:2]
    near = get_close_matches(words[0], USAGE, n=1, cutoff=0.75)
    return next((word for word in words if word in USAGE), near[0] if near else "unknown")
