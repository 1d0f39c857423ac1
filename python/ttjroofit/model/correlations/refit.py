"""The fits of many points, each with its own covariance of the bins."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ttjroofit.errors import ModelError
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.correlations.response import ReducedPoints
from ttjroofit.model.elimination import Elimination, eliminate
from ttjroofit.model.gaussian import Gaussian
from ttjroofit.model.likelihood import ReducedLikelihood, reduce_likelihood, theory_of
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.newton import Minima, Problems, minimise_all

__all__ = ["MassFitter", "Refits", "mass_fitter"]

NO_MINIMUM = "the fit found no minimum for these prior correlations: check the card with -M Fit"


@dataclass(frozen=True, eq=False)
class Refits:
    """Minima of B points, NaN where there is none.

    Attributes:
        mass: shape (B,).
        sigma: of the mass, from the observed Hessian of the reduced chi2, shape (B,).
        chi2: shape (B,), that of the combination included.
        good: shape (B,).
    """

    mass: FloatArray
    sigma: FloatArray
    chi2: FloatArray
    good: npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class MassFitter:
    """The prediction, ready to be fitted to any combined cross sections.

    Attributes:
        likelihood: of the combination it was made from.
        interpolation: covariance of the interpolation of the prediction, shape (n, n).
        mass: position of the mass among the explicit parameters.
        values: explicit parameters at the minimum of that combination, shape (P,).
    """

    likelihood: ReducedLikelihood
    interpolation: FloatArray
    mass: int
    values: FloatArray

    @property
    def name(self) -> str:
        """Of the mass."""
        return self.likelihood.parameters.names[self.mass]

    @property
    def unit(self) -> str:
        """Of the mass."""
        return self.likelihood.parameters.items[self.mass].unit

    def fit(self, points: ReducedPoints) -> Refits:
        """Fit all points, which must be near the combination."""
        count = len(points.means)
        mass, sigma, chi2 = np.full((3, count), np.nan)
        fitted = np.flatnonzero(points.positive)
        if len(fitted):
            minima = self._minimise(points.means[fitted], points.covariances[fitted] + self.interpolation)
            solved, found = minima.converged, fitted[minima.converged]
            mass[found] = minima.values[solved, self.mass]
            sigma[found] = replace(minima, values=minima.values[solved], hessian=minima.hessian[solved]).sigma(
                self.mass
            )
            chi2[found] = minima.chi2[solved] + points.offsets[found]
        return Refits(mass, sigma, chi2, np.isfinite(mass))

    def at(self, combined: Gaussian) -> MassFitter:
        """The same at the minimum for other combined cross sections.

        Raises:
            ModelError: if there is no minimum.
        """
        covariance = combined.covariance + self.interpolation
        minima = self._minimise(combined.mean[None], covariance[None])
        if not minima.converged[0]:
            raise ModelError(NO_MINIMUM)
        moved = replace(self.likelihood, mean=combined.mean, covariance=covariance, offset=combined.chi2)
        return replace(self, likelihood=moved, values=minima.values[0])

    def own(self) -> Minima:
        """Minimum of the likelihood itself, in which explicit nuisances may be tied to others."""
        return self._minimise(self.likelihood.mean[None], self.likelihood.covariance[None])

    def _minimise(self, means: FloatArray, covariances: FloatArray) -> Minima:
        starts = np.tile(self.values, (len(means), 1))
        problems = Problems(means, _inverses(covariances), starts, np.zeros(starts.shape, dtype=bool))
        return minimise_all(self.likelihood, problems)


def mass_fitter(combination: Combination, elimination: Elimination | None = None) -> MassFitter:
    """Fit a combination for its first floating mass.

    Raises:
        ModelError: if there is no prediction, no mass floats, or the fit finds no minimum.
    """
    solved = eliminate(combination) if elimination is None else elimination
    likelihood = reduce_likelihood(combination, solved)
    floating = [i for i, item in enumerate(likelihood.parameters.items) if item.kind == "mass" and not item.frozen]
    if not floating:
        raise ModelError("all masses are frozen: there is none whose shifts could be found")
    start = MassFitter(
        likelihood, theory_of(combination).interpolation_covariance, floating[0], find_minimum(likelihood)
    )
    minimum = start.own()
    if not minimum.converged[0]:
        raise ModelError(NO_MINIMUM)
    return replace(start, values=minimum.values[0])


def _inverses(covariances: FloatArray) -> FloatArray:
    """Inverses of many covariances, symmetric, shape (B, n, n)."""
    scale = np.sqrt(np.abs(np.diagonal(covariances, axis1=1, axis2=2)))
    outer = scale[:, :, None] * scale[:, None, :]
    inverse = np.linalg.inv(covariances / outer) / outer
    return np.asarray((inverse + np.swapaxes(inverse, 1, 2)) / 2.0)
