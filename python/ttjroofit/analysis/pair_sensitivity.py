"""The derivatives with respect to all pairs of nuisances, ranked, and the exact changes that the largest can cause."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.correlations.refit import MassFitter
from ttjroofit.model.correlations.response import PriorResponse
from ttjroofit.model.correlations.sensitivity import Sensitivity, bin_sensitivity, definite_intervals
from ttjroofit.model.gaussian import Indices, inverse_positive
from ttjroofit.results.correlation_scan import BinSensitivity, LargestShift, NuisanceSensitivity, PairSensitivity

__all__ = ["bin_rows", "nuisance_rows", "pair_count", "pair_rows"]

LISTED = 100
"""Pairs with the largest derivative of the mass that are refitted and listed, and as many of the uncertainty."""

GRID = 17
"""Refits of a pair over the interval of its correlation."""

HALF = 0.5
"""Change of a correlation that the ranking is given for."""


def pair_count(combination: Combination, response: PriorResponse) -> int:
    """How many pairs of nuisances of different measurements there are."""
    return int(np.count_nonzero(np.triu(_apart(combination, response))))


def nuisance_rows(combination: Combination, sensitivity: Sensitivity) -> list[NuisanceSensitivity]:
    """What gives the derivatives of all pairs."""
    columns = (sensitivity.shift.tolist(), sensitivity.pull.tolist(), sensitivity.variance_shift.tolist())
    return [
        NuisanceSensitivity(name, combination.owners[name].measurement, *numbers)
        for name, *numbers in zip(sensitivity.names, *columns, strict=True)
        if name not in combination.explicit
    ]


def pair_rows(
    combination: Combination, response: PriorResponse, fitter: MassFitter, sensitivity: Sensitivity
) -> list[PairSensitivity]:
    """The pairs that matter most for the mass or its uncertainty.

    Args:
        combination: whose correlations are in force.
        response: to the correlations of all its nuisances.
        fitter: at its minimum.
        sensitivity: of the mass.
    """
    apart = np.triu(_apart(combination, response))
    everything = np.arange(len(response.names))
    of_mass = sensitivity.of_value(everything[:, None], everything) * apart
    of_sigma = sensitivity.of_sigma(everything[:, None], everything) * apart
    chosen = np.union1d(_largest(of_mass), _largest(of_sigma))
    first, second = np.unravel_index(chosen, apart.shape)
    low, high = _intervals(response, first, second)
    stated = _stated(combination)
    rows = []
    for i, j, lower, upper in zip(first.tolist(), second.tolist(), low.tolist(), high.tolist(), strict=True):
        pair = response.of((response.names[i], response.names[j]))
        largest, largest_sigma = _largest_shifts(pair, fitter, sensitivity, (lower, upper))
        owners = combination.owners
        rows.append(
            PairSensitivity(
                nuisances=(pair.names[0], pair.names[1]),
                measurements=(owners[pair.names[0]].measurement, owners[pair.names[1]].measurement),
                stated=frozenset(pair.names) in stated,
                correlation=float(pair.correlation[0, 1]),
                mass_derivative=float(of_mass[i, j]),
                sigma_derivative=float(of_sigma[i, j]),
                half_MeV=1000.0 * HALF * float(of_mass[i, j]),
                sigma_half_MeV=1000.0 * HALF * float(of_sigma[i, j]),
                interval=(float(pair.correlation[0, 1]) + lower, float(pair.correlation[0, 1]) + upper),
                largest=largest,
                largest_sigma=largest_sigma,
            )
        )
    return sorted(rows, key=lambda row: -abs(row.mass_derivative))


def bin_rows(combination: Combination, response: PriorResponse) -> list[BinSensitivity]:
    """For each combined cross section the pair with the largest derivative of its value."""
    apart = np.triu(_apart(combination, response))
    if not np.any(apart):
        return []
    everything, rows = np.arange(len(response.names)), []
    for position, name in enumerate(combination.truths):
        sensitivity = bin_sensitivity(response, position)
        derivative = sensitivity.of_value(everything[:, None], everything) * apart
        first, second = np.unravel_index(np.array([np.argmax(np.abs(derivative))]), apart.shape)
        rows.append(
            BinSensitivity(
                bin=name,
                sigma=sensitivity.sigma,
                nuisances=(response.names[int(first[0])], response.names[int(second[0])]),
                derivative=float(derivative[first, second][0]),
                sigma_derivative=float(sensitivity.of_sigma(first, second)[0]),
            )
        )
    return rows


def _apart(combination: Combination, response: PriorResponse) -> npt.NDArray[np.bool_]:
    """Which nuisances are linear and belong to different measurements, shape (s, s)."""
    owners = np.array([combination.owners[name].measurement for name in response.names])
    linear = np.array([name not in combination.explicit for name in response.names], dtype=bool)
    return np.asarray((owners[:, None] != owners) & linear[:, None] & linear)


def _stated(combination: Combination) -> set[frozenset[str]]:
    parents = combination.prior.parents
    return {frozenset((parents[pair.first][0], parents[pair.second][0])) for pair in combination.prior.stated}


def _largest(derivatives: FloatArray) -> Indices:
    flat = np.abs(derivatives).ravel()
    count = min(LISTED, np.count_nonzero(flat))
    return np.argsort(-flat, kind="stable")[:count]


def _intervals(response: PriorResponse, first: Indices, second: Indices) -> tuple[FloatArray, FloatArray]:
    """Changes of a correlation that keep the prior and the whole quadratic form positive definite."""
    prior = definite_intervals(inverse_positive(response.correlation), first, second)
    whole = definite_intervals(response.information, first, second)
    return np.maximum(prior[0], whole[0]), np.minimum(prior[1], whole[1])


def _largest_shifts(
    pair: PriorResponse, fitter: MassFitter, sensitivity: Sensitivity, interval: tuple[float, float]
) -> tuple[LargestShift, LargestShift]:
    """Refits over the interval; the ends are those of positive definiteness, singular but allowed."""
    changes = np.linspace(*interval, GRID)
    matrices = np.tile(pair.correlation, (GRID, 1, 1))
    matrices[:, 0, 1] = matrices[:, 1, 0] = pair.correlation[0, 1] + changes
    fits = fitter.fit(pair.at(matrices))
    return (
        _largest_shift(fits.mass - sensitivity.value, matrices[:, 0, 1]),
        _largest_shift(fits.sigma - sensitivity.sigma, matrices[:, 0, 1]),
    )


def _largest_shift(shifts: FloatArray, rho: FloatArray) -> LargestShift:
    where = int(np.nanargmax(np.abs(np.append(shifts, 0.0))))
    return (
        LargestShift(1000.0 * float(shifts[where]), float(rho[where])) if where < len(rho) else LargestShift(0.0, 0.0)
    )
