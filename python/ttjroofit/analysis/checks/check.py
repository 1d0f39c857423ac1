"""The form of a check: what it looks at, what it finds, and what is known about it beforehand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ttjroofit.card.statements import Card
from ttjroofit.errors import Place
from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.inputs.prediction import Prediction
from ttjroofit.model.combination import Combination
from ttjroofit.model.detach import attached_covariance

__all__ = ["Check", "Found", "Subject", "correlation_of", "named", "ranked", "statistical_sigma"]


@dataclass(frozen=True, eq=False)
class Subject:
    """What is looked at: a card that can be fitted, and what it was assembled to.

    Attributes:
        card: the datacard.
        combination: as the card and the options of the call make it.
        predictions: of the measurements in use, by their names; empty for a card without ``theory``.
        scenario: of correlations, in place of the card's; None: the card's.
    """

    card: Card
    combination: Combination
    predictions: Mapping[str, Prediction]
    scenario: str | None = None

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """Those in use, edited and smoothed as the card says."""
        return self.combination.measurements


@dataclass(frozen=True)
class Found:
    """One suspicious thing.

    Attributes:
        message: in one line, without the names.
        items: what is concerned with the value found, the worst first; NaN where it is no number.
        measurement: concerned, None if several or none are.
        place: where it is written; None for the line in which the input file introduces the first of ``items``.
        lines: lines for the card, ready to paste.
    """

    message: str
    items: Sequence[tuple[str, float]]
    measurement: Measurement | None = None
    place: Place | None = None
    lines: Sequence[str] = ()


@dataclass(frozen=True)
class Check:
    """A rule with the function that applies it.

    Attributes:
        code: name of the rule, which never changes.
        what: it warns of, in one sentence.
        threshold: what the values found are held against; None if nothing.
        reason: why this threshold.
        cure: what can be done.
        find: the function; given the subject and the threshold, or 0.
    """

    code: str
    what: str
    threshold: float | None
    reason: str
    cure: str
    find: Callable[[Subject, float], Iterable[Found]]


def named(names: Iterable[str]) -> list[tuple[str, float]]:
    """Items without values."""
    return [(name, float("nan")) for name in names]


def ranked(names: Iterable[str], values: Iterable[float], above: float) -> list[tuple[str, float]]:
    """Names with values above a threshold, the largest first."""
    chosen = [(name, float(value)) for name, value in zip(names, values, strict=True) if value > above]
    return sorted(chosen, key=lambda item: -item[1])


def correlation_of(covariance: FloatArray) -> FloatArray:
    """The correlation matrix of a covariance, shape (n, n)."""
    sigma = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(sigma, sigma), dtype=np.float64)


def statistical_sigma(measurement: Measurement) -> FloatArray:
    """Uncertainty of the bins before externalised sources, shape (n,)."""
    bins = len(measurement.bins)
    return np.asarray(np.sqrt(np.diag(attached_covariance(measurement))[:bins]), dtype=np.float64)
