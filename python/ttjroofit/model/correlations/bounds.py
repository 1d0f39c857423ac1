"""The smallest and largest mass and uncertainty over all admissible correlation matrices.

Sequential quadratic programming: the exact derivative of ``sensitivity`` and a damped BFGS Hessian (M. Powell, Math.
Program. 14 (1978) 224) make a quadratic program over the set, whose solution the line search heads for. The functions
are not convex, so several starts are made; the best end stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.correlations.admissible import AdmissibleSet
from ttjroofit.model.correlations.refit import MassFitter
from ttjroofit.model.correlations.response import PriorResponse
from ttjroofit.model.correlations.sensitivity import mass_sensitivity

__all__ = ["Bound", "MassOverSet", "find_bounds"]

STEPS = 40
"""Quadratic programs of one start at most; ten are usual."""

TOLERANCE = 1e-8
"""In GeV: a search ends when the quadratic model promises less."""


@dataclass(frozen=True, eq=False)
class Bound:
    """An extreme of the mass or its uncertainty.

    Attributes:
        mass: in GeV.
        sigma: in GeV.
        values: of the A stated correlations, shape (A,).
        eigenvalue: smallest one of the matrix.
        converged: whether the search ended by itself.
    """

    mass: float
    sigma: float
    values: FloatArray
    eigenvalue: float
    converged: bool


@dataclass(frozen=True, eq=False)
class _Gradients:
    """Mass and sigma with their derivatives with respect to the variables, shapes (V,)."""

    mass: float
    sigma: float
    of_mass: FloatArray
    of_sigma: FloatArray


@dataclass(frozen=True, eq=False)
class MassOverSet:
    """Mass and uncertainty as functions on the admissible set.

    Attributes:
        admissible: the set.
        response: to the correlations of its names, about any matrix.
        fitter: at the minimum for some matrix of it.
    """

    admissible: AdmissibleSet
    response: PriorResponse
    fitter: MassFitter

    def gradients(self, values: FloatArray) -> _Gradients:
        """At some values of the variables, shape (V,)."""
        transform = self.admissible.merged.transform
        matrix = transform @ self.admissible.matrix(values) @ transform.T
        response = self.response.moved(matrix).merged(transform)
        sensitivity = mass_sensitivity(self.fitter.at(response.combined), response)
        first, second = self.admissible.first, self.admissible.second
        return _Gradients(
            sensitivity.value,
            sensitivity.sigma,
            sensitivity.of_value(first, second),
            sensitivity.of_sigma(first, second),
        )


def find_bounds(problem: MassOverSet, *, starts: int = 2, seed: int = 1) -> dict[str, Bound]:
    """Extremes of the mass and of its uncertainty.

    Args:
        problem: the functions and their set.
        starts: random corners to start from, besides the centre and the nominal values.
        seed: of the corners.

    Returns:
        ``mass_low``, ``mass_high``, ``sigma_low``, ``sigma_high``.

    Raises:
        ModelError: if no matrix is admissible.
    """
    admissible = problem.admissible
    centre, _ = admissible.centre()
    rng = np.random.default_rng(seed)
    flat = np.zeros((len(centre), len(centre)))
    corners = [admissible.step(centre, rng.standard_normal(len(centre)), flat) for _ in range(starts)]
    begin = [centre, *(admissible.pull_inside(x, centre) for x in (admissible.project(admissible.nominal), *corners))]
    bounds = {}
    for quantity in ("mass", "sigma"):
        for end, sign in (("low", 1.0), ("high", -1.0)):
            found = [_descend(problem, start, centre, _objective(quantity, sign)) for start in begin]
            bounds[f"{quantity}_{end}"] = min(found, key=lambda bound: sign * float(getattr(bound, quantity)))
    return bounds


Objective = Callable[[_Gradients], tuple[float, FloatArray]]


def _objective(quantity: str, sign: float) -> Objective:
    def objective(gradients: _Gradients) -> tuple[float, FloatArray]:
        value, slope = getattr(gradients, quantity), getattr(gradients, f"of_{quantity}")
        return sign * float(value), np.asarray(sign * slope)

    return objective


def _descend(problem: MassOverSet, start: FloatArray, centre: FloatArray, objective: Objective) -> Bound:
    admissible, values = problem.admissible, start
    here = problem.gradients(values)
    height, slope = objective(here)
    hessian = 1e-2 * float(np.max(np.abs(slope), initial=1e-12)) * np.eye(len(values))
    converged = not len(values)
    for _ in range(STEPS if len(values) else 0):
        step = admissible.pull_inside(admissible.step(values, slope, hessian), centre) - values
        promise = float(slope @ step)
        if promise > -TOLERANCE:
            converged = True
            break
        length = 1.0
        there = problem.gradients(values + step)
        while objective(there)[0] > height + 1e-4 * length * promise and length > 1e-6:
            length /= 2.0
            there = problem.gradients(values + length * step)
        if objective(there)[0] >= height:
            break
        following = objective(there)[1]
        hessian = _damped_update(hessian, length * step, following - slope)
        values, here = values + length * step, there
        height, slope = objective(there)
    return Bound(here.mass, here.sigma, admissible.stated(values), admissible.smallest_eigenvalue(values), converged)


def _damped_update(hessian: FloatArray, step: FloatArray, change: FloatArray) -> FloatArray:
    """BFGS update of the Hessian, damped so that it stays positive definite."""
    along = hessian @ step
    size, curvature = float(step @ along), float(step @ change)
    if curvature < 0.2 * size:
        share = 0.8 * size / (size - curvature)
        change = share * change + (1.0 - share) * along
    return np.asarray(hessian - np.outer(along, along) / size + np.outer(change, change) / float(step @ change))
