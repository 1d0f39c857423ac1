"""What the priors of the explicit parameters add to chi2."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.gamma_variance import penalty
from ttjroofit.model.gaussian import Indices

__all__ = ["PriorPenalty"]


@dataclass(frozen=True, eq=False)
class PriorPenalty:
    """(p - mean)^T precision (p - mean) over the P explicit parameters, plus Student's t for some of them.

    Attributes:
        mean: shape (P,).
        precision: shape (P, P); no entries for free parameters and for those in ``tailed``.
        tailed: positions of the parameters with an error on their error, shape (t,).
        nu: degrees of freedom of these, shape (t,).
    """

    mean: FloatArray
    precision: FloatArray
    tailed: Indices
    nu: FloatArray

    @classmethod
    def gaussian(cls, mean: FloatArray, precision: FloatArray) -> PriorPenalty:
        """Without errors on errors: ``mean`` of shape (P,), ``precision`` of shape (P, P)."""
        return cls(mean, precision, np.zeros(0, dtype=np.intp), np.zeros(0))

    def centred_at(self, mean: FloatArray) -> PriorPenalty:
        """The same with other auxiliary observables, shape (P,)."""
        return replace(self, mean=mean)

    @property
    def constrained(self) -> npt.NDArray[np.bool_]:
        """Whether each parameter has a prior, shape (P,)."""
        found = np.diag(self.precision) > 0.0
        found[self.tailed] = True
        return np.asarray(found)

    def chi2(self, values: FloatArray) -> float:
        """At ``values``, shape (P,)."""
        distance = values - self.mean
        return float(distance @ self.precision @ distance + penalty(distance[self.tailed], self.nu).value.sum())

    def quadratic(self, distance: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """chi2 (B,), and half its slope (B, P) and second derivative (B, P, P) or (P, P), at distances (B, P)."""
        slope = distance @ self.precision
        chi2 = np.einsum("bp,bp->b", distance, slope)
        if not len(self.tailed):
            return chi2, slope, self.precision
        tails = penalty(distance[:, self.tailed], self.nu)
        slope[:, self.tailed] += tails.slope
        hessian = np.tile(self.precision, (len(distance), 1, 1))
        hessian[:, self.tailed, self.tailed] += tails.curvature
        return chi2 + tails.value.sum(axis=1), slope, hessian

    def residuals(self, values: FloatArray) -> FloatArray:
        """Residuals of least squares whose squares sum to chi2, shape (P + t,), at ``values`` of shape (P,)."""
        distance = values - self.mean
        return np.concatenate([self._root() @ distance, penalty(distance[self.tailed], self.nu).root])

    def jacobian(self, values: FloatArray) -> FloatArray:
        """Derivatives of ``residuals``, shape (P + t, P)."""
        tails = penalty((values - self.mean)[self.tailed], self.nu)
        rows = np.zeros((len(self.tailed), len(values)))
        rows[np.arange(len(rows)), self.tailed] = tails.root_slope
        return np.concatenate([self._root(), rows])

    def _root(self) -> FloatArray:
        """R with R^T R = precision, which may have rows of zeros."""
        values, vectors = np.linalg.eigh(self.precision)
        return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))).T)
