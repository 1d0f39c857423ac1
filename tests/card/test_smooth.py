"""``smooth`` lines: read, and refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from ttjroofit.card import read_card
from ttjroofit.errors import CardError, Place

MEASUREMENT = "measurement A a.yaml\n"


def read(folder: Path, line: str) -> Path:
    path = folder / "card.txt"
    path.write_text(f"{MEASUREMENT}{line}\n", encoding="utf-8")
    return path


def test_patterns_and_order(tmp_path: Path) -> None:
    path = read(tmp_path, "smooth A_scale_* rgx{A_(isr|fsr)} polynomial 2  # comment")
    (statement,) = read_card(path).smooths
    assert statement.patterns == ("A_scale_*", "rgx{A_(isr|fsr)}")
    assert (statement.order, statement.place) == (2, Place(path, 2))


def test_a_group_may_have_the_name(tmp_path: Path) -> None:
    card = read_card(read(tmp_path, "smooth group = A_*"))
    assert ([group.name for group in card.groups], card.smooths) == (["smooth"], ())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "smooth A_x",
            r"'smooth A_x' does not say how to smooth what: write smooth PATTERN \.\.\. polynomial 0\|1\|2\|3",
        ),
        ("smooth polynomial 2", "does not say how to smooth what"),
        ("smooth A_x 2", "does not say how to smooth what"),
        ("smooth A_x spline 2", "does not say how to smooth what"),
        ("smooth A_x polynomial 4", "'4' is not the order of a smooth polynomial: write smooth PATTERN"),
        ("smooth A_x polynomial 1.5", r"'1\.5' is not the order"),
        ("smooth A_x polynomial -1", "'-1' is not the order"),
        ("smooth rgx{A polynomial 2", r"the pattern 'rgx\{A' is not closed"),
        ("smoth A_x polynomial 2", "unknown keyword 'smoth' .*; nearest: smooth"),
    ],
)
def test_refused_with_its_place(tmp_path: Path, line: str, message: str) -> None:
    path = read(tmp_path, line)
    with pytest.raises(CardError, match=message) as caught:
        read_card(path)
    assert caught.value.place == Place(path, 2)
