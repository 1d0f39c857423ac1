"""A combination made anew for given values of its stated correlations: the slow twin of the scans."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ttjroofit.card.statements import Card
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.likelihood import reduce_likelihood
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.newton import Problems, minimise_all
from ttjroofit.model.posterior import posterior

__all__ = ["Solved", "restate", "solve"]


@dataclass(frozen=True)
class Solved:
    """A fit of the first mass and the combined bins.

    Attributes:
        sigma: by the reduced likelihood.
        posterior_sigma: by the Hessian of all parameters.
    """

    mass: float
    sigma: float
    posterior_sigma: float
    chi2: float
    bins: npt.NDArray[np.float64]
    covariance: npt.NDArray[np.float64]


def restate(card: Card, values: Sequence[float], build: Callable[[Card], Combination]) -> Combination:
    """Build the combination of a card whose assumptions, in order, have other nominal values."""
    assumptions = tuple(
        replace(stated, nominal=float(value)) for stated, value in zip(card.assumptions, values, strict=True)
    )
    return build(replace(card, assumptions=assumptions))


def solve(combination: Combination) -> Solved:
    """Eliminate and fit from the start; Newton steps end the search, least squares stop at 1e-6 GeV."""
    elimination = eliminate(combination)
    likelihood = reduce_likelihood(combination, elimination)
    start = find_minimum(likelihood)[None]
    problem = Problems(likelihood.mean[None], likelihood.precision, start, np.zeros(start.shape, dtype=bool))
    minima = minimise_all(likelihood, problem)
    values = minima.values[0]
    after = posterior(combination, elimination, values)
    mass = likelihood.parameters.masses[0].name
    reduced = elimination.reduced
    return Solved(
        mass=float(values[likelihood.parameters.position(mass)]),
        sigma=float(minima.sigma(likelihood.parameters.position(mass))[0]),
        posterior_sigma=after.sigma(mass),
        chi2=likelihood.chi2(values),
        bins=reduced.mean,
        covariance=reduced.covariance,
    )
