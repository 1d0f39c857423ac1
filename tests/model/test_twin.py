"""The chi2 of the package against the independent twin, at random points."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from points import Point, random_point, real_twin, twin_chi2
from synthetic import TIES, three_parts
from ttjroofit.card.parser import read_card
from ttjroofit.inputs.prediction import Prediction
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import information
from ttjroofit.model.likelihood import explicit_chi2, theory_of
from ttjroofit.model.options import ModelOptions
from twin import FloatArray, Twin, shares

# Both sides invert a 238 x 238 covariance of condition number 1e7 or less, in double precision.
RELATIVE = 1e-9


def information_chi2(combination: Combination, point: Point) -> float:
    values, eta, phi = point
    theory = theory_of(combination)
    x = theory.spectrum.value(values) + theory.interpolation @ eta
    means, precisions = theory.parameters.prior_terms()
    priors = float(eta @ eta + precisions @ (values - means) ** 2)
    return information(combination).chi2(np.concatenate([x, phi])) + priors


@pytest.mark.parametrize("scenario", ["none", "jes_modelling"])
def test_the_three_measurements(cards: Path, scenario: str) -> None:
    combination = load_combination(read_card(cards / "atlas_cms.txt"), ModelOptions(scenario=scenario))
    twin = real_twin(combination, cards, scenario)
    assert combination.prior.names == tuple(twin.names)
    assert bool(np.any(np.triu(twin.correlation, 1))) is (scenario != "none")
    rng = np.random.default_rng(614)
    for _ in range(5):
        point = random_point(combination, rng)
        expected = twin_chi2(twin, combination, point)
        assert explicit_chi2(combination, *point) == pytest.approx(expected, rel=RELATIVE)
        assert information_chi2(combination, point) == pytest.approx(expected, rel=RELATIVE)


@pytest.mark.parametrize("stated", TIES.values(), ids=TIES.keys())
def test_small_cards(tmp_path: Path, stated: list[tuple[str, str, float]]) -> None:
    parts = three_parts(tmp_path)
    combination = parts.combine(*(f"correlation block {a} {b} {value}" for a, b, value in stated))
    twin, rng = parts.twin(*stated), np.random.default_rng(5)
    assert combination.joint_prior is (("A_p0", "C_p1", 0.7) in stated)
    for _ in range(20):
        point = random_point(combination, rng)
        expected = twin_chi2(twin, combination, point)
        assert explicit_chi2(combination, *point) == pytest.approx(expected, rel=RELATIVE)
        assert information_chi2(combination, point) == pytest.approx(expected, rel=RELATIVE)


@pytest.mark.parametrize("additive", [False, True])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_options_of_the_prediction(tmp_path: Path, order: int, additive: bool) -> None:
    parts = three_parts(tmp_path)
    combination = parts.combine(f"interpolation {order}", "pdf additive" if additive else "pdf multiplicative")
    twin, rng = parts.twin(order=order, additive=additive), np.random.default_rng(6)
    for _ in range(5):
        point = random_point(combination, rng)
        assert explicit_chi2(combination, *point) == pytest.approx(twin_chi2(twin, combination, point), rel=RELATIVE)


def test_masses_of_their_own_and_other_priors(tmp_path: Path) -> None:
    parts = three_parts(tmp_path)
    combination = parts.combine(
        "poi m_BC B,C 171 [150,195]", "pdf_a param 0.5 2.0", "norm_B param 390 20", "tnp_1 flatParam",
        poi="poi m_A A 172.5 [150,195]",
    )  # fmt: skip
    assert combination.theory is not None
    assert [item.name for item in combination.theory.parameters.masses] == ["m_A", "m_BC"]
    twin = Twin(
        parts.measurements,
        tuple(parts.predictions.values()),
        parts.twin().correlation,
        priors={"pdf_a": (0.5, 2.0), "tnp_1": (0.0, np.inf)},
    )
    position, rng = combination.theory.parameters.position("norm_B"), np.random.default_rng(7)
    for _ in range(5):
        point = random_point(combination, rng)
        expected = twin_chi2(twin, combination, point) + ((point[0][position] - 390.0) / 20.0) ** 2
        assert explicit_chi2(combination, *point) == pytest.approx(expected, rel=RELATIVE)


def test_interpolation_covariance_by_numerical_propagation(cards: Path) -> None:
    """Covariance of the predicted cross sections from the published fractions, by numerical derivatives of the twin.

    The fit is linear in the fractions and the renormalisation is smooth: central differences of 1e-6 are good to 1e-9.
    """
    combination = load_combination(read_card(cards / "atlas_cms.txt"))
    theory, twin = theory_of(combination), real_twin(combination, cards, "none")
    for measurement, prediction in zip(twin.measurements, twin.predictions, strict=True):
        widths = np.diff(measurement.edges) if measurement.per_unit else np.ones(len(measurement.bins))
        total = float(measurement.values @ widths)
        expected = np.zeros((len(widths), len(widths)))
        for point in range(len(prediction.masses)):
            jacobian = fraction_jacobian(prediction, point) * (total / widths)[:, None]
            expected += jacobian @ multinomial(prediction, point) @ jacobian.T
        where = combination.slices[measurement.name]
        found = theory.interpolation_covariance[where, where]
        scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
        np.testing.assert_allclose(found / scale, expected / scale, atol=1e-8)


def fraction_jacobian(prediction: Prediction, point: int) -> FloatArray:
    """Derivative of the shares at the nominal mass with respect to the fractions of one mass point, shape (n, n)."""
    bins, step = prediction.fractions.shape[1], 1e-6
    columns = []
    for b in range(bins):
        ends = []
        for sign in (1.0, -1.0):
            moved = prediction.fractions.copy()
            moved[point, b] += sign * step
            ends.append(shares(replace(prediction, fractions=moved), prediction.nominal_mass, {}))
        columns.append((ends[0] - ends[1]) / (2.0 * step))
    return np.array(columns).T


def multinomial(prediction: Prediction, point: int) -> FloatArray:
    """Covariance of counts of one sample, written with its published standard deviations."""
    f, sigma = prediction.fractions[point], prediction.fraction_sigma[point]
    correlation = -np.sqrt(np.outer(f / (1.0 - f), f / (1.0 - f)))
    np.fill_diagonal(correlation, 1.0)
    return correlation * np.outer(sigma, sigma)
