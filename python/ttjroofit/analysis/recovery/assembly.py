"""From what is left of card and inputs to a combination, statement by statement."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from ttjroofit.analysis.recovery.inputs import check_predictions
from ttjroofit.analysis.recovery.problems import Problems
from ttjroofit.card.patterns import match_names, require_names
from ttjroofit.card.scenarios import active_assumptions
from ttjroofit.card.statements import Card, EditStatement, SmoothStatement
from ttjroofit.errors import CardError, InputError, ModelError, OptionError, Place, TtjroofitError
from ttjroofit.inputs.measurement import Measurement
from ttjroofit.model.assemble import assemble
from ttjroofit.model.edits import apply_edits
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.options import ModelOptions
from ttjroofit.model.smoothing import apply_smoothing

__all__ = ["check_assembly"]

Statement = TypeVar("Statement", EditStatement, SmoothStatement)

_MOST = 100
"""Statements that are left out one by one before the search for more errors ends."""


def check_assembly(card: Card, measurements: Sequence[Measurement], options: ModelOptions, problems: Problems) -> None:
    """Find what keeps the statements of a card and its measurements from making a likelihood.

    Args:
        card: without the lines that are wrong by themselves.
        measurements: those that could be read.
        options: choices beyond the card.
        problems: is told what is wrong.
    """
    edited = tuple(measurements)
    guilty: set[Place] = set()
    for edit in card.edits:
        try:
            edited = apply_edits(edited, [edit])
        except CardError as error:
            guilty.add(edit.place)
            _add(error, [edit.pattern], _sources(edited) | _profiled(edited), measurements, problems)
            if edit.action == "rename":
                problems.missing.add("nuisance")
    for smooth in card.smooths:
        try:
            apply_smoothing(edited, [smooth])
        except CardError as error:
            guilty.add(smooth.place)
            _add(error, smooth.patterns, _sources(edited), measurements, problems)
    guilty |= _unknown_names(card, edited, options, problems)
    used = [m for m in edited if options.measurements is None or m.name in options.measurements]
    check_predictions(card, used, problems)
    if "measurement" not in problems.missing:
        _assemble(_without(card, guilty), measurements, options, problems)


def _sources(measurements: Sequence[Measurement]) -> set[str]:
    return {name for measurement in measurements for name in measurement.sources}


def _profiled(measurements: Sequence[Measurement]) -> set[str]:
    return {name for measurement in measurements for name in measurement.profiled}


def _add(
    error: CardError,
    patterns: Sequence[str],
    names: Collection[str],
    measurements: Sequence[Measurement],
    problems: Problems,
) -> None:
    """Take note of an error of a statement, unless one of its names may belong to what could not be read."""
    unknown = [pattern for pattern in patterns if not match_names(pattern, sorted(names))]
    if not unknown:
        problems.add("card-contradiction", error)
    elif all(_is_told(pattern, measurements, problems) for pattern in unknown):
        problems.add("name-unknown", error)


def _is_told(pattern: str, measurements: Sequence[Measurement], problems: Problems) -> bool:
    """Whether a pattern that matches nothing is wrong: it may be meant for a measurement that could not be read."""
    return not problems.may_follow("correlation") or pattern.startswith(tuple(m.name for m in measurements))


def _unknown_names(
    card: Card, measurements: Sequence[Measurement], options: ModelOptions, problems: Problems
) -> set[Place]:
    """Take note of the nuisances that match nothing; the places of their lines."""
    known = [name for measurement in measurements for name in measurement.nuisances]
    try:
        assumptions = active_assumptions(card, options.scenario)
    except CardError as error:
        problems.add("option", error)
        problems.missing.add("scenario")
        assumptions = card.assumptions
    asked = [(pattern, line.place) for line in assumptions for pattern in (line.first, line.second)]
    asked += [(line.pattern, line.place) for line in card.errors_on_errors]
    guilty = set()
    for pattern, place in asked:
        try:
            require_names(pattern, known, kind="nuisance", place=place)
        except CardError as error:
            guilty.add(place)
            problems.missing.add("correlation")
            if _is_told(pattern, measurements, problems):
                problems.add("name-unknown", error)
    return guilty


def _assemble(card: Card, measurements: Sequence[Measurement], options: ModelOptions, problems: Problems) -> None:
    """Assemble again and again, each time without the statement that was wrong."""
    if "theory" in problems.missing:
        counts = tuple(count for count in card.counts if count.keyword != "jmax")
        card = replace(card, theory=(), pois=(), params=(), counts=counts)
    if "scenario" in problems.missing:
        options = replace(options, scenario=None)
    for _ in range(_MOST):
        error = _error_of(card, measurements, options)
        if not isinstance(error, CardError):
            _add_last(error, problems)
            return
        keyword = _keyword(card, error.place)
        if not problems.may_follow(keyword):
            problems.add("card-contradiction", error)
        smaller = _without(card, {error.place} if error.place is not None else set())
        if smaller == card:
            return
        problems.missing.add(keyword)
        card = smaller


def _error_of(card: Card, measurements: Sequence[Measurement], options: ModelOptions) -> TtjroofitError | None:
    try:
        eliminate(assemble(card, measurements, options))
    except TtjroofitError as error:
        return error
    return None


def _add_last(error: TtjroofitError | None, problems: Problems) -> None:
    """Take note of an error that belongs to no statement; nothing can be found after it."""
    if isinstance(error, ModelError) and not problems.may_follow("model"):
        problems.add("model-impossible", error)
    elif isinstance(error, OptionError) and not problems.may_follow("option"):
        problems.add("option", error)
    elif isinstance(error, InputError):
        problems.add("inputs-conflict", error)


def _without(card: Card, places: Collection[Place]) -> Card:
    """The card without the statements that stand at some places."""

    def kept(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(item for item in value if getattr(item, "place", None) not in places)
        return None if getattr(value, "place", None) in places else value

    return replace(card, **{each.name: kept(getattr(card, each.name)) for each in fields(card)}) if places else card


_KEYWORDS = {
    "theory": "theory",
    "pois": "poi",
    "assumptions": "correlation",
    "scenarios": "scenario",
    "groups": "group",
    "params": "param",
    "edits": "nuisance",
    "combines": "combine",
    "smooths": "smooth",
    "errors_on_errors": "errorOnError",
}
"""Attribute of a card to the keyword of its statements."""


def _keyword(card: Card, place: Place | None) -> str:
    for count in card.counts:
        if count.place == place:
            return count.keyword
    for name, keyword in _KEYWORDS.items():
        if any(item.place == place for item in getattr(card, name)):
            return keyword
    return "blind" if card.blind is not None and card.blind.place == place else ""
