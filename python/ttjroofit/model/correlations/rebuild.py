"""The combination made anew for other prior correlations: where no algebra follows them.

That is the case if a source is not linear and its nuisance is tied to others, and in Pearson's chi2. Measurements and
prediction stay as they are; the prior, and where +-1 no longer makes names one the parameters too, are those of a card
with the other values.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination, Theory
from ttjroofit.model.correlations.path import StatedRanges
from ttjroofit.model.correlations.refit import mass_fitter
from ttjroofit.model.correlations.response import prior_response
from ttjroofit.model.curved import Form, eliminate_curved
from ttjroofit.model.elimination import Elimination, eliminate
from ttjroofit.model.explicit import with_explicit
from ttjroofit.model.gaussian import Gaussian
from ttjroofit.model.parameters import Parameters
from ttjroofit.model.prior import Prior, build_prior

__all__ = ["combined_bins", "fit_mass", "follows_algebra", "restated"]

_TIED = 1e-12
"""Correlations below this are rounding."""


def follows_algebra(combination: Combination, form: Form) -> bool:
    """Whether the update of the reduced Gaussian gives every point of a scan exactly.

    It does where chi2 is a parabola but for the prediction: explicit nuisances must be tied to no other one, neither by
    the card nor by a published covariance. A frozen nuisance that is one with another leaves the update singular.
    """
    if form == "pearson" or _one_with_frozen(combination):
        return False
    if not combination.explicit:
        return True
    if combination.theory is None:
        return False
    stated = {name for pair in combination.prior.stated for name in (pair.first, pair.second)}
    explicit = combination.prior.parameters_of(combination.explicit)
    return not combination.prior.parameters_of(stated) & explicit and not _tied(combination, explicit)


def _one_with_frozen(combination: Combination) -> bool:
    parents = combination.prior.parents
    return any(
        abs(pair.nominal) == 1.0 and parents[pair.first][0] in combination.frozen for pair in combination.prior.stated
    )


def _tied(combination: Combination, explicit: set[str]) -> bool:
    """Whether the combination correlates explicit nuisances with others."""
    response = prior_response(combination)
    inside = np.array([name in explicit for name in response.names], dtype=bool)
    sigma = np.sqrt(np.diag(response.posterior))
    # frozen nuisances have no covariance
    sigma[sigma == 0.0] = 1.0
    across = (response.posterior / np.outer(sigma, sigma))[np.ix_(inside, ~inside)]
    return bool(np.any(np.abs(across) > _TIED))


def restated(
    combination: Combination, ranges: StatedRanges, values: FloatArray, correlation: FloatArray
) -> Combination:
    """The combination of a card that states other values.

    Args:
        combination: of the card with the nominal values.
        ranges: its stated correlations.
        values: stated instead, shape (A,); exactly +-1 only where the nominal value is. Names that come apart from a
            frozen parameter stay frozen.
        correlation: of ``ranges.names`` once the values are merged and repaired, shape (s, s).
    """
    stated = tuple(replace(pair, nominal=value) for pair, value in zip(ranges.pairs, values.tolist(), strict=True))
    prior = combination.prior
    merged = [abs(value) == 1.0 for value in values.tolist()]
    if merged != [abs(pair.nominal) == 1.0 for pair in ranges.pairs]:
        ones = [pair for pair, one in zip(stated, merged, strict=True) if one]
        prior = build_prior(combination.owners, ones, None)
    position = {name: i for i, name in enumerate(ranges.names)}
    # a parameter has the name of its first member
    touched = [i for i, name in enumerate(prior.parameters) if name in position]
    at = [position[prior.parameters[i]] for i in touched]
    matrix = np.eye(len(prior.parameters))
    matrix[np.ix_(touched, touched)] = correlation[np.ix_(at, at)]
    changed = replace(prior, correlation=matrix, stated=stated, repaired=None)
    if prior is combination.prior:
        return replace(combination, prior=changed)
    return _with_parameters(combination, changed)


def _with_parameters(combination: Combination, prior: Prior) -> Combination:
    """The combination with some of its parameters split into the names that they stand for."""
    before = combination.prior.parents
    observed = {
        name: float(value)
        for measurement in combination.measurements
        for name, value in zip(
            measurement.profiled, combination.observed[measurement.name][len(measurement.bins) :], strict=True
        )
    }
    old = dict(zip(combination.prior.parameters, combination.starts.tolist(), strict=True))
    frozen = [name for name in prior.names if before[name][0] in combination.frozen]
    observed |= {name: before[name][1] * old[before[name][0]] for name in frozen}
    starts, parents = np.zeros(len(prior.parameters)), prior.parents
    for name, value in observed.items():
        parent, sign = parents[name]
        starts[prior.parameters.index(parent)] = sign * value
    bare = replace(
        combination,
        prior=prior,
        starts=starts,
        frozen=frozenset(parents[name][0] for name in frozen),
        theory=_without_explicit(combination.theory),
        explicit=frozenset(),
    )
    return with_explicit(bare)


def _without_explicit(theory: Theory | None) -> Theory | None:
    """The prediction before `with_explicit`."""
    if theory is None:
        return None
    items = tuple(item for item in theory.parameters.items if item.kind != "nuisance")
    return replace(theory, parameters=Parameters(items), spectrum=replace(theory.spectrum, responses=None))


def combined_bins(combination: Combination, form: Form) -> Gaussian:
    """Combined cross sections, as ``-M CrossSections`` has them.

    Raises:
        TtjroofitError: if there is no minimum.
    """
    if form == "neyman" and not combination.explicit:
        return eliminate(combination).reduced
    return eliminate_curved(combination, form)[0].reduced


def fit_mass(combination: Combination, elimination: Elimination) -> tuple[float, float, float]:
    """The first floating mass, its uncertainty by the observed Hessian, and chi2.

    Raises:
        ModelError: if there is no prediction, no mass floats, or the fit finds no minimum.
    """
    fitter = mass_fitter(combination, elimination)
    minimum = fitter.own()
    chi2 = float(minimum.chi2[0]) + fitter.likelihood.offset
    return float(minimum.values[0, fitter.mass]), float(minimum.sigma(fitter.mass)[0]), chi2
