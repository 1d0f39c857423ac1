"""Impacts of nuisances and of groups of them on combined cross sections, from one joint covariance."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.gaussian import Indices, inverse_positive

__all__ = ["group_covariance", "signed_impacts", "source_shifts"]

UNCORRELATED = 1e-6
"""Correlations below this are rounding: they give no sign."""


def source_shifts(covariance: FloatArray, bins: int) -> FloatArray:
    """Shift of each bin when a nuisance moves by its post-fit +1 sigma and all else follows, shape (n, d - n).

    cov(x, theta) / sigma_theta.

    Args:
        covariance: of n bins, then of the nuisances, shape (d, d).
        bins: n.
    """
    return np.asarray(covariance[:bins, bins:] / np.sqrt(np.diag(covariance)[bins:]))


def group_covariance(covariance: FloatArray, bins: int, group: Indices) -> FloatArray:
    """Covariance of the n bins that goes when a group is frozen: cov(x,F) cov(F,F)^-1 cov(F,x), shape (n, n).

    Args:
        covariance: of n bins, then of the nuisances, shape (d, d).
        bins: n.
        group: positions of F in ``covariance``.
    """
    if not len(group):
        return np.zeros((bins, bins))
    cross = covariance[:bins, group]
    return np.asarray(cross @ inverse_positive(covariance[np.ix_(group, group)]) @ cross.T)


def signed_impacts(covariance: FloatArray, slices: Iterable[slice]) -> FloatArray:
    """Square roots of the diagonal, signed, shape (n,).

    In each measurement the bin with the largest impact is the reference: another bin has the sign of its covariance
    with it. The references of the measurements have the sign of their covariance with the largest of all, so that
    signs tell where the group goes up and down together. Where there is no covariance, the sign is positive.

    Args:
        covariance: of a group, in relative units so that impacts compare, shape (n, n).
        slices: the bins of each measurement.
    """
    size = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    largest = int(np.argmax(size))
    impacts: FloatArray = np.zeros_like(size)
    for where in slices:
        reference = where.start + int(np.argmax(size[where]))
        sign = _signs(covariance, size, largest)[reference]
        impacts[where] = sign * _signs(covariance, size, reference)[where] * size[where]
    return impacts


def _signs(covariance: FloatArray, size: FloatArray, reference: int) -> FloatArray:
    negative = covariance[reference] < -UNCORRELATED * size * size[reference]
    return np.where(negative, -1.0, 1.0)
