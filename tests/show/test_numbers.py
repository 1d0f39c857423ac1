"""Rounding and shortening."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttjroofit.show.numbers import asymmetric, fixed, p_text, shorten


@pytest.mark.parametrize(
    ("value", "text"), [(171.486, "171.49"), (-0.001, "0.00"), (None, "n/a"), (math.nan, "n/a"), (-math.inf, "n/a")]
)
def test_fixed(value: float | None, text: str) -> None:
    assert fixed(value) == text


@given(st.floats(-1e6, 1e6))
def test_fixed_is_within_half_of_the_last_digit(value: float) -> None:
    assert abs(float(fixed(value)) - value) <= 0.005 + 1e-9  # rounding of floats of this size is below 1e-9


def test_asymmetric_keeps_its_signs() -> None:
    assert asymmetric(0.0, -0.0) == "+0.00 -0.00"
    assert asymmetric(0.98, -1.0) == "+0.98 -1.00"


@pytest.mark.parametrize(("p", "text"), [(0.5123, "0.51"), (0.00123, "1.2e-03"), (0.0, "0.00"), (math.nan, "n/a")])
def test_p_text(p: float, text: str) -> None:
    assert p_text(p) == text


@given(st.text(max_size=80), st.integers(8, 60))
def test_shorten_keeps_both_ends(name: str, length: int) -> None:
    short = shorten(name, length)
    if len(name) <= length:
        assert short == name
    else:
        start, end = short[: length // 2 - 1], short[-(length // 2 - 1) :]
        assert len(short) == length
        assert name.startswith(start)
        assert name.endswith(end)
