"""All parameters at once: values of the eliminated nuisances and the covariance of everything, from one Hessian."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination
from ttjroofit.model.gaussian import Indices, conditional_covariance, inverse_positive
from ttjroofit.model.likelihood import theory_of

__all__ = ["Posterior", "SecondOrder", "posterior", "second_order"]


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
        """Positions of those of ``names`` that float, shape (at most len(names),), in the order of ``self.names``."""
        return np.array(sorted({self._position[name] for name in names if name in self._position}), dtype=np.intp)

    @cached_property
    def _position(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.names)}

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
    expansion = second_order(combination, elimination, values)
    total = expansion.observed if hessian == "observed" else expansion.expected
    return Posterior(expansion.names, expansion.values, inverse_positive(total), expansion.expected)


@dataclass(frozen=True, eq=False)
class SecondOrder:
    """chi2 to second order about a point, over all floating parameters.

    Attributes:
        names: as of ``Posterior``.
        values: shape (d,), of the point.
        expected: shape (d, d), half the second derivative without the curvature of the prediction.
        observed: shape (d, d), half the second derivative.
    """

    names: tuple[str, ...]
    values: FloatArray
    expected: FloatArray
    observed: FloatArray


def second_order(
    combination: Combination, elimination: Elimination, values: FloatArray, held: Mapping[str, float] | None = None
) -> SecondOrder:
    """Expand where the explicit parameters have given values and the nuisances follow.

    Args:
        combination: with its prediction.
        elimination: of the combination.
        values: explicit parameters, shape (P,).
        held: nuisances that do not follow but have values of their own.
    """
    theory, count = theory_of(combination), elimination.bins
    quadratic, best = elimination.information.hessian, elimination.joint.mean
    floating = theory.parameters.floating
    jet = theory.spectrum.jet(values)
    names = theory.interpolation_names
    # z = (x, phi) against u = (explicit, interpolation, phi): x as in ``on_bins``, phi as it is
    on_bins = np.concatenate([jet.first[:, floating], theory.interpolation], axis=1)
    expected = _with_design(quadratic, on_bins)
    _, precisions = theory.parameters.prior_terms()
    outer, both = len(floating), on_bins.shape[1]
    expected[range(both), range(both)] += np.concatenate([precisions[floating], np.ones(len(names))])
    # differences from the combination itself: its slope H zhat is large, and zhat known better
    residual = best - np.concatenate([jet.value, np.zeros(len(best) - count)])
    pull = quadratic @ residual
    pull = np.concatenate([theory.interpolation.T @ pull[:count], pull[count:]])
    parameters = combination.prior.parameters
    inner = (*names, *(parameters[i] for i in elimination.floating))
    given = np.array([(held or {}).get(name, np.nan) for name in inner])
    nuisances = _solve(expected[outer:, outer:], pull, given)
    moved = np.concatenate([theory.interpolation @ nuisances[: len(names)], nuisances[len(names) :]])
    observed = expected.copy()
    force = quadratic[:count] @ (moved - residual)
    observed[:outer, :outer] += np.einsum("b,bij->ij", force, jet.second)[np.ix_(floating, floating)]
    return SecondOrder(
        names=(*(theory.parameters.names[i] for i in floating), *inner),
        values=np.concatenate([values[floating], nuisances]),
        expected=expected,
        observed=observed,
    )


def _solve(hessian: FloatArray, slope: FloatArray, given: FloatArray) -> FloatArray:
    """Solve H u = s for the components that are not given (NaN), all of shape (d,)."""
    free = np.isnan(given)
    solution = given.copy()
    rest = slope[free] - hessian[np.ix_(free, ~free)] @ given[~free]
    solution[free] = inverse_positive(hessian[np.ix_(free, free)]) @ rest
    return np.asarray(solution)


def _with_design(quadratic: FloatArray, on_bins: FloatArray) -> FloatArray:
    """A^T H A for z = A u, where A is ``on_bins`` for the n bins and the unit matrix for the nuisances.

    Args:
        quadratic: H, shape (n + q, n + q).
        on_bins: shape (n, e).
    """
    bins, explicit = on_bins.shape
    cross = on_bins.T @ quadratic[:bins, bins:]
    corner = on_bins.T @ quadratic[:bins, :bins] @ on_bins
    size = explicit + len(quadratic) - bins
    total = np.empty((size, size))
    total[:explicit, :explicit], total[:explicit, explicit:] = (corner + corner.T) / 2.0, cross
    total[explicit:, :explicit], total[explicit:, explicit:] = cross.T, quadratic[bins:, bins:]
    return total
