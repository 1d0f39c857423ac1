"""The result of ``-M MultiDimFit --algo none|singles``: the best fit, and intervals of each parameter of interest."""

from __future__ import annotations

from dataclasses import dataclass

from ttjroofit.results.fit import CorrelationMatrix, FitStatus, GoodnessOfFit, Interval
from ttjroofit.results.header import ModelHeader

__all__ = ["SCHEMA", "Ends", "SingleResult", "SinglesResult"]

SCHEMA = "ttjroofit/singles/1"

Ends = tuple[float | None, float | None]
"""Lower and upper end of an interval; None where the profile does not reach the level in the range of the parameter."""


@dataclass(frozen=True)
class SingleResult:
    """One parameter of interest.

    Attributes:
        value: at the minimum.
        unit: of the value; empty for nuisances, which are in units of their prior sigma.
        hesse: standard deviation; None where a failed HESSE left none.
        minos: errors at 68.27% by MINOS; None if it was not run.
        intervals: ``68`` (68.27%, delta chi2 = 1) and ``95`` (3.84) to the ends of the profile likelihood; empty if
            they were not asked for.
    """

    value: float
    unit: str
    hesse: float | None
    minos: Interval | None
    intervals: dict[str, Ends]


@dataclass(frozen=True)
class SinglesResult(ModelHeader):
    """Everything ``--algo none`` and ``--algo singles`` have to say; written to ``result.json``.

    Attributes:
        algo: ``none`` or ``singles``.
        asimov: whether the data are an Asimov data set.
        parameters: the parameters of interest, in order.
        correlation: of the parameters of interest, from HESSE.
        minimum: values of all explicit parameters.
        goodness_of_fit: of the minimum.
        status: of the fit.
        good: the fit converged, and so did every search for the end of an interval.
    """

    algo: str
    asimov: bool
    parameters: dict[str, SingleResult]
    correlation: CorrelationMatrix
    minimum: dict[str, float]
    goodness_of_fit: GoodnessOfFit
    status: FitStatus
    good: bool
