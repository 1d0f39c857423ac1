"""The result of ``-M Validate``: what a card and its inputs hold, and what looks suspicious in them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SCHEMA", "MeasurementSummary", "Validation"]

SCHEMA = "ttjroofit/validate/1"


@dataclass(frozen=True)
class MeasurementSummary:
    """Size and uncertainty of one measurement.

    Attributes:
        name: of the measurement.
        reference: where it was published.
        bins, profiled, sources: how many.
        total: cross section summed over bins, in ``unit``.
        relative_sigma: total uncertainty of each bin over its value, before any combination.
    """

    name: str
    reference: str
    bins: int
    profiled: int
    sources: int
    total: float
    unit: str
    relative_sigma: list[float]


@dataclass(frozen=True)
class Validation:
    """What was found; ``remarks`` are suspicious, not impossible: impossible things are errors.

    Attributes:
        schema: name and version of this format.
        card: name of the card without its suffix.
        measurements: in order.
        bins, nuisances: how many in all.
        groups: group name to number of nuisances.
        assumptions: stated prior correlations in force.
        merged: names that equal another parameter.
        smallest_eigenvalue: of the prior correlation matrix in use.
        repair: method of the repair, None if none was needed.
        quality: of the predictions.
        remarks: one sentence each.
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
    remarks: list[str]
