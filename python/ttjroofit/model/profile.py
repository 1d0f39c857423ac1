"""Many minima of the reduced likelihood at once: Newton steps vectorised over the problems."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.parameters import Parameters
from ttjroofit.model.spectrum import Spectrum

__all__ = ["Minima", "Problems", "minimise_all"]

LIMIT = 50
"""Newton steps at most; from a neighbouring minimum five are enough."""

TOLERANCE = 1e-10
"""A problem is solved when its last step is below this many standard deviations in every parameter."""


@dataclass(frozen=True, eq=False)
class Problems:
    """B reduced likelihoods that share parameters and spectrum.

    Attributes:
        means: shape (B, n), combined cross sections.
        precisions: shape (B, n, n), inverse covariances.
        start: shape (B, P), start values; parameters that are held keep theirs.
        held: shape (B, P), True for parameters that do not move, besides those frozen in the model.
    """

    means: FloatArray
    precisions: FloatArray
    start: FloatArray
    held: npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Minima:
    """Solutions of B problems: values of shape (B, P), and which converged, shape (B,)."""

    values: FloatArray
    converged: npt.NDArray[np.bool_]


def minimise_all(spectrum: Spectrum, parameters: Parameters, problems: Problems) -> Minima:
    """Solve all problems by Newton's method with the analytic second derivative.

    The problems must start near their minimum (a refit with one nuisance moved): there is no line search.
    """
    frozen = np.array([item.frozen for item in parameters.items], dtype=bool)
    held = problems.held | frozen
    values = problems.start.copy()
    converged = np.zeros(len(values), dtype=bool)
    for _ in range(LIMIT):
        active = np.flatnonzero(~converged)
        if not len(active):
            break
        rest = Problems(problems.means[active], problems.precisions[active], values[active], held[active])
        step, scale = _newton_step(spectrum, parameters, rest)
        values[active] += step
        converged[active] = np.max(np.abs(step) / scale, axis=-1) < TOLERANCE
    return Minima(values, converged)


def _newton_step(spectrum: Spectrum, parameters: Parameters, problems: Problems) -> tuple[FloatArray, FloatArray]:
    """Step from ``problems.start`` and standard deviation of every parameter, shapes (B, P)."""
    means, precisions = parameters.prior_terms()
    values, held = problems.start, problems.held
    jet = spectrum.jet(values)
    force = np.einsum("bij,bj->bi", problems.precisions, jet.value - problems.means)
    slope = np.einsum("bi,bip->bp", force, jet.first) + precisions * (values - means)
    hessian = np.swapaxes(jet.first, -1, -2) @ problems.precisions @ jet.first
    hessian += np.einsum("bi,bipq->bpq", force, jet.second)
    diagonal = np.arange(values.shape[-1])
    hessian[:, diagonal, diagonal] += precisions
    # a held parameter has no slope and does not couple to the others
    slope[held] = 0.0
    hessian = np.where(held[:, :, None] | held[:, None, :], 0.0, hessian)
    hessian[:, diagonal, diagonal] += held
    step = -np.linalg.solve(hessian, slope[..., None])[..., 0]
    return step, 1.0 / np.sqrt(np.abs(hessian[:, diagonal, diagonal]))
