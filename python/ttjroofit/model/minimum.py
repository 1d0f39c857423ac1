"""The minimum of the reduced chi2 by Gauss-Newton steps: start values for Minuit."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import optimize

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.likelihood import ReducedLikelihood

__all__ = ["find_minimum"]


def find_minimum(likelihood: ReducedLikelihood) -> FloatArray:
    """Explicit parameters near the minimum of the reduced chi2, shape (P,), frozen ones at their start values.

    Trust-region least squares with the analytic Jacobian, inside the ranges of the parameters.
    """
    parameters = likelihood.parameters
    floating = parameters.floating
    if len(floating) == 0:
        return parameters.start
    items = [parameters.items[i] for i in floating]
    root = np.linalg.cholesky(likelihood.precision).T
    prior = likelihood.prior

    def fill(free: FloatArray) -> FloatArray:
        values = parameters.start.copy()
        values[floating] = free
        return np.asarray(values)

    def residuals(free: FloatArray) -> FloatArray:
        values = fill(free)
        return np.concatenate([root @ (likelihood.spectrum.value(values) - likelihood.mean), prior.residuals(values)])

    def jacobian(free: FloatArray) -> FloatArray:
        values = fill(free)
        first = likelihood.spectrum.jet(values).first
        return np.asarray(np.concatenate([root @ first, prior.jacobian(values)])[:, floating])

    least_squares: Any = optimize.least_squares  # the types of older scipy take it for a module
    solution = least_squares(
        residuals,
        parameters.start[floating],
        jacobian,
        bounds=(np.array([item.low for item in items]), np.array([item.high for item in items])),
        x_scale=np.array([item.step for item in items]),
        xtol=1e-12,
        ftol=1e-14,
        gtol=1e-12,
    )
    return fill(solution.x)
