"""The result of ``-M CorrelationScan``: what the assumed correlations do to a result, and how wrong they can be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ttjroofit.results.header import Header
from ttjroofit.results.scenarios import RepairComparison, ScenarioResult

__all__ = [
    "SCHEMA",
    "AssumptionScan",
    "BinSensitivity",
    "BinShift",
    "BoundResult",
    "CombinedBin",
    "CorrelationScanResult",
    "LargestShift",
    "LineScan",
    "NuisanceSensitivity",
    "PairSensitivity",
    "PairValue",
    "ScanPoint",
]

SCHEMA = "ttjroofit/correlation_scan/1"


@dataclass(frozen=True)
class ScanPoint:
    """One exact fit.

    Attributes:
        at: the correlation; of a line the position on it, 0 for all low, 0.5 nominal, 1 for all high.
        mass, sigma: in GeV; None where there is none.
        chi2: of the fit.
        eigenvalue: smallest one of the correlation matrix as stated; None for a contradiction.
        status: ``good``, ``repaired``, ``not positive definite``, ``contradiction`` or ``fit failed``.
        values, sigmas: of the combined cross sections, where there is no mass; else None.
    """

    at: float
    mass: float | None
    sigma: float | None
    chi2: float | None
    eigenvalue: float | None
    status: str
    values: list[float] | None = None
    sigmas: list[float] | None = None


@dataclass(frozen=True)
class BinShift:
    """Half the shift of a combined cross section and of its uncertainty, in the units of the inputs."""

    half_shift: float | None
    half_sigma_shift: float | None


@dataclass(frozen=True)
class AssumptionScan:
    """One stated correlation over its range, the others nominal.

    Attributes:
        nuisances: the pair.
        block: of the card.
        nominal, low, high: as stated.
        half_shift_MeV: half of the mass at the upper end minus that at the lower end; of the outermost points that have
            a fit, None without two of them.
        half_sigma_shift_MeV: the same of the uncertainty.
        bins: the same of the combined cross sections.
        points: in order.
    """

    nuisances: tuple[str, str]
    block: str
    nominal: float
    low: float
    high: float
    half_shift_MeV: float | None
    half_sigma_shift_MeV: float | None
    bins: dict[str, BinShift]
    points: list[ScanPoint]


@dataclass(frozen=True)
class LineScan:
    """Several correlations moved together, from low by nominal to high.

    Attributes:
        name: of the block, or ``all``.
        correlations: how many move.
        half_shift_MeV, half_sigma_shift_MeV, bins, points: as of one correlation.
    """

    name: str
    correlations: int
    half_shift_MeV: float | None
    half_sigma_shift_MeV: float | None
    bins: dict[str, BinShift]
    points: list[ScanPoint]


@dataclass(frozen=True)
class LargestShift:
    """The largest exact change that a correlation can cause within positive definiteness, and at which value."""

    shift_MeV: float
    rho: float


@dataclass(frozen=True)
class PairSensitivity:
    """A pair of nuisances of different measurements.

    Attributes:
        nuisances, measurements: the pair and where it comes from.
        stated: whether the card states its correlation.
        correlation: in force.
        mass_derivative: d m / d rho in GeV.
        sigma_derivative: d sigma / d rho in GeV.
        half_MeV: change of the mass for a change of rho by 0.5, to first order.
        sigma_half_MeV: of the uncertainty.
        interval: of rho, within which the likelihood stays positive definite if nothing else changes.
        largest, largest_sigma: exact, by refits within the interval.
    """

    nuisances: tuple[str, str]
    measurements: tuple[str, str]
    stated: bool
    correlation: float
    mass_derivative: float
    sigma_derivative: float
    half_MeV: float
    sigma_half_MeV: float
    interval: tuple[float, float]
    largest: LargestShift
    largest_sigma: LargestShift


@dataclass(frozen=True)
class NuisanceSensitivity:
    """Three numbers a nuisance, which give the derivatives of all pairs.

    d m / d rho_ij = shift_i pull_j + shift_j pull_i and
    d sigma^2 / d rho_ij = 2 shift_i shift_j + variance_shift_i pull_j + variance_shift_j pull_i.

    Attributes:
        name, measurement: of the nuisance.
        shift: of the mass when its auxiliary observable moves by 1, GeV.
        pull: of the nuisance after the fit, C^-1 theta.
        variance_shift: of the variance of the mass when the auxiliary observable moves by 1, GeV^2.
    """

    name: str
    measurement: str
    shift: float
    pull: float
    variance_shift: float


@dataclass(frozen=True)
class BinSensitivity:
    """The pair that moves a combined cross section most.

    Attributes:
        bin: its name.
        sigma: its uncertainty.
        nuisances: the pair.
        derivative: d x / d rho.
        sigma_derivative: d sigma / d rho of the pair.
    """

    bin: str
    sigma: float
    nuisances: tuple[str, str]
    derivative: float
    sigma_derivative: float


@dataclass(frozen=True)
class CombinedBin:
    """A combined cross section with the nominal correlations.

    Attributes:
        name: of it.
        unit: of value and uncertainties.
        value, sigma: of the parabola about the minimum.
        lo, hi: negative and positive error, where chi2 rises by 1; None where chi2 is a parabola, or there is none.
    """

    name: str
    unit: str
    value: float
    sigma: float
    lo: float | None
    hi: float | None


@dataclass(frozen=True)
class PairValue:
    """A correlation of a matrix."""

    nuisances: tuple[str, str]
    value: float


@dataclass(frozen=True)
class BoundResult:
    """An extreme over all matrices inside the ranges that are positive semi-definite.

    Attributes:
        mass, sigma: in GeV.
        eigenvalue: smallest one of the matrix.
        converged: whether the search ended by itself.
        correlations: the stated ones with their values there; all others are 0.
    """

    mass: float
    sigma: float
    eigenvalue: float
    converged: bool
    correlations: list[PairValue]


@dataclass(frozen=True)
class CorrelationScanResult(Header):
    """All of it.

    Attributes:
        measurements, quality, asimov, scenario: as in the fit.
        repair: the card's, None if it asks for none.
        parameter: the mass, None for a card without a prediction, whose cross sections are scanned.
        unit: of the mass, None without one.
        mass, sigma: at the nominal correlations, None without a mass.
        assumptions: one scan each, those of the largest half shift first; without a mass, of the cross section that
            moves most in units of its uncertainty.
        blocks: one scan each, and ``all``.
        pairs: how many pairs of nuisances of different measurements there are.
        derivatives: those with the largest derivative of the mass or of its uncertainty, largest of the mass first.
        nuisances: what gives the derivatives of all pairs.
        bins: for each combined cross section the pair that matters most.
        bounds: ``mass_low``, ``mass_high``, ``sigma_low``, ``sigma_high``; empty if no correlation has a range or no
            matrix is admissible.
        bounds_error: why there are none.
        scenarios: of the card.
        repairs: compared, if the scenario in force needs one.
        method: ``algebra`` where an update of the nominal fit is exact, ``rebuilt`` where each point is a fit anew.
        chi2_form: ``neyman``, or ``pearson``.
        derivatives_error: why there are no derivatives by the correlations of all pairs; None if there are.
        combined: cross sections at the nominal correlations.
    """

    measurements: list[str]
    quality: list[str]
    asimov: bool
    scenario: str | None
    repair: str | None
    parameter: str | None
    unit: str | None
    mass: float | None
    sigma: float | None
    assumptions: list[AssumptionScan]
    blocks: list[LineScan]
    pairs: int
    derivatives: list[PairSensitivity]
    nuisances: list[NuisanceSensitivity]
    bins: list[BinSensitivity]
    bounds: dict[str, BoundResult]
    bounds_error: str | None
    scenarios: list[ScenarioResult]
    repairs: list[RepairComparison]
    method: Literal["algebra", "rebuilt"] = "algebra"
    chi2_form: Literal["neyman", "pearson"] = "neyman"
    derivatives_error: str | None = None
    combined: list[CombinedBin] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether every fit that was asked for has a minimum: a matrix that is none has no fit to fail."""
        scans = [scan.points for scan in self.assumptions] + [line.points for line in self.blocks]
        return all(point.status != "fit failed" for points in scans for point in points)
