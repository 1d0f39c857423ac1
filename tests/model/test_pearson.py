"""Pearson's chi2 against closed forms and a slow twin."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize

from combined import combine
from synthetic import make_measurement
from ttjroofit.errors import FitError, InputError
from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.model.combination import Combination
from ttjroofit.model.curved import curved_errors, eliminate_curved
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.options import ModelOptions

A = make_measurement("A", bins=2, sources=1, profiled=2, seed=1, free=["A_p1"])
B = make_measurement("B", bins=2, sources=2, seed=2)
LINES = ("combine x = A_bin0 B_bin0", "combine y = A_bin1 B_bin1", "correlation b A_p0 B_s1 0.5")


def one_bin(name: str, value: float, sigma: float) -> Measurement:
    made = make_measurement(name, bins=1, sources=0)
    return replace(made, values=np.array([value]), covariance=np.array([[sigma**2]]))


values = st.floats(50, 150)
sigmas = st.floats(1, 20)


@given(st.lists(st.tuples(values, sigmas), min_size=2, max_size=4))
def test_mean_of_counts_in_closed_form(
    tmp_path_factory: pytest.TempPathFactory, data: list[tuple[float, float]]
) -> None:
    """sum w x (x - m)^2 / m = A / m - 2 B + C m: the minimum is sqrt(A / C), where it rises by 1 is a quadratic."""
    measured = tuple(one_bin(f"M{i}", *pair) for i, pair in enumerate(data))
    combination = combine(tmp_path_factory.mktemp("card"), "combine x = M*", measurements=measured)
    minimum, chi2 = eliminate_curved(combination, "pearson")
    x, w = np.array([value for value, _ in data]), np.array([1 / sigma**2 for _, sigma in data])
    a, b, c = np.sum(w * x**3), np.sum(w * x**2), np.sum(w * x)
    assert minimum.joint.mean[0] == pytest.approx(np.sqrt(a / c), rel=1e-10)
    assert minimum.joint.chi2 == pytest.approx(2 * np.sqrt(a * c) - 2 * b, abs=1e-8)
    middle, root = (2 * np.sqrt(a * c) + 1) / (2 * c), np.sqrt(((2 * np.sqrt(a * c) + 1) / (2 * c)) ** 2 - a / c)
    (low, high), *_ = curved_errors(chi2, minimum, [0])
    best = np.sqrt(a / c)
    # the level is met to 1e-9 of chi2, so errors to about 1e-9 of themselves
    assert (low, high) == (pytest.approx(middle - root - best, rel=1e-7), pytest.approx(middle + root - best, rel=1e-7))


def twin(combination: Combination, z: FloatArray) -> float:
    """chi2 written out: x, y, A_p0, A_p1, A_s0, B_s0, B_s1 in this order."""
    truth, theta = z[:2], dict(zip(combination.prior.parameters, z[2:], strict=True))
    total = 0.0
    for m in (A, B):
        bins, (data, fitted) = len(m.bins), np.split(combination.observed[m.name], [len(m.bins)])
        precise = np.linalg.inv(m.covariance)
        inner = precise[:bins, :bins]  # of the bins at fixed nuisances
        away = fitted - np.array([theta[name] for name in m.profiled])
        mu = truth - m.shifts @ np.array([theta[name] for name in m.sources])
        if len(m.profiled):
            mu = mu - np.linalg.solve(inner, precise[:bins, bins:]) @ away
            total += away @ np.linalg.inv(m.covariance[bins:, bins:]) @ away
        ratio = np.sqrt(np.outer(data / mu, data / mu))
        total += float((data - mu) @ (inner * ratio) @ (data - mu))
    names = ["A_p0", "A_s0", "B_s0", "B_s1"]  # A_p1 has no prior
    prior = np.eye(4)
    prior[0, 3] = prior[3, 0] = 0.5
    vector = np.array([theta[name] for name in names])
    return total + float(vector @ np.linalg.inv(prior) @ vector) - theta["A_p0"] ** 2


def test_minimum_and_errors_equal_those_of_the_slow_twin(tmp_path: Path) -> None:
    combination = combine(tmp_path, *LINES, measurements=(A, B))
    minimum, chi2 = eliminate_curved(combination, "pearson")
    z = minimum.joint.mean
    for seed in range(3):
        at = z + 0.3 * np.random.default_rng(seed).normal(size=len(z))
        assert chi2.value(at) == pytest.approx(twin(combination, at), rel=1e-11)
    found = minimize(lambda at: twin(combination, at), z * 1.001, method="BFGS", options={"gtol": 1e-9})
    assert minimum.joint.chi2 == pytest.approx(found.fun, abs=1e-9)
    np.testing.assert_allclose(z, found.x, rtol=1e-5, atol=1e-5)  # finite differences of BFGS

    def profile(value: float) -> float:
        rest = minimize(lambda o: twin(combination, np.append(value, o)), z[1:], method="BFGS", options={"gtol": 1e-8})
        return float(rest.fun) - minimum.joint.chi2 - 1.0

    (low, high), *_ = curved_errors(chi2, minimum, [0])
    sigma = float(np.sqrt(minimum.joint.covariance[0, 0]))
    assert high == pytest.approx(brentq(profile, z[0], z[0] + 2 * sigma, xtol=1e-6) - z[0], abs=1e-4)
    assert low == pytest.approx(brentq(profile, z[0] - 2 * sigma, z[0], xtol=1e-6) - z[0], abs=1e-4)
    assert low == pytest.approx(-sigma, rel=0.2)


def test_derivatives_are_finite_differences(tmp_path: Path) -> None:
    minimum, chi2 = eliminate_curved(combine(tmp_path, *LINES, measurements=(A, B)), "pearson")
    z = minimum.joint.mean + 0.5 * np.random.default_rng(4).normal(size=len(minimum.joint.mean))
    slope, hessian = chi2.derivatives(z)
    steps = 1e-5 * np.eye(len(z))
    # halves of the derivatives; central differences with step h are good to h^2
    numeric = [(chi2.value(z + h) - chi2.value(z - h)) / 4e-5 for h in steps]
    np.testing.assert_allclose(slope, numeric, rtol=1e-5, atol=1e-5)
    columns = [(chi2.derivatives(z + h)[0] - chi2.derivatives(z - h)[0]) / 2e-5 for h in steps]
    np.testing.assert_allclose(hessian, columns, rtol=1e-6, atol=1e-6)


def test_both_forms_agree_where_the_data_agree(tmp_path: Path) -> None:
    """With every cross section measured once all residuals are 0, and so is their effect on the variances."""
    lines = ("pulls zero",)
    neyman = eliminate(combine(tmp_path, *lines, measurements=(A, B)))
    pearson, _ = eliminate_curved(combine(tmp_path, *lines, measurements=(A, B)), "pearson")
    np.testing.assert_allclose(pearson.joint.mean, neyman.joint.mean, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(pearson.joint.covariance, neyman.joint.covariance, rtol=1e-8, atol=1e-9)


def test_frozen_nuisances_stay(tmp_path: Path) -> None:
    options = ModelOptions(freeze_parameters=("A_p0", "B_s0"))
    combination = combine(tmp_path, *LINES, measurements=(A, B), options=options)
    minimum, _ = eliminate_curved(combination, "pearson")
    free = [i for i, name in enumerate(combination.prior.parameters) if name not in ("A_p0", "B_s0")]
    assert minimum.floating.tolist() == free

    def chi2(at: FloatArray) -> float:
        full = np.concatenate([at[:2], combination.starts])
        full[2 + np.array(free)] = at[2:]
        return twin(combination, full)

    found = minimize(chi2, minimum.joint.mean * 1.001, method="BFGS", options={"gtol": 1e-9})
    assert minimum.joint.chi2 == pytest.approx(found.fun, abs=1e-9)


def test_values_must_be_positive(tmp_path: Path) -> None:
    combination = combine(tmp_path, measurements=(one_bin("M", -3.0, 1.0),))
    with pytest.raises(InputError, match=r"M\.yaml: --chi2 pearson: M_bin0 is -3, .* use --chi2 neyman"):
        eliminate_curved(combination, "pearson")


def test_errors_of_a_value_that_is_hardly_known(tmp_path: Path) -> None:
    """One standard deviation down is below zero, where chi2 is infinite: the lower error is shorter."""
    combination = combine(tmp_path, "combine x = M*", measurements=(one_bin("M0", 1.0, 9.0), one_bin("M1", 2.0, 9.0)))
    minimum, chi2 = eliminate_curved(combination, "pearson")
    best = float(minimum.joint.mean[0])
    (low, high), *_ = curved_errors(chi2, minimum, [0])
    assert -best < low < 0 < -low < high
    for end in (low, high):
        assert chi2.value(np.array([best + end])) == pytest.approx(minimum.joint.chi2 + 1, abs=1e-8)


def test_start_where_the_neyman_minimum_is_impossible(tmp_path: Path) -> None:
    """Strong correlations give 20 +- 10 a negative weight beside 1 +- 1: the Neyman mean is below zero."""
    made = make_measurement("M", bins=2, sources=0)
    made = replace(made, values=np.array([1.0, 20.0]), covariance=np.array([[1.0, 9.99], [9.99, 100.0]]))
    combination = combine(tmp_path, "combine x = M*", measurements=(made,))
    assert eliminate(combination).joint.mean[0] < 0
    minimum, chi2 = eliminate_curved(combination, "pearson")
    grid = np.linspace(0.5, 1.5, 1001) * minimum.joint.mean[0]
    assert minimum.joint.mean[0] > 0
    assert min(grid, key=lambda x: chi2.value(np.array([x]))) == pytest.approx(minimum.joint.mean[0], rel=1e-12)


def test_errors_that_cannot_be_found(tmp_path: Path) -> None:
    combination = combine(tmp_path, measurements=(one_bin("M", 1.0, 9.0),))
    minimum, chi2 = eliminate_curved(combination, "pearson")
    flat = replace(chi2, terms=())
    with pytest.raises(FitError, match=r"not found to rise by 1 on the lower side of cross section 1"):
        curved_errors(flat, minimum, [0])
