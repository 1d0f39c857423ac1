"""The result of ``-M MultiDimFit --algo grid``: the profile likelihood on a grid of one or two parameters."""

from __future__ import annotations

from dataclasses import dataclass

from ttjroofit.results.fit import FitStatus, GoodnessOfFit
from ttjroofit.results.header import ModelHeader
from ttjroofit.results.singles import Ends, SingleResult

__all__ = ["SCHEMA", "BreakdownPart", "Grid", "ScanCurve", "ScanPoint", "ScanResult"]

SCHEMA = "ttjroofit/scan/1"


@dataclass(frozen=True)
class ScanPoint:
    """One point of the grid.

    Attributes:
        values: of the parameters that are scanned.
        deltaNLL: negative log-likelihood above that of the best fit; NaN, null in JSON, if there is no number.
        status: 0 if Minuit converged with a valid covariance, else its code, -1 for an invalid covariance.
    """

    values: dict[str, float]
    deltaNLL: float | None
    status: int


@dataclass(frozen=True)
class Grid:
    """Where the points are.

    Attributes:
        shape: points in each parameter; the last one runs fastest.
        ranges: lower and upper edge by parameter.
        first, last: numbers of the first and last point that were computed.
        align_edges: points stand on the edges, not at the centres of bins.
    """

    shape: list[int]
    ranges: dict[str, tuple[float, float]]
    first: int
    last: int
    align_edges: bool


@dataclass(frozen=True)
class ScanCurve:
    """The scan of one parameter under another condition.

    Attributes:
        label: what is different.
        frozen: groups that are frozen at their post-fit values.
        held: values of parameters that are held.
        best: the scanned parameter at the minimum of this curve.
        deltaNLL: of that minimum, above that of the best fit.
        points: ``deltaNLL`` is above that of the best fit.
        intervals: as of ``ScanResult``, about the minimum of this curve.
    """

    label: str
    frozen: list[str]
    held: dict[str, float]
    best: dict[str, float]
    deltaNLL: float
    points: list[ScanPoint]
    intervals: dict[str, dict[str, Ends]]


@dataclass(frozen=True)
class BreakdownPart:
    """What the 68% interval loses in quadrature when ``label`` is frozen beyond the parts before it.

    Attributes:
        label: as asked for.
        lo, hi: errors towards lower (negative) and higher values; None where an interval is open.
    """

    label: str
    lo: float | None
    hi: float | None


@dataclass(frozen=True)
class ScanResult(ModelHeader):
    """Everything ``--algo grid`` has to say; written to ``result.json``.

    Attributes:
        asimov: whether the data are an Asimov data set.
        fast: all other parameters are held at the best fit instead of profiled.
        parameters: names of the one or two that are scanned.
        grid: where the points are.
        best: values of the scanned parameters at the minimum.
        fit: the scanned parameters in the fit.
        minimum: values of all explicit parameters at the minimum.
        goodness_of_fit: of the minimum.
        points: of the grid, without the best fit.
        intervals: parameter to ``68`` and ``95`` to the ends of its own interval, the other parameter profiled.
        curves: scans with groups frozen or another parameter held.
        breakdown: of the 68% interval, if asked for.
        status: of the fit.
        good: the fit, all points and all searches for the end of an interval converged.
    """

    asimov: bool
    fast: bool
    parameters: list[str]
    grid: Grid
    best: dict[str, float]
    fit: dict[str, SingleResult]
    minimum: dict[str, float]
    goodness_of_fit: GoodnessOfFit
    points: list[ScanPoint]
    intervals: dict[str, dict[str, Ends]]
    curves: list[ScanCurve]
    breakdown: list[BreakdownPart]
    status: FitStatus
    good: bool
