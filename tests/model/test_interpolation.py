"""Polynomials in the mass and their covariance: closed form, numpy.polyfit, toys."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthetic import EVENTS, make_measurement, make_prediction
from ttjroofit.card.parser import read_card
from ttjroofit.errors import ModelError
from ttjroofit.inputs.prediction import Prediction
from ttjroofit.inputs.prediction_file import read_prediction
from ttjroofit.model.interpolation import interpolate
from twin import FloatArray

ORDERS = pytest.mark.parametrize("order", [1, 2, 3])

TOYS = 20_000


@pytest.fixture(scope="module")
def prediction(tmp_path_factory: pytest.TempPathFactory) -> Prediction:
    return make_prediction(tmp_path_factory.mktemp("interpolation"), make_measurement("A", bins=4))


def polynomials(prediction: Prediction, order: int, fractions: FloatArray) -> FloatArray:
    """Coefficients by numpy.polyfit in rising powers; fractions (M, n, toys) give (n, order+1, toys)."""
    offsets, sigma = prediction.masses - prediction.nominal_mass, prediction.fraction_sigma
    return np.array(
        [np.polyfit(offsets, fractions[:, b], order, w=1.0 / sigma[:, b])[::-1] for b in range(sigma.shape[1])]
    )


@ORDERS
def test_coefficients_and_chi2(prediction: Prediction, order: int) -> None:
    fit = interpolate(prediction, order)
    np.testing.assert_allclose(
        fit.coefficients, polynomials(prediction, order, prediction.fractions), rtol=1e-9, atol=1e-13
    )
    residual = [fit.value(mass) - row for mass, row in zip(prediction.masses, prediction.fractions, strict=True)]
    assert fit.chi2 == pytest.approx(np.sum((np.array(residual) / prediction.fraction_sigma) ** 2), rel=1e-9)
    assert fit.ndf == 4 * (5 - order - 1)
    assert fit.reference == prediction.nominal_mass


@ORDERS
def test_a_polynomial_is_met_exactly(prediction: Prediction, order: int) -> None:
    offsets = prediction.masses - prediction.nominal_mass
    exact = 0.25 + np.array([offsets**k * 10.0 ** (-2 * k) for k in range(1, order + 1)]).sum(axis=0)
    fit = interpolate(replace(prediction, fractions=np.repeat(exact[:, None], 4, axis=1)), order)
    np.testing.assert_allclose(
        fit.coefficients, [[0.25, *(10.0 ** (-2 * k) for k in range(1, order + 1))]] * 4, rtol=1e-9
    )
    assert fit.chi2 == pytest.approx(0.0, abs=1e-18)


@ORDERS
def test_covariance_of_equal_weights_is_the_textbook_one(prediction: Prediction, order: int) -> None:
    sigma = 0.002
    equal = replace(prediction, fraction_sigma=np.full_like(prediction.fractions, sigma), monte_carlo="independent")
    X = np.vander(prediction.masses - prediction.nominal_mass, order + 1, increasing=True)
    expected = sigma**2 * np.linalg.inv(X.T @ X)
    found = interpolate(equal, order).covariance
    assert found.shape == (4, order + 1, 4, order + 1)
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    for a in range(4):
        for b in range(4):
            # coefficients of odd and even powers are nearly uncorrelated: absolute in units of sigma
            np.testing.assert_allclose(found[a, :, b, :] / scale, expected / scale if a == b else 0.0, atol=1e-9)


@ORDERS
@pytest.mark.parametrize("monte_carlo", ["multinomial", "independent"])
def test_covariance_against_toys(prediction: Prediction, order: int, monte_carlo: str) -> None:
    """Refit thrown samples: a correlation from N toys is known to (1 - r^2)/sqrt(N), a variance to sqrt(2/N)."""
    rng = np.random.default_rng(order)
    if monte_carlo == "multinomial":
        thrown = [rng.multinomial(EVENTS, row, size=TOYS).T / EVENTS for row in prediction.fractions]
    else:
        thrown = [
            (row + sigma * rng.normal(size=(TOYS, 4))).T
            for row, sigma in zip(prediction.fractions, prediction.fraction_sigma, strict=True)
        ]
    coefficients = polynomials(prediction, order, np.array(thrown)).reshape(4 * (order + 1), TOYS)
    toys = np.cov(coefficients)
    found = interpolate(replace(prediction, monte_carlo=monte_carlo), order).covariance.reshape(toys.shape)  # type: ignore[arg-type]
    sigma = np.sqrt(np.diag(found))
    # five standard deviations of the largest error, that of a variance
    np.testing.assert_allclose(
        toys / np.outer(sigma, sigma), found / np.outer(sigma, sigma), atol=5.0 * np.sqrt(2.0 / TOYS)
    )


@ORDERS
@pytest.mark.parametrize("mass", [166.0, 172.5, 180.0])
def test_value_covariance(prediction: Prediction, order: int, mass: float) -> None:
    fit = interpolate(prediction, order)
    p = np.array([(mass - 172.5) ** k for k in range(order + 1)])
    expected = np.array([[p @ fit.covariance[a, :, b, :] @ p for b in range(4)] for a in range(4)])
    np.testing.assert_allclose(fit.value_covariance(mass), expected, rtol=1e-12, atol=1e-20)


def test_values_of_one_sample_stay_normalised(prediction: Prediction) -> None:
    """Where all weights are those of one sample size, shares of a linear fit sum to 1 within a fraction of sigma."""
    fit = interpolate(prediction, 1)
    sigma = np.sqrt(np.sum(fit.value_covariance(172.5)))
    assert fit.value(172.5).sum() == pytest.approx(1.0, abs=1e-3)
    assert sigma < 0.2 * np.sqrt(np.trace(fit.value_covariance(172.5)))


@ORDERS
def test_slopes(prediction: Prediction, order: int) -> None:
    fit, h = interpolate(prediction, order), 0.01
    for mass in (172.5, 168.0):
        up, here, down = fit.value(mass + h), fit.value(mass), fit.value(mass - h)
        first, second = fit.slopes(mass)
        # exact for a quadratic; a cubic leaves h^2 c_3, about 1e-4 x 1e-5
        np.testing.assert_allclose(first, (up - down) / (2.0 * h), atol=1e-8)
        # rounding 1e-16 / h^2
        np.testing.assert_allclose(second, (up - 2.0 * here + down) / h**2, atol=1e-10)


@ORDERS
def test_too_few_masses(prediction: Prediction, order: int) -> None:
    def cut(count: int) -> Prediction:
        rows = slice(0, count)
        return replace(
            prediction,
            masses=prediction.masses[rows],
            fractions=prediction.fractions[rows],
            fraction_sigma=prediction.fraction_sigma[rows],
        )

    assert interpolate(cut(order + 1), order).ndf == 0
    message = (
        f"toy for A has {order} masses; a polynomial of order {order} needs at least {order + 1}: lower `interpolation`"
    )
    with pytest.raises(ModelError, match=message):
        interpolate(cut(order), order)


def test_shipped_predictions_are_smooth(cards) -> None:  # type: ignore[no-untyped-def]
    """The default order 2 describes the mass points: the chi2 is within four sigma of its expectation."""
    for statement in read_card(cards / "atlas_cms.txt").theory:
        fit = interpolate(read_prediction(statement.path), 2)
        assert abs(fit.chi2 - fit.ndf) < 4.0 * np.sqrt(2.0 * fit.ndf)
