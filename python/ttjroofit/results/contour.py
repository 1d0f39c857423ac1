"""The result of ``-M MultiDimFit --algo contour2d``: where the profile of two parameters reaches 68% and 95%."""

from __future__ import annotations

from dataclasses import dataclass

from ttjroofit.results.fit import FitStatus, GoodnessOfFit
from ttjroofit.results.header import ModelHeader
from ttjroofit.results.singles import SingleResult

__all__ = ["SCHEMA", "Contour", "ContourResult", "Standalone"]

SCHEMA = "ttjroofit/contour/1"


@dataclass(frozen=True)
class Contour:
    """One closed curve.

    Attributes:
        delta_chi2: of the curve.
        points: both parameters, anticlockwise; None where the profile does not reach the level in their ranges.
        status: of each point, 0 if its search converged.
    """

    delta_chi2: float
    points: list[tuple[float, float] | None]
    status: list[int]


@dataclass(frozen=True)
class Standalone:
    """A mass fitted to its own measurements alone.

    Attributes:
        parameter: name of the mass.
        measurements: that were fitted.
        fit: its value and errors.
        good: whether the fit converged.
    """

    parameter: str
    measurements: list[str]
    fit: SingleResult
    good: bool


@dataclass(frozen=True)
class ContourResult(ModelHeader):
    """Everything ``--algo contour2d`` has to say; written to ``result.json``.

    Attributes:
        asimov: whether the data are an Asimov data set.
        parameters: names of the two.
        masses: whether both are masses, so that equal values mean something.
        best: their values at the minimum.
        fit: the two in the fit, each with the other profiled.
        covariance: of the two, from HESSE: the parabolic approximation.
        minimum: values of all explicit parameters at the minimum.
        goodness_of_fit: of the minimum.
        contours: ``68`` (68.27% of the pair, delta chi2 = 2.30) and ``95`` (5.99).
        standalone: each mass by its own measurements; empty unless both are masses.
        status: of the fit.
        good: the fit, the standalone fits and all searches converged.
    """

    asimov: bool
    parameters: list[str]
    masses: bool
    best: dict[str, float]
    fit: dict[str, SingleResult]
    covariance: list[list[float | None]]
    minimum: dict[str, float]
    goodness_of_fit: GoodnessOfFit
    contours: dict[str, Contour]
    standalone: list[Standalone]
    status: FitStatus
    good: bool
