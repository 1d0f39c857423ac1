"""Errors on errors: the constraint of a nuisance whose prior sigma is itself an estimate (Gamma Variance Model).

With r the relative uncertainty of sigma, the profile likelihood over sigma replaces d^2 of a unit Gaussian by
    q(d) = (1 + 1/(2 r^2)) ln(1 + 2 r^2 d^2),
d the distance of the nuisance from its auxiliary observable (G. Cowan, Eur. Phys. J. C 79 (2019) 133,
arXiv:1809.05778). With nu = 1/(2 r^2) this is (1 + nu) ln(1 + d^2/nu): -2 ln of Student's t distribution with nu
degrees of freedom.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ttjroofit.inputs.measurement import FloatArray

__all__ = ["Penalty", "degrees_of_freedom", "penalty"]


@dataclass(frozen=True, eq=False)
class Penalty:
    """q(d) and what minimisers ask of it; all of the shape of d.

    Attributes:
        value: q.
        slope: q'/2.
        curvature: q''/2, negative beyond d^2 = nu.
        weight: slope / d: the precision of the Gaussian with the same slope at d.
        root: sqrt(q) with the sign of d, as a residual of least squares.
        root_slope: its derivative.
    """

    value: FloatArray
    slope: FloatArray
    curvature: FloatArray
    weight: FloatArray
    root: FloatArray
    root_slope: FloatArray


def degrees_of_freedom(relative: float) -> float:
    """The nu of Student's t distribution for a relative uncertainty r of sigma."""
    return 1.0 / (2.0 * relative**2)


def penalty(distance: FloatArray, nu: FloatArray) -> Penalty:
    """The constraint at distances in units of the prior sigma, shape (..., t), with ``nu`` of shape (t,)."""
    square = distance**2
    value = (1.0 + nu) * np.log1p(square / nu)
    weight = (1.0 + nu) / (nu + square)
    root = np.sign(distance) * np.sqrt(value)
    near = np.abs(distance) < 1e-6
    root_slope = np.where(near, np.sqrt((1.0 + nu) / nu), distance * weight / np.where(near, 1.0, root))
    return Penalty(
        value=value,
        slope=distance * weight,
        curvature=weight * (nu - square) / (nu + square),
        weight=weight,
        root=root,
        root_slope=root_slope,
    )
