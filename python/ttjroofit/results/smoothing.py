"""Shifts of systematic sources before and after smoothing."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SmoothedShift"]


@dataclass(frozen=True)
class SmoothedShift:
    """One smoothed curve; lists have one entry a bin.

    Attributes:
        source: its name.
        measurement: it belongs to.
        part: ``shift``; ``up`` or ``down`` of a source that is not linear.
        order: of the polynomial in the bin centre.
        edges: one more than bins.
        before: shift over value.
        after: the polynomial.
        sigma: uncertainties that weighted the fit, relative to the values.
        weights: where they come from: ``monte_carlo`` or ``statistical``.
        chi2: of ``before`` about ``after``; meaningful with ``monte_carlo`` weights.
        ndf: bins less coefficients.
    """

    source: str
    measurement: str
    part: str
    order: int
    edges: list[float]
    before: list[float]
    after: list[float]
    sigma: list[float]
    weights: str
    chi2: float
    ndf: int
