"""``-M CorrelationScan``: scans of the stated correlations, derivatives for all pairs, bounds, scenarios."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.correlation_scanner import AlgebraScanner, RebuildingScanner, Scanned, make_scanner
from ttjroofit.analysis.heading import heading
from ttjroofit.analysis.pair_sensitivity import bin_rows, nuisance_rows, pair_count, pair_rows
from ttjroofit.analysis.scenarios import compare_repairs, compare_scenarios
from ttjroofit.card.statements import Card
from ttjroofit.errors import FitError, ModelError
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.correlations.admissible import admissible_set
from ttjroofit.model.correlations.bounds import Bound, MassOverSet, find_bounds
from ttjroofit.model.correlations.matrices import PointStatus
from ttjroofit.model.correlations.path import StatedRanges, line_values, single_values
from ttjroofit.model.correlations.refit import MassFitter
from ttjroofit.model.correlations.response import prior_response
from ttjroofit.model.correlations.sensitivity import mass_sensitivity
from ttjroofit.model.curved import Form, curved_errors, eliminate_curved
from ttjroofit.model.elimination import Elimination, eliminate
from ttjroofit.model.likelihood import theory_of
from ttjroofit.model.options import ModelOptions
from ttjroofit.model.parameters import Parameter
from ttjroofit.results.correlation_scan import (
    SCHEMA,
    AssumptionScan,
    BinSensitivity,
    BinShift,
    BoundResult,
    CombinedBin,
    CorrelationScanResult,
    LineScan,
    NuisanceSensitivity,
    PairSensitivity,
    PairValue,
    ScanPoint,
)

__all__ = ["ScanOptions", "scan_correlations"]

POINTS, FEW_POINTS, LARGE = 21, 7, 100
"""Of every scan unless a number is given: few if each is a fit anew of a model with that many nuisances."""

NO_MASS = "they are those of a mass, and the card has no prediction"

REBUILT = (
    "they follow from linear algebra, which does not hold for sources that are not linear, for Pearson's chi2, and for "
    "a frozen nuisance that is one with another"
)

GEV = 1000.0
"""MeV in one GeV."""


@dataclass(frozen=True)
class ScanOptions:
    """How to scan.

    Attributes:
        points: of every scan, besides the nominal value; None for 21, or 7 where each point is a fit anew of
            100 nuisances or more.
        model: choices beyond the card; scenarios are compared with them.
        form: of chi2.
    """

    points: int | None = None
    model: ModelOptions = field(default_factory=ModelOptions)
    form: Form = "neyman"


@dataclass(frozen=True, eq=False)
class _Scan:
    """What every table is made from.

    Attributes:
        combination: with the nominal correlations.
        scanner: of it.
        points: of every scan.
        nominal: the nominal point.
    """

    combination: Combination
    scanner: AlgebraScanner | RebuildingScanner
    points: int
    nominal: Scanned

    @property
    def has_mass(self) -> bool:
        """Whether there is a prediction."""
        return self.combination.theory is not None


@dataclass(frozen=True)
class _Algebra:
    """The nominal mass and what only linear algebra gives, by the fields of the result."""

    mass: float | None = None
    sigma: float | None = None
    pairs: int = 0
    derivatives: list[PairSensitivity] = field(default_factory=list)
    nuisances: list[NuisanceSensitivity] = field(default_factory=list)
    bins: list[BinSensitivity] = field(default_factory=list)
    bounds: dict[str, BoundResult] = field(default_factory=dict)
    bounds_error: str | None = None
    derivatives_error: str | None = None


def scan_correlations(
    card: Card, combination: Combination, options: ScanOptions, clock: Clock
) -> CorrelationScanResult:
    """Everything that ``-M CorrelationScan`` says.

    Args:
        card: names scenarios and repair.
        combination: without a prediction, its cross sections are scanned.
        options: how to scan.
        clock: told of the stages.

    Raises:
        TtjroofitError: if no mass of the prediction floats, or there is no fit with the nominal correlations.
    """
    with clock.stage("fit"):
        elimination = eliminate(combination)
        repair = card.repair.method if card.repair is not None else None
        scanner = make_scanner(combination, elimination, repair, options.form)
        points = _default_points(combination, scanner) if options.points is None else options.points
        scan = _Scan(combination, scanner, points, scanner.scan(scanner.ranges.nominal[None]))
        combined = _combined(scan, options.form)
    with clock.stage("scans"):
        assumptions, blocks = _assumptions(scan), _lines(scan)
    algebra = _algebra(scan, elimination, clock)
    scenarios, repairs = [], []
    if scan.has_mass:
        with clock.stage("scenarios"):
            scenarios = list(compare_scenarios(card, options.model))
            repairs = compare_repairs(combination)
    return CorrelationScanResult(
        **_headline(scan, options),
        **vars(algebra),
        scenario=options.model.scenario or card.scenario,
        combined=combined,
        assumptions=assumptions,
        blocks=blocks,
        scenarios=scenarios,
        repairs=repairs,
    )


def _default_points(combination: Combination, scanner: AlgebraScanner | RebuildingScanner) -> int:
    large = len(combination.prior.parameters) >= LARGE
    return FEW_POINTS if large and scanner.method == "rebuilt" else POINTS


def _headline(scan: _Scan, options: ScanOptions) -> dict[str, Any]:
    """What was scanned, by the fields of the result."""
    combination = scan.combination
    mass = _mass_parameter(combination) if scan.has_mass else None
    return {
        **heading(SCHEMA, combination),
        "measurements": [measurement.name for measurement in combination.measurements],
        "quality": list(combination.theory.quality) if combination.theory is not None else [],
        "asimov": options.model.asimov,
        "repair": scan.scanner.repair,
        "parameter": mass.name if mass is not None else None,
        "unit": mass.unit if mass is not None else None,
        "method": scan.scanner.method,
        "chi2_form": options.form,
    }


def _mass_parameter(combination: Combination) -> Parameter:
    """The first mass that floats."""
    return next(item for item in theory_of(combination).parameters.masses if not item.frozen)


def _combined(scan: _Scan, form: Form) -> list[CombinedBin]:
    """The cross sections at the nominal point; nothing where they have no minimum of their own."""
    combination, point = scan.combination, scan.nominal.points
    if not np.all(np.isfinite(point.means[0])):
        return []
    ends: list[tuple[float | None, float | None]] = [(None, None)] * len(combination.truths)
    if scan.scanner.method == "rebuilt" and not scan.has_mass:
        ends = _errors(combination, form) or ends
    units: dict[str, str] = {}
    for measurement in combination.measurements:
        for at in combination.truths_at(measurement).tolist():
            units.setdefault(combination.truths[at], measurement.unit)
    sigmas = np.sqrt(np.diag(point.covariances[0]))
    return [
        CombinedBin(name, units[name], value, sigma, *end)
        for name, value, sigma, end in zip(
            combination.truths, point.means[0].tolist(), sigmas.tolist(), ends, strict=True
        )
    ]


def _errors(combination: Combination, form: Form) -> list[tuple[float | None, float | None]] | None:
    try:
        minimum, chi2 = eliminate_curved(combination, form)
        return list(curved_errors(chi2, minimum, range(minimum.bins)))
    except FitError:
        return None


def _algebra(scan: _Scan, elimination: Elimination, clock: Clock) -> _Algebra:
    """Derivatives and bounds, or why there are none."""
    combination, scanner = scan.combination, scan.scanner
    if isinstance(scanner, RebuildingScanner):
        fits = scan.nominal.fits
        mass, sigma = _number(fits.mass[0]), _number(fits.sigma[0])
        return _Algebra(mass, sigma, derivatives_error=REBUILT, bounds_error=REBUILT)
    with clock.stage("all pairs"):
        response = prior_response(combination, elimination)
        pairs, bins = pair_count(combination, response), bin_rows(combination, response)
        if scanner.fitter is None:
            return _Algebra(pairs=pairs, bins=bins, derivatives_error=NO_MASS, bounds_error=NO_MASS)
        sensitivity = mass_sensitivity(scanner.fitter, response)
        derivatives = pair_rows(combination, response, scanner.fitter, sensitivity)
        nuisances = nuisance_rows(combination, sensitivity)
    with clock.stage("bounds"):
        bounds, error = _bounds(scanner, scanner.fitter)
    found = _Algebra(sensitivity.value, sensitivity.sigma, pairs, derivatives, nuisances, bins)
    return replace(found, bounds=bounds, bounds_error=error)


def _assumptions(scan: _Scan) -> list[AssumptionScan]:
    scans, ranges = [], scan.scanner.ranges
    for member in ranges.scanned.tolist():
        values, pair = single_values(ranges, member, scan.points), ranges.pairs[member]
        scanned = scan.scanner.scan(values)
        shift, sigma_shift = _mass_shifts(scanned)
        scans.append(
            AssumptionScan(
                nuisances=(pair.first, pair.second),
                block=pair.block,
                nominal=pair.nominal,
                low=pair.low,
                high=pair.high,
                half_shift_MeV=shift,
                half_sigma_shift_MeV=sigma_shift,
                bins=_bin_shifts(scan.combination, scanned),
                points=_points(scan, values[:, member], scanned),
            )
        )
    return sorted(scans, key=lambda item: -_size(scan, item))


def _size(scan: _Scan, item: AssumptionScan) -> float:
    """What scans are ranked by: the shift of the mass in MeV, or the largest of the cross sections over its sigma."""
    if scan.has_mass:
        return abs(item.half_shift_MeV or 0.0)
    sigmas = np.sqrt(np.diag(scan.nominal.points.covariances[0]))
    shifts = [abs(shift.half_shift or 0.0) for shift in item.bins.values()]
    return float(np.max(np.array(shifts) / sigmas))


def _lines(scan: _Scan) -> list[LineScan]:
    lines, ranges = [], scan.scanner.ranges
    blocks = ranges.blocks
    if len(ranges.scanned):
        blocks["all"] = ranges.scanned
    for name, members in blocks.items():
        line, values = line_values(ranges, members, scan.points)
        scanned = scan.scanner.scan(values)
        shift, sigma_shift = _mass_shifts(scanned)
        bins = _bin_shifts(scan.combination, scanned)
        lines.append(LineScan(name, len(members), shift, sigma_shift, bins, _points(scan, line, scanned)))
    return lines


def _points(scan: _Scan, at: FloatArray, scanned: Scanned) -> list[ScanPoint]:
    fits, matrices = scanned.fits, scanned.matrices
    points = []
    for i, (position, status) in enumerate(zip(at.tolist(), matrices.status, strict=True)):
        found: PointStatus = status
        if status in {"good", "repaired"} and not fits.good[i]:
            found = "fit failed" if scanned.points.positive[i] else "not positive definite"
        with_bins = not scan.has_mass and bool(fits.good[i])
        points.append(
            ScanPoint(
                at=position,
                mass=_number(fits.mass[i]),
                sigma=_number(fits.sigma[i]),
                chi2=_number(fits.chi2[i]),
                eigenvalue=_number(matrices.eigenvalue[i]),
                status=found,
                values=scanned.points.means[i].tolist() if with_bins else None,
                sigmas=np.sqrt(np.diag(scanned.points.covariances[i])).tolist() if with_bins else None,
            )
        )
    return points


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _half(values: FloatArray) -> float | None:
    """Half of the last minus the first of those that are numbers."""
    finite = values[np.isfinite(values)]
    return float(finite[-1] - finite[0]) / 2.0 if len(finite) > 1 else None


def _mass_shifts(scanned: Scanned) -> tuple[float | None, float | None]:
    return _half(GEV * scanned.fits.mass), _half(GEV * scanned.fits.sigma)


def _bin_shifts(combination: Combination, scanned: Scanned) -> dict[str, BinShift]:
    values = np.where(scanned.points.positive[:, None], scanned.points.means, np.nan)
    variances = np.diagonal(scanned.points.covariances, axis1=1, axis2=2)
    sigmas = np.sqrt(np.where(scanned.points.positive[:, None], variances, np.nan))
    return {name: BinShift(_half(values[:, b]), _half(sigmas[:, b])) for b, name in enumerate(combination.truths)}


def _bounds(scan: AlgebraScanner, fitter: MassFitter) -> tuple[dict[str, BoundResult], str | None]:
    """None where no correlation has a range; with the reason where no matrix is admissible."""
    if not len(scan.ranges.scanned):
        return {}, "no correlation of the card has a range"
    try:
        found = find_bounds(MassOverSet(admissible_set(scan.ranges), scan.response, fitter))
    except ModelError as error:
        return {}, str(error)
    return {name: _bound(scan.ranges, bound) for name, bound in found.items()}, None


def _bound(ranges: StatedRanges, bound: Bound) -> BoundResult:
    values = [
        PairValue((pair.first, pair.second), value)
        for pair, value in zip(ranges.pairs, bound.values.tolist(), strict=True)
    ]
    return BoundResult(bound.mass, bound.sigma, bound.eigenvalue, bound.converged, values)
