"""Derivatives for all pairs of nuisances against central differences of combinations made anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlated import Solved, solve
from synthetic import TIES, three_parts
from ttjroofit.analysis.pair_sensitivity import pair_count, pair_rows
from ttjroofit.card import read_card
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.combination import Combination
from ttjroofit.model.correlations.refit import mass_fitter
from ttjroofit.model.correlations.response import prior_response
from ttjroofit.model.correlations.sensitivity import bin_sensitivity, definite_intervals, mass_sensitivity
from ttjroofit.model.options import ModelOptions

CARDS = Path(__file__).parents[2] / "cards"

PRECISION = 1e-5
"""Of a derivative, relative to it: what is asked; the differences themselves reach about 1e-7."""


def changed(combination: Combination, first: str, second: str, change: float) -> Solved:
    """The fit with one entry of the prior correlation matrix changed, everything made anew."""
    prior = combination.prior
    i, j = prior.parameters.index(first), prior.parameters.index(second)
    matrix = prior.correlation.copy()
    matrix[i, j] = matrix[j, i] = matrix[i, j] + change
    return solve(replace(combination, prior=replace(prior, correlation=matrix)))


def difference(combination: Combination, first: str, second: str, step: float) -> Solved:
    """Central differences with Richardson's extrapolation, in the fields of a fit."""
    coarse, fine = ([changed(combination, first, second, sign * h) for sign in (1.0, -1.0)] for h in (2.0 * step, step))

    def slope(name: str) -> np.ndarray:
        (up, down), (near_up, near_down) = ([np.asarray(getattr(s, name)) for s in pair] for pair in (coarse, fine))
        return (4.0 * (near_up - near_down) / (2.0 * step) - (up - down) / (4.0 * step)) / 3.0

    numbers = {name: float(slope(name)) for name in ("mass", "sigma", "posterior_sigma", "chi2")}
    return Solved(**numbers, bins=slope("bins"), covariance=slope("covariance"))


def check_pairs(combination: Combination, pairs: list[tuple[int, int]], step: float) -> None:
    response, fitter = prior_response(combination), mass_fitter(combination)
    sensitivity = mass_sensitivity(fitter, response)
    largest = np.max(np.abs(sensitivity.shift)) * np.max(np.abs(sensitivity.pull))
    for i, j in pairs:
        expected = difference(combination, response.names[i], response.names[j], step)
        one, other = np.array([i]), np.array([j])
        # a derivative far below the largest drowns in the rounding of the difference
        floor = 1e-6 * largest
        assert sensitivity.of_value(one, other)[0] == pytest.approx(expected.mass, rel=PRECISION, abs=floor)
        assert sensitivity.of_sigma(one, other)[0] == pytest.approx(expected.sigma, rel=PRECISION, abs=floor)
        for b in (0, len(response.mean) - 1):
            bin_ = bin_sensitivity(response, b)
            size = bin_.sigma
            assert bin_.of_value(one, other)[0] / size == pytest.approx(
                expected.bins[b] / size, rel=PRECISION, abs=1e-7
            )
            variance = expected.covariance[b, b] / (2.0 * size)
            assert bin_.of_sigma(one, other)[0] / size == pytest.approx(variance / size, rel=PRECISION, abs=1e-7)


@pytest.mark.parametrize("scenario", ["none", "jes_modelling"])
def test_derivatives_of_the_three_measurements(scenario: str) -> None:
    """The largest ones and some drawn among the nuisances that matter; the repaired matrix is nearly singular."""
    combination = load_combination(read_card(CARDS / "atlas_cms.txt"), ModelOptions(scenario=scenario))
    response, fitter = prior_response(combination), mass_fitter(combination)
    sensitivity = mass_sensitivity(fitter, response)
    rng = np.random.default_rng(9)
    mattering = np.argsort(-np.abs(sensitivity.shift) - 0.05 * np.abs(sensitivity.pull))[:60]
    pairs = [tuple(rng.choice(mattering, 2, replace=False).tolist()) for _ in range(4)]
    widths = definite_intervals(np.linalg.inv(response.correlation), *np.array(pairs).T)
    step = 0.05 * min(float(np.min(widths[1])), float(-np.max(widths[0])), 0.1)
    check_pairs(combination, pairs, step)


@pytest.mark.parametrize("ties", [*TIES, "frozen"])
def test_derivatives_of_every_kind_of_pair(tmp_path: Path, ties: str) -> None:
    parts = three_parts(tmp_path)
    stated = TIES.get(ties, TIES["profiled with external"])
    options = ModelOptions(freeze_parameters=("A_s0",), set_parameters={"A_s0": 0.7}) if ties == "frozen" else None
    combination = parts.combine(*(f"correlation x {a} {b} {v}" for a, b, v in stated), options=options)
    names = prior_response(combination).names
    pairs = [("A_p0", "B_s0"), ("A_s0", "B_s1"), ("A_p1", "C_p0"), ("B_s2", "C_s0"), ("A_p0", "C_s0")]
    check_pairs(combination, [(names.index(a), names.index(b)) for a, b in pairs], 1e-3)


def test_frozen_mass_leaves_the_others(tmp_path: Path) -> None:
    """Two masses: the first floating one is what is differentiated, frozen parameters stay where they are."""
    parts = three_parts(tmp_path)
    combination = parts.combine(options=ModelOptions(freeze_parameters=("norm_A", "pdf_a")))
    names = prior_response(combination).names
    check_pairs(combination, [(names.index("A_p0"), names.index("B_s0"))], 1e-3)


def test_error_on_an_error_bends_the_prior_too(tmp_path: Path) -> None:
    """A nuisance with an error on its error is explicit, its prior is not a parabola; pairs with it are not listed."""
    parts = three_parts(tmp_path)
    combination = parts.combine("correlation x A_p0 B_s0 0.4", "B_s1 errorOnError 0.4")
    response, fitter = prior_response(combination), mass_fitter(combination)
    names = response.names
    check_pairs(
        combination, [(names.index("A_p0"), names.index("B_s0")), (names.index("A_s0"), names.index("C_s0"))], 1e-3
    )
    rows = pair_rows(combination, response, fitter, mass_sensitivity(fitter, response))
    assert not any("B_s1" in row.nuisances for row in rows)


@given(st.integers(0, 10_000))
def test_interval_is_where_the_smallest_eigenvalue_vanishes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    factors = rng.standard_normal((5, 8))
    matrix = factors @ factors.T
    scale = np.sqrt(np.diag(matrix))
    matrix /= np.outer(scale, scale)
    i, j = rng.choice(5, 2, replace=False)
    low, high = definite_intervals(np.linalg.inv(matrix), np.array([i]), np.array([j]))

    def smallest(change: float) -> float:
        moved = matrix.copy()
        moved[i, j] = moved[j, i] = moved[i, j] + change
        return float(np.linalg.eigvalsh(moved)[0])

    assert low[0] < 0.0 < high[0]
    for end in (low[0], high[0]):
        assert smallest(end) == pytest.approx(0.0, abs=1e-9)
        assert smallest(0.99 * end) > 0.0
        assert smallest(1.01 * end) < 0.0


def test_no_interval_where_information_is_negative() -> None:
    low, high = definite_intervals(np.array([[-1.0, 0.2], [0.2, 1.0]]), np.array([0]), np.array([1]))
    assert (low[0], high[0]) == (-np.inf, np.inf)


def test_ranked_pairs_and_their_largest_exact_change(tmp_path: Path) -> None:
    """By the derivative; the largest change is that of refits of new combinations, and no point inside exceeds it."""
    parts = three_parts(tmp_path)
    combination = parts.combine("correlation x A_p0 B_s0 0.5")
    response, fitter = prior_response(combination), mass_fitter(combination)
    sensitivity = mass_sensitivity(fitter, response)
    rows = pair_rows(combination, response, fitter, sensitivity)
    counts = [
        sum(owner.measurement == m and not owner.without_prior for owner in combination.owners.values()) for m in "ABC"
    ]
    assert (
        pair_count(combination, response) == len(rows) == sum(counts[i] * counts[j] for i in range(3) for j in range(i))
    )
    assert [abs(row.mass_derivative) for row in rows] == sorted((abs(r.mass_derivative) for r in rows), reverse=True)
    assert [row.nuisances for row in rows if row.stated] == [("A_p0", "B_s0")]
    assert all(row.measurements[0] != row.measurements[1] for row in rows)
    for row in rows[:3]:
        assert row.half_MeV == pytest.approx(500.0 * row.mass_derivative)
        first, second = row.nuisances
        inside = row.largest.rho - row.correlation
        moved = changed(combination, first, second, inside * (1.0 - 1e-6)).mass - sensitivity.value
        assert row.largest.shift_MeV == pytest.approx(1000.0 * moved, rel=1e-4)
        for share in (-0.9, -0.5, 0.5, 0.9):
            ends = row.interval[0] - row.correlation, row.interval[1] - row.correlation
            change = share * (ends[1] if share > 0 else -ends[0])
            shift = changed(combination, first, second, change).mass - sensitivity.value
            assert abs(1000.0 * shift) <= abs(row.largest.shift_MeV) * (1.0 + 1e-3)
