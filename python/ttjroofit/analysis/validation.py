"""``-M Validate``: everything that is wrong with a card and its inputs, then everything suspicious, without ROOT."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ttjroofit.analysis.checks.check import Check, Found, Subject
from ttjroofit.analysis.checks.registry import CHECKS
from ttjroofit.analysis.places import line_of, place_text
from ttjroofit.analysis.recovery.assembly import check_assembly
from ttjroofit.analysis.recovery.card import recover_card
from ttjroofit.analysis.recovery.inputs import recover_measurements
from ttjroofit.analysis.recovery.problems import Problems
from ttjroofit.card.parser import read_card
from ttjroofit.card.statements import Card
from ttjroofit.errors import Place, TtjroofitError
from ttjroofit.inputs.measurement import Measurement
from ttjroofit.inputs.prediction import Prediction
from ttjroofit.inputs.prediction_file import read_prediction
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.combination import Combination
from ttjroofit.model.detach import attached_covariance
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.options import ModelOptions
from ttjroofit.results.validation import SCHEMA, Finding, MeasurementSummary, Validation

__all__ = ["Examined", "examine", "validate"]


@dataclass(frozen=True, eq=False)
class Examined:
    """What ``examine`` found; ``card`` is None if the card could not be read as a whole."""

    card: Card | None
    validation: Validation


def examine(path: Path, options: ModelOptions, settings: Mapping[str, str] | None = None) -> Examined:
    """Read a card with its inputs; list all errors that can be told apart, or else all warnings.

    Args:
        path: the card.
        options: choices beyond the card.
        settings: keyword to word in place of what the card says.

    Raises:
        CardError: if there is no such card.
    """
    card = None
    try:
        card = read_card(path, settings)
        combination = load_combination(card, options)
        eliminate(combination)
    except TtjroofitError as error:
        return Examined(card, _with_errors(path, options, settings or {}, error))
    return Examined(card, validate(card, combination, options.scenario))


def validate(card: Card, combination: Combination, scenario: str | None = None) -> Validation:
    """Look for what is suspicious in a card that can be fitted.

    Args:
        card: as read.
        combination: of the card.
        scenario: of correlations, in place of the card's; None: the card's.
    """
    prior, theory = combination.prior, combination.theory
    return Validation(
        schema=SCHEMA,
        card=combination.card.stem,
        measurements=[_summary(measurement, combination) for measurement in combination.measurements],
        bins=len(combination.bins),
        nuisances=len(combination.owners),
        groups={group: len(names) for group, names in combination.groups.items()},
        assumptions=len(prior.stated),
        merged=[name for name in prior.names if name not in prior.parameters],
        smallest_eigenvalue=float(np.linalg.eigvalsh(prior.correlation)[0]) if prior.parameters else 1.0,
        repair=prior.repaired.method if prior.repaired is not None else None,
        quality=list(theory.quality) if theory is not None else [],
        errors=[],
        warnings=_warnings(Subject(card, combination, _predictions(card, combination), scenario)),
    )


def _predictions(card: Card, combination: Combination) -> dict[str, Prediction]:
    used = {measurement.name for measurement in combination.measurements}
    return {line.measurement: read_prediction(line.path) for line in card.theory if line.measurement in used}


def _warnings(subject: Subject) -> list[Finding]:
    return [_finding(check, found) for check in CHECKS for found in check.find(subject, check.threshold or 0.0)]


def _finding(check: Check, found: Found) -> Finding:
    place = found.place or _introduced(found)
    values = [value for _, value in found.items]
    return Finding(
        code=check.code,
        severity="warning",
        message=found.message,
        place=place_text(place) if place is not None else None,
        measurement=found.measurement.name if found.measurement is not None else None,
        names=[name for name, _ in found.items],
        values=values if np.any(np.isfinite(values)) else [],
        threshold=check.threshold,
        cure=check.cure,
        lines=list(found.lines),
    )


def _introduced(found: Found) -> Place | None:
    if found.measurement is None:
        return None
    return line_of(found.measurement.path, found.items[0][0].partition(" ~ ")[0])


def _summary(measurement: Measurement, combination: Combination | None = None) -> MeasurementSummary:
    bins = len(measurement.bins)
    covariance = attached_covariance(measurement)[:bins, :bins] + measurement.shifts @ measurement.shifts.T
    sigma, unknown = np.sqrt(np.diag(covariance)), np.full(bins, np.nan)
    smoothed = combination.smoothed if combination is not None else ()
    return MeasurementSummary(
        name=measurement.name,
        reference=measurement.reference,
        bins=bins,
        profiled=len(measurement.profiled),
        sources=len(measurement.sources),
        total=measurement.total,
        unit=measurement.unit,
        relative_sigma=np.divide(sigma, measurement.values, out=unknown, where=measurement.values != 0).tolist(),
        smoothed=len({curve.source for curve in smoothed if curve.measurement == measurement.name}),
    )


def _with_errors(path: Path, options: ModelOptions, settings: Mapping[str, str], first: TtjroofitError) -> Validation:
    """All errors of a card of which the first is known, and what could be read nevertheless."""
    problems = Problems()
    card = recover_card(path, settings, problems)
    measurements = recover_measurements(card, problems) if card is not None else []
    if card is not None:
        check_assembly(card, measurements, options, problems)
    if not problems.findings:
        problems.add("card-contradiction", first)
    return _incomplete(path, [m for m in measurements if m.name not in problems.neutral], problems)


def _incomplete(path: Path, measurements: Sequence[Measurement], problems: Problems) -> Validation:
    return Validation(
        schema=SCHEMA,
        card=path.stem,
        measurements=[_summary(measurement) for measurement in measurements],
        bins=sum(len(measurement.bins) for measurement in measurements),
        nuisances=sum(len(measurement.nuisances) for measurement in measurements),
        groups={},
        assumptions=0,
        merged=[],
        smallest_eigenvalue=float("nan"),
        repair=None,
        quality=[],
        errors=problems.findings,
        warnings=[],
    )
