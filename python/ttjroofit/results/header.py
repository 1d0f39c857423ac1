"""What results begin with: where they come from, and how their model was made."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Header", "ModelHeader"]


@dataclass(frozen=True, kw_only=True)
class Header:
    """Where a result comes from.

    Attributes:
        schema: name and version of this format.
        card: name of the card without its suffix.
        version: of ttjroofit.
        timing_s: seconds by stage.
    """

    schema: str
    card: str
    version: str
    timing_s: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class ModelHeader(Header):
    """The same of a result of a model with a prediction, and how the model was made.

    Attributes:
        measurements: in order.
        scenario: correlation scenario in force, None if the card has none.
        pulls: ``published`` or ``zero``.
        quality: what the predictions are good for; to be shown wherever a mass is shown.
    """

    measurements: list[str]
    scenario: str | None
    pulls: str
    quality: list[str]
