"""The fields that results begin with, from the combination."""

from __future__ import annotations

from typing import TypedDict

from ttjroofit._version import __version__
from ttjroofit.model.combination import Combination
from ttjroofit.model.likelihood import theory_of

__all__ = ["Heading", "ModelHeading", "heading", "model_heading"]


class Heading(TypedDict):
    """The fields of ``Header``."""

    schema: str
    card: str
    version: str
    timing_s: dict[str, float]


class ModelHeading(Heading):
    """The fields of ``ModelHeader``."""

    measurements: list[str]
    scenario: str | None
    pulls: str
    quality: list[str]


def heading(schema: str, combination: Combination) -> Heading:
    """Where a result comes from; its times are filled in when it is written."""
    return {"schema": schema, "card": combination.card.stem, "version": __version__, "timing_s": {}}


def model_heading(schema: str, combination: Combination, *, scenario: str | None, pulls: str) -> ModelHeading:
    """Where a result comes from and how its model was made.

    Args:
        schema: name and version of the format.
        combination: with its prediction.
        scenario: of correlations.
        pulls: ``published`` or ``zero``.

    Raises:
        ModelError: if there is no prediction.
    """
    return {
        **heading(schema, combination),
        "measurements": [measurement.name for measurement in combination.measurements],
        "scenario": scenario,
        "pulls": pulls,
        "quality": list(theory_of(combination).quality),
    }
