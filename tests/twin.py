"""A second likelihood, written from section 3 of the specification alone: nothing of ttjroofit.model is in it.

It knows measurements and predictions as they were read and the correlations as they were stated. Every formula is the
obvious one: whole covariance matrices, ``numpy.polyfit``, plain products.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from ttjroofit.inputs.measurement import Measurement
from ttjroofit.inputs.prediction import Prediction

__all__ = ["Twin", "shares", "shrunk", "stated_matrix"]

FloatArray = npt.NDArray[np.float64]

FLOOR = 1e-4
"""Smallest eigenvalue that a repair leaves."""


def stated_matrix(names: Sequence[str], stated: Iterable[tuple[str, str, float]]) -> FloatArray:
    """Unit matrix with the stated correlations, shape (N, N); names that are not in ``names`` are passed over."""
    matrix = np.eye(len(names))
    for first, second, value in stated:
        if first in names and second in names:
            i, j = names.index(first), names.index(second)
            matrix[i, j] = matrix[j, i] = value
    return matrix


def shrunk(matrix: FloatArray) -> FloatArray:
    """All correlations times the factor, found by bisection, that leaves the smallest eigenvalue at ``FLOOR``."""
    unit = np.eye(len(matrix))

    def excess(factor: float) -> float:
        return float(np.linalg.eigvalsh(unit + factor * (matrix - unit))[0]) - FLOOR

    factor = brentq(excess, 0.0, 1.0, xtol=1e-15) if excess(1.0) < 0.0 else 1.0
    return np.asarray(unit + factor * (matrix - unit))


def shares(
    prediction: Prediction, mass: float, alpha: Mapping[str, float], *, order: int = 2, additive: bool = False
) -> FloatArray:
    """Share of the cross section in each bin, shape (n,): polynomials in the mass times what alpha does."""
    offsets = prediction.masses - prediction.nominal_mass
    raw = np.array(
        [
            np.polyval(
                np.polyfit(offsets, prediction.fractions[:, b], order, w=1.0 / prediction.fraction_sigma[:, b]),
                mass - prediction.nominal_mass,
            )
            for b in range(prediction.fractions.shape[1])
        ]
    )
    named = [
        *zip(prediction.pdf_names, prediction.pdf_shifts, strict=True),
        *zip(prediction.tnp_names, prediction.tnp_shifts, strict=True),
    ]
    if additive:
        raw = raw * (1.0 + sum((shift * alpha.get(name, 0.0) for name, shift in named), np.zeros(len(raw))))
    else:
        for name, shift in named:
            raw = raw * (1.0 + shift * alpha.get(name, 0.0))
    return np.asarray(raw / raw.sum())


@dataclass(frozen=True)
class Twin:
    """chi2 = -2 ln L up to a constant.

    Attributes:
        measurements: in order.
        predictions: one a measurement.
        correlation: C over ``names``, shape (N, N).
        order: of the polynomials in the mass.
        additive: how alpha acts.
        priors: mean and sigma by name of explicit parameters whose prior is not N(0, 1).
    """

    measurements: Sequence[Measurement]
    predictions: Sequence[Prediction]
    correlation: FloatArray
    order: int = 2
    additive: bool = False
    priors: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        return [name for m in self.measurements for name in (*m.profiled, *m.sources)]

    def chi2(
        self,
        *,
        masses: Sequence[float],
        norms: Sequence[float],
        alpha: Mapping[str, float],
        shifts: Sequence[FloatArray],
        eta: FloatArray,
        theta: Mapping[str, float],
    ) -> float:
        """The whole thing.

        Args:
            masses: one a measurement.
            norms: one a measurement.
            alpha: theory nuisances by name.
            shifts: what eta does to the cross sections of each measurement.
            eta: interpolation nuisances, only their priors count here.
            theta: all nuisances by name.
        """
        total = float(eta @ eta) + self._prior_of_alpha(alpha) + self.prior_of_theta(theta)
        for k, (measurement, prediction) in enumerate(zip(self.measurements, self.predictions, strict=True)):
            share = shares(prediction, masses[k], alpha, order=self.order, additive=self.additive)
            widths = np.diff(measurement.edges) if measurement.per_unit else 1.0
            total += self.measured(measurement, norms[k] * share / widths + shifts[k], theta)
        return total

    def measured(self, measurement: Measurement, x: FloatArray, theta: Mapping[str, float]) -> float:
        """(xhat + E theta_E - x, theta_hat - theta_P) in V^-1."""
        moved = measurement.values + sum(
            (measurement.shifts[:, i] * theta[name] for i, name in enumerate(measurement.sources)), np.zeros(len(x))
        )
        pulls = measurement.profiled_values - np.array([theta[name] for name in measurement.profiled])
        residual = np.concatenate([moved - x, pulls])
        return float(residual @ np.linalg.solve(measurement.covariance, residual))

    def prior_of_theta(self, theta: Mapping[str, float]) -> float:
        """Conditional prior of the externalised given the profiled, and N(P; 0, C_PP) over the unit priors in V."""
        profiled = [name for m in self.measurements for name in m.profiled if name not in m.without_prior]
        external = [name for m in self.measurements for name in m.sources]
        given, free = self._where(profiled), self._where(external)
        C_PP = self.correlation[np.ix_(given, given)]
        C_EP = self.correlation[np.ix_(free, given)]
        theta_P = np.array([theta[name] for name in profiled])
        theta_E = np.array([theta[name] for name in external])
        gain = np.linalg.solve(C_PP, C_EP.T).T
        spread = self.correlation[np.ix_(free, free)] - gain @ C_EP.T
        distance = theta_E - gain @ theta_P
        conditional = float(distance @ np.linalg.solve(spread, distance))
        return conditional + float(theta_P @ np.linalg.solve(C_PP, theta_P) - theta_P @ theta_P)

    def _where(self, wanted: Sequence[str]) -> list[int]:
        return [self.names.index(name) for name in wanted]

    def _prior_of_alpha(self, alpha: Mapping[str, float]) -> float:
        total = 0.0
        for name, value in alpha.items():
            mean, sigma = self.priors.get(name, (0.0, 1.0))
            total += ((value - mean) / sigma) ** 2
        return total
