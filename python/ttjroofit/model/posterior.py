"""All parameters at once: values of the eliminated nuisances and the covariance of everything, from one Hessian."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination
from ttjroofit.model.gaussian import Indices, conditional_covariance, inverse_positive
from ttjroofit.model.likelihood import theory_of

__all__ = ["Posterior", "posterior"]


@dataclass(frozen=True, eq=False)
class Posterior:
    """The Gaussian approximation of the likelihood about its minimum, over all floating parameters.

    Attributes:
        names: explicit parameters, interpolation nuisances, prior parameters; d in all, frozen ones left out.
        values: shape (d,), at the minimum.
        covariance: shape (d, d), inverse of half the second derivative of the full chi2.
        expected: shape (d, d), the expected Hessian: the same without the curvature of the prediction, not inverted.
    """

    names: tuple[str, ...]
    values: FloatArray
    covariance: FloatArray
    expected: FloatArray

    def where(self, names: Collection[str]) -> Indices:
        """Positions of those of ``names`` that float, in the order of ``self.names``."""
        wanted = set(names)
        return np.array([i for i, name in enumerate(self.names) if name in wanted], dtype=np.intp)

    def sigma(self, name: str, frozen: Collection[str] = ()) -> float:
        """Standard deviation of one parameter, with others frozen at their values in the minimum."""
        given = self.where(set(frozen) - {name})
        return float(np.sqrt(conditional_covariance(self.covariance, self.where([name]), given)[0, 0]))


def posterior(
    combination: Combination,
    elimination: Elimination,
    values: FloatArray,
    *,
    hessian: Literal["observed", "expected"] = "observed",
) -> Posterior:
    """Values and covariance of all parameters where the explicit ones have given values.

    The eliminated nuisances follow by conditioning; at the minimum of the reduced likelihood the result is the
    minimum and the inverse Hessian of the full one.

    Args:
        combination: with its prediction.
        elimination: of the combination.
        values: explicit parameters at the minimum, shape (P,).
        hessian: ``observed`` is the second derivative; ``expected`` leaves out the curvature of the prediction, and is
            positive definite even where the fit failed.

    Raises:
        ModelError: if the Hessian is not positive definite, so ``values`` is no minimum.
    """
    theory, count = theory_of(combination), elimination.bins
    quadratic, slope = elimination.information.hessian, elimination.information.slope
    floating = theory.parameters.floating
    jet = theory.spectrum.jet(values)
    response, names = theory.interpolation, theory.interpolation_names
    # columns of z = (x, phi) against u = (explicit, interpolation, phi)
    inner = len(names) + len(elimination.floating)
    linear = np.zeros((len(slope), inner))
    linear[:count, : len(names)] = response
    linear[count:, len(names) :] = np.eye(len(elimination.floating))
    unit = np.zeros((inner, inner))
    unit[: len(names), : len(names)] = np.eye(len(names))
    at_zero = np.concatenate([jet.value, np.zeros(len(elimination.floating))])
    nuisances = inverse_positive(linear.T @ quadratic @ linear + unit) @ (linear.T @ (slope - quadratic @ at_zero))
    force = quadratic @ (at_zero + linear @ nuisances) - slope
    total_design = np.concatenate([_on_explicit(jet.first[:, floating], len(slope)), linear], axis=1)
    _, precisions = theory.parameters.prior_terms()
    expected = total_design.T @ quadratic @ total_design
    expected[len(floating) :, len(floating) :] += unit
    expected[: len(floating), : len(floating)] += np.diag(precisions[floating])
    total = expected.copy()
    if hessian == "observed":
        curvature = np.einsum("b,bij->ij", force[:count], jet.second)[np.ix_(floating, floating)]
        total[: len(floating), : len(floating)] += curvature
    parameters = combination.prior.parameters
    return Posterior(
        names=(
            *(theory.parameters.names[i] for i in floating),
            *names,
            *(parameters[i] for i in elimination.floating),
        ),
        values=np.concatenate([values[floating], nuisances]),
        covariance=inverse_positive(total),
        expected=expected,
    )


def _on_explicit(first: FloatArray, dimension: int) -> FloatArray:
    padded = np.zeros((dimension, first.shape[1]))
    padded[: len(first)] = first
    return padded
