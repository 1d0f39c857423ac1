"""Normalised distributions: shares of the cross section of a measurement, with their covariance."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ttjroofit.inputs.measurement import FloatArray

__all__ = ["share_jacobian", "shares"]


def shares(values: FloatArray, densities: FloatArray, slices: Iterable[slice]) -> FloatArray:
    """Part of the summed cross section of its measurement in each bin: s_b = x_b w_b / sum_c x_c w_c, shape (n,).

    Args:
        values: x, shape (n,).
        densities: w, shape (n,): widths of the bins where ``values`` are per unit of the observable, else ones.
        slices: the bins of each measurement.
    """
    parts = values * densities
    for where in slices:
        parts[where] /= parts[where].sum()
    return parts


def share_jacobian(values: FloatArray, densities: FloatArray, slices: Iterable[slice]) -> FloatArray:
    """Derivatives of the shares by the cross sections, (delta_bc - s_b) w_c / sum_a x_a w_a, shape (n, n).

    Args:
        values: x, shape (n,).
        densities: w, shape (n,).
        slices: the bins of each measurement.
    """
    jacobian = np.zeros((len(values), len(values)))
    for where in slices:
        weights, sum_ = densities[where], float(values[where] @ densities[where])
        share = values[where] * weights / sum_
        jacobian[where, where] = (np.eye(len(weights)) - share[:, None]) * weights / sum_
    return jacobian
