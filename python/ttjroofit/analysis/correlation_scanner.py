"""Fits with other values of the stated correlations: by linear algebra where it holds, else each one anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ttjroofit.errors import FitError, ModelError, TtjroofitError
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.correlations.matrices import PriorMatrices, RepairMethod, prior_matrices
from ttjroofit.model.correlations.path import StatedRanges, stated_ranges
from ttjroofit.model.correlations.rebuild import combined_bins, fit_mass, follows_algebra, restated
from ttjroofit.model.correlations.refit import MassFitter, Refits, mass_fitter
from ttjroofit.model.correlations.response import PriorResponse, ReducedPoints, independent, prior_response
from ttjroofit.model.curved import Form
from ttjroofit.model.elimination import Elimination, eliminate
from ttjroofit.model.gaussian import Gaussian

__all__ = ["AlgebraScanner", "RebuildingScanner", "Scanned", "algebra_scanner", "make_scanner"]


@dataclass(frozen=True, eq=False)
class Scanned:
    """B exact points.

    Attributes:
        matrices: the correlations.
        points: combined cross sections, NaN where there is no matrix.
        fits: of the mass; without one, chi2 of the combination and whether there is one.
    """

    matrices: PriorMatrices
    points: ReducedPoints
    fits: Refits


@dataclass(frozen=True, eq=False)
class AlgebraScanner:
    """Points by the update of the reduced Gaussian.

    Attributes:
        ranges: the stated correlations.
        response: to the correlations of the names that they touch, about none.
        fitter: at the minimum for the nominal correlations; None without a prediction.
        repair: of the card.
    """

    ranges: StatedRanges
    response: PriorResponse
    fitter: MassFitter | None
    repair: RepairMethod | None

    @property
    def method(self) -> Literal["algebra"]:
        """How."""
        return "algebra"

    def scan(self, values: FloatArray) -> Scanned:
        """Fit at each point of ``values``, shape (B, A)."""
        matrices = prior_matrices(self.ranges, values, self.repair)
        usable = matrices.usable
        found = self.response.at(matrices.correlation[usable])
        points = _no_points(len(values), len(self.response.mean))
        points.means[usable], points.covariances[usable] = found.means, found.covariances
        points.offsets[usable], points.positive[usable] = found.offsets, found.positive
        fits = self.fitter.fit(points) if self.fitter is not None else _without_mass(points)
        return Scanned(matrices, points, fits)


@dataclass(frozen=True, eq=False)
class RebuildingScanner:
    """Points made anew, each by a combination of its own.

    Attributes:
        combination: with the nominal correlations.
        ranges: the stated correlations.
        repair: of the card.
        form: of chi2.
    """

    combination: Combination
    ranges: StatedRanges
    repair: RepairMethod | None
    form: Form

    @property
    def method(self) -> Literal["rebuilt"]:
        """How."""
        return "rebuilt"

    def scan(self, values: FloatArray) -> Scanned:
        """Fit at each point of ``values``, shape (B, A)."""
        matrices = prior_matrices(self.ranges, values, self.repair)
        points = _no_points(len(values), len(self.combination.truths))
        mass, sigma, chi2 = np.full((3, len(values)), np.nan)
        for point in matrices.usable.tolist():
            combination = self._at(values, matrices, point)
            try:
                solved = eliminate(combination)
            except ModelError:
                continue
            points.positive[point] = True
            if combination.theory is not None:
                mass[point], sigma[point], chi2[point] = _mass(combination, solved)
        wanted = np.flatnonzero(points.positive)
        # beside a mass only the shift between the ends is asked for
        for point in (
            wanted.tolist()
            if self.combination.theory is None
            else sorted({*wanted[:1].tolist(), *wanted[-1:].tolist()})
        ):
            bins = self._bins(self._at(values, matrices, point))
            if bins is not None:
                points.means[point], points.covariances[point] = bins.mean, bins.covariance
                points.offsets[point] = bins.chi2
        if self.combination.theory is None:
            return Scanned(matrices, points, _without_mass(points))
        return Scanned(matrices, points, Refits(mass, sigma, chi2, np.isfinite(mass)))

    def _at(self, values: FloatArray, matrices: PriorMatrices, point: int) -> Combination:
        return restated(self.combination, self.ranges, values[point], matrices.correlation[point])

    def _bins(self, combination: Combination) -> Gaussian | None:
        try:
            return combined_bins(combination, self.form)
        except (FitError, ModelError, np.linalg.LinAlgError):
            return None


def make_scanner(
    combination: Combination, elimination: Elimination, repair: RepairMethod | None, form: Form = "neyman"
) -> AlgebraScanner | RebuildingScanner:
    """Prepare the scan of a combination.

    Raises:
        TtjroofitError: if no mass of the prediction floats, or there is no fit with the nominal correlations; in
            Pearson's form if there is a prediction, or a cross section is not positive.
    """
    if follows_algebra(combination, form):
        return algebra_scanner(combination, elimination, repair)
    if combination.theory is None:
        combined_bins(combination, form)
    elif form == "pearson":
        raise ModelError(
            f"card {combination.card} has a prediction: --chi2 pearson scans cross sections alone; remove its `theory` "
            "lines, or use --chi2 neyman"
        )
    else:
        mass_fitter(combination, elimination)
    return RebuildingScanner(combination, stated_ranges(combination.prior), repair, form)


def algebra_scanner(combination: Combination, elimination: Elimination, repair: RepairMethod | None) -> AlgebraScanner:
    """Prepare the scan of a combination that `follows_algebra`.

    Raises:
        ModelError: if no mass of the prediction floats, or there is no fit with the nominal correlations.
    """
    ranges = stated_ranges(combination.prior)
    response = prior_response(independent(combination)).of(ranges.names)
    fitter = mass_fitter(combination, elimination) if combination.theory is not None else None
    return AlgebraScanner(ranges, response, fitter, repair)


def _mass(combination: Combination, elimination: Elimination) -> tuple[float, float, float]:
    try:
        return fit_mass(combination, elimination)
    except TtjroofitError:
        return float("nan"), float("nan"), float("nan")


def _no_points(count: int, bins: int) -> ReducedPoints:
    return ReducedPoints(
        means=np.full((count, bins), np.nan),
        covariances=np.full((count, bins, bins), np.nan),
        offsets=np.full(count, np.nan),
        positive=np.zeros(count, dtype=bool),
    )


def _without_mass(points: ReducedPoints) -> Refits:
    none = np.full(len(points.offsets), np.nan)
    chi2 = np.where(points.positive, points.offsets, np.nan)
    return Refits(none, none, chi2, np.isfinite(chi2))
