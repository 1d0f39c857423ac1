"""Linear algebra of a multivariate Gaussian that is known by its information (Hessian) form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve

from ttjroofit.errors import ModelError
from ttjroofit.inputs.measurement import FloatArray

__all__ = ["Gaussian", "Indices", "Information", "conditional_covariance", "inverse_positive"]

Indices = npt.NDArray[np.intp]


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
    """chi2(z) = z^T hessian z - 2 slope^T z + constant: sums of Gaussian terms just add up.

    Attributes:
        hessian: shape (d, d), half the second derivative of chi2.
        slope: shape (d,).
        constant: chi2 at z = 0.
    """

    hessian: FloatArray
    slope: FloatArray
    constant: float

    @classmethod
    def empty(cls, dimension: int) -> Information:
        """No information on any of ``dimension`` components."""
        return cls(np.zeros((dimension, dimension)), np.zeros(dimension), 0.0)

    def observe(self, design: FloatArray, observed: FloatArray, covariance: FloatArray) -> Information:
        """Add the term (observed - design z)^T covariance^-1 (observed - design z).

        Args:
            design: shape (r, d).
            observed: shape (r,).
            covariance: shape (r, r), positive definite.
        """
        precise = inverse_positive(covariance)
        weighted = precise @ design
        return Information(
            self.hessian + design.T @ weighted,
            self.slope + weighted.T @ observed,
            self.constant + float(observed @ precise @ observed),
        )

    def add_quadratic(self, where: Indices, hessian: FloatArray) -> Information:
        """Add z[where]^T hessian z[where]."""
        total = self.hessian.copy()
        total[np.ix_(where, where)] += hessian
        return Information(total, self.slope, self.constant)

    def fix(self, fixed: Indices, values: FloatArray) -> Information:
        """Set some components to given values; the others keep their order."""
        free = np.setdiff1d(np.arange(len(self.slope)), fixed)
        cross = self.hessian[np.ix_(free, fixed)]
        return Information(
            self.hessian[np.ix_(free, free)],
            self.slope[free] - cross @ values,
            self.constant
            + float(values @ self.hessian[np.ix_(fixed, fixed)] @ values - 2.0 * self.slope[fixed] @ values),
        )

    def chi2(self, z: FloatArray) -> float:
        """chi2 at z, shape (d,)."""
        return float(z @ self.hessian @ z - 2.0 * self.slope @ z + self.constant)

    def gaussian(self) -> Gaussian:
        """The same chi2 by its minimum and covariance.

        Raises:
            ModelError: if the Hessian is not positive definite.
        """
        covariance = inverse_positive(self.hessian)
        mean = covariance @ self.slope
        return Gaussian(mean, covariance, self.constant - float(self.slope @ mean))


def inverse_positive(matrix: FloatArray) -> FloatArray:
    """Inverse of a symmetric positive-definite matrix, symmetric to the last bit.

    Raises:
        ModelError: if the matrix is not positive definite, with its smallest eigenvalue.
    """
    scale = np.sqrt(np.abs(np.diag(matrix)))
    scale[scale == 0.0] = 1.0
    # unit diagonal first: cross sections in fb and nuisances in sigma differ by orders of magnitude
    try:
        factor = cho_factor(matrix / np.outer(scale, scale), lower=True)
    except np.linalg.LinAlgError:
        smallest = np.linalg.eigvalsh(matrix)[0]
        raise ModelError(
            f"a matrix of the likelihood is not positive definite: smallest eigenvalue {smallest:.6g}"
        ) from None
    inverse = cho_solve(factor, np.eye(len(matrix))) / np.outer(scale, scale)
    return np.asarray((inverse + inverse.T) / 2.0)


def conditional_covariance(covariance: FloatArray, keep: Indices, given: Indices) -> FloatArray:
    """Covariance of ``keep`` when ``given`` is known: the Schur complement, shape (len(keep), len(keep))."""
    kept = covariance[np.ix_(keep, keep)]
    if len(given) == 0:
        return kept
    cross = covariance[np.ix_(keep, given)]
    return np.asarray(kept - cross @ inverse_positive(covariance[np.ix_(given, given)]) @ cross.T)
