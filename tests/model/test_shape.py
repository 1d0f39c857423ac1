"""Predicted shapes: derivatives, normalisation, responses to theory nuisances, values per bin or per unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthetic import Small, make_measurement, make_prediction, scaled, small
from ttjroofit.inputs.prediction import Prediction
from ttjroofit.model.interpolation import interpolate
from ttjroofit.model.likelihood import theory_of
from ttjroofit.model.shape import Jet, Shape
from ttjroofit.model.spectrum import Spectrum, Term
from twin import FloatArray, shares

RESPONSES = ("multiplicative", "additive")

# Richardson's central differences: error h^4 f^(5) plus rounding 1e-16 |f| / h (or / h^2), h = 0.02 of the scale on
# which f changes: 1e-8 at most for first and 1e-7 for second derivatives of functions of size 1.
STEP = 0.02
FIRST, SECOND = 1e-8, 1e-7


def derivative(function: Callable[[FloatArray], FloatArray], at: FloatArray, i: int, step: float = STEP) -> FloatArray:
    """df/dx_i by central differences of two steps, extrapolated to order h^4."""
    unit = np.zeros(len(at))
    unit[i] = 1.0
    coarse, fine = ((function(at + h * unit) - function(at - h * unit)) / (2.0 * h) for h in (step, step / 2.0))
    return (4.0 * fine - coarse) / 3.0


def assert_derivatives(jet: Callable[[FloatArray], Jet], at: FloatArray, scale: FloatArray) -> None:
    """First against differences of values, second against differences of first; parameters in units of ``scale``."""
    found = jet(at)
    for i in range(len(at)):
        first = derivative(lambda u: jet(u * scale).value, at / scale, i)
        np.testing.assert_allclose(found.first[:, i] * scale[i], first, atol=FIRST * np.max(np.abs(found.value)))
        second = derivative(lambda u: jet(u * scale).first * scale, at / scale, i)
        np.testing.assert_allclose(
            found.second[:, :, i] * scale[i] * scale, second, atol=SECOND * np.max(np.abs(found.value))
        )
    np.testing.assert_allclose(found.second, found.second.transpose(0, 2, 1), rtol=1e-12, atol=1e-18)


@pytest.fixture(scope="module")
def prediction(tmp_path_factory: pytest.TempPathFactory) -> Prediction:
    return make_prediction(tmp_path_factory.mktemp("shape"), make_measurement("A", bins=5))


def shape_of(prediction: Prediction, response: str, order: int = 2, scale: FloatArray | None = None) -> Shape:
    shifts = np.concatenate([prediction.pdf_shifts, prediction.tnp_shifts])
    bins = shifts.shape[1]
    return Shape(interpolate(prediction, order), shifts, response, np.ones(bins) if scale is None else scale)  # type: ignore[arg-type]


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("response", RESPONSES)
def test_derivatives_of_the_shape(prediction: Prediction, response: str, order: int) -> None:
    shape, rng = shape_of(prediction, response, order, np.linspace(0.9, 1.2, 5)), np.random.default_rng(order)
    for _ in range(3):
        at = np.array([172.5 + 4.0 * rng.normal(), *2.0 * rng.normal(size=3)])
        # the mass changes the shape over some 10 GeV, alpha over some 10 sigma
        assert_derivatives(lambda u: shape.jet(u[0], u[1:]), at, np.array([10.0, 5.0, 5.0, 5.0]))


@given(st.integers(0, 2**32 - 1))
def test_normalised_is_the_quotient_rule(seed: int) -> None:
    """An exact jet, the quadratic v + g u + u h u / 2, divided by its sum."""
    rng = np.random.default_rng(seed)
    value, first, second = rng.uniform(1.0, 2.0, 3), rng.normal(size=(3, 2)), rng.normal(size=(3, 2, 2))
    second = (second + second.transpose(0, 2, 1)) / 2.0

    def jet(u: FloatArray) -> Jet:
        here = value + first @ u + 0.5 * np.einsum("bij,i,j->b", second, u, u)
        return Jet(here, first + second @ u, second).normalised()

    found = jet(np.zeros(2))
    assert found.value.sum() == pytest.approx(1.0, abs=1e-14)
    np.testing.assert_allclose(found.first.sum(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(found.second.sum(axis=0), 0.0, atol=1e-12)
    # derivatives of order 5 of such a quotient reach 1e4: steps of 2e-3 leave 2e-9
    for i in range(2):
        np.testing.assert_allclose(
            found.first[:, i], derivative(lambda u: jet(u).value, np.zeros(2), i, 2e-3), atol=1e-6
        )
        np.testing.assert_allclose(
            found.second[:, :, i], derivative(lambda u: jet(u).first, np.zeros(2), i, 2e-3), atol=1e-5
        )


@given(mass=st.floats(160.0, 185.0), alpha=st.lists(st.floats(-5.0, 5.0), min_size=3, max_size=3))
@pytest.mark.parametrize("response", RESPONSES)
def test_shares_sum_to_one_and_equal_the_twin(
    prediction: Prediction, response: str, mass: float, alpha: list[float]
) -> None:
    jet = shape_of(prediction, response).jet(mass, np.array(alpha))
    names = (*prediction.pdf_names, *prediction.tnp_names)
    expected = shares(prediction, mass, dict(zip(names, alpha, strict=True)), additive=response == "additive")
    # sums and ratios of five positive shares
    assert jet.value.sum() == pytest.approx(1.0, abs=1e-13)
    np.testing.assert_allclose(jet.first.sum(axis=0), 0.0, atol=1e-13)
    np.testing.assert_allclose(jet.value, expected, rtol=1e-10)


def test_responses_differ_in_second_order_only(prediction: Prediction) -> None:
    multiplicative, additive = (shape_of(prediction, response) for response in RESPONSES)
    alpha = np.array([1.0, -1.0, 0.5])
    distances = [
        np.max(np.abs(multiplicative.jet(172.5, size * alpha).value - additive.jet(172.5, size * alpha).value))
        for size in (0.1, 0.05)
    ]
    # quadratic, up to a term of third order with a ratio of 0.05 x 0.03
    assert distances[0] / distances[1] == pytest.approx(4.0, rel=0.02)
    np.testing.assert_allclose(
        multiplicative.jet(172.5, np.zeros(3)).first, additive.jet(172.5, np.zeros(3)).first, atol=1e-15
    )


def test_scale_variation_is_a_ratio_before_renormalisation(prediction: Prediction) -> None:
    ratio = prediction.scales[1.0, 2.0]
    nominal = shape_of(prediction, "multiplicative")
    expected = nominal.jet(171.0, np.zeros(3)).value * ratio
    found = replace(nominal, scale=ratio).jet(171.0, np.zeros(3)).value
    np.testing.assert_allclose(found, expected / expected.sum(), rtol=1e-13)


def two_measurements(folder: Path) -> Small:
    return small(folder, make_measurement("A", bins=3, per_unit=True), make_measurement("B", bins=4, seed=2))


def test_derivatives_of_the_spectrum(tmp_path: Path) -> None:
    theory = theory_of(two_measurements(tmp_path).combine("poi m_B B 171 [150,195]", poi="poi m_A A 173 [150,195]"))
    rng = np.random.default_rng(4)
    scale = np.array([10.0, 10.0, 400.0, 400.0, 5.0, 5.0, 5.0])
    assert theory.parameters.names == ("m_A", "m_B", "norm_A", "norm_B", "pdf_a", "pdf_b", "tnp_1")
    at = theory.parameters.start + np.array([2.0, 2.0, 10.0, 10.0, 1.0, 1.0, 1.0]) * rng.normal(size=7)
    assert_derivatives(theory.spectrum.jet, at, scale)
    np.testing.assert_array_equal(theory.spectrum.value(at), theory.spectrum.jet(at).value)


def test_a_spectrum_adds_up_to_its_normalisation(tmp_path: Path) -> None:
    data = two_measurements(tmp_path)
    theory = theory_of(data.combine())
    values = theory.parameters.values({"norm_A": 321.0, "norm_B": 456.0, "m_t": 170.0, "pdf_a": 1.3})
    x = theory.spectrum.value(values)
    assert x[:3] @ np.diff(data.measurements[0].edges) == pytest.approx(321.0, rel=1e-13)
    assert x[3:].sum() == pytest.approx(456.0, rel=1e-13)


def test_scale_variations_change_only_their_measurement(tmp_path: Path) -> None:
    theory = theory_of(two_measurements(tmp_path).combine())
    ratios = {"B": theory.scales[2.0, 1.0]["B"]}
    before, after = (
        spectrum.value(theory.parameters.start) for spectrum in (theory.spectrum, scaled(theory.spectrum, ratios))
    )
    np.testing.assert_array_equal(before[:3], after[:3])
    expected = before[3:] * ratios["B"]
    np.testing.assert_allclose(after[3:], expected * before[3:].sum() / expected.sum(), rtol=1e-13)


def term_of(prediction: Prediction, densities: FloatArray) -> Term:
    return Term("A", 0, 1, np.array([2, 3, 4]), shape_of(prediction, "multiplicative"), densities, "made up")


def test_interpolation_responses_carry_the_whole_covariance(prediction: Prediction) -> None:
    """D D^T = J cov J^T; counts of one sample have one direction less, shares sum to 1."""
    densities, mass, norm = np.array([0.1, 0.2, 0.2, 0.25, 0.25]), 171.0, 400.0
    term = term_of(prediction, densities)
    D = term.interpolation_responses(mass, norm)
    raw = term.shape.interpolation.value(mass)
    J = np.array([derivative(lambda u: norm * u / u.sum() / densities, raw, b, 1e-3) for b in range(5)]).T
    expected = J @ term.shape.interpolation.value_covariance(mass) @ J.T
    assert D.shape == (5, 4)
    np.testing.assert_allclose(D @ D.T, expected, atol=1e-9 * np.max(expected))
    np.testing.assert_allclose(densities @ D, 0.0, atol=1e-9 * np.max(D))
    sizes = np.sum(D**2, axis=0)
    assert list(sizes) == sorted(sizes, reverse=True)
    np.testing.assert_allclose(D.T @ D, np.diag(sizes), atol=1e-9 * sizes[0])


def test_independent_bins_have_the_same_rank(prediction: Prediction) -> None:
    term = term_of(replace(prediction, monte_carlo="independent"), np.ones(5))
    assert term.interpolation_responses(172.5, 400.0).shape == (5, 4)


def test_no_theory_nuisances(prediction: Prediction) -> None:
    shape = Shape(interpolate(prediction, 2), np.zeros((0, 5)), "multiplicative", np.ones(5))
    jet = Spectrum((Term("A", 0, 1, np.array([], dtype=np.intp), shape, np.ones(5), ""),)).jet(np.array([172.5, 100.0]))
    assert jet.first.shape == (5, 2)
    assert jet.value.sum() == pytest.approx(100.0, rel=1e-14)
