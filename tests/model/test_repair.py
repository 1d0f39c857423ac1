"""Repairs of a correlation matrix: the closed form of one, optimality of the other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ttjroofit.errors import ModelError
from ttjroofit.model.repair import SMALLEST_EIGENVALUE, repair_nearest, repair_shrink
from twin import FloatArray, shrunk

BoolArray = np.ndarray

# Eigenvalues of matrices of order 1 are known to some 1e-15; projections stop when they move by 1e-12.
ROUNDING = 1e-12
CONVERGED = 1e-8


def stated_matrix(seed: int, size: int = 7) -> tuple[FloatArray, BoolArray]:
    """Correlations between two groups as a card states them: a matrix that is not positive definite, and its mask."""
    rng = np.random.default_rng(seed)
    stated = np.triu(rng.random((size, size)) < 0.5, 1)
    matrix = np.eye(size)
    matrix[stated] = rng.uniform(-0.95, 0.95, np.count_nonzero(stated))
    stated |= stated.T
    return np.triu(matrix) + np.triu(matrix, 1).T, stated


def smallest(matrix: FloatArray) -> float:
    return float(np.linalg.eigvalsh(matrix)[0])


def bad_seeds(count: int) -> list[int]:
    return [seed for seed in range(100) if smallest(stated_matrix(seed)[0]) < -0.05][:count]


@pytest.mark.parametrize("seed", bad_seeds(10))
def test_shrink_uses_the_largest_factor(seed: int) -> None:
    matrix, _ = stated_matrix(seed)
    repaired = repair_shrink(matrix)
    unit = np.eye(len(matrix))
    assert repaired.factor is not None
    np.testing.assert_allclose(repaired.matrix, unit + repaired.factor * (matrix - unit), rtol=ROUNDING)
    np.testing.assert_allclose(repaired.matrix, shrunk(matrix), atol=1e-10)  # by bisection
    assert smallest(repaired.matrix) == pytest.approx(SMALLEST_EIGENVALUE, abs=ROUNDING)
    assert smallest(unit + (repaired.factor + 1e-6) * (matrix - unit)) < SMALLEST_EIGENVALUE - 1e-7
    assert repaired.eigenvalue_before == pytest.approx(smallest(matrix), abs=ROUNDING)
    assert repaired.eigenvalue_after == pytest.approx(smallest(repaired.matrix), abs=ROUNDING)


def test_shrink_of_two() -> None:
    """Closed form: eigenvalues of one pair are 1 +- rho."""
    repaired = repair_shrink(np.array([[1.0, 1.5], [1.5, 1.0]]))
    assert repaired.matrix[0, 1] == pytest.approx(1.0 - SMALLEST_EIGENVALUE, rel=ROUNDING)


@pytest.mark.parametrize("repair", ["shrink", "nearest"])
def test_a_good_matrix_is_left_alone(repair: str) -> None:
    matrix = np.array([[1.0, 0.5, 0.0], [0.5, 1.0, -0.3], [0.0, -0.3, 1.0]])
    repaired = repair_shrink(matrix) if repair == "shrink" else repair_nearest(matrix, matrix != 0.0)
    np.testing.assert_allclose(repaired.matrix, matrix, atol=1e-14)


@given(st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_repairing_twice_is_repairing_once(seed: int) -> None:
    matrix, stated = stated_matrix(seed)
    assume(smallest(matrix) < 0.0)
    once = repair_nearest(matrix, stated).matrix
    np.testing.assert_allclose(repair_nearest(once, stated).matrix, once, atol=CONVERGED)
    shrunk_once = repair_shrink(matrix).matrix
    np.testing.assert_allclose(repair_shrink(shrunk_once).matrix, shrunk_once, atol=ROUNDING)


@given(st.integers(0, 1000), st.sampled_from(["shrink", "nearest"]))
@settings(max_examples=50, deadline=None)
def test_what_nobody_stated_stays(seed: int, method: str) -> None:
    matrix, stated = stated_matrix(seed)
    repaired = repair_shrink(matrix) if method == "shrink" else repair_nearest(matrix, stated)
    np.testing.assert_array_equal(repaired.matrix[~stated], matrix[~stated])
    np.testing.assert_allclose(repaired.matrix, repaired.matrix.T, atol=1e-15)
    assert smallest(repaired.matrix) >= min(SMALLEST_EIGENVALUE, smallest(matrix)) - ROUNDING


@pytest.mark.parametrize("seed", bad_seeds(5))
def test_nearest_beats_random_admissible_matrices(seed: int) -> None:
    """The projection on a convex set: (C - X, Y - X) <= 0 for every admissible Y, so no Y is nearer."""
    matrix, stated = stated_matrix(seed)
    nearest = repair_nearest(matrix, stated).matrix
    rng = np.random.default_rng(seed)
    for _ in range(200):
        other = random_admissible(rng, matrix, stated, nearest)
        assert np.sum((matrix - nearest) * (other - nearest)) <= CONVERGED
        assert np.linalg.norm(other - matrix) >= np.linalg.norm(nearest - matrix) - CONVERGED


def random_admissible(rng: np.random.Generator, matrix: FloatArray, stated: BoolArray, near: FloatArray) -> FloatArray:
    """Stated entries moved at random about ``near``, then mixed with the unit matrix as far as the floor asks."""
    noise = rng.normal(size=matrix.shape) * 10.0 ** rng.uniform(-3.0, 0.0)
    moved = np.where(stated, near + (noise + noise.T) / 2.0, matrix)
    low = smallest(moved)
    weight = max(0.0, (SMALLEST_EIGENVALUE - low) / (1.0 - low))
    mixed = (1.0 - weight) * moved + weight * np.where(stated, 0.0, matrix)
    assert smallest(mixed) >= SMALLEST_EIGENVALUE - ROUNDING
    return mixed


@pytest.mark.parametrize("seed", bad_seeds(10))
def test_nearest_meets_the_conditions_of_karush_kuhn_tucker(seed: int) -> None:
    """X - C equals, on stated entries, a positive semi-definite matrix on the null space of X - floor.

    The multiplier L = V M V^T is found by least squares; that it fits, and that M >= 0, proves optimality.
    """
    matrix, stated = stated_matrix(seed)
    nearest = repair_nearest(matrix, stated).matrix
    values, vectors = np.linalg.eigh(nearest)
    V = vectors[:, values < SMALLEST_EIGENVALUE + 1e-6]
    assert V.shape[1] >= 1
    upper = np.triu(stated, 1)
    basis = [(i, j) for i in range(V.shape[1]) for j in range(i + 1)]
    columns = [
        (np.outer(V[:, i], V[:, j]) + np.outer(V[:, j], V[:, i]))[upper] / (2.0 if i == j else 1.0) for i, j in basis
    ]
    solution, *_ = np.linalg.lstsq(np.array(columns).T, (nearest - matrix)[upper], rcond=None)
    np.testing.assert_allclose(np.array(columns).T @ solution, (nearest - matrix)[upper], atol=1e-6)
    M = np.zeros((V.shape[1], V.shape[1]))
    for (i, j), value in zip(basis, solution, strict=True):
        M[i, j] = M[j, i] = value
    assert smallest(M) >= -1e-6


@pytest.mark.parametrize("seed", bad_seeds(5))
def test_nearest_is_nearer_than_shrink(seed: int) -> None:
    matrix, stated = stated_matrix(seed)
    assert np.linalg.norm(repair_nearest(matrix, stated).matrix - matrix) < np.linalg.norm(
        repair_shrink(matrix).matrix - matrix
    )


def test_nearest_of_two() -> None:
    stated = np.array([[False, True], [True, False]])
    repaired = repair_nearest(np.array([[1.0, -1.5], [-1.5, 1.0]]), stated)
    assert repaired.matrix[0, 1] == pytest.approx(-1.0 + SMALLEST_EIGENVALUE, abs=CONVERGED)
    assert repaired.factor is None


def test_nearest_says_when_it_does_not_converge() -> None:
    matrix, stated = stated_matrix(bad_seeds(1)[0])
    with pytest.raises(ModelError, match=r"`repair nearest` did not converge in 2 steps .*use `repair shrink`"):
        repair_nearest(matrix, stated, limit=2)
