"""Errors on errors: the penalty, its derivatives and limits, and what they do in a combination."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student

from synthetic import three_parts
from ttjroofit.errors import CardError
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.gamma_variance import degrees_of_freedom, penalty
from ttjroofit.model.likelihood import reduce_likelihood
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.options import ModelOptions

relatives = st.floats(0.01, 1.0)
distances = st.floats(-6.0, 6.0)


@given(relative=relatives, distance=distances)
def test_is_the_profile_over_the_sigma(relative: float, distance: float) -> None:
    """The estimate of a variance v is gamma distributed with mean v and shape a = 1/(4 r^2); it was found to be 1.

    So -2 ln L = (1 + 2a) ln v + (d^2 + 2a) / v + const, whose minimum is at v = (d^2 + 2a) / (1 + 2a).
    """
    a = 1.0 / (4.0 * relative**2)

    def minus_two_log(d: float) -> float:
        v = (d**2 + 2.0 * a) / (1.0 + 2.0 * a)
        return (1.0 + 2.0 * a) * np.log(v) + (d**2 + 2.0 * a) / v

    expected = minus_two_log(distance) - minus_two_log(0.0)
    nu = np.array(degrees_of_freedom(relative))
    # differences of terms of size 2a
    assert penalty(np.array(distance), nu).value == pytest.approx(expected, abs=1e-13 * (1.0 + a) * 40.0)


@given(relative=relatives, distance=distances)
def test_is_students_t(relative: float, distance: float) -> None:
    nu = degrees_of_freedom(relative)
    expected = -2.0 * (student.logpdf(distance, nu) - student.logpdf(0.0, nu))
    assert penalty(np.array(distance), np.array(nu)).value == pytest.approx(expected, abs=1e-8)


@given(relative=relatives, distance=distances)
def test_derivatives(relative: float, distance: float) -> None:
    nu, step = np.array(degrees_of_freedom(relative)), 1e-4
    below, here, above = (penalty(np.array(distance + side * step), nu) for side in (-1.0, 0.0, 1.0))
    assert here.slope == pytest.approx((above.value - below.value) / (4.0 * step), abs=1e-5)
    assert here.curvature == pytest.approx((above.slope - below.slope) / (2.0 * step), abs=1e-5)
    assert here.slope == pytest.approx(here.weight * distance)
    assert here.root**2 == pytest.approx(here.value, abs=1e-12)
    assert here.root_slope == pytest.approx((above.root - below.root) / (2.0 * step), abs=1e-5)


def test_certain_errors_are_gaussian(tmp_path: Path) -> None:
    parts = three_parts(tmp_path)
    plain, certain = parts.combine(), parts.combine("B_s* errorOnError 0.001")
    one, other = (reduce_likelihood(c, eliminate(c)) for c in (plain, certain))
    first, second = find_minimum(one), find_minimum(other)
    # relative change of the constraint: 2 r^2 = 2e-6
    np.testing.assert_allclose(second[: len(first)], first, rtol=1e-5, atol=1e-5)
    assert one.chi2(first) == pytest.approx(other.chi2(second), rel=1e-5)
    assert one.ndf == other.ndf


def test_uncertain_errors_let_an_outlier_go(tmp_path: Path) -> None:
    """A nuisance pulled by a discrepant bin is pulled further the less its sigma is trusted."""
    parts = three_parts(tmp_path)
    pulls = []
    for relative in (0.01, 0.3, 0.6):
        combination = parts.combine(f"B_s0 errorOnError {relative}")
        observed = dict(combination.observed)
        observed["B"] = observed["B"] + 4.0 * combination.measurements[1].shifts[:, 0]
        moved = combination.observing(observed)
        likelihood = reduce_likelihood(moved, eliminate(moved))
        pulls.append(abs(find_minimum(likelihood)[likelihood.parameters.position("B_s0")]))
    assert pulls[0] < pulls[1] < pulls[2]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["B_s9 errorOnError 0.3"], r"card.txt:8: .*B_s9.*B_s0"),
        (["A_p0 errorOnError 0.3"], r"card.txt:8: A_p0 was profiled in A"),
        (["B_s0 errorOnError 0.3", "correlation b B_s0 A_s0 0.2"], r"card.txt:8: B_s0 is correlated"),
        (["B_s0 errorOnError 0.3", "correlation b B_s0 A_s0 1"], r"card.txt:8: B_s0 is correlated"),
        (["B_s0 errorOnError 1.3"], r"card.txt:8: the relative uncertainty 1.3 .* between 0.001 and 1"),
    ],
)
def test_what_cannot_be(tmp_path: Path, lines: list[str], message: str) -> None:
    with pytest.raises(CardError, match=message):
        three_parts(tmp_path).combine(*lines)


def test_frozen_nuisances_have_no_constraint(tmp_path: Path) -> None:
    options = ModelOptions(freeze_parameters=("B_s0",))
    combination = three_parts(tmp_path).combine("B_s0 errorOnError 0.3", options=options)
    assert not combination.errors_on_errors
