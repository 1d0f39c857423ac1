"""Make a stated correlation matrix positive definite by changing stated entries only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ttjroofit.errors import ModelError
from ttjroofit.inputs.measurement import FloatArray

__all__ = ["SMALLEST_EIGENVALUE", "Repaired", "repair_nearest", "repair_shrink"]

SMALLEST_EIGENVALUE = 1e-4
"""Eigenvalue that a repaired matrix has at least. Further down, the numerical Hessian that Minuit makes of the full
model (641 parameters) is no longer positive definite: measured, 1e-4 works and 1e-6 does not."""

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Repaired:
    """A correlation matrix after repair.

    Attributes:
        matrix: shape (q, q), unit diagonal, smallest eigenvalue at least ``SMALLEST_EIGENVALUE``.
        method: how it was repaired.
        factor: what all stated correlations were multiplied by (``shrink``), None for ``nearest``.
        eigenvalue_before: smallest eigenvalue before.
        eigenvalue_after: smallest eigenvalue after.
    """

    matrix: FloatArray
    method: Literal["shrink", "nearest"]
    factor: float | None
    eigenvalue_before: float
    eigenvalue_after: float


def repair_shrink(matrix: FloatArray) -> Repaired:
    """Multiply all off-diagonal entries by the largest common factor that leaves the matrix positive definite.

    Shrinking to the identity, N. Higham, N. Strabic, V. Sego, SIAM Review 58 (2016) 245, section 2 with target I:
    the eigenvalues of I + a (C - I) are 1 + a (lambda - 1), so the factor has a closed form.

    Args:
        matrix: shape (q, q), symmetric, unit diagonal, zero where nothing is stated.
    """
    before = float(np.linalg.eigvalsh(matrix)[0])
    factor = min(1.0, (1.0 - SMALLEST_EIGENVALUE) / (1.0 - before))
    repaired = np.eye(len(matrix)) + factor * (matrix - np.eye(len(matrix)))
    return Repaired(repaired, "shrink", factor, before, float(np.linalg.eigvalsh(repaired)[0]))


def repair_nearest(matrix: FloatArray, stated: BoolArray, *, tolerance: float = 1e-12, limit: int = 20000) -> Repaired:
    """The nearest positive-definite matrix in the Frobenius norm that differs in stated entries only.

    Alternating projections with Dykstra's correction: N. Higham, IMA J. Numer. Anal. 22 (2002) 329, algorithm 3.3,
    with the unit diagonal replaced by all entries that nobody stated (they are affine constraints too).

    Args:
        matrix: shape (q, q), symmetric, unit diagonal.
        stated: shape (q, q), symmetric, True where an entry may change.
        tolerance: stop when an iteration moves no entry by more.
        limit: iterations at most.

    Raises:
        ModelError: if the projections do not converge.
    """
    before = float(np.linalg.eigvalsh(matrix)[0])
    repaired = matrix.copy()
    # rows without a stated entry cannot change; leaving them out makes the eigenvalue problems small
    inside = np.ix_(*[np.flatnonzero(stated.any(axis=0))] * 2)
    repaired[inside] = _project(matrix[inside], stated[inside], tolerance, limit)
    return Repaired(repaired, "nearest", None, before, float(np.linalg.eigvalsh(repaired)[0]))


def _project(matrix: FloatArray, stated: BoolArray, tolerance: float, limit: int) -> FloatArray:
    current, correction = matrix.copy(), np.zeros_like(matrix)
    for _ in range(limit):
        shifted = current - correction
        cone = _raise_eigenvalues(shifted)
        correction = cone - shifted
        following = np.where(stated, cone, matrix)
        moved = float(np.max(np.abs(following - current)))
        current = following
        if moved < tolerance:
            # the last projection may leave the eigenvalue short by the tolerance
            return _mix_with_unstated(current, matrix, stated)
    raise ModelError(
        f"`repair nearest` did not converge in {limit} steps (last change {moved:.3g}); use `repair shrink`"
    )


def _raise_eigenvalues(matrix: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.maximum(values, SMALLEST_EIGENVALUE)) @ vectors.T)


def _mix_with_unstated(matrix: FloatArray, original: FloatArray, stated: BoolArray) -> FloatArray:
    smallest = float(np.linalg.eigvalsh(matrix)[0])
    if smallest >= SMALLEST_EIGENVALUE:
        return matrix
    unstated = np.where(stated, 0.0, original)
    floor = float(np.linalg.eigvalsh(unstated)[0])
    weight = (SMALLEST_EIGENVALUE - smallest) / (floor - smallest)
    return (1.0 - weight) * matrix + weight * unstated
