"""Checks of predictions: mass points, interpolation, shifts, energies."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ttjroofit.analysis.checks.check import Check, Found, Subject, ranked
from ttjroofit.card.statements import PoiStatement
from ttjroofit.errors import Place

__all__ = ["CHECKS"]


def _masses(subject: Subject, poi: PoiStatement) -> tuple[float, float] | None:
    """The range of masses that all predictions of a mass parameter cover; None if it has none in use."""
    points = [subject.predictions[name].masses for name in poi.measurements if name in subject.predictions]
    if not points:
        return None
    return max(float(masses[0]) for masses in points), min(float(masses[-1]) for masses in points)


def _range(subject: Subject, _: float) -> Iterator[Found]:
    for poi in subject.card.pois:
        covered = _masses(subject, poi)
        if covered is not None and (poi.low < covered[0] or poi.high > covered[1]):
            message = (
                f"{poi.name} may move over {poi.low:g} to {poi.high:g} GeV, the predictions cover {covered[0]:g} to "
                f"{covered[1]:g} GeV"
            )
            yield Found(message, [(poi.name, max(covered[0] - poi.low, poi.high - covered[1]))], None, poi.place)


def _start(subject: Subject, _: float) -> Iterator[Found]:
    for poi in subject.card.pois:
        covered = _masses(subject, poi)
        if covered is not None and not covered[0] <= poi.start <= covered[1]:
            message = (
                f"{poi.name} starts at {poi.start:g} GeV, the predictions cover {covered[0]:g} to {covered[1]:g} GeV"
            )
            yield Found(message, [(poi.name, poi.start)], None, poi.place)


def _few_points(subject: Subject, threshold: float) -> Iterator[Found]:
    order = subject.card.options.order
    for name, prediction in subject.predictions.items():
        spare = len(prediction.masses) - (order + 1)
        if spare < threshold:
            message = (
                f"{name}: {len(prediction.masses)} masses leave nothing to test a polynomial of order {order} with"
            )
            yield Found(message, [(name, float(spare))], None, Place(prediction.path))


def _poor(subject: Subject, threshold: float) -> Iterator[Found]:
    theory = subject.combination.theory
    for term in theory.spectrum.terms if theory is not None else ():
        fit = term.shape.interpolation
        ratio = fit.chi2 / max(fit.ndf, 1)
        if ratio > threshold:
            what = f"chi2 {fit.chi2:.1f} for {fit.ndf} degrees of freedom"
            message = f"{term.measurement}: the interpolation in the mass has {what}"
            path = Place(subject.predictions[term.measurement].path)
            yield Found(message, [(term.measurement, ratio)], None, path)


def _large(subject: Subject, threshold: float) -> Iterator[Found]:
    for measurement, prediction in subject.predictions.items():
        if subject.card.options.pdf == "off":
            return
        large = ranked(prediction.pdf_names, np.max(np.abs(prediction.pdf_shifts), axis=1, initial=0.0), threshold)
        if large:
            message = f"{measurement}: PDF variations that move a bin by more than {threshold:.0%} ({len(large)})"
            yield Found(message, large, None, Place(prediction.path))


def _energy(subject: Subject, threshold: float) -> Iterator[Found]:
    for measurement in subject.measurements:
        prediction = subject.predictions.get(measurement.name)
        if prediction is None:
            continue
        if abs(prediction.energy_TeV / measurement.energy_TeV - 1.0) > threshold:
            measured, predicted = measurement.energy_TeV, prediction.energy_TeV
            message = f"{measurement.name} was measured at {measured:g} TeV and is predicted for {predicted:g} TeV"
            place = Place(prediction.path)
            yield Found(message, [(measurement.name, prediction.energy_TeV)], None, place)


CHECKS = (
    Check(
        "mass-range-beyond-prediction",
        "a mass may move to where there is no prediction",
        None,
        "",
        "narrow the range of the `poi` line, or add mass points: results beyond them are extrapolated",
        _range,
    ),
    Check(
        "mass-start-beyond-prediction",
        "a mass starts where there is no prediction",
        None,
        "",
        "start between the mass points",
        _start,
    ),
    Check(
        "mass-points-few",
        "a prediction has as many masses as the polynomial has coefficients",
        1.0,
        "the chi2 of the interpolation then has no degrees of freedom and cannot reveal a bad one",
        "add mass points or lower `interpolation`",
        _few_points,
    ),
    Check(
        "interpolation-poor",
        "the mass points scatter more than their Monte Carlo uncertainties",
        2.0,
        "for 16 degrees of freedom or more, chance does this once in 100 times or less",
        "compare `interpolation 1`, `2` and `3`; check `fraction_sigma` of the prediction",
        _poor,
    ),
    Check(
        "pdf-shift-large",
        "a PDF variation moves a bin of the normalised shape by more than 10%",
        0.1,
        "eigenvectors of CT18 move such shapes by a few per cent at most",
        "shifts are relative (0.05 for 5%); check `confidence_level`",
        _large,
    ),
    Check(
        "energy-differs",
        "a prediction was made for another energy than the measurement's",
        1e-3,
        "13 and 13.6 TeV differ by 5%",
        "name the prediction of the same energy in the `theory` line",
        _energy,
    ),
)
