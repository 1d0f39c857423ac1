"""Sources that are not linear: their curves, derivatives, and the linear twin at a point."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nonlinear import CURVED, curved_parts
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.explicit import linearise
from ttjroofit.model.likelihood import explicit_chi2, reduce_likelihood, theory_of
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.options import ModelOptions
from ttjroofit.model.posterior import posterior
from ttjroofit.model.responses import KNEES, Curve

sizes = st.floats(-3.0, 3.0)


def curve(up: float, down: float, interpolation: str) -> Curve:
    return Curve("s", "absolute", np.arange(1), np.array([up]), np.array([down]), KNEES[interpolation])


@given(up=sizes, down=sizes, kind=st.sampled_from(["smooth", "kinked"]))
def test_curves_go_through_their_ends(up: float, down: float, kind: str) -> None:
    value, _, _ = curve(up, down, kind).derivatives(np.array([-2.0, -1.0, 0.0, 1.0, 2.0]))
    np.testing.assert_allclose(value[:, 0], [2 * down, down, 0.0, up, 2 * up], atol=1e-14)


@given(up=sizes, down=sizes, theta=st.floats(-1.0, 1.0))
def test_smooth_curves_have_two_continuous_derivatives(up: float, down: float, theta: float) -> None:
    smooth, step = curve(up, down, "smooth"), 1e-9
    for at in (-1.0, 1.0):
        inside, outside = (smooth.derivatives(np.array([at * (1.0 + side * step)])) for side in (-1.0, 1.0))
        # third derivatives up to 240 |up + down| / 16, times the step
        for one, other in zip(inside, outside, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-6)
    h = 1e-4
    below, here, above = (smooth.derivatives(np.array([theta + side * h]))[0] for side in (-1.0, 0.0, 1.0))
    _, first, second = smooth.derivatives(np.array([theta]))
    # fourth-order terms: h^2 times derivatives up to a few hundred; across +-1 the third derivative jumps, order h
    np.testing.assert_allclose((above - below) / (2 * h), first, atol=1e-5)
    np.testing.assert_allclose((above - 2 * here + below) / h**2, second, atol=2e-2)


def test_opposite_ends_are_a_straight_line() -> None:
    theta = np.linspace(-2.5, 2.5, 11)
    for kind in ("smooth", "kinked"):
        value, first, second = curve(0.7, -0.7, kind).derivatives(theta)
        np.testing.assert_allclose(value[:, 0], 0.7 * theta, atol=1e-15)
        np.testing.assert_allclose(first, 0.7)
        np.testing.assert_array_equal(second, 0.0)


@pytest.mark.parametrize("free", [False, True])
def test_jet_against_numerical_derivatives(tmp_path: Path, free: bool) -> None:
    theory = theory_of(curved_parts(tmp_path, free=free).combine("correlation b A_s0 B_s1 -1"))
    names, spectrum = theory.parameters.names, theory.spectrum
    assert len(theory.parameters.items) == len(set(names))
    rng = np.random.default_rng(4)
    steps = np.array([item.step for item in theory.parameters.items])
    at = theory.parameters.start + 0.4 * steps * rng.standard_normal(len(steps))
    jet = spectrum.jet(at)
    for p, step in enumerate(1e-4 * steps):
        move = np.eye(len(steps))[p] * step
        up, down = spectrum.jet(at + move), spectrum.jet(at - move)
        scale = np.max(np.abs(jet.first[:, p])) + 1e-12
        np.testing.assert_allclose((up.value - down.value) / (2 * step), jet.first[:, p], atol=1e-6 * scale)
        curvature = np.max(np.abs(jet.second[:, p])) + 1e-12
        np.testing.assert_allclose((up.first - down.first) / (2 * step), jet.second[:, p], atol=1e-5 * curvature)


LINES = ([], ["correlation b A_p0 B_s0 0.6"], ["correlation b A_s0 B_s1 -1", "correlation b B_s4 B_s2 0.4"])


@pytest.mark.parametrize("lines", LINES, ids=["apart", "tied to a profiled one", "tied to others"])
@pytest.mark.parametrize("free", [False, True])
def test_reduced_chi2_is_the_explicit_one_with_the_linear_nuisances_profiled(
    tmp_path: Path, lines: list[str], free: bool
) -> None:
    """The slow twin has every nuisance explicit; its linear ones are profiled here by solving for them."""
    combination = curved_parts(tmp_path, free=free).combine(*lines)
    elimination, theory = eliminate(combination), theory_of(combination)
    likelihood = reduce_likelihood(combination, elimination)
    names = list(combination.prior.parameters)
    explicit = [name for name in likelihood.parameters.names if name in names]
    linear = [i for i, name in enumerate(names) if name not in explicit]
    rng = np.random.default_rng(9)
    steps = np.array([item.step for item in likelihood.parameters.items])
    size = len(theory.interpolation_names) + len(linear)

    def profiled(values: np.ndarray) -> float:
        fixed = dict(zip(likelihood.parameters.names, values, strict=True))

        def chi2(free_ones: np.ndarray) -> float:
            phi = np.array([fixed.get(name, 0.0) for name in names])
            phi[linear] = free_ones[size - len(linear) :]
            return explicit_chi2(combination, values, free_ones[: size - len(linear)], phi)

        # chi2 is quadratic in them: three values a direction and the mixed ones give all of it
        eye, zero = np.eye(size), chi2(np.zeros(size))
        single = np.array([chi2(e) for e in eye])
        opposite = np.array([chi2(-e) for e in eye])
        slope = (single - opposite) / 2.0
        hessian = np.array([[chi2(a + b) for b in eye] for a in eye]) - single[:, None] - single + zero
        hessian[np.diag_indices(size)] = single + opposite - 2 * zero
        return float(zero - 0.5 * slope @ np.linalg.solve(hessian, slope))

    points = [likelihood.parameters.start + 0.5 * steps * rng.standard_normal(len(steps)) for _ in range(4)]
    reduced, full = ([f(point) for point in points] for f in (likelihood.chi2, profiled))
    np.testing.assert_allclose(reduced, full, rtol=1e-8)


@pytest.mark.parametrize("lines", LINES, ids=["apart", "tied to a profiled one", "tied to others"])
def test_linear_twin_has_the_same_minimum(tmp_path: Path, lines: list[str]) -> None:
    combination = curved_parts(tmp_path, free=True, interpolation="smooth").combine(*lines)
    likelihood = reduce_likelihood(combination, eliminate(combination))
    best = find_minimum(likelihood)
    true = replace(likelihood.spectrum, responses=None, linear=None).value(best)
    linear = linearise(combination, true, dict(zip(likelihood.parameters.names, best, strict=True)))
    assert linear.explicit == {"B_s3"}
    solved = eliminate(linear)
    again = reduce_likelihood(linear, solved)
    minimum = find_minimum(again)
    wanted = [best[likelihood.parameters.position(name)] for name in again.parameters.names]
    # least squares stops where chi2 does not change in its 14th digit
    np.testing.assert_allclose(minimum, wanted, rtol=1e-7, atol=1e-6)
    assert again.chi2(minimum) == pytest.approx(likelihood.chi2(best), rel=1e-8)
    after = posterior(linear, solved, minimum)
    for name in (*CURVED, "B_s3"):
        parent, sign = combination.prior.parents[name]
        value = sign * after.values[after.names.index(parent)]
        assert sign * best[likelihood.parameters.position(parent)] == pytest.approx(value, abs=1e-6)


def test_linear_sources_stay_eliminated(tmp_path: Path) -> None:
    combination = curved_parts(tmp_path).combine()
    assert combination.explicit == set(CURVED)
    names = reduce_likelihood(combination, eliminate(combination)).parameters.names
    assert set(CURVED) <= set(names)
    assert "B_s3" not in names
    assert "A_p0" not in names


@pytest.mark.parametrize("frozen", ["A_p0", "A_p1"])
def test_asimov_data_are_those_of_frozen_nuisances(tmp_path: Path, frozen: str) -> None:
    """Both were profiled; A_p1 is explicit, and used to stay at its published value where the data had it at 0."""
    options = ModelOptions(asimov=True, freeze_parameters=(frozen,), set_parameters={"m_t": 173.0})
    combination = curved_parts(tmp_path).combine(options=options)
    likelihood = reduce_likelihood(combination, eliminate(combination))
    values = find_minimum(likelihood)
    assert values[0] == pytest.approx(173.0, abs=1e-6)
    assert likelihood.chi2(values) == pytest.approx(0.0, abs=1e-9)
