"""The predicted, normalised shape of one measurement as a function of mass and theory nuisances."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.interpolation import Interpolation

__all__ = ["Jet", "Shape"]


@dataclass(frozen=True, eq=False)
class Jet:
    """A vector function with its first and second derivatives at one point (a 2-jet).

    Attributes:
        value: shape (n,).
        first: shape (n, P), derivative with respect to each of P parameters.
        second: shape (n, P, P), symmetric in the last two axes.
    """

    value: FloatArray
    first: FloatArray
    second: FloatArray

    def normalised(self) -> Jet:
        """The jet of value / sum(value): quotient rule to second order."""
        total, slope, curvature = self.value.sum(), self.first.sum(axis=0), self.second.sum(axis=0)
        share = self.value / total
        first = (self.first - np.outer(share, slope)) / total
        cross = np.einsum("bi,j->bij", first, slope)
        second = (self.second - cross - cross.transpose(0, 2, 1) - np.einsum("b,ij->bij", share, curvature)) / total
        return Jet(share, first, second)


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

    def with_scale(self, ratio: FloatArray) -> Shape:
        """The same shape with another scale variation as the nominal prediction."""
        return replace(self, scale=ratio)

    def jet(self, mass: float, alpha: FloatArray) -> Jet:
        """Shares of the n bins and their derivatives with respect to (mass, alpha_1 ... alpha_A).

        Args:
            mass: GeV.
            alpha: shape (A,), theory nuisances in units of their sigma.

        Returns:
            Jet of n values over 1 + A parameters, the mass first; values sum to 1.
        """
        polynomial = self.interpolation.value(mass) * self.scale
        slope, curvature = (d * self.scale for d in self.interpolation.slopes(mass))
        factor = self._deformation(alpha)
        first = np.column_stack([slope * factor.value, polynomial[:, None] * factor.first])
        second = np.empty((len(polynomial), first.shape[1], first.shape[1]))
        second[:, 0, 0] = curvature * factor.value
        second[:, 0, 1:] = second[:, 1:, 0] = slope[:, None] * factor.first
        second[:, 1:, 1:] = polynomial[:, None, None] * factor.second
        return Jet(polynomial * factor.value, first, second).normalised()

    def _deformation(self, alpha: FloatArray) -> Jet:
        """What the theory nuisances multiply the interpolated shape by, as a jet over alpha."""
        shifts = self.shifts.T
        count = len(alpha)
        if self.response == "additive":
            return Jet(1.0 + shifts @ alpha, shifts, np.zeros((len(shifts), count, count)))
        factors = 1.0 + shifts * alpha
        value = factors.prod(axis=1)
        relative = shifts / factors
        second = np.einsum("b,bi,bj->bij", value, relative, relative)
        second[:, np.arange(count), np.arange(count)] = 0.0
        return Jet(value, value[:, None] * relative, second)
