"""The values that a matrix file states: of the cards, of options and of statements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ttjroofit.errors import suggestion
from ttjroofit.inputs.yaml_file import YamlFile

__all__ = ["CARD", "Location", "Stated", "Values", "plain", "shown"]

CARD = "card"
"""The axis of the cards."""

Values = tuple[str | None, ...]
"""Values as they would be typed; None: the option or statement is not given."""

Location = tuple[str | int, ...]
"""Keys and numbers that lead to a value in the file."""


class Stated:
    """The values that a file states.

    Attributes:
        values: name to values.
        listed: names that were given lists.
        places: name and value to where it stands.
    """

    def __init__(self, file: YamlFile, cards: Values) -> None:
        self.values: dict[str, Values] = {CARD: cards}
        self.listed = {CARD}
        self.places: dict[tuple[str, str | None], Location] = {(CARD, name): ("cards",) for name in cards}
        self._file = file

    def add(self, name: str, stated: Any, location: Location) -> None:
        """Take the value or the values of a name."""
        if name in self.values:
            where = "is the axis of the cards" if name == CARD else "is stated under options and under statements"
            raise self._file.error(f"'{name}' {where}", *location)
        self.values[name] = self._read(name, stated, location)
        if isinstance(stated, list):
            self.listed.add(name)

    def pattern(self, block: Mapping[str, Any], location: Location) -> dict[str, Values]:
        """A block of ``exclude`` or ``include``: its values by name."""
        if not block:
            raise self._file.error("an empty block: name what is meant", *location)
        return {name: self._matched(name, stated, (*location, name)) for name, stated in block.items()}

    def _matched(self, name: str, stated: Any, location: Location) -> Values:
        if name not in self.values:
            raise self._file.error(
                f"'{name}' is not stated above{suggestion(name, self.values)}; state it under options or statements, "
                f"`{name}: ~` if the other combinations do not have it",
                *location,
            )
        values, known = self._read(name, stated, location), self.values[name]
        strange = [shown(value) for value in values if value not in known]
        if strange and (location[0] == "exclude" or name == CARD):
            cure = suggestion(strange[0], map(shown, known))
            raise self._file.error(f"'{name}' has no value {strange[0]}{cure}", *location)
        return values

    def _read(self, name: str, stated: Any, location: Location) -> Values:
        """A value or a list of them; notes where each stands."""
        items = list(enumerate(stated)) if isinstance(stated, list) else [(None, stated)]
        if not items:
            raise self._file.error(f"'{name}' has an empty list: give a value, or leave it out", *location)
        values: list[str | None] = []
        for number, item in items:
            place = location if number is None else (*location, number)
            value = plain(item)
            if value == "":
                raise self._file.error(f"'{name}' has {item!r}: expected a word, a number, true, false or ~", *place)
            if value in values:
                raise self._file.error(f"'{name}' has the value {shown(value)} twice", *place)
            values.append(value)
            self.places.setdefault((name, value), place)
        return tuple(values)


def shown(value: str | None) -> str:
    """A value as a matrix file states it."""
    return "~" if value is None else value


def plain(value: Any) -> str | None:
    """A value as it would be typed, several names joined by commas; empty if it is none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        parts = [plain(part) if isinstance(part, (str, int, float)) else "" for part in value]
        return ",".join(map(str, parts)) if all(parts) else ""
    return None if value is None else str(value) if isinstance(value, (str, int, float)) else ""
