"""Derivatives of a mass, a combined bin and their uncertainties with respect to every prior correlation at once.

With u = W (mean - x), W the precision of the bins, c the column of the inverse Hessian that belongs to the mass, q =
W J c and F the update of ``response``, whose derivative is the change of C itself, the implicit function theorem
gives for the correlation of any pair (i, j)

    d m / d rho        = a_i b_j + a_j b_i,
    d sigma^2 / d rho  = 2 a_i a_j + p_i b_j + p_j b_i,

    a = B^T q: shift of the mass when an auxiliary observable moves by 1,
    b = g - B^T u = C^-1 theta: the nuisance after the fit in units of its prior,
    p = B^T (w - y): how the mass's variance moves with an auxiliary observable.

Three numbers a nuisance hold the derivatives of all pairs. w = W x''[c, c] is the curvature of the prediction along
c; y moves the minimum: y = W J H^-1 t, t_k the derivative of c^T H c with respect to parameter k. H is half the
second derivative of chi2. For a combined bin x_b: a is its row of B, b = g, p = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.correlations.refit import MassFitter
from ttjroofit.model.correlations.response import PriorResponse
from ttjroofit.model.gaussian import Indices, inverse_positive
from ttjroofit.model.likelihood import ReducedLikelihood

__all__ = ["Sensitivity", "bin_sensitivity", "definite_intervals", "mass_sensitivity"]

STEP = 1e-3
"""Step in standard deviations of the difference that gives the third derivative of the prediction."""


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """Derivatives of a quantity and its standard deviation with respect to the correlation of any pair of s nuisances.

    Attributes:
        names: of the nuisances.
        value: of the quantity.
        sigma: its standard deviation.
        shift: a, shape (s,).
        pull: b, shape (s,).
        variance_shift: p, shape (s,).
    """

    names: tuple[str, ...]
    value: float
    sigma: float
    shift: FloatArray
    pull: FloatArray
    variance_shift: FloatArray

    def of_value(self, first: Indices, second: Indices) -> FloatArray:
        """Derivative of the value for pairs of positions, in the shape of the two broadcast."""
        return np.asarray(self.shift[first] * self.pull[second] + self.shift[second] * self.pull[first])

    def of_sigma(self, first: Indices, second: Indices) -> FloatArray:
        """Derivative of the standard deviation for pairs of positions, in the shape of the two broadcast."""
        variance = (
            2.0 * self.shift[first] * self.shift[second]
            + self.variance_shift[first] * self.pull[second]
            + self.variance_shift[second] * self.pull[first]
        )
        return np.asarray(variance / (2.0 * self.sigma))


def bin_sensitivity(response: PriorResponse, position: int) -> Sensitivity:
    """Of a combined cross section."""
    return Sensitivity(
        names=response.names,
        value=float(response.mean[position]),
        sigma=float(np.sqrt(response.covariance[position, position])),
        shift=response.on_bins[position],
        pull=response.pull,
        variance_shift=np.zeros(len(response.names)),
    )


def mass_sensitivity(fitter: MassFitter, response: PriorResponse) -> Sensitivity:
    """Of the mass at the minimum ``fitter.values``.

    Args:
        fitter: at the minimum for the correlations of ``response``.
        response: to the correlations.
    """
    likelihood, values = fitter.likelihood, fitter.values
    jet = likelihood.spectrum.jet(values)
    precision = likelihood.precision
    force = precision @ (likelihood.mean - jet.value)
    covariance = _covariance(likelihood, values, force)
    column = covariance[:, fitter.mass]
    slope = precision @ jet.first
    bent = jet.second @ column
    bend = bent @ column
    # derivative of c^T H c with respect to each parameter, c held: J'WJ twice, W x'' J, and the third derivative
    moved = 2.0 * np.einsum("nk,n->k", bent, slope @ column) + slope.T @ bend
    moved += _third_derivative(likelihood, values, force, column)
    pull = precision @ bend - slope @ (covariance @ moved)
    return Sensitivity(
        names=response.names,
        value=float(values[fitter.mass]),
        sigma=float(np.sqrt(column[fitter.mass])),
        shift=response.on_bins.T @ (slope @ column),
        pull=response.pull - response.on_bins.T @ force,
        variance_shift=response.on_bins.T @ pull,
    )


def _covariance(likelihood: ReducedLikelihood, values: FloatArray, force: FloatArray) -> FloatArray:
    """Inverse of half the second derivative of chi2, shape (P, P); zero for frozen parameters."""
    jet, floating = likelihood.spectrum.jet(values), likelihood.parameters.floating
    hessian = jet.first.T @ likelihood.precision @ jet.first + _prior_hessian(likelihood, values)
    hessian -= np.einsum("n,npq->pq", force, jet.second)
    square = np.ix_(floating, floating)
    covariance: FloatArray = np.zeros(hessian.shape)
    covariance[square] = inverse_positive(hessian[square])
    return covariance


def _prior_hessian(likelihood: ReducedLikelihood, values: FloatArray) -> FloatArray:
    """Half the second derivative of the priors, shape (P, P)."""
    return likelihood.prior.quadratic((values - likelihood.prior.mean)[None])[2].reshape(len(values), len(values))


def _third_derivative(
    likelihood: ReducedLikelihood, values: FloatArray, force: FloatArray, column: FloatArray
) -> FloatArray:
    """What the third derivative of the prediction, with the force held, and of the priors adds, shape (P,).

    The derivative along c of the analytic second derivative, by Richardson's extrapolation.
    """

    def curvature(step: float) -> FloatArray:
        moved = values + step * column
        second = np.einsum("n,npq->pq", force, likelihood.spectrum.jet(moved).second)
        return np.asarray((_prior_hessian(likelihood, moved) - second) @ column)

    # the column over its own sigma is one standard deviation along it
    unit = STEP / np.sqrt(np.max(np.abs(column)))
    coarse, fine = ((curvature(h) - curvature(-h)) / (2.0 * h) for h in (2.0 * unit, unit))
    return np.asarray((4.0 * fine - coarse) / 3.0)


def definite_intervals(matrix: FloatArray, first: Indices, second: Indices) -> tuple[FloatArray, FloatArray]:
    """Changes of one entry that keep a matrix positive definite, for many entries.

    det(C + d (e_i e_j^T + e_j e_i^T)) / det C = (1 + d P_ij)^2 - d^2 P_ii P_jj with P = C^-1: the Schur complement.

    Args:
        matrix: P, shape (s, s); where P_ii P_jj is negative there is no limit.
        first: positions, shape (A,).
        second: shape (A,).

    Returns:
        Lower and upper end, shapes (A,).
    """
    cross = matrix[first, second]
    product = np.diag(matrix)[first] * np.diag(matrix)[second]
    root = np.sqrt(np.maximum(product, 0.0))
    with np.errstate(divide="ignore"):
        high = np.where((product >= 0.0) & (root - cross > 0.0), 1.0 / (root - cross), np.inf)
        low = np.where((product >= 0.0) & (root + cross > 0.0), -1.0 / (root + cross), -np.inf)
    return low, high
