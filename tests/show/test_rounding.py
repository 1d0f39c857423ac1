"""The rule of the Particle Data Group: a slow twin in words of the rule, its own examples, and what holds for all."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttjroofit.show.rounding import pdg_decimals, round_error, round_together, rounded_text

# Each is written with 3 digits: the rule then has no question of what the "three highest digits" are.
errors = st.builds(
    lambda digits, power: float(f"{digits}e{power}"), st.integers(100, 999), st.integers(min_value=-12, max_value=8)
)
numbers = st.floats(-1e9, 1e9, allow_nan=False)


def significant_digits(error: float) -> int:
    """Digits of a rounded error by the rule as it is stated, with 950 to 999 as 1000."""
    digits = int(f"{error:.2e}".partition("e")[0].replace(".", ""))
    return 2 if digits <= 354 or digits >= 950 else 1


@pytest.mark.parametrize(
    ("value", "error", "expected"),
    [
        (0.827, 0.119, ("0.83", "0.12")),  # the two examples of the Review of Particle Physics
        (0.827, 0.367, ("0.8", "0.4")),
        (172.4437, 0.354, ("172.44", "0.35")),
        (172.4437, 0.355, ("172.4", "0.4")),
        (172.4437, 0.949, ("172.4", "0.9")),
        (172.4437, 0.950, ("172.4", "1.0")),
        (172.4437, 0.999, ("172.4", "1.0")),
        (172.4437, 1.0, ("172.4", "1.0")),
        (172.4437, 99.9, ("170", "100")),
        (56789.0, 1234.0, ("56800", "1200")),
        (56789.0, 4000.0, ("57000", "4000")),
        (-0.0004, 0.04, ("0.00", "0.04")),
        (123.0, 40000.0, ("0", "40000")),
    ],
)
def test_examples(value: float, error: float, expected: tuple[str, str]) -> None:
    rounded = round_together(value, error)
    assert (rounded.value, rounded.up) == expected
    assert rounded.symmetric


@given(errors)
def test_digits_are_those_of_the_rule(error: float) -> None:
    text = round_together(0.0, error).up
    kept = Decimal(text).as_tuple().digits if "e" in text or "." in text else ()
    if kept:
        assert len(kept) == significant_digits(error)
    # never farther from the error than half a unit of the last digit kept
    assert abs(float(text) - error) <= 0.5 * 10.0 ** -pdg_decimals(error) * (1 + 1e-9)


@given(errors)
def test_rounding_again_changes_nothing(error: float) -> None:
    once = round_error(error)
    assert float(round_error(float(once))) == float(once)


@given(numbers, errors, st.integers(-4, 4))
def test_powers_of_ten_shift_the_point_only(value: float, error: float, power: int) -> None:
    assert pdg_decimals(float(f"{error!r}e{power}" if "e" not in repr(error) else repr(error))) == (
        pdg_decimals(error) - (power if "e" not in repr(error) else 0)
    )
    assert round_together(value, error).up == round_together(-value, -error).up


@given(numbers, errors, errors)
def test_value_and_errors_have_the_decimals_of_the_smaller(value: float, up: float, down: float) -> None:
    rounded = round_together(value, up, -down)
    decimals = pdg_decimals(min(up, down))
    assert rounded.value == rounded_text(value, decimals)
    assert abs(float(rounded.value) - value) <= 0.5 * 10.0**-decimals * (1 + 1e-6) + 1e-6 * abs(value)
    if 0 < decimals <= 15:
        assert {len(text.partition(".")[2]) for text in (rounded.value, rounded.up, rounded.down)} == {decimals}
    assert not rounded.up.startswith("-")
    assert not rounded.down.startswith("-")


@pytest.mark.parametrize("missing", [math.nan, math.inf, None])
def test_without_a_finite_error_nothing_is_invented(missing: float | None) -> None:
    rounded = round_together(172.443712, missing)
    assert (rounded.value, rounded.up, rounded.down) == ("172.44", "n/a", "n/a")
    assert round_error(missing) == "n/a"
    assert rounded_text(missing, 2) == "n/a"
    assert round_together(missing, 0.123).value == "n/a"


def test_one_end_is_enough() -> None:
    rounded = round_together(171.4871, math.nan, -0.123)
    assert (rounded.value, rounded.up, rounded.down) == ("171.49", "n/a", "0.12")


def test_no_error() -> None:
    assert round_together(172.5, 0.0).value == "172.50"
    assert round_together(0.0, 0.0).value == "0"
    assert round_error(0.0) == "0"
    with pytest.raises(ValueError, match="gives no digits"):
        pdg_decimals(0.0)


def test_very_large_and_very_small_numbers_have_an_exponent() -> None:
    assert round_together(1.23456e20, 4.1e18) == round_together(1.23456e20, -4.1e18)
    assert round_together(1.23456e20, 4.1e18).value == "1.23e+20"
    assert round_together(1.23456e20, 4.1e18).up == "4e+18"
    assert round_together(1e308, 1.2e300).up == "1.2e+300"
    assert round_together(3.21e-25, 1.9e-27).value == "3.210e-25"
    assert round_together(5e-324, 5e-324).up == "5e-324"


def test_parts_have_at_most_the_decimals_asked_for() -> None:
    assert round_error(0.00123, 3) == "0.001"
    assert round_error(0.123, 5) == "0.12"
    assert round_error(1e-9, 3) == "0.000"
