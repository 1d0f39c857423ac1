"""``-M CorrelationScan``: scans of the stated correlations, derivatives for all pairs, bounds, scenarios."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ttjroofit._version import __version__
from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.pair_sensitivity import bin_rows, nuisance_rows, pair_count, pair_rows
from ttjroofit.analysis.scenarios import compare_repairs, compare_scenarios
from ttjroofit.card.statements import Card
from ttjroofit.errors import ModelError
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.correlations.admissible import admissible_set
from ttjroofit.model.correlations.bounds import Bound, MassOverSet, find_bounds
from ttjroofit.model.correlations.matrices import PointStatus, PriorMatrices, RepairMethod, prior_matrices
from ttjroofit.model.correlations.path import StatedRanges, line_values, single_values, stated_ranges
from ttjroofit.model.correlations.refit import MassFitter, Refits, mass_fitter
from ttjroofit.model.correlations.response import PriorResponse, ReducedPoints, independent, prior_response
from ttjroofit.model.correlations.sensitivity import mass_sensitivity
from ttjroofit.model.elimination import Elimination, eliminate
from ttjroofit.model.likelihood import theory_of
from ttjroofit.model.options import ModelOptions
from ttjroofit.results.correlation_scan import (
    SCHEMA,
    AssumptionScan,
    BinShift,
    BoundResult,
    CorrelationScanResult,
    LineScan,
    PairValue,
    ScanPoint,
)

__all__ = ["ScanOptions", "Scanner", "scan_correlations", "scanner"]

GEV = 1000.0
"""MeV in one GeV."""


@dataclass(frozen=True)
class ScanOptions:
    """How to scan.

    Attributes:
        points: of every scan, besides the nominal value.
        model: choices beyond the card; scenarios are compared with them.
    """

    points: int = 21
    model: ModelOptions = field(default_factory=ModelOptions)


@dataclass(frozen=True, eq=False)
class Scanned:
    """B exact points.

    Attributes:
        matrices: the correlations.
        points: combined cross sections, NaN where there is no matrix.
        fits: of the mass.
    """

    matrices: PriorMatrices
    points: ReducedPoints
    fits: Refits


@dataclass(frozen=True, eq=False)
class Scanner:
    """Fits with other values of the stated correlations.

    Attributes:
        ranges: the stated correlations.
        response: to the correlations of the names that they touch, about none.
        fitter: at the minimum for the nominal correlations.
        repair: of the card.
    """

    ranges: StatedRanges
    response: PriorResponse
    fitter: MassFitter
    repair: RepairMethod | None

    def scan(self, values: FloatArray) -> Scanned:
        """Fit at each point of ``values``, shape (B, A)."""
        matrices = prior_matrices(self.ranges, values, self.repair)
        usable = matrices.usable
        found = self.response.at(matrices.correlation[usable])
        count, bins = len(values), len(self.response.mean)
        points = ReducedPoints(
            means=np.full((count, bins), np.nan),
            covariances=np.full((count, bins, bins), np.nan),
            offsets=np.full(count, np.nan),
            positive=np.zeros(count, dtype=bool),
        )
        points.means[usable], points.covariances[usable] = found.means, found.covariances
        points.offsets[usable], points.positive[usable] = found.offsets, found.positive
        return Scanned(matrices, points, self.fitter.fit(points))


def scanner(combination: Combination, elimination: Elimination, repair: RepairMethod | None) -> Scanner:
    """Prepare the scan of a combination.

    Raises:
        ModelError: if there is no prediction, no mass floats, or a correlation of an explicit nuisance is stated.
    """
    ranges = stated_ranges(combination.prior)
    for name in ranges.names:
        if name in combination.explicit:
            raise ModelError(
                f"the correlation of {name} cannot be scanned: it is not linear, or has an error on its error; only "
                "correlations of linear nuisances with Gaussian priors follow from the algebra; leave out its "
                "correlation with --correlations SCENARIO, or compare cards with -M Fit"
            )
    response = prior_response(independent(combination)).of(ranges.names)
    return Scanner(ranges, response, mass_fitter(combination, elimination), repair)


def scan_correlations(
    card: Card, combination: Combination, options: ScanOptions, clock: Clock
) -> CorrelationScanResult:
    """Everything that ``-M CorrelationScan`` says.

    Args:
        card: names scenarios and repair.
        combination: with its prediction.
        options: how to scan.
        clock: told of the stages.

    Raises:
        ModelError: if there is no prediction, or no mass floats.
    """
    with clock.stage("fit"):
        elimination = eliminate(combination)
        scan = scanner(combination, elimination, card.repair.method if card.repair is not None else None)
        response = prior_response(combination, elimination)
        sensitivity = mass_sensitivity(scan.fitter, response)
    with clock.stage("scans"):
        assumptions, blocks = _assumptions(combination, scan, options.points), _lines(combination, scan, options.points)
    with clock.stage("all pairs"):
        derivatives = pair_rows(combination, response, scan.fitter, sensitivity)
        bins = bin_rows(combination, response)
    with clock.stage("bounds"):
        bounds, bounds_error = _bounds(scan)
    with clock.stage("scenarios"):
        scenarios = list(compare_scenarios(card, options.model))
        repairs = compare_repairs(combination)
    return CorrelationScanResult(
        **_headline(combination, scan, options),
        scenario=options.model.scenario or card.scenario,
        mass=sensitivity.value,
        sigma=sensitivity.sigma,
        assumptions=assumptions,
        blocks=blocks,
        pairs=pair_count(combination, response),
        derivatives=derivatives,
        nuisances=nuisance_rows(combination, sensitivity),
        bins=bins,
        bounds=bounds,
        bounds_error=bounds_error,
        scenarios=scenarios,
        repairs=repairs,
        timing_s={},
    )


def _headline(combination: Combination, scan: Scanner, options: ScanOptions) -> dict[str, Any]:
    """What was scanned, by the fields of the result."""
    return {
        "schema": SCHEMA,
        "card": combination.card.stem,
        "version": __version__,
        "measurements": [measurement.name for measurement in combination.measurements],
        "quality": list(theory_of(combination).quality),
        "asimov": options.model.asimov,
        "repair": scan.repair,
        "parameter": scan.fitter.name,
        "unit": scan.fitter.unit,
    }


def _assumptions(combination: Combination, scan: Scanner, points: int) -> list[AssumptionScan]:
    scans = []
    for member in scan.ranges.scanned.tolist():
        values, pair = single_values(scan.ranges, member, points), scan.ranges.pairs[member]
        scanned = scan.scan(values)
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
                bins=_bin_shifts(combination, scanned),
                points=_points(values[:, member], scanned),
            )
        )
    return sorted(scans, key=lambda item: -abs(item.half_shift_MeV or 0.0))


def _lines(combination: Combination, scan: Scanner, points: int) -> list[LineScan]:
    lines = []
    blocks = scan.ranges.blocks
    if len(scan.ranges.scanned):
        blocks["all"] = scan.ranges.scanned
    for name, members in blocks.items():
        line, values = line_values(scan.ranges, members, points)
        scanned = scan.scan(values)
        shift, sigma_shift = _mass_shifts(scanned)
        bins = _bin_shifts(combination, scanned)
        lines.append(LineScan(name, len(members), shift, sigma_shift, bins, _points(line, scanned)))
    return lines


def _points(at: FloatArray, scanned: Scanned) -> list[ScanPoint]:
    fits, matrices = scanned.fits, scanned.matrices
    points = []
    for i, (position, status) in enumerate(zip(at.tolist(), matrices.status, strict=True)):
        found: PointStatus = status
        if status in {"good", "repaired"} and not fits.good[i]:
            found = "fit failed" if scanned.points.positive[i] else "not positive definite"
        points.append(
            ScanPoint(
                at=position,
                mass=_number(fits.mass[i]),
                sigma=_number(fits.sigma[i]),
                chi2=_number(fits.chi2[i]),
                eigenvalue=_number(matrices.eigenvalue[i]),
                status=found,
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


def _bounds(scan: Scanner) -> tuple[dict[str, BoundResult], str | None]:
    """None where no correlation has a range; with the reason where no matrix is admissible."""
    if not len(scan.ranges.scanned):
        return {}, "no correlation of the card has a range"
    try:
        found = find_bounds(MassOverSet(admissible_set(scan.ranges), scan.response, scan.fitter))
    except ModelError as error:
        return {}, str(error)
    return {name: _bound(scan.ranges, bound) for name, bound in found.items()}, None


def _bound(ranges: StatedRanges, bound: Bound) -> BoundResult:
    values = [
        PairValue((pair.first, pair.second), value)
        for pair, value in zip(ranges.pairs, bound.values.tolist(), strict=True)
    ]
    return BoundResult(bound.mass, bound.sigma, bound.eigenvalue, bound.converged, values)
