"""Smoothing of shifts: laws of the projection, weights, what it refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from combined import combine
from nonlinear import curved_parts
from synthetic import make_measurement
from ttjroofit.analysis.validation import validate
from ttjroofit.card.parser import read_card
from ttjroofit.card.statements import SmoothStatement
from ttjroofit.errors import CardError, Place
from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.model.options import ModelOptions
from ttjroofit.model.smoothing import apply_smoothing, polynomial_projection, smooth_source
from uncertain import with_shift_sigma

orders = st.integers(0, 3)
seeds = st.integers(0, 2**32 - 1)
coefficients = st.lists(st.floats(-0.1, 0.1), min_size=4, max_size=4)


def statement(order: int, *patterns: str) -> SmoothStatement:
    return SmoothStatement(patterns, order, Place(Path("card.txt"), 7))


def centres(measurement: Measurement) -> FloatArray:
    return (measurement.edges[:-1] + measurement.edges[1:]) / 2.0


def least_squares(points: FloatArray, ordinates: FloatArray, sigma: FloatArray, order: int) -> FloatArray:
    """The slow twin: normal equations of numpy."""
    return np.asarray(np.polynomial.Polynomial.fit(points, ordinates, order, w=1.0 / sigma)(points))


@given(order=orders, numbers=coefficients, seed=seeds)
def test_a_polynomial_stays_as_it_is(order: int, numbers: list[float], seed: int) -> None:
    measurement = with_shift_sigma(make_measurement("A", bins=6, seed=seed % 1000), 0.01)
    relative = np.polynomial.Polynomial(numbers[: order + 1])(centres(measurement))
    shifts = measurement.shifts.copy()
    shifts[:, 0] = relative * measurement.values
    before = replace(measurement, shifts=shifts)
    after, (curve,) = smooth_source(before, "A_s0", statement(order))
    # shifts of up to 40% of values of 100: rounding
    np.testing.assert_allclose(after.shifts, before.shifts, rtol=0, atol=1e-11)
    assert curve.chi2 < 1e-15
    assert curve.ndf == 5 - order


@given(order=orders, seed=seeds)
def test_twice_is_once(order: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    points, sigma = np.cumsum(rng.uniform(0.05, 1.0, 6)), rng.uniform(0.1, 3.0, 6)
    projection = polynomial_projection(points, sigma, order)
    # entries are of the size of the ratio of two weights, up to 30
    np.testing.assert_allclose(projection @ projection, projection, rtol=0, atol=1e-11)
    assert np.trace(projection) == pytest.approx(order + 1, abs=1e-11)


@given(order=orders, seed=seeds)
def test_against_least_squares_of_numpy(order: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    points, sigma, ordinates = np.cumsum(rng.uniform(0.05, 1.0, 6)), rng.uniform(0.1, 3.0, 6), rng.normal(size=6)
    smooth = polynomial_projection(points, sigma, order) @ ordinates
    np.testing.assert_allclose(smooth, least_squares(points, ordinates, sigma, order), rtol=0, atol=1e-9)


def test_weights_are_monte_carlo_where_known_else_statistical() -> None:
    plain = make_measurement("A", bins=6, sources=2)
    measurement = with_shift_sigma(plain, 0.01, known=1)
    _, (known,) = smooth_source(measurement, "A_s0", statement(1))
    _, (unknown,) = smooth_source(measurement, "A_s1", statement(1))
    assert (known.weights, unknown.weights) == ("monte_carlo", "statistical")
    np.testing.assert_allclose(known.sigma, 0.01 * np.linspace(1.0, 3.0, 6), rtol=1e-12)
    statistical = np.sqrt(np.diag(plain.covariance)) / plain.values
    np.testing.assert_allclose(unknown.sigma, statistical, rtol=1e-12)
    for curve in (known, unknown):
        expected = least_squares(centres(plain), curve.before, curve.sigma, 1)
        np.testing.assert_allclose(curve.after, expected, atol=1e-12)
        assert curve.chi2 == pytest.approx(np.sum(((curve.before - expected) / curve.sigma) ** 2), rel=1e-9)
    # one bin without an uncertainty: none of the source can be used
    sigmas = measurement.shift_sigma
    assert sigmas is not None
    sigmas[2, 0] = 0.0
    _, (partly,) = smooth_source(measurement, "A_s0", statement(1))
    assert partly.weights == "statistical"


def test_projection_is_that_of_shifts() -> None:
    measurement = make_measurement("A", bins=5, per_unit=True)
    after, (curve,) = smooth_source(measurement, "A_s1", statement(2))
    np.testing.assert_allclose(curve.projection @ measurement.shifts[:, 1], after.shifts[:, 1], rtol=1e-11)
    np.testing.assert_array_equal(after.shifts[:, 0], measurement.shifts[:, 0])
    np.testing.assert_allclose(curve.before * measurement.values, measurement.shifts[:, 1], rtol=1e-12)


def test_up_and_down_are_smoothed_apart(tmp_path: Path) -> None:
    measurements = curved_parts(tmp_path).measurements
    smooth, curves = apply_smoothing(measurements, [statement(1, "B_s0", "B_s1", "B_s3")])
    parts = [(curve.source, curve.part) for curve in curves]
    assert parts == [("B_s0", "up"), ("B_s0", "down"), ("B_s1", "up"), ("B_s1", "down"), ("B_s3", "shift")]
    before, after = measurements[1], smooth[1]
    for name in ("B_s0", "B_s1"):
        old, new = before.responses[name], after.responses[name]
        assert (new.kind, new.interpolation) == (old.kind, old.interpolation)
        for one, other in ((old.up, new.up), (old.down, new.down)):
            sigma = np.sqrt(np.diag(before.covariance)) / before.values
            expected = least_squares(centres(before), one / before.values, sigma, 1)
            np.testing.assert_allclose(other / before.values, expected, atol=1e-12)
        column = before.sources.index(name)
        np.testing.assert_allclose(after.shifts[:, column], (new.up - new.down) / 2.0, rtol=1e-12)
    assert after.responses["B_s2"] is before.responses["B_s2"]
    assert smooth[0] is measurements[0]


def test_combination_holds_smooth_shifts_and_the_record(tmp_path: Path) -> None:
    measurements = (make_measurement("A", bins=4, profiled=2), make_measurement("B", bins=5, seed=2))
    combination = combine(tmp_path, "smooth *_s0 B_s1 polynomial 1", measurements=measurements)
    assert [(c.source, c.measurement) for c in combination.smoothed] == [("A_s0", "A"), ("B_s0", "B"), ("B_s1", "B")]
    for curve in combination.smoothed:
        (measurement,) = (m for m in combination.measurements if m.name == curve.measurement)
        shift = measurement.shifts[:, measurement.sources.index(curve.source)]
        np.testing.assert_allclose(shift, curve.after * measurement.values, rtol=1e-12)
    summaries = validate(read_card(combination.card), combination).measurements
    assert {summary.name: (summary.smoothed, summary.sources) for summary in summaries} == {"A": (1, 2), "B": (2, 2)}
    alone = combine(
        tmp_path,
        "smooth *_s0 B_s1 polynomial 1",
        measurements=measurements,
        options=ModelOptions(measurements=("A",)),
    )
    assert [curve.source for curve in alone.smoothed] == ["A_s0"]


def test_names_are_those_after_the_edits(tmp_path: Path) -> None:
    lines = ("nuisance edit rename A_s0 other", "smooth other polynomial 1")
    combination = combine(tmp_path, *lines, measurements=(make_measurement("A"),))
    assert [curve.source for curve in combination.smoothed] == ["other"]


@pytest.mark.parametrize(
    ("lines", "number", "message"),
    [
        (["smooth A_s0 A_sx polynomial 1"], 2, "no externalised source matches 'A_sx'; nearest: A_s"),
        (["smooth A_p* polynomial 1"], 2, r"no externalised source matches 'A_p\*'"),
        (
            ["smooth A_* polynomial 3"],
            2,
            "order 3 goes through all 4 bins of A and smooths nothing: use order 2 at most",
        ),
        (
            ["smooth A_s0 polynomial 1", "smooth A_s* polynomial 2"],
            3,
            "source A_s0 is smoothed already at .*card.txt:2",
        ),
    ],
)
def test_refused(tmp_path: Path, lines: list[str], number: int, message: str) -> None:
    with pytest.raises(CardError, match=message) as caught:
        combine(tmp_path, *lines, measurements=(make_measurement("A", bins=4, profiled=2),))
    assert caught.value.place == Place(tmp_path / "card.txt", number)


def test_two_patterns_of_a_line_may_match_the_same_source() -> None:
    _, curves = apply_smoothing((make_measurement("A"),), [statement(1, "A_s0", "A_*")])
    assert [curve.source for curve in curves] == ["A_s0", "A_s1"]


def test_value_of_zero_and_lost_factors_are_refused(tmp_path: Path) -> None:
    measurement = make_measurement("A", bins=4)
    values = measurement.values.copy()
    values[1] = 0.0
    with pytest.raises(CardError, match=r"card.txt:7: bin A_bin1 has the value 0"):
        smooth_source(replace(measurement, values=values), "A_s0", statement(1))
    curved = curved_parts(tmp_path).measurements[1]
    up = curved.values * np.array([5.0, 0.0, -0.9, -0.9])
    lognormal = replace(curved.responses["B_s1"], up=up)
    changed = replace(curved, responses={**curved.responses, "B_s1": lognormal})
    with pytest.raises(CardError, match=r"card.txt:7: the smooth shift of the lognormal source B_s1 leaves nothing"):
        smooth_source(changed, "B_s1", statement(1))
