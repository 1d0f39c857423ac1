"""The predicted, normalised shape of one measurement as a function of mass and theory nuisances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.interpolation import Interpolation

__all__ = ["Jet", "Shape"]


@dataclass(frozen=True, eq=False)
class Jet:
    """A vector function with its first and second derivatives (a 2-jet), at one point or at many.

    Attributes:
        value: shape (..., n); the leading axes number the points.
        first: shape (..., n, P), derivative with respect to each of P parameters.
        second: shape (..., n, P, P), symmetric in the last two axes.
    """

    value: FloatArray
    first: FloatArray
    second: FloatArray

    def normalised(self) -> Jet:
        """The jet of value / sum(value): quotient rule to second order."""
        total = self.value.sum(axis=-1)[..., None]
        slope, curvature = self.first.sum(axis=-2), self.second.sum(axis=-3)
        share = self.value / total
        first = (self.first - share[..., None] * slope[..., None, :]) / total[..., None]
        cross = first[..., :, None] * slope[..., None, None, :]
        second = self.second - cross - np.swapaxes(cross, -1, -2) - share[..., None, None] * curvature[..., None, :, :]
        return Jet(share, first, second / total[..., None, None])


@dataclass(frozen=True, eq=False)
class Shape:
    """f_b(m, alpha): interpolated in the mass, deformed by theory nuisances, renormalised to sum 1.

    Attributes:
        interpolation: polynomials of the n bins in the mass.
        shifts: shape (A, n), relative change of the shape for +1 of each of the A theory nuisances alpha.
        response: ``multiplicative``: product of (1 + d alpha); ``additive``: 1 + sum of d alpha.
        scale: shape (n,), ratio to the nominal of the scale variation in force; ones for the nominal.
    """

    interpolation: Interpolation
    shifts: FloatArray
    response: Literal["multiplicative", "additive"]
    scale: FloatArray

    def jet(self, mass: FloatArray | float, alpha: FloatArray) -> Jet:
        """Shares of the n bins and their derivatives with respect to (mass, alpha_1 ... alpha_A).

        Args:
            mass: GeV, shape (...).
            alpha: shape (..., A), theory nuisances in units of their sigma.

        Returns:
            Jet of n values over 1 + A parameters, the mass first; values sum to 1.
        """
        polynomial = self.interpolation.value(mass) * self.scale
        slope, curvature = (derivative * self.scale for derivative in self.interpolation.slopes(mass))
        factor = self._deformation(alpha)
        first = np.concatenate([(slope * factor.value)[..., None], polynomial[..., None] * factor.first], axis=-1)
        second = np.empty((*first.shape, first.shape[-1]))
        second[..., 0, 0] = curvature * factor.value
        second[..., 0, 1:] = second[..., 1:, 0] = slope[..., None] * factor.first
        second[..., 1:, 1:] = polynomial[..., None, None] * factor.second
        return Jet(polynomial * factor.value, first, second).normalised()

    def _deformation(self, alpha: FloatArray) -> Jet:
        """What the theory nuisances multiply the interpolated shape by, as a jet over alpha."""
        shifts = self.shifts.T
        points, count = alpha.shape[:-1], alpha.shape[-1]
        if self.response == "additive":
            first = np.broadcast_to(shifts, (*points, *shifts.shape))
            return Jet(1.0 + alpha @ self.shifts, first, np.zeros((*first.shape, count)))
        factors = 1.0 + shifts * alpha[..., None, :]
        value = factors.prod(axis=-1)
        relative = shifts / factors
        second = value[..., None, None] * relative[..., :, None] * relative[..., None, :]
        second[..., np.arange(count), np.arange(count)] = 0.0
        return Jet(value, value[..., None] * relative, second)
