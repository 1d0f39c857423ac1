"""Linear algebra of a multivariate Gaussian that is known by its information (Hessian) form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack

from ttjroofit.errors import ModelError
from ttjroofit.inputs.measurement import FloatArray

__all__ = ["Gaussian", "Indices", "Information", "conditional_covariance", "inverse_positive", "tied"]

Indices = npt.NDArray[np.intp]

# the stubs of scipy for Python 3.10 do not know its functions
_lapack: Any = lapack


@dataclass(frozen=True, eq=False)
class Gaussian:
    """chi2(z) = chi2 + (z - mean)^T covariance^-1 (z - mean).

    Attributes:
        mean: shape (d,).
        covariance: shape (d, d).
        chi2: value at the mean.
    """

    mean: FloatArray
    covariance: FloatArray
    chi2: float

    def marginal(self, keep: Indices) -> Gaussian:
        """The Gaussian of some components, the others profiled: shape (len(keep),)."""
        return Gaussian(self.mean[keep], self.covariance[np.ix_(keep, keep)], self.chi2)


@dataclass(frozen=True, eq=False)
class Information:
    """chi2(z) = d^T hessian d - 2 slope^T d + constant with d = z - origin: sums of Gaussian terms just add up.

    Values of 1000 sigmas have a chi2 of 1e6 about z = 0, of which a minimum of order 1 keeps ten digits, and six if the
    condition number of the Hessian is 1e4. About an origin near the minimum nothing is lost.

    Attributes:
        hessian: shape (d, d), half the second derivative of chi2.
        slope: shape (d,), minus half the first derivative at the origin.
        constant: chi2 at the origin.
        origin: shape (d,).
    """

    hessian: FloatArray
    slope: FloatArray
    constant: float
    origin: FloatArray

    @classmethod
    def empty(cls, origin: FloatArray) -> Information:
        """No information on the components of ``origin``, shape (d,)."""
        dimension = len(origin)
        return cls(np.zeros((dimension, dimension)), np.zeros(dimension), 0.0, origin)

    def observe(self, design: FloatArray, observed: FloatArray, covariance: FloatArray) -> Information:
        """Add the term (observed - design z)^T covariance^-1 (observed - design z).

        Args:
            design: shape (r, d).
            observed: shape (r,).
            covariance: shape (r, r), positive definite.
        """
        precise = inverse_positive(covariance)
        # a measurement knows few of all nuisances
        where = np.flatnonzero(np.any(design, axis=0))
        rows = design[:, where]
        residual = observed - rows @ self.origin[where]
        weighted = precise @ rows
        hessian, slope = self.hessian.copy(), self.slope.copy()
        hessian[np.ix_(where, where)] += rows.T @ weighted
        slope[where] += weighted.T @ residual
        return Information(hessian, slope, self.constant + float(residual @ precise @ residual), self.origin)

    def add_quadratic(self, where: Indices, hessian: FloatArray) -> Information:
        """Add z[where]^T hessian z[where]; ``hessian`` is symmetric."""
        total, slope = self.hessian.copy(), self.slope.copy()
        total[np.ix_(where, where)] += hessian
        pulled = hessian @ self.origin[where]
        slope[where] -= pulled
        return Information(total, slope, self.constant + float(self.origin[where] @ pulled), self.origin)

    def fix(self, fixed: Indices, values: FloatArray) -> Information:
        """Set some components to given values; the others keep their order."""
        free = np.setdiff1d(np.arange(len(self.slope)), fixed)
        cross, moved = self.hessian[np.ix_(free, fixed)], values - self.origin[fixed]
        return Information(
            self.hessian[np.ix_(free, free)],
            self.slope[free] - cross @ moved,
            self.constant + float(moved @ self.hessian[np.ix_(fixed, fixed)] @ moved - 2.0 * self.slope[fixed] @ moved),
            self.origin[free],
        )

    def chi2(self, z: FloatArray) -> float:
        """chi2 at z, shape (d,)."""
        distance = z - self.origin
        return float(distance @ self.hessian @ distance - 2.0 * self.slope @ distance + self.constant)

    def gaussian(self) -> Gaussian:
        """The same chi2 by its minimum and covariance.

        Raises:
            ModelError: if the Hessian is not positive definite.
        """
        return self._with_covariance(inverse_positive(self.hessian))

    def refined(self, before: Gaussian) -> Gaussian:
        """The Gaussian by one step of iterative refinement: expanded about ``before.mean``, with its covariance."""
        return self._with_covariance(before.covariance)

    def _with_covariance(self, covariance: FloatArray) -> Gaussian:
        step = covariance @ self.slope
        return Gaussian(self.origin + step, covariance, self.constant - float(self.slope @ step))


def inverse_positive(matrix: FloatArray) -> FloatArray:
    """Inverse of a symmetric positive-definite matrix, symmetric to the last bit.

    Raises:
        ModelError: if the matrix is not positive definite, with its smallest eigenvalue.
    """
    if len(matrix) == 0:  # LAPACK complains on the terminal
        return np.zeros((0, 0))
    scale = np.sqrt(np.abs(np.diag(matrix)))
    scale[scale == 0.0] = 1.0
    # unit diagonal first: cross sections in fb and nuisances in sigma differ by orders of magnitude
    factor, failed = _lapack.dpotrf(matrix / np.outer(scale, scale), lower=True)
    if failed:
        smallest = np.linalg.eigvalsh(matrix)[0]
        raise ModelError(f"a matrix of the likelihood is not positive definite: smallest eigenvalue {smallest:.6g}")
    # half the work of solving for the unit matrix; the upper triangle is zero
    lower, _ = _lapack.dpotri(factor, lower=True)
    inverse = lower + lower.T
    np.fill_diagonal(inverse, np.diag(lower))
    return np.asarray(inverse / np.outer(scale, scale))


def tied(correlation: FloatArray) -> Indices:
    """Positions of the parameters that are correlated with another one, of a matrix with unit diagonal.

    The others are a unit matrix beside them: of thousands of nuisances a card correlates a few dozen.
    """
    return np.flatnonzero(np.count_nonzero(correlation, axis=0) > 1)


def conditional_covariance(covariance: FloatArray, keep: Indices, given: Indices) -> FloatArray:
    """Covariance of ``keep`` when ``given`` is known: the Schur complement, shape (len(keep), len(keep))."""
    kept = covariance[np.ix_(keep, keep)]
    if len(given) == 0:
        return kept
    cross = covariance[np.ix_(keep, given)]
    return np.asarray(kept - cross @ inverse_positive(covariance[np.ix_(given, given)]) @ cross.T)
