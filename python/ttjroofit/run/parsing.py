"""Option values in the forms that users of combine type: ``a=1,b=2``, ``a=0,2:b=-1,1``, ``x,rgx{...}``."""

from __future__ import annotations

import math
import re

from ttjroofit.card.settings import CHOICES, SETTINGS
from ttjroofit.errors import OptionError, suggestion
from ttjroofit.files import LARGEST_NUMBER

__all__ = ["parse_assignments", "parse_file_part", "parse_names", "parse_ranges", "parse_settings"]


def parse_names(text: str) -> tuple[str, ...]:
    """Split at commas, but not inside the braces of ``rgx{...}``."""
    return tuple(part.strip() for part in re.split(r",(?![^{]*})", text) if part.strip())


def parse_assignments(option: str, text: str) -> dict[str, float]:
    """Read ``a=1,b=2``.

    Raises:
        OptionError: if a part is no ``name=number``.
    """
    return dict(_assignment(option, part) for part in parse_names(text))


def parse_ranges(option: str, text: str) -> dict[str, tuple[float, float]]:
    """Read ``a=0,2:b=-1,1``.

    Raises:
        OptionError: if a part is no ``name=low,high`` with low < high.
    """
    ranges = {}
    for part in text.split(":"):
        name, _, interval = part.partition("=")
        low, _, high = interval.partition(",")
        ranges[name.strip()] = (_number(option, part, low), _number(option, part, high))
        if ranges[name.strip()][0] >= ranges[name.strip()][1]:
            raise OptionError(f"{option}: the range of `{part}` is empty: write name=low,high with low below high")
    return ranges


def parse_file_part(option: str, text: str) -> str:
    """Check a part of a name of a file or folder.

    Raises:
        OptionError: if it would lead to another folder, or holds a control character.
    """
    if "/" in text or "\\" in text or not text.isprintable():
        raise OptionError(f"{option} {text}: a part of a file name has no separators of folders; for a folder use -o")
    return text


def parse_settings(option: str, text: str) -> dict[str, str]:
    """Read ``keyword=word,keyword=word``: settings of a card.

    Raises:
        OptionError: if a keyword is no setting, or a word none of its choices.
    """
    settings: dict[str, str] = {}
    for part in parse_names(text):
        keyword, sign, word = (piece.strip() for piece in part.partition("="))
        if not sign or not word:
            raise OptionError(f"{option}: `{part}` holds no word: write keyword=word, as interpolation=1")
        if keyword not in SETTINGS:
            raise OptionError(f"{option}: `{keyword}` is no setting of a card{suggestion(keyword, SETTINGS)}")
        if word not in CHOICES.get(keyword, (word,)):
            known = suggestion(word, CHOICES[keyword])
            raise OptionError(f"{option}: `{keyword}` cannot be `{word}`{known}")
        settings[keyword] = word
    return settings


def _assignment(option: str, part: str) -> tuple[str, float]:
    name, _, value = part.partition("=")
    return name.strip(), _number(option, part, value)


def _number(option: str, part: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise OptionError(f"{option}: `{part}` holds no number where one belongs: write name=number")
    if abs(value) > LARGEST_NUMBER:
        raise OptionError(f"{option}: `{part}` holds a number beyond {LARGEST_NUMBER:g}: use another unit")
    return value
