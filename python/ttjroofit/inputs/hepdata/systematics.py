"""Total less statistical covariance as sources: the eigenvectors, shared by all measurements of a record."""

from __future__ import annotations

import numpy as np

from ttjroofit.errors import InputError, Place
from ttjroofit.inputs.measurement import FloatArray

__all__ = ["eigen_sources"]

_NEGATIVE = 1e-3
"""In units of the total variances: what rounding of published numbers explains."""
_NOTHING = 1e-11


def eigen_sources(total: FloatArray, statistical: FloatArray, place: Place) -> FloatArray:
    """Sources whose outer products sum up to the difference of two covariances.

    The difference is taken in units of the total standard deviations, so that the choice of eigenvectors does not
    depend on units. Its negative eigenvalues are set to 0.

    Args:
        total: shape (n, n).
        statistical: shape (n, n).
        place: of the tables, for the error.

    Returns:
        Shape (n, s): one column a source, largest eigenvalue first.

    Raises:
        InputError: the statistical covariance is larger than the total one in some direction.
    """
    sigma = np.sqrt(np.diag(total))
    if not np.all(sigma > 0):
        raise InputError("a total variance is not positive", place)
    eigenvalues, vectors = np.linalg.eigh((total - statistical) / np.outer(sigma, sigma))
    if eigenvalues[0] < -_NEGATIVE:
        raise InputError(
            f"the statistical covariance exceeds the total one: the smallest eigenvalue of their difference is "
            f"{eigenvalues[0]:.3g} in units of the total variances; are the tables mixed up?",
            place,
        )
    kept = eigenvalues > _NOTHING
    return np.asarray((sigma[:, None] * vectors[:, kept] * np.sqrt(eigenvalues[kept]))[:, ::-1])
