"""Checks of covariances of bins: nearly singular, nearly zero, and of spectra that are normalised."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ttjroofit.analysis.checks.check import Check, Found, Subject, correlation_of, ranked, statistical_sigma
from ttjroofit.errors import Place
from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.model.detach import attached_covariance

__all__ = ["CHECKS"]


def _condition(covariance: FloatArray) -> float:
    """Largest over smallest eigenvalue of the correlation matrix."""
    values = np.linalg.eigvalsh(correlation_of(covariance))
    return float(values[-1] / values[0]) if values[0] > 0 else float(np.inf)


def _published(subject: Subject, threshold: float) -> Iterator[Found]:
    for measurement in subject.measurements:
        what = "of bins and profiled nuisances" if measurement.profiled else "of the statistical uncertainties"
        condition = _condition(measurement.covariance)
        if condition > threshold:
            message = (
                f"{measurement.name}: the published correlation matrix {what} has the condition number {condition:.3g}"
            )
            yield Found(message, [(measurement.name, condition)], place=Place(measurement.path))


def _total(subject: Subject, threshold: float) -> Iterator[Found]:
    for measurement in subject.measurements:
        condition = _condition(_covariance_of_bins(measurement))
        if condition > threshold:
            message = (
                f"{measurement.name}: the total correlation matrix of the bins has the condition number {condition:.3g}"
            )
            yield Found(message, [(measurement.name, condition)], place=Place(measurement.path))


def _covariance_of_bins(measurement: Measurement) -> FloatArray:
    bins = len(measurement.bins)
    published = attached_covariance(measurement)[:bins, :bins]
    return np.asarray(published + measurement.shifts @ measurement.shifts.T, dtype=np.float64)


def _normalised(subject: Subject, threshold: float) -> Iterator[Found]:
    for measurement in subject.measurements:
        bins, weights = len(measurement.bins), measurement.densities
        variance = float(weights @ attached_covariance(measurement)[:bins, :bins] @ weights)
        relative = float(np.sqrt(max(variance, 0.0))) / abs(measurement.total) if measurement.total else np.inf
        if relative < threshold and bins > 1 and relative < 0.1 * float(np.min(_relative(measurement))):
            message = (
                f"{measurement.name}: the sum over bins is known to {relative:.2g} of itself, no bin nearly as well"
            )
            yield Found(message, [(measurement.name, relative)], place=Place(measurement.path))


def _negligible(subject: Subject, threshold: float) -> Iterator[Found]:
    for measurement in subject.measurements:
        small = [(name, float(s)) for name, s in zip(measurement.bins, _relative(measurement), strict=True)]
        found = sorted((item for item in small if item[1] < threshold), key=lambda item: item[1])
        if found:
            message = f"bins with next to no statistical uncertainty ({len(found)})"
            yield Found(message, found, measurement)


def _relative(measurement: Measurement) -> FloatArray:
    values = np.abs(measurement.values)
    infinite = np.full(len(values), np.inf)
    return np.asarray(np.divide(statistical_sigma(measurement), values, out=infinite, where=values > 0))


def _not_positive(subject: Subject, _: float) -> Iterator[Found]:
    for measurement in subject.measurements:
        low = ranked(measurement.bins, -measurement.values, -1e-300)
        if low:
            found = [(name, -value) for name, value in low]
            yield Found(f"cross sections that are not positive ({len(found)})", found, measurement)


CHECKS = (
    Check(
        "covariance-near-singular",
        "a published covariance (statistical, or of bins and nuisances) is nearly singular",
        1e6,
        "correlations are published with 4 to 6 digits: a direction that is 1e-6 of the largest is made of rounding",
        "publish more digits, or merge the bins or nuisances that go together",
        _published,
    ),
    Check(
        "total-covariance-near-singular",
        "the covariance of the bins with all sources is nearly singular",
        1e6,
        "as for the published covariance",
        "check the largest sources; smoothed shapes leave the statistical uncertainty alone in some directions",
        _total,
    ),
    Check(
        "spectrum-normalised",
        "the bins look like shares of a fixed total",
        1e-3,
        "no cross section of top-quark pairs is known to 0.1%, and the sum would be known 10 times better than any bin",
        "leave out one bin, or give absolute cross sections: the combination fits the normalisation itself",
        _normalised,
    ),
    Check(
        "statistical-negligible",
        "the uncertainty of a bin, sources apart, is next to zero",
        1e-4,
        "10^8 events in a bin would be needed",
        "check the unit of the covariance: it is the square of that of the values",
        _negligible,
    ),
    Check(
        "value-not-positive",
        "a cross section is zero or negative",
        None,
        "",
        "check the value; relative and lognormal sources and the Pearson chi2 cannot use such a bin",
        _not_positive,
    ),
)
