from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ttjroofit.card import active_assumptions, read_card
from ttjroofit.errors import CardError

TEXT = """correlation b C D 0.2
correlation a A B 0.1
correlation c E F 0.3
scenario none =
scenario two = a b
"""


@pytest.mark.parametrize(
    ("in_force", "asked", "expected"),
    [
        ("", None, ["b", "a", "c"]),
        ("", "two", ["b", "a"]),
        ("", "none", []),
        ("correlations two\n", None, ["b", "a"]),
        ("correlations two\n", "none", []),
        ("correlations none\n", None, []),
    ],
)
def test_active(write_card: Callable[..., Path], in_force: str, asked: str | None, expected: list[str]) -> None:
    card = read_card(write_card(TEXT + in_force))
    assert [assumption.block for assumption in active_assumptions(card, asked)] == expected


@pytest.mark.parametrize(
    ("text", "asked", "message"),
    [
        (TEXT, "tow", r"card\.txt: no correlation scenario 'tow' in this card; nearest: two"),
        (TEXT, "", r"no correlation scenario '' in this card; known: none, two"),
        ("", "two", r"no correlation scenario 'two' in this card; it states no scenarios: add a line `scenario NAME"),
    ],
)
def test_unknown_scenario(write_card: Callable[..., Path], text: str, asked: str, message: str) -> None:
    card = read_card(write_card(text))
    with pytest.raises(CardError, match=message):
        active_assumptions(card, asked)
