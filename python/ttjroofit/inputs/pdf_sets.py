r"""PDF uncertainties as relative changes of a shape, one row a unit-normal nuisance parameter at 68% CL.

All shapes are shares of the cross section; :math:`S_0` is the shape of the central member.
"""

from __future__ import annotations

import numpy as np

from ttjroofit.inputs.measurement import FloatArray

__all__ = ["deviation_shifts", "one_sigma", "pair_shifts", "replica_shifts", "symmetric_shifts"]

# PDF4LHC15 (arXiv:1510.03865): sets quoted at 90% CL, such as CT, are scaled to 68% by the normal quantile.
_SIGMAS_AT_90 = 1.645
_NEGLIGIBLE = 1e-12  # of the largest eigenvalue: rounding, since shares sum to 1 and one direction is empty


def one_sigma(shifts: FloatArray, confidence_level: int) -> FloatArray:
    """Scale shifts at 68% or 90% CL to one standard deviation; any shape."""
    return shifts / _SIGMAS_AT_90 if confidence_level == 90 else shifts


def pair_shifts(members: FloatArray, central: FloatArray) -> FloatArray:
    """Shifts of a Hessian set with two members an eigenvector.

    d_j = (S_j+ - S_j-) / (2 S_0): the symmetric error of J. Pumplin et al., hep-ph/0101032, with the sign kept,
    so that S = S_0 (1 + sum_j alpha_j d_j) as in PDF4LHC21, arXiv:2203.05506, eq. (4.3).

    Args:
        members: shape (2J, n), rows S_1+, S_1-, S_2+, S_2-, ...
        central: shape (n,), S_0.

    Returns:
        Shape (J, n), at the confidence level of the members.
    """
    return np.asarray((members[0::2] - members[1::2]) / (2 * central))


def symmetric_shifts(members: FloatArray, central: FloatArray) -> FloatArray:
    """Shifts of a symmetric Hessian set: d_j = S_j / S_0 - 1 (PDF4LHC15, arXiv:1510.03865, section 6.2).

    Args:
        members: shape (J, n).
        central: shape (n,), S_0.

    Returns:
        Shape (J, n), at the confidence level of the members.
    """
    return members / central - 1


def deviation_shifts(members: FloatArray, central: FloatArray) -> FloatArray:
    """Shifts that reproduce the sample covariance of Monte Carlo replicas, one a replica.

    d_r = (S_r - mean of S) / S_0 / sqrt(R - 1): sum_r d_r d_r^T is the sample covariance of S_r / S_0, and so are the
    covariances with the shapes of other measurements, where each has its own file with nuisances of the same names.

    Args:
        members: shape (R, n), R >= 2.
        central: shape (n,), S_0.

    Returns:
        Shape (R, n).
    """
    return np.asarray((members - np.mean(members, axis=0)) / central / np.sqrt(len(members) - 1))


def replica_shifts(members: FloatArray, central: FloatArray) -> FloatArray:
    """Shifts that reproduce the sample covariance of Monte Carlo replicas.

    The sample covariance of S_r / S_0 over replicas (PDF4LHC15, arXiv:1510.03865, section 6.2, gives its diagonal)
    is sum_j d_j d_j^T with d_j its eigenvectors times the roots of the eigenvalues, the largest component positive.

    Args:
        members: shape (R, n), R >= 2.
        central: shape (n,), S_0.

    Returns:
        Shape (J, n), J <= min(R - 1, n), largest variance first; directions without variance are left out.
    """
    covariance = np.atleast_2d(np.cov(members / central, rowvar=False))
    eigenvalues, vectors = np.linalg.eigh(covariance)
    kept = np.flatnonzero(eigenvalues > _NEGLIGIBLE * eigenvalues[-1])[::-1]
    shifts = (vectors[:, kept] * np.sqrt(eigenvalues[kept])).T
    largest = np.take_along_axis(shifts, np.abs(shifts).argmax(axis=1, keepdims=True), axis=1)
    return np.asarray(shifts * np.sign(largest))
