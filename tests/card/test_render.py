from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from ttjroofit.card import read_card, render
from ttjroofit.card.statements import Card
from ttjroofit.errors import Place

CARDS = sorted((Path(__file__).resolve().parents[2] / "cards").glob("*.txt"))


def without_places(value: Any) -> Any:
    """Replace every place, so that cards can be compared by what they say."""
    if isinstance(value, tuple):
        return tuple(without_places(item) for item in value)
    if isinstance(value, Place):
        return None
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: without_places(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value


def said(card: Card) -> Any:
    return without_places(dataclasses.replace(card, path=Path()))


def round_trip(card: Card, folder: Path) -> Card:
    folder.mkdir(parents=True)
    path = folder / "card.txt"
    path.write_text(render(card, folder), encoding="utf-8")
    return read_card(path)


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.stem)
def test_shipped_cards_come_back_equal(path: Path, tmp_path: Path) -> None:
    card = read_card(path)
    again = round_trip(card, tmp_path / "out" / "a folder")
    assert said(again) == said(card)
    assert render(again, tmp_path) == render(card, tmp_path)


def test_file_names_are_relative_to_the_new_folder(tmp_path: Path) -> None:
    (tmp_path / "my cards").mkdir()
    path = tmp_path / "my cards" / "card.txt"
    path.write_text(
        'measurement  A  "a.yaml"  # comment\ntheory * /t/$MEASUREMENT.yaml\npoi m * 1 [0,2]\n', encoding="utf-8"
    )
    card = read_card(path)
    lines = render(card, tmp_path).splitlines()
    assert lines[0] == 'measurement  A  "my cards/a.yaml"'
    assert lines[1].endswith("/t/$MEASUREMENT.yaml")
    assert lines[1].startswith("theory * ../")
    assert said(round_trip(card, tmp_path / "deep" / "er")) == said(card)


def test_render_ends_each_line_with_a_newline(tmp_path: Path) -> None:
    path = tmp_path / "card.txt"
    path.write_text("measurement A a.yaml\n-----\ntnp off", encoding="utf-8")
    assert render(read_card(path), tmp_path) == "measurement A a.yaml\ntnp off\n"
