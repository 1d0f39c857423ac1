"""Cross sections combined with sources of every kind, against a slow twin written out in numpy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize

from combined import combine
from nonlinear import bent, scaled
from synthetic import make_measurement
from ttjroofit.analysis.cross_sections import combine_cross_sections
from ttjroofit.errors import ModelError
from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.model.combination import Combination
from ttjroofit.model.curved import Form, curved_errors, eliminate_curved
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.options import ModelOptions

A = scaled(bent(make_measurement("A", bins=2, sources=2, profiled=2, seed=1), {"A_s0": ("absolute", "kinked")}), "A_p1")
B = bent(
    make_measurement("B", bins=2, sources=4, seed=2),
    {"B_s0": ("relative", "kinked"), "B_s1": ("relative", "smooth"), "B_s2": ("lognormal", "smooth")},
)
C = make_measurement("C", bins=2, sources=1, seed=3)
ORDER = ("A_p0", "A_p1", "A_s0", "A_s1", "B_s0", "B_s1", "B_s2", "B_s3", "C_s0")
LINES = ("combine x = *_bin0", "combine y = *_bin1", "correlation b A_p0 B_s1 0.5", "correlation b A_s0 B_s0 0.3")


def curve(theta: float, up: FloatArray, down: FloatArray, interpolation: str) -> FloatArray:
    if interpolation == "kinked" or abs(theta) > 1.0:
        return theta * up if theta >= 0 else -theta * down
    polynomial = theta**2 * (15.0 - 10.0 * theta**2 + 3.0 * theta**4)
    return theta * (up - down) / 2.0 + polynomial * (up + down) / 16.0


def effects(m: Measurement) -> FloatArray:
    """Shift of the bins for +1 of each profiled nuisance at fixed others: -M^-1 kappa of the inverse covariance."""
    bins, precise = len(m.bins), np.linalg.inv(m.covariance)
    return np.asarray(-np.linalg.solve(precise[:bins, :bins], precise[:bins, bins:]))


def expected(m: Measurement, truth: FloatArray, theta: dict[str, float]) -> FloatArray:
    """Factors first, then shifts; profiled nuisances act about their post-fit values."""
    y = truth.copy()
    away = {name: theta[name] - value for name, value in zip(m.profiled, m.profiled_values, strict=True)}
    for name, effect in zip(m.profiled, effects(m).T if m.profiled else (), strict=True):
        y = y * (1.0 - away[name] * effect / m.values) if name in m.responses else y
    for name, r in m.responses.items():
        if name in m.sources and r.kind == "relative":
            y = y * (1.0 - curve(theta[name], r.up / m.values, r.down / m.values, r.interpolation))
        elif r.kind == "lognormal":
            logs = (np.log(1.0 + r.up / m.values), np.log(1.0 + r.down / m.values))
            y = y / np.exp(curve(theta[name], *logs, r.interpolation))
    for name, shift in zip(m.sources, m.shifts.T, strict=True):
        if name not in m.responses:
            y = y - theta[name] * shift
        elif m.responses[name].kind == "absolute":
            y = y - curve(theta[name], m.responses[name].up, m.responses[name].down, m.responses[name].interpolation)
    for name, effect in zip(m.profiled, effects(m).T if m.profiled else (), strict=True):
        y = y - away[name] * effect if name not in m.responses else y
    return y


def twin(combination: Combination, z: FloatArray, form: Form) -> float:
    truth, theta = z[:2], dict(zip(ORDER, z[2:], strict=True))
    total = 0.0
    for m in (A, B, C):
        bins = len(m.bins)
        data, fitted = np.split(combination.observed[m.name], [bins])
        mu, inner = expected(m, truth, theta), np.linalg.inv(m.covariance)[:bins, :bins]
        if len(m.profiled):
            away = fitted - np.array([theta[name] for name in m.profiled])
            total += float(away @ np.linalg.inv(m.covariance[bins:, bins:]) @ away)
        u = (data - mu) * (np.sqrt(data / mu) if form == "pearson" else np.ones(bins))
        total += float(u @ inner @ u)
    prior = np.eye(len(ORDER))
    for a, b, rho in (("A_p0", "B_s1", 0.5), ("A_s0", "B_s0", 0.3)):
        i, j = ORDER.index(a), ORDER.index(b)
        prior[i, j] = prior[j, i] = rho
    vector = np.array([theta[name] for name in ORDER])
    return total + float(vector @ np.linalg.inv(prior) @ vector) - theta["A_p0"] ** 2 - theta["A_p1"] ** 2


def minimum_of(
    combination: Combination, start: FloatArray, form: Form, held: float | None = None
) -> tuple[float, FloatArray]:
    def chi2(free: FloatArray) -> float:
        return twin(combination, free if held is None else np.append(held, free), form)

    found = start if held is None else start[1:]
    for _ in range(3):
        found = minimize(chi2, found, method="BFGS", options={"gtol": 1e-9}).x
    return chi2(found), found


@pytest.mark.parametrize("form", ["neyman", "pearson"])
def test_minimum_and_errors_equal_those_of_the_slow_twin(tmp_path: Path, form: Form) -> None:
    combination = combine(tmp_path, *LINES, measurements=(A, B, C))
    minimum, chi2 = eliminate_curved(combination, form)
    z = minimum.joint.mean
    assert tuple(combination.prior.parameters) == ORDER
    # away from the knees of a thousandth of a sigma, which the twin does not have
    for seed in range(3):
        at = z + 0.4 * np.random.default_rng(seed).normal(size=len(z))
        assert chi2.value(at) == pytest.approx(twin(combination, at, form), rel=1e-8)
    lowest, found = minimum_of(combination, z * 1.001, form)
    assert minimum.joint.chi2 == pytest.approx(lowest, abs=1e-6)
    sigma = np.sqrt(np.diag(minimum.joint.covariance))
    assert np.max(np.abs(z - found) / sigma) < 1e-4
    ((low, high),) = curved_errors(chi2, minimum, [0])
    assert low < 0.0 < high
    for end in (low, high):
        # chi2 has a slope of 2 / sigma there: the end is right to 1e-4 sigma
        assert minimum_of(combination, z, form, z[0] + end)[0] - lowest == pytest.approx(1.0, abs=2e-4)


@pytest.mark.parametrize("form", ["neyman", "pearson"])
def test_derivatives_are_finite_differences(tmp_path: Path, form: Form) -> None:
    lines = (*LINES, "B_s3 errorOnError 0.4", "correlation b C_s0 A_s1 -1")
    minimum, chi2 = eliminate_curved(combine(tmp_path, *lines, measurements=(A, B, C)), form)
    z = minimum.joint.mean + 0.5 * np.random.default_rng(4).normal(size=len(minimum.joint.mean))
    slope, hessian = chi2.derivatives(z)
    steps = 1e-5 * np.eye(len(z))
    numeric = [(chi2.value(z + h) - chi2.value(z - h)) / 4e-5 for h in steps]
    np.testing.assert_allclose(slope, numeric, rtol=1e-5, atol=1e-5)
    columns = [(chi2.derivatives(z + h)[0] - chi2.derivatives(z - h)[0]) / 2e-5 for h in steps]
    np.testing.assert_allclose(hessian, columns, rtol=1e-5, atol=1e-5)


def test_straight_lines_are_the_linear_combination(tmp_path: Path) -> None:
    """An error on an error far below one makes a source explicit, and changes nothing else."""
    parts = tuple(replace(m, responses={}) for m in (A, B, C))
    lines = LINES[:2]
    linear = eliminate(combine(tmp_path, *lines, measurements=parts)).joint
    explicit = combine(tmp_path, *lines, "B_s* errorOnError 0.001", measurements=parts)
    assert explicit.explicit == set(B.sources)
    curved, _ = eliminate_curved(explicit, "neyman")
    # 2 r^2 = 2e-6 of a constraint
    np.testing.assert_allclose(curved.joint.mean, linear.mean, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(curved.joint.covariance, linear.covariance, rtol=1e-5, atol=1e-4)


def test_frozen_curves_are_shifts(tmp_path: Path) -> None:
    options = ModelOptions(freeze_parameters=("B_s0",), set_parameters={"B_s0": 1.0})
    combination = combine(tmp_path, *LINES[:2], measurements=(A, B, C), options=options)
    frozen, _ = eliminate_curved(combination, "neyman")
    up = B.responses["B_s0"].up
    # one relative source at +1: the values of B are those of a smaller cross section
    scale = 1.0 / (1.0 - up / B.values)
    moved = replace(
        B,
        values=B.values * scale,
        covariance=B.covariance * np.outer(scale, scale),
        shifts=np.delete(B.shifts, 0, axis=1) * scale[:, None],
        sources=B.sources[1:],
        responses={
            name: replace(r, up=r.up * scale, down=r.down * scale) for name, r in B.responses.items() if name != "B_s0"
        },
        groups={"B_outside": B.sources[1:]},
    )
    other, _ = eliminate_curved(combine(tmp_path, *LINES[:2], measurements=(A, moved, C)), "neyman")
    np.testing.assert_allclose(frozen.joint.mean[:2], other.joint.mean[:2], rtol=1e-8)
    np.testing.assert_allclose(frozen.joint.covariance[:2, :2], other.joint.covariance[:2, :2], rtol=1e-6)


def test_sources_without_prior_are_determined_by_other_measurements(tmp_path: Path) -> None:
    one, two, three = (replace(m, responses={}) for m in (A, B, C))
    free = replace(three, without_prior=frozenset(["C_s0"]))
    combination = combine(tmp_path, *LINES[:2], measurements=(one, two, free))
    assert combination.explicit == {"C_s0"}
    result = combine_cross_sections(combination).result
    assert next(n for n in result.nuisances if n.name == "C_s0").constraint > 0.0
    without = combine_cross_sections(combine(tmp_path, *LINES[:2], measurements=(one, two))).result
    tied = combine_cross_sections(combine(tmp_path, *LINES[:2], measurements=(one, two, three))).result
    assert tied.sigma[0] < result.sigma[0] < without.sigma[0]
    assert result.errors is not None
    assert result.errors[0].hi == pytest.approx(result.sigma[0], rel=1e-6)


@pytest.mark.parametrize("form", ["neyman", "pearson"])
def test_a_source_without_prior_that_nothing_tells_from_the_bins_is_named(tmp_path: Path, form: Form) -> None:
    free = replace(C, without_prior=frozenset(["C_s0"]))
    with pytest.raises(ModelError, match=r"nearly singular .*: [^.]*C_s0[^.]* move together .* has no prior one"):
        eliminate_curved(combine(tmp_path, measurements=(free,)), form)


@pytest.mark.parametrize("form", ["neyman", "pearson"])
def test_sources_without_prior_that_are_nearly_one_are_refused(tmp_path: Path, form: Form) -> None:
    """Their difference has a variance of 1e15: this used to give uncertainties of the bins that are off by 1e-3."""
    second = make_measurement("C", bins=2, sources=2, seed=3)
    shifts = second.shifts.copy()
    shifts[:, 1] = shifts[:, 0] * [1.0 + 1e-7, 1.0 - 1e-7]
    free = replace(second, shifts=shifts, without_prior=frozenset(second.sources))
    with pytest.raises(ModelError, match=r"condition number \S+e\+1\d.*: (C_s0, C_s1|C_s1, C_s0) move together"):
        eliminate_curved(combine(tmp_path, *LINES[:2], measurements=(A, B, free)), form)
