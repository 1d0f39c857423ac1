"""What both choices do to a mass and to the cross sections, by algebra: exact where the prediction is linear."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination
from ttjroofit.model.gaussian import inverse_positive
from ttjroofit.model.likelihood import ReducedLikelihood
from ttjroofit.model.posterior import Posterior
from ttjroofit.model.zero_pulls import ZeroPulls

__all__ = ["Algebra", "LinearPull", "algebra", "mass_gradient"]


@dataclass(frozen=True)
class LinearPull:
    """A pull that is linear in the data.

    Attributes:
        mean: for the nuisances that toys are thrown from.
        width: for fixed nuisances.
        over_truths: width over nuisances drawn from their prior with the auxiliary observables fixed.
    """

    mean: float
    width: float
    over_truths: float


@dataclass(frozen=True, eq=False)
class Algebra:
    """What setting the profiled values to zero does to the n combined cross sections.

    Attributes:
        shift: shape (n,), on average over toys.
        lost: shape (n, n), the variance claimed less that for fixed nuisances.
        gain: shape (n, n), the variance over nuisances less the one claimed.
    """

    shift: FloatArray
    lost: FloatArray
    gain: FloatArray

    def pull(self, choice: str, gradient: FloatArray, variance: float) -> LinearPull:
        """The pull of what is linear in the combined cross sections.

        Args:
            choice: ``published`` or ``zero``.
            gradient: derivative with respect to the cross sections, shape (n,).
            variance: claimed.
        """
        if choice == "published":
            return LinearPull(0.0, 1.0, 1.0)
        return LinearPull(
            mean=float(gradient @ self.shift / np.sqrt(variance)),
            width=float(np.sqrt(1.0 - gradient @ self.lost @ gradient / variance)),
            over_truths=float(np.sqrt(1.0 + gradient @ self.gain @ gradient / variance)),
        )


def algebra(combination: Combination, elimination: Elimination, zero: ZeroPulls, joint: FloatArray) -> Algebra:
    """The algebra of toys about the true cross sections and nuisances ``joint``, shape (d,)."""
    covariance, count = elimination.joint.covariance, elimination.bins
    return Algebra(
        shift=-zero.shift(joint),
        lost=covariance[:count, :count] - zero.covariance(covariance),
        gain=zero.over_truths(combination, elimination),
    )


def mass_gradient(likelihood: ReducedLikelihood, after: Posterior, mass: int) -> tuple[FloatArray, float]:
    """Derivative of a mass with respect to the combined cross sections, and its variance, by the expected Hessian.

    Args:
        likelihood: of the data.
        after: posterior about the minimum.
        mass: position of the mass among the explicit parameters; it floats.

    Returns:
        The derivative, shape (n,), and the variance.
    """
    floating, parameters = likelihood.parameters.floating, likelihood.parameters
    values = parameters.values(dict(zip(after.names, after.values.tolist(), strict=True)))
    place = after.where([parameters.names[mass]])[0]
    # explicit parameters that float come first in the posterior
    row = inverse_positive(after.expected)[place, : len(floating)]
    first = likelihood.spectrum.jet(values).first[:, floating]
    return np.asarray(likelihood.precision @ first @ row), float(row[place])
