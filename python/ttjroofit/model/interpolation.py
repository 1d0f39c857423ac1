"""Polynomial interpolation of a predicted shape in the top-quark mass, with its covariance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import comb

import numpy as np

from ttjroofit.errors import ModelError
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.inputs.prediction import Prediction

__all__ = ["Interpolation", "interpolate"]


@dataclass(frozen=True, eq=False)
class Interpolation:
    """Weighted least-squares polynomials of the n bins, in powers of (mass - reference).

    Attributes:
        reference: GeV, where the powers are centred.
        coefficients: shape (n, order+1), rising powers, 1/GeV^power.
        covariance: shape (n, order+1, n, order+1), Monte Carlo covariance of ``coefficients``.
        chi2: sum over bins of the squared pulls of the mass points about their polynomials.
        ndf: number of mass points minus coefficients, summed over bins: the expectation of ``chi2``.
    """

    reference: float
    coefficients: FloatArray
    covariance: FloatArray
    chi2: float
    ndf: int

    def powers(self, mass: FloatArray | float) -> FloatArray:
        """Powers of (mass - reference): masses of shape (...) give shape (..., order+1)."""
        offset = np.asarray(mass, dtype=float)[..., None] - self.reference
        return np.asarray(offset ** np.arange(self.coefficients.shape[1]))

    def value(self, mass: FloatArray | float) -> FloatArray:
        """Interpolated shape before renormalisation: masses of shape (...) give shape (..., n)."""
        return np.asarray(self.powers(mass) @ self.coefficients.T)

    def slopes(self, mass: FloatArray | float) -> tuple[FloatArray, FloatArray]:
        """First and second derivative with respect to the mass, shapes (..., n), in 1/GeV and 1/GeV^2."""
        powers = self.powers(mass)
        k = np.arange(1, powers.shape[-1])
        first = (powers[..., :-1] * k) @ self.coefficients[:, 1:].T
        second = (powers[..., :-2] * (k * (k + 1))[:-1]) @ self.coefficients[:, 2:].T
        return first, second

    def value_covariance(self, mass: float) -> FloatArray:
        """Covariance of ``value(mass)``, shape (n, n)."""
        powers = self.powers(mass)
        return np.asarray(np.einsum("i,aibj,j->ab", powers, self.covariance, powers))

    def moved(self, offset: float) -> Interpolation:
        """The polynomials p(mass - offset), expanded about the same reference: those of a mass that is shifted."""
        count = self.coefficients.shape[1]
        # (t - offset)^k = sum_j binomial(k, j) (-offset)^(k-j) t^j, axes (j, k)
        expand = np.array([[comb(k, j) * (-offset) ** max(k - j, 0) for k in range(count)] for j in range(count)])
        return replace(
            self,
            coefficients=self.coefficients @ expand.T,
            covariance=np.einsum("ij,ajbk,lk->aibl", expand, self.covariance, expand),
        )


def interpolate(prediction: Prediction, order: int) -> Interpolation:
    """Fit a polynomial in the mass to every bin, weighted with the Monte Carlo uncertainties.

    Bins of one mass point that are counts of one sample (``monte_carlo: multinomial``) are correlated by
    -sqrt(f_a f_b / ((1-f_a)(1-f_b))), others as the prediction says; the covariance of the coefficients carries this
    over.

    Raises:
        ModelError: if there are fewer mass points than coefficients.
    """
    count = order + 1
    if len(prediction.masses) < count:
        raise ModelError(
            f"prediction {prediction.name} for {prediction.measurement} has {len(prediction.masses)} masses; "
            f"a polynomial of order {order} needs at least {count}: lower `interpolation` in the card"
        )
    design = np.vander(prediction.masses - prediction.nominal_mass, count, increasing=True)
    weights = prediction.fraction_sigma**-2.0
    normal = np.einsum("mi,mb,mj->bij", design, weights, design)
    # estimator[b] maps the fractions of bin b at all masses to its coefficients: axes (bin, power, mass)
    estimator = np.linalg.solve(normal, np.einsum("mi,mb->bim", design, weights))
    coefficients = np.einsum("bim,mb->bi", estimator, prediction.fractions)
    covariance = np.einsum("aim,mab,bjm->aibj", estimator, _monte_carlo_covariance(prediction), estimator)
    pulls = (design @ coefficients.T - prediction.fractions) / prediction.fraction_sigma
    return Interpolation(
        reference=prediction.nominal_mass,
        coefficients=coefficients,
        covariance=covariance,
        chi2=float(np.sum(pulls**2)),
        ndf=len(coefficients) * (len(prediction.masses) - count),
    )


def _monte_carlo_covariance(prediction: Prediction) -> FloatArray:
    """Covariance of the fractions at each mass, shape (masses, n, n)."""
    sigma = prediction.fraction_sigma
    bins = sigma.shape[1]
    if prediction.monte_carlo == "independent":
        return np.asarray(np.einsum("ma,ab->mab", sigma**2, np.eye(bins)))
    if prediction.fraction_correlation is not None:
        return np.asarray(np.einsum("ma,mab,mb->mab", sigma, prediction.fraction_correlation, sigma))
    odds = np.sqrt(prediction.fractions / (1.0 - prediction.fractions))
    correlation = -np.einsum("ma,mb->mab", odds, odds)
    correlation[:, np.arange(bins), np.arange(bins)] = 1.0
    return np.asarray(np.einsum("ma,mab,mb->mab", sigma, correlation, sigma))
