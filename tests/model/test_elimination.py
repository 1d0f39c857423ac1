"""The exact elimination against three other derivations: propagation, least squares, a fit of the original data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import block_diag, solve_triangular

from synthetic import Small, make_measurement, random_covariance, small
from ttjroofit.card.parser import read_card
from ttjroofit.errors import ModelError
from ttjroofit.inputs.measurement import Measurement
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.gaussian import Gaussian
from ttjroofit.model.likelihood import explicit_chi2, reduce_likelihood, theory_of
from ttjroofit.model.options import ModelOptions
from twin import FloatArray

# Square roots of the diagonal of the combined covariance without correlations, as published in each paper's own unit.
TOTAL_ERRORS = {
    "CMS_13TeV": [12.2429, 30.3447, 25.9544, 8.845],
    "ATLAS_8TeV": [122.37, 160.40, 226.89, 192.82, 266.20, 105.36, 82.90, 44.30],
    "ATLAS_13TeV": [94.21, 131.41, 134.15, 144.51, 141.29, 104.37, 68.75],
}


def in_units_of(expected: FloatArray, covariance: FloatArray) -> FloatArray:
    """Entries of a covariance in units of the standard deviations."""
    sigma = np.sqrt(np.diag(expected))
    return covariance / np.outer(sigma, sigma)


def assert_same(found: Gaussian, mean: FloatArray, covariance: FloatArray, tolerance: float = 1e-9) -> None:
    sigma = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(
        in_units_of(covariance, found.covariance), in_units_of(covariance, covariance), atol=tolerance
    )
    np.testing.assert_allclose((found.mean - mean) / sigma, 0.0, atol=tolerance * np.max(np.abs(mean / sigma)))


def propagate(combination: Combination) -> tuple[FloatArray, FloatArray]:
    """Mean and covariance of x = xhat + u + E theta_E with (u, theta_P - theta_hat) ~ N(0, V), theta_E = B theta_P + e.

    Every true value as a linear function of independent Gaussians: no Hessian, no prior divided out. Valid where
    nothing profiled in one measurement is tied to something profiled in another.
    """
    measurements, prior = combination.measurements, combination.prior
    profiled = [name for m in measurements for name in m.profiled]
    external = [name for m in measurements for name in m.sources]
    at = {name: i for i, name in enumerate(prior.names)}
    given, free = [at[n] for n in profiled], [at[n] for n in external]
    B = prior.correlation[np.ix_(free, given)]
    spread = prior.correlation[np.ix_(free, free)] - B @ B.T
    bins = [len(m.bins) for m in measurements]
    A = np.zeros((sum(bins), sum(len(m.covariance) for m in measurements) + len(external)))
    mean = np.concatenate([m.values for m in measurements])
    theta_hat = np.concatenate([m.profiled_values for m in measurements])
    E = block_diag(*(m.shifts for m in measurements))
    columns, start = [], 0
    for k, m in enumerate(measurements):
        rows = combination.slices[m.name]
        A[rows, start : start + bins[k]] = np.eye(bins[k])
        columns += range(start + bins[k], start + len(m.covariance))
        start += len(m.covariance)
    A[:, columns] = E @ B
    A[:, start:] = E
    noise = block_diag(*(m.covariance for m in measurements), spread)
    return mean + E @ B @ theta_hat, A @ noise @ A.T


def least_squares(combination: Combination) -> tuple[FloatArray, FloatArray]:
    """Whitened residuals of all measurements and of the conditional prior stacked, solved by singular values."""
    measurements, prior = combination.measurements, combination.prior
    n, at = len(combination.bins), {name: i for i, name in enumerate(prior.names)}
    blocks, targets = [], []
    for m in measurements:
        rows = np.zeros((len(m.covariance), n + len(prior.names)))
        rows[: len(m.bins), combination.slices[m.name]] = np.eye(len(m.bins))
        for i, name in enumerate(m.sources):
            rows[: len(m.bins), n + at[name]] = -m.shifts[:, i]
        for i, name in enumerate(m.profiled):
            rows[len(m.bins) + i, n + at[name]] = 1.0
        lower = np.linalg.cholesky(m.covariance)
        blocks.append(solve_triangular(lower, rows, lower=True))
        targets.append(solve_triangular(lower, np.concatenate([m.values, m.profiled_values]), lower=True))
    given = [at[name] for m in measurements for name in m.profiled]
    free = [at[name] for m in measurements for name in m.sources]
    B = prior.correlation[np.ix_(free, given)]
    rows = np.zeros((len(free), n + len(prior.names)))
    rows[np.arange(len(free)), n + np.array(free)] = 1.0
    rows[:, n + np.array(given, dtype=np.intp)] = -B
    lower = np.linalg.cholesky(prior.correlation[np.ix_(free, free)] - B @ B.T)
    blocks.append(solve_triangular(lower, rows, lower=True))
    design, target = np.concatenate(blocks), np.concatenate([*targets, np.zeros(len(free))])
    scale = np.linalg.norm(design, axis=0)
    solution, *_ = np.linalg.lstsq(design / scale, target, rcond=None)
    inverse = np.linalg.pinv(design / scale)
    return (solution / scale)[:n], ((inverse @ inverse.T) / np.outer(scale, scale))[:n, :n]


@pytest.mark.parametrize("derive", [propagate, least_squares])
@pytest.mark.parametrize("scenario", ["none", "jes_modelling"])
def test_the_three_measurements(cards: Path, scenario: str, derive) -> None:  # type: ignore[no-untyped-def]
    combination = load_combination(read_card(cards / "atlas_cms.txt"), ModelOptions(scenario=scenario))
    assert_same(eliminate(combination).reduced, *derive(combination))


@pytest.mark.parametrize("derive", [propagate, least_squares])
def test_a_small_card(tmp_path: Path, derive) -> None:  # type: ignore[no-untyped-def]
    parts = small(
        tmp_path,
        make_measurement("A", bins=3, sources=2, profiled=3, seed=1),
        make_measurement("B", bins=4, sources=3, seed=2, per_unit=True),
    )
    combination = parts.combine(
        "correlation b A_p0 B_s0 0.6", "correlation b A_p2 B_s0 -0.5", "correlation b A_s1 B_s2 0.9"
    )
    reduced = eliminate(combination).reduced
    assert_same(reduced, *derive(combination))
    assert reduced.chi2 == pytest.approx(0.0, abs=1e-9), "nothing is measured twice"


def test_cms_covariance_is_the_sum_of_the_published_tables(cards: Path) -> None:
    combination = load_combination(read_card(cards / "cms13.txt"))
    (cms,) = combination.measurements
    covariance = eliminate(combination).reduced.covariance
    # six digits: the tables give standard deviations and correlations to seven
    assert covariance[0, 0] == pytest.approx(149.887385, rel=1e-6)
    assert covariance[3, 3] == pytest.approx(78.234192, rel=1e-6)
    summed = cms.covariance[:4, :4] + sum(np.outer(shift, shift) for shift in cms.shifts.T)
    np.testing.assert_allclose(covariance, summed, rtol=1e-9)


def test_total_errors_without_correlations(cards: Path) -> None:
    combination = load_combination(read_card(cards / "atlas_cms.txt"), ModelOptions(scenario="none"))
    errors = np.sqrt(np.diag(eliminate(combination).reduced.covariance))
    for name, expected in TOTAL_ERRORS.items():
        # half of the last digit that is printed, at most 0.005 of 44.30
        np.testing.assert_allclose(errors[combination.slices[name]], expected, rtol=1.2e-4)


def original_fit(name: str, seed: int) -> tuple[Measurement, FloatArray, FloatArray, FloatArray]:
    """A measurement that fitted two bins and two nuisances to five data, and published the result.

    Returns:
        The measurement, and what it was made from: design (5, 4), data (5,), covariance of the data (5, 5).
    """
    rng = np.random.default_rng(seed)
    design = np.column_stack([np.repeat(np.eye(2), [3, 2], axis=0), 4.0 * rng.normal(size=(5, 2))])
    noise = random_covariance(rng, np.full(5, 5.0))
    data = design @ np.array([100.0, 120.0, 0.3, -0.4]) + 5.0 * rng.normal(size=5)
    prior = np.diag([0.0, 0.0, 1.0, 1.0])
    hessian = design.T @ np.linalg.solve(noise, design) + prior
    covariance = np.linalg.inv(hessian)
    post_fit = covariance @ design.T @ np.linalg.solve(noise, data)
    measurement = make_measurement(name, bins=2, sources=0, profiled=2, seed=seed)
    measurement = replace(
        measurement,
        values=post_fit[:2],
        profiled_values=post_fit[2:],
        covariance=(covariance + covariance.T) / 2.0,
        edges=np.array([0.0, 0.5, 1.0]),
    )
    return measurement, design, data, noise


def simultaneous_fit(
    parts: list[tuple[FloatArray, FloatArray, FloatArray]], prior: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Bins of both measurements from a fit of the data of both, with one prior for the four nuisances."""
    order = [0, 1, 4, 5, 2, 3, 6, 7]  # bins of A, nuisances of A, bins of B, nuisances of B -> bins, nuisances
    design = block_diag(*(part[0] for part in parts))[:, np.argsort(order)]
    data = np.concatenate([part[1] for part in parts])
    noise = block_diag(*(part[2] for part in parts))
    hessian = design.T @ np.linalg.solve(noise, design)
    hessian[4:, 4:] += np.linalg.inv(prior)
    covariance = np.linalg.inv(hessian)
    return (covariance @ design.T @ np.linalg.solve(noise, data))[:4], covariance[:4, :4]


def two_fits(folder: Path) -> tuple[Small, list[tuple[FloatArray, FloatArray, FloatArray]]]:
    (first, *original_first), (second, *original_second) = original_fit("A", 11), original_fit("B", 12)
    return small(folder, first, second), [tuple(original_first), tuple(original_second)]  # type: ignore[list-item]


@pytest.mark.parametrize("rho", [0.0, 0.4, -0.95])
def test_tied_fits_equal_one_fit_of_the_original_data(tmp_path: Path, rho: float) -> None:
    """Nuisances profiled in two measurements: what each published must give back what one joint fit would."""
    parts, original = two_fits(tmp_path)
    combination = parts.combine(f"correlation tie A_p0 B_p1 {rho}")
    assert combination.joint_prior is (rho != 0.0)
    prior = np.eye(4)
    prior[0, 3] = prior[3, 0] = rho
    # inverting V and subtracting its prior loses a digit or two
    assert_same(eliminate(combination).reduced, *simultaneous_fit(original, prior), tolerance=1e-8)


@pytest.mark.parametrize("sign", [1, -1])
def test_merged_fits_equal_one_fit_with_one_parameter(tmp_path: Path, sign: int) -> None:
    parts, original = two_fits(tmp_path)
    combination = parts.combine(f"correlation tie A_p0 B_p1 {sign}")
    assert combination.prior.parameters == ("A_p0", "A_p1", "B_p0")
    # theta = T phi; a prior N(0, T T^T) is singular, so the fit is done in phi
    designs = block_diag(original[0][0], original[1][0])[:, [0, 1, 4, 5, 2, 3, 6, 7]]
    T = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [sign, 0.0, 0.0]])
    design = designs @ block_diag(np.eye(4), T)
    noise, data = block_diag(original[0][2], original[1][2]), np.concatenate([original[0][1], original[1][1]])
    covariance = np.linalg.inv(design.T @ np.linalg.solve(noise, design) + np.diag([0.0] * 4 + [1.0] * 3))
    mean = covariance @ design.T @ np.linalg.solve(noise, data)
    assert_same(eliminate(combination).reduced, mean[:4], covariance[:4, :4], tolerance=1e-8)


def test_tied_fits_by_the_formula_of_the_specification(tmp_path: Path) -> None:
    """Sum of V_k^-1, minus unit priors, plus C^-1, with an externalised source beside."""
    parts = small(
        tmp_path,
        make_measurement("A", bins=2, sources=1, profiled=2, seed=21, free=["A_p1"]),
        make_measurement("B", bins=2, sources=0, profiled=1, seed=22),
    )
    combination = parts.combine("correlation tie A_p0 B_p0 0.6", "correlation tie A_s0 B_p0 0.3")
    a, b = parts.measurements
    # z = (x_A, x_B, A_p0, A_p1, A_s0, B_p0)
    on_a, on_b = np.zeros((4, 8)), np.zeros((3, 8))
    on_a[:2, :2], on_a[:2, 6], on_a[2, 4], on_a[3, 5] = np.eye(2), -a.shifts[:, 0], 1.0, 1.0
    on_b[:2, 2:4], on_b[2, 7] = np.eye(2), 1.0
    C = np.array([[1.0, 0.0, 0.6], [0.0, 1.0, 0.3], [0.6, 0.3, 1.0]])
    H = on_a.T @ np.linalg.inv(a.covariance) @ on_a + on_b.T @ np.linalg.inv(b.covariance) @ on_b
    H[4, 4] -= 1.0
    H[7, 7] -= 1.0
    H[np.ix_([4, 6, 7], [4, 6, 7])] += np.linalg.inv(C)
    slope = on_a.T @ np.linalg.solve(a.covariance, np.r_[a.values, a.profiled_values])
    slope += on_b.T @ np.linalg.solve(b.covariance, np.r_[b.values, b.profiled_values])
    mean, covariance = np.linalg.solve(H, slope), np.linalg.inv(H)
    found = eliminate(combination)
    assert combination.prior.parameters == ("A_p0", "A_p1", "A_s0", "B_p0")
    assert_same(found.joint, mean, covariance, tolerance=1e-8)
    assert found.reduced.chi2 != pytest.approx(0.0, abs=1e-3), "one nuisance is measured twice"


def test_a_total_that_is_not_positive_definite(tmp_path: Path) -> None:
    """Two published fits that constrain nothing (sigma above 1), tied: there is no such likelihood."""
    measurements = []
    for name, seed in (("A", 1), ("B", 2)):
        measurement = make_measurement(name, bins=2, sources=0, profiled=1, seed=seed)
        sigma = np.sqrt(np.diag(measurement.covariance))
        wide = measurement.covariance / np.outer(sigma, sigma) * np.outer([*sigma[:2], 2.0], [*sigma[:2], 2.0])
        measurements.append(replace(measurement, covariance=wide))
    combination = small(tmp_path, *measurements).combine("correlation tie A_p0 B_p0 -0.9")
    with pytest.raises(ModelError, match="not positive definite: smallest eigenvalue -"):
        eliminate(combination)


def test_the_reduced_chi2_is_the_minimum_of_the_explicit_one(tmp_path: Path) -> None:
    """Minimise over eta and phi by one Newton step of a quadratic; no step downwards is left."""
    parts, _ = two_fits(tmp_path)
    parts = parts.with_measurements(parts.measurements[0], make_measurement("B", bins=2, sources=3, seed=5))
    combination = small(tmp_path, *parts.measurements).combine(
        "correlation b A_p0 B_s0 0.5", "correlation b B_s1 A_p1 -0.4"
    )
    theory = theory_of(combination)
    likelihood = reduce_likelihood(combination, eliminate(combination))
    rng = np.random.default_rng(9)
    counts = len(theory.interpolation_names), len(combination.prior.parameters)
    for _ in range(5):
        values = np.array([item.start + item.step * rng.normal() for item in theory.parameters.items])

        def chi2(nuisances: FloatArray, values: FloatArray = values) -> float:
            return explicit_chi2(combination, values, nuisances[: counts[0]], nuisances[counts[0] :])

        assert likelihood.chi2(values) == pytest.approx(minimum_of_quadratic(chi2, sum(counts)), rel=1e-9)


def minimum_of_quadratic(function, dimension: int) -> float:  # type: ignore[no-untyped-def]
    """Minimum of a quadratic function from its values alone: unit steps, exact up to rounding."""
    unit, at_zero = np.eye(dimension), function(np.zeros(dimension))
    up, down = np.array([function(e) for e in unit]), np.array([function(-e) for e in unit])
    slope = (up - down) / 2.0
    second = np.array(
        [[function(a + b) - up[i] - up[j] + at_zero for j, b in enumerate(unit)] for i, a in enumerate(unit)]
    )
    return float(at_zero - 0.5 * slope @ np.linalg.solve(second, slope))
