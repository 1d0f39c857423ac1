"""Laws of the linear algebra: adding, fixing, conditioning, inverting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttjroofit.errors import ModelError
from ttjroofit.model.gaussian import Gaussian, Information, conditional_covariance, inverse_positive
from twin import FloatArray

# Condition numbers below stay under 1e4, so that 1e-9 is far above rounding and far below any mistake.
RELATIVE = 1e-9

seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(2, 8)


def positive(rng: np.random.Generator, size: int) -> FloatArray:
    """A positive-definite matrix whose components differ in scale by up to 1e6."""
    factors = rng.normal(size=(size, size))
    scale = 10.0 ** rng.uniform(-3.0, 3.0, size)
    return (factors @ factors.T / size + 0.2 * np.eye(size)) * np.outer(scale, scale)


def random_information(rng: np.random.Generator, size: int) -> Information:
    return Information(positive(rng, size), rng.normal(size=size), float(rng.normal()), rng.normal(size=size))


def split(rng: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray]:
    order = rng.permutation(size)
    count = int(rng.integers(1, size))
    return np.sort(order[:count]), np.sort(order[count:])


@given(seeds, sizes)
def test_inverse_positive_inverts_and_is_symmetric_to_the_last_bit(seed: int, size: int) -> None:
    matrix = positive(np.random.default_rng(seed), size)
    inverse = inverse_positive(matrix)
    np.testing.assert_array_equal(inverse, inverse.T)
    scale = np.sqrt(np.diag(matrix))
    np.testing.assert_allclose(matrix @ inverse * scale / scale[:, None], np.eye(size), atol=1e-9)


@given(seeds, sizes)
def test_inverse_positive_refuses_an_indefinite_matrix(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    vectors, _ = np.linalg.qr(rng.normal(size=(size, size)))
    matrix = vectors @ np.diag([-0.25, *rng.uniform(0.5, 2.0, size - 1)]) @ vectors.T
    with pytest.raises(ModelError, match=r"not positive definite: smallest eigenvalue -0\.25$"):
        inverse_positive((matrix + matrix.T) / 2.0)


def test_inverse_positive_refuses_a_component_without_information() -> None:
    with pytest.raises(ModelError, match=r"smallest eigenvalue 0$"):
        inverse_positive(np.diag([1.0, 0.0]))


@given(seeds, sizes)
def test_the_gaussian_is_the_same_function(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    information = random_information(rng, size)
    gaussian = information.gaussian()
    distance = np.sqrt(np.diag(gaussian.covariance)) * rng.normal(size=size)
    expected = gaussian.chi2 + distance @ np.linalg.solve(gaussian.covariance, distance)
    # the two differ by the cancellation of slope^2/hessian terms of size |constant - chi2|
    scale = abs(information.constant - gaussian.chi2) + abs(expected)
    assert information.chi2(gaussian.mean + distance) == pytest.approx(expected, abs=RELATIVE * scale)


@given(seeds, sizes)
def test_observing_adds_its_chi2(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    information = random_information(rng, size)
    rows = int(rng.integers(1, 6))
    design, observed, covariance = rng.normal(size=(rows, size)), rng.normal(size=rows), positive(rng, rows)
    z = rng.normal(size=size)
    residual = observed - design @ z
    added = residual @ np.linalg.solve(covariance, residual)
    terms = [information.chi2(z), added, observed @ np.linalg.solve(covariance, observed)]
    total = information.observe(design, observed, covariance).chi2(z)
    assert total == pytest.approx(terms[0] + added, abs=1e-8 * np.sum(np.abs(terms)))


@given(seeds, sizes)
def test_add_quadratic_adds_where_it_is_told(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    information = random_information(rng, size)
    where, _ = split(rng, size)
    added = rng.normal(size=(len(where), len(where)))
    added = (added + added.T) / 2.0
    before = information.hessian.copy()
    total = information.add_quadratic(where, added)
    z = rng.normal(size=size)
    scale = abs(information.chi2(z)) + np.sum(np.abs(before)) * size * (1.0 + np.max(np.abs(information.origin))) ** 2
    assert total.chi2(z) == pytest.approx(information.chi2(z) + z[where] @ added @ z[where], abs=1e-12 * scale + 1e-9)
    np.testing.assert_array_equal(information.hessian, before)


@given(seeds, sizes)
def test_fixing_is_evaluating(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    information = random_information(rng, size)
    fixed, free = split(rng, size)
    z = rng.normal(size=size)
    reach = np.abs(z) + np.abs(information.origin)
    scale = reach @ np.abs(information.hessian) @ reach + 1.0
    assert information.fix(fixed, z[fixed]).chi2(z[free]) == pytest.approx(
        information.chi2(z), abs=1e-12 * scale + 1e-12
    )


def test_fixing_nothing_changes_nothing() -> None:
    information = random_information(np.random.default_rng(3), 4)
    same = information.fix(np.array([], dtype=np.intp), np.array([]))
    np.testing.assert_array_equal(same.hessian, information.hessian)
    np.testing.assert_array_equal(same.slope, information.slope)
    assert same.constant == information.constant


@given(seeds, sizes)
def test_conditioning_is_fixing(seed: int, size: int) -> None:
    """The Schur complement of the covariance is the inverse of a block of the Hessian."""
    rng = np.random.default_rng(seed)
    information = random_information(rng, size)
    given_, keep = split(rng, size)
    expected = information.fix(given_, np.zeros(len(given_))).gaussian().covariance
    found = conditional_covariance(information.gaussian().covariance, keep, given_)
    scale = np.sqrt(np.diag(expected))
    np.testing.assert_allclose(found / np.outer(scale, scale), expected / np.outer(scale, scale), atol=1e-8)


@given(seeds, sizes)
def test_conditioning_never_enlarges(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    covariance = positive(rng, size)
    given_, keep = split(rng, size)
    before = np.diag(covariance)[keep]
    after = np.diag(conditional_covariance(covariance, keep, given_))
    assert np.all(after > 0.0)
    assert np.all(after <= before * (1.0 + 1e-12))


def test_conditioning_on_nothing() -> None:
    covariance = positive(np.random.default_rng(4), 3)
    keep = np.array([2, 0])
    found = conditional_covariance(covariance, keep, np.array([], dtype=np.intp))
    np.testing.assert_array_equal(found, covariance[np.ix_(keep, keep)])


@given(seeds, sizes)
def test_a_marginal_is_a_profile(seed: int, size: int) -> None:
    """chi2 minimised over the others is the chi2 of the marginal."""
    rng = np.random.default_rng(seed)
    information = random_information(rng, size)
    profiled, keep = split(rng, size)
    gaussian = information.gaussian()
    marginal = gaussian.marginal(keep)
    kept = marginal.mean + np.sqrt(np.diag(marginal.covariance)) * rng.normal(size=len(keep))
    distance = kept - marginal.mean
    expected = marginal.chi2 + distance @ np.linalg.solve(marginal.covariance, distance)
    found = information.fix(keep, kept).gaussian().chi2
    scale = abs(information.constant) + abs(information.constant - gaussian.chi2) + abs(expected)
    assert found == pytest.approx(expected, abs=1e-8 * scale)
    assert len(profiled) + len(keep) == size


def test_marginal_keeps_order() -> None:
    gaussian = Gaussian(np.array([1.0, 2.0, 3.0]), np.diag([4.0, 5.0, 6.0]), 7.0)
    marginal = gaussian.marginal(np.array([2, 0]))
    np.testing.assert_array_equal(marginal.mean, [3.0, 1.0])
    np.testing.assert_array_equal(marginal.covariance, np.diag([6.0, 4.0]))
    assert marginal.chi2 == 7.0
