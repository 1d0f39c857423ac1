"""What the statements of a card must fulfil together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ttjroofit.card.grammar import USAGE, Statement
from ttjroofit.card.patterns import is_pattern
from ttjroofit.card.settings import Setting
from ttjroofit.card.statements import (
    Assumption,
    BlindStatement,
    CombineStatement,
    Count,
    GroupStatement,
    MeasurementStatement,
    ParamStatement,
    PoiStatement,
    ScenarioStatement,
    ShapesStatement,
    TheoryStatement,
)
from ttjroofit.errors import CardError, Place, nearest_names

__all__ = ["check_mass_count", "check_masses", "check_scenarios", "check_unique"]


def check_unique(statements: Iterable[Statement]) -> None:
    """Check that nothing is stated twice.

    Args:
        statements: all statements of a card.

    Raises:
        CardError: at the second statement, naming the place of the first.
    """
    first: dict[str, Place] = {}
    for statement in statements:
        part = _unique_part(statement)
        if part is None:
            continue
        if part in first:
            raise CardError(f"{part} is stated twice, first at {first[part]}; remove one", statement.place)
        first[part] = statement.place


def check_scenarios(
    assumptions: Sequence[Assumption], scenarios: Sequence[ScenarioStatement], in_force: Setting | None
) -> None:
    """Check that scenarios name stated blocks and that the scenario in force exists.

    Args:
        assumptions: all correlation assumptions.
        scenarios: all scenarios.
        in_force: the statement ``correlations NAME``, if any.

    Raises:
        CardError: with the nearest names.
    """
    blocks = {assumption.block for assumption in assumptions}
    for scenario in scenarios:
        for block in scenario.blocks:
            if block not in blocks:
                raise CardError(_unknown("block", block, blocks, "correlation"), scenario.place)
    names = {scenario.name for scenario in scenarios}
    if in_force is not None and in_force.word not in names:
        raise CardError(_unknown("scenario", in_force.word, names, "scenario"), in_force.place)


def check_masses(
    measurements: Sequence[MeasurementStatement], theory: Sequence[TheoryStatement], pois: Sequence[PoiStatement]
) -> None:
    """Check that each measurement has one prediction and one mass, or neither.

    Args:
        measurements: the measurements of the card.
        theory: one statement a measurement that matched.
        pois: the mass parameters; their ``measurements`` are names.

    Raises:
        CardError: if a measurement has two predictions or two masses, or one without the other.
    """
    predictions = _one_each(((statement.measurement, statement.place) for statement in theory), "theory statements")
    masses = _one_each(((name, poi.place) for poi in pois for name in poi.measurements), "mass parameters")
    for measurement in measurements:
        name = measurement.name
        if name in predictions and name not in masses:
            message = f"measurement '{name}' has a prediction but no mass parameter; add a line 'poi NAME {name} ...'"
            raise CardError(message, predictions[name])
        if name in masses and name not in predictions:
            message = f"measurement '{name}' has a mass parameter but no prediction; add a line 'theory {name} FILE'"
            raise CardError(message, masses[name])


def check_mass_count(counts: Iterable[Count], pois: Sequence[PoiStatement]) -> None:
    """Check the number of ``jmax``, which is the number of mass parameters minus 1 as in combine.

    Args:
        counts: the counts of the card.
        pois: the mass parameters; a card without any may say 0.

    Raises:
        CardError: if the number is wrong.
    """
    expected = max(len(pois) - 1, 0)
    for count in counts:
        if count.keyword == "jmax" and count.value not in {None, expected}:
            message = f"jmax is {count.value} but the card has {len(pois)} mass parameters: write jmax {expected} or *"
            raise CardError(message, count.place)


def _unique_part(statement: Statement) -> str | None:
    """Say in words what may be stated once only; None if the statement may be repeated."""
    match statement:
        case Count(keyword=keyword) | Setting(keyword=keyword):
            part = f"'{keyword}'"
        case BlindStatement():
            part = "'blind'"
        case MeasurementStatement(name=name) | ShapesStatement(name=name):
            part = f"measurement '{name}'"
        case CombineStatement(name=name):
            part = f"cross section '{name}'"
        case PoiStatement(name=name):
            part = f"mass parameter '{name}'"
        case ScenarioStatement(name=name):
            part = f"scenario '{name}'"
        case GroupStatement(name=name, extend=False):
            part = f"group '{name}'"
        case ParamStatement(name=name):
            part = f"parameter '{name}'"
        case Assumption(block=block, first=first, second=second) if not is_pattern(first) and not is_pattern(second):
            low, high = sorted((first, second))
            part = f"the correlation of '{low}' and '{high}' in block '{block}'"
        case _:
            return None
    return part


def _one_each(items: Iterable[tuple[str, Place]], what: str) -> dict[str, Place]:
    places: dict[str, Place] = {}
    for name, place in items:
        if name in places:
            raise CardError(f"measurement '{name}' has two {what}, the first at {places[name]}; remove one", place)
        places[name] = place
    return places


def _unknown(kind: str, name: str, stated: Iterable[str], statement: str) -> str:
    """The message about a name; ``statement`` is the keyword of lines that make such names."""
    names = sorted(stated)
    # "known: none" is kept for cards whose one scenario is called none
    without = f"it states no {kind}; add a line '{USAGE[statement]}'"
    cure = nearest_names(name, names) or (f"known: {', '.join(names)}" if names else without)
    return f"{kind} '{name}' is not stated in this card; {cure}"
