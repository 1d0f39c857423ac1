"""From a card on disk to what it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from ttjroofit.card.checks import check_mass_count, check_masses, check_scenarios, check_unique
from ttjroofit.card.grammar import Statement, TheoryPattern, parse_line
from ttjroofit.card.lines import Line, read_lines, real_path, seems_cut
from ttjroofit.card.override import with_settings
from ttjroofit.card.patterns import require_names
from ttjroofit.card.render import with_absolute_path
from ttjroofit.card.settings import ORDERS, PDF_FORMS, PULLS, REPAIRS, SCALES, SWITCHES, Setting
from ttjroofit.card.statements import (
    Assumption,
    BlindStatement,
    Card,
    CombineStatement,
    Count,
    EditStatement,
    ErrorOnErrorStatement,
    GroupStatement,
    MeasurementStatement,
    ParamStatement,
    PoiStatement,
    Repair,
    ScenarioStatement,
    ShapesStatement,
    SmoothStatement,
    TheoryOptions,
    TheoryStatement,
)
from ttjroofit.errors import CardError, Place

__all__ = ["build_card", "explained", "read_card"]

T = TypeVar("T")


def read_card(path: Path, settings: Mapping[str, str] | None = None) -> Card:
    """Read a datacard with its includes and check it.

    Args:
        path: the card. Files it names are relative to the card, or to the included file that names them.
        settings: keyword to word in place of what the card says, as ``pdf`` to ``off``.

    Returns:
        What the card says. The ``measurements`` of its mass parameters are names, patterns resolved.

    Raises:
        CardError: if the card cannot be read or contradicts itself; the message starts with file and line.
    """
    try:
        return build_card(path, with_settings(path, read_lines(path), settings or {}))
    except CardError as error:
        raise explained(error) from None


def explained(error: CardError) -> CardError:
    """The error, which says so if the file seems to be cut at its place."""
    if error.place is None or not seems_cut(error.place):
        return error
    return CardError(f"{error.message}; the file does not end in a newline: it seems to be cut", error.place)


def build_card(path: Path, lines: Sequence[Line]) -> Card:
    """Make a card of its effective lines.

    Args:
        path: the card.
        lines: includes in their place, as ``read_lines`` gives them.

    Raises:
        CardError: at the first line that cannot be read or that contradicts another.
    """
    statements = [parse_line(line) for line in lines]
    check_unique(statements)
    settings = {setting.keyword: setting for setting in _of(statements, Setting)}
    card = Card(
        path=path,
        counts=_of(statements, Count),
        measurements=_of(statements, MeasurementStatement),
        theory=(),
        pois=(),
        assumptions=_of(statements, Assumption),
        scenarios=_of(statements, ScenarioStatement),
        scenario=settings["correlations"].word if "correlations" in settings else None,
        repair=_repair(settings.get("repair")),
        groups=_of(statements, GroupStatement),
        params=_of(statements, ParamStatement),
        edits=_of(statements, EditStatement),
        options=_theory_options(settings),
        pulls=PULLS[settings["pulls"].word] if "pulls" in settings else "published",
        lines=tuple(with_absolute_path(line) for line in lines),
        combines=_of(statements, CombineStatement),
        smooths=_of(statements, SmoothStatement),
        errors_on_errors=_of(statements, ErrorOnErrorStatement),
        blind=next(iter(_of(statements, BlindStatement)), None),
        shapes=_of(statements, ShapesStatement),
    )
    check_scenarios(card.assumptions, card.scenarios, settings.get("correlations"))
    return _with_masses(card, _of(statements, TheoryPattern), _of(statements, PoiStatement))


def _with_masses(card: Card, theory: Iterable[TheoryPattern], pois: Iterable[PoiStatement]) -> Card:
    """Resolve the patterns of measurements in ``theory`` and ``poi``."""
    names = [measurement.name for measurement in card.measurements]
    if not names:
        raise CardError("the card has no measurement; add a line 'measurement NAME FILE'", Place(card.path))
    resolved = replace(
        card,
        theory=tuple(statement for pattern in theory for statement in _spread(pattern, names)),
        pois=tuple(replace(poi, measurements=_measurements_of(poi, names)) for poi in pois),
    )
    check_mass_count(resolved.counts, resolved.pois)
    check_masses(resolved.measurements, resolved.theory, resolved.pois)
    return resolved


def _spread(theory: TheoryPattern, names: Sequence[str]) -> tuple[TheoryStatement, ...]:
    folder = theory.place.path.parent
    return tuple(
        TheoryStatement(name, real_path(folder, theory.file.replace("$MEASUREMENT", name)), theory.place)
        for name in require_names(theory.pattern, names, kind="measurement", place=theory.place)
    )


def _measurements_of(poi: PoiStatement, names: Sequence[str]) -> tuple[str, ...]:
    matched = {
        name
        for pattern in poi.measurements
        for name in require_names(pattern, names, kind="measurement", place=poi.place)
    }
    return tuple(name for name in names if name in matched)


def _repair(setting: Setting | None) -> Repair | None:
    return None if setting is None else Repair(REPAIRS[setting.word], setting.place)


def _theory_options(settings: dict[str, Setting]) -> TheoryOptions:
    words = {keyword: setting.word for keyword, setting in settings.items()}
    default = TheoryOptions()
    return TheoryOptions(
        order=ORDERS.get(words.get("interpolation", ""), default.order),
        pdf=PDF_FORMS.get(words.get("pdf", ""), default.pdf),
        tnp=SWITCHES.get(words.get("tnp", ""), default.tnp),
        scale=SCALES.get(words.get("scale", ""), default.scale),
    )


def _of(statements: Iterable[Statement], kind: type[T]) -> tuple[T, ...]:
    return tuple(statement for statement in statements if isinstance(statement, kind))
