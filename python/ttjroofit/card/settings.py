"""The statements a card makes at most once: a keyword and one word of a fixed choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ttjroofit.errors import Place

__all__ = ["CHOICES", "ORDERS", "PDF_FORMS", "PULLS", "REPAIRS", "SCALES", "SETTINGS", "SWITCHES", "Setting"]

ORDERS: Mapping[str, int] = {"1": 1, "2": 2, "3": 3}
PDF_FORMS: Mapping[str, Literal["multiplicative", "additive", "off"]] = {
    "multiplicative": "multiplicative",
    "additive": "additive",
    "off": "off",
}
SWITCHES: Mapping[str, bool] = {"on": True, "off": False}
SCALES: Mapping[str, Literal["envelope", "nuisances", "off"]] = {
    "envelope": "envelope",
    "nuisances": "nuisances",
    "off": "off",
}
PULLS: Mapping[str, Literal["published", "zero"]] = {"published": "published", "zero": "zero"}
REPAIRS: Mapping[str, Literal["shrink", "nearest"]] = {"shrink": "shrink", "nearest": "nearest"}

CHOICES: Mapping[str, Mapping[str, object]] = {
    "interpolation": ORDERS,
    "pdf": PDF_FORMS,
    "tnp": SWITCHES,
    "scale": SCALES,
    "pulls": PULLS,
    "repair": REPAIRS,
}

SETTINGS = (*CHOICES, "correlations")
"""All keywords; the word of ``correlations`` is the name of a scenario."""


@dataclass(frozen=True)
class Setting:
    """``KEYWORD WORD``; the word is a key of ``CHOICES[keyword]``, or any name for ``correlations``."""

    keyword: str
    word: str
    place: Place
