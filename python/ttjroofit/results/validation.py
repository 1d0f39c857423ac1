"""The result of ``-M Validate``: what a card and its inputs hold, what is impossible and what is suspicious in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["SCHEMA", "Finding", "MeasurementSummary", "Validation"]

SCHEMA = "ttjroofit/validate/2"


@dataclass(frozen=True)
class Finding:
    """One thing that is impossible (``error``) or suspicious (``warning``).

    Attributes:
        code: name of the rule, which stays the same over versions; docs/validation.md lists all.
        severity: an ``error`` stops every method, a ``warning`` none.
        message: what was found, in one line. That of an error holds its cure.
        place: ``file:line``, or the file where no line can be named; None for what has no place.
        measurement: name of the measurement concerned, None if several or none are.
        names: of what is concerned, all of them, the worst first; a pair is written ``A ~ B``.
        values: what was found, one for each of ``names``; empty where it is no number.
        threshold: what ``values`` were held against, None if nothing.
        cure: what can be done.
        lines: lines for the card, ready to paste.
    """

    code: str
    severity: Literal["error", "warning"]
    message: str
    place: str | None = None
    measurement: str | None = None
    names: list[str] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    threshold: float | None = None
    cure: str = ""
    lines: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class MeasurementSummary:
    """Size and uncertainty of one measurement.

    Attributes:
        name: of the measurement.
        reference: where it was published.
        bins, profiled, sources: how many.
        total: cross section summed over bins, in ``unit``.
        relative_sigma: total uncertainty of each bin over its value, before any combination; NaN for a value of 0.
        smoothed: number of its sources whose shifts the card smooths.
    """

    name: str
    reference: str
    bins: int
    profiled: int
    sources: int
    total: float
    unit: str
    relative_sigma: list[float]
    smoothed: int = 0


@dataclass(frozen=True)
class Validation:
    """What was found. With errors the rest describes what could be read, and warnings were not looked for.

    Attributes:
        schema: name and version of this format.
        card: name of the card without its suffix.
        measurements: in order.
        bins, nuisances: how many in all.
        groups: group name to number of nuisances.
        assumptions: stated prior correlations in force.
        merged: names that equal another parameter.
        smallest_eigenvalue: of the prior correlation matrix in use; NaN where there is no such matrix.
        repair: method of the repair, None if none was needed.
        quality: of the predictions.
        errors: what is impossible; empty if the card can be fitted.
        warnings: what is suspicious.
    """

    schema: str
    card: str
    measurements: list[MeasurementSummary]
    bins: int
    nuisances: int
    groups: dict[str, int]
    assumptions: int
    merged: list[str]
    smallest_eigenvalue: float
    repair: str | None
    quality: list[str]
    errors: list[Finding]
    warnings: list[Finding]
