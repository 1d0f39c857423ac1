"""What every nuisance does to a parameter: the three definitions in use.

ordinary: shift of the parameter when the nuisance moves by its post-fit sigma and all else follows,
    cov(m, theta) / sigma_theta.
profiled: the same without the parabolic approximation: m refitted with theta held at its value +- sigma.
global: shift when the auxiliary observable a of the nuisance moves by its prefit sigma, dm/da sigma_a; their squares
    and the part of the data add up to the variance of the estimator (arXiv:2307.04007).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ttjroofit.errors import ModelError
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination
from ttjroofit.model.gaussian import Indices, inverse_positive, tied
from ttjroofit.model.likelihood import ReducedLikelihood, reduce_likelihood, theory_of
from ttjroofit.model.newton import Problems, minimise_all
from ttjroofit.model.posterior import Posterior

__all__ = ["GlobalImpacts", "curve_impacts", "global_impacts", "ordinary_impact", "profiled_impacts"]

TOGETHER = 256
"""Nuisances whose (n, n) covariances are in memory at once."""


@dataclass(frozen=True, eq=False)
class GlobalImpacts:
    """Variance of the estimator of one parameter by its origin.

    Attributes:
        impacts: every nuisance to its global impact. The sum of squares over a set of names is the part of the
            set. A name that equals another parameter has its part there and 0 here, one without a prior has 0.
        data: standard deviation from the data.
        total: standard deviation of the estimator: sqrt(data^2 + sum of squares).
    """

    impacts: dict[str, float]
    data: float
    total: float


def ordinary_impact(posterior: Posterior, parameter: str, nuisance: str) -> float:
    """cov(parameter, nuisance) / sigma(nuisance) after the fit; 0 if either is frozen."""
    rows = posterior.where([parameter]), posterior.where([nuisance])
    if not len(rows[0]) or not len(rows[1]):
        return 0.0
    covariance = posterior.covariance
    return float(covariance[rows[0][0], rows[1][0]] / np.sqrt(covariance[rows[1][0], rows[1][0]]))


def global_impacts(combination: Combination, posterior: Posterior, parameter: str) -> GlobalImpacts:
    """Split the variance of the estimator of a parameter into auxiliary observables and data.

    The estimator moves with the auxiliary observables a of the prior N(a; phi, C) by dm/da = cov(m, phi) C^-1.
    Observables of correlated priors are decorrelated by the symmetric root, a = C^(1/2) u, which keeps every u closest
    to the a of its name; the impact of u is cov(m, phi) C^(-1/2). The variance of the estimator is cov F cov with F the
    expected Hessian; it equals the inverse Hessian where the prediction is linear.

    Raises:
        ModelError: if the parameter is frozen.
    """
    where = posterior.where([parameter])
    if not len(where):
        raise ModelError(f"{parameter} is frozen: it has no variance to split")
    row = posterior.covariance[where[0]]
    impacts = dict.fromkeys(combination.owners, 0.0) | _prior_impacts(combination, posterior, row)
    impacts |= _theory_impacts(combination, posterior, row)
    data = float(row @ (posterior.expected - _prior_hessian(combination, posterior)) @ row)
    squares = sum(impact**2 for impact in impacts.values())
    return GlobalImpacts(impacts, float(np.sqrt(max(data, 0.0))), float(np.sqrt(data + squares)))


def _constrained(combination: Combination, posterior: Posterior) -> tuple[list[str], Indices, Indices]:
    """Prior parameters with a prior; of those that float, positions among them and in the posterior."""
    prior = combination.prior
    names = [name for name, free in zip(prior.parameters, prior.free, strict=True) if not free]
    position = {name: i for i, name in enumerate(posterior.names)}
    floating = np.array([i for i, name in enumerate(names) if name in position], dtype=np.intp)
    return names, floating, np.array([position[names[i]] for i in floating], dtype=np.intp)


def _prior_impacts(combination: Combination, posterior: Posterior, row: FloatArray) -> dict[str, float]:
    """Of the auxiliary observables of the measurements' nuisances; those without a prior have none."""
    names, floating, where = _constrained(combination, posterior)
    covariance = np.zeros(len(names))
    covariance[floating] = row[where]
    prior = _prior_covariance(combination)
    correlated = tied(prior)
    values, vectors = np.linalg.eigh(prior[np.ix_(correlated, correlated)])
    impacts: FloatArray = covariance / np.sqrt(np.diag(prior))
    impacts[correlated] = covariance[correlated] @ (vectors / np.sqrt(values)) @ vectors.T
    return dict(zip(names, impacts.tolist(), strict=True))


def _prior_covariance(combination: Combination) -> FloatArray:
    """C of the parameters with a prior; its diagonal is not 1 where an error on an error made it a tangent."""
    constrained = np.flatnonzero(~combination.prior.free)
    return combination.prior.correlation[np.ix_(constrained, constrained)]


def _prior_hessian(combination: Combination, posterior: Posterior) -> FloatArray:
    """What all priors contribute to the expected Hessian, shape (d, d)."""
    theory = theory_of(combination)
    sigma = {item.name: item.prior[1] for item in theory.parameters.items if item.prior is not None}
    sigma |= dict.fromkeys(theory.interpolation_names, 1.0)
    hessian = np.diag([sigma[name] ** -2.0 if name in sigma else 0.0 for name in posterior.names])
    _, floating, where = _constrained(combination, posterior)
    prior = _prior_covariance(combination)
    precision, correlated = np.diag(1.0 / np.diag(prior)), np.ix_(*[tied(prior)] * 2)
    precision[correlated] = inverse_positive(prior[correlated])
    hessian[np.ix_(where, where)] += precision[np.ix_(floating, floating)]
    return hessian


def _theory_impacts(combination: Combination, posterior: Posterior, row: FloatArray) -> dict[str, float]:
    theory = theory_of(combination)
    sigma = {item.name: item.prior[1] for item in theory.parameters.items if item.prior is not None}
    sigma |= dict.fromkeys(theory.interpolation_names, 1.0)
    position = {name: i for i, name in enumerate(posterior.names)}
    return {name: float(row[position[name]] / s) if name in position else 0.0 for name, s in sigma.items()}


def profiled_impacts(
    combination: Combination, elimination: Elimination, posterior: Posterior, names: Sequence[str]
) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Explicit parameters refitted with one nuisance after the other held at its post-fit value +- sigma.

    Args:
        combination: with its prediction.
        elimination: of the combination.
        posterior: at the minimum.
        names: floating nuisances: prior parameters, interpolation or theory nuisances.

    Returns:
        Name to the shifts of all explicit parameters for +1 and -1 sigma, shapes (P,); NaN where no minimum was found.
    """
    values = _explicit_values(combination, posterior)
    reduced = reduce_likelihood(combination, elimination)
    impacts: dict[str, tuple[FloatArray, FloatArray]] = {}
    for first in range(0, len(names), TOGETHER):
        some = names[first : first + TOGETHER]
        pairs = [(name, direction) for name in some for direction in (1.0, -1.0)]
        problems = _held_problems(combination, elimination, posterior, pairs, values)
        minima = minimise_all(reduced, problems)
        shifts = np.where(minima.converged[:, None], minima.values - values, np.nan)
        impacts |= {name: (shifts[2 * i], shifts[2 * i + 1]) for i, name in enumerate(some)}
    return impacts


def curve_impacts(
    likelihood: ReducedLikelihood, posterior: Posterior, names: Sequence[str]
) -> dict[str, tuple[FloatArray, FloatArray]]:
    """The same for explicit nuisances of sources that are not linear, from the reduced likelihood with their curves.

    Args:
        likelihood: with the nuisances ``names`` among its parameters.
        posterior: at the minimum; gives the post-fit sigmas.
        names: of the nuisances.

    Returns:
        As ``profiled_impacts``, over the parameters of ``likelihood``.
    """
    parameters = likelihood.parameters
    best = parameters.values(dict(zip(posterior.names, posterior.values.tolist(), strict=True)))
    start = np.tile(best, (2 * len(names), 1))
    held = np.zeros(start.shape, dtype=bool)
    for i, name in enumerate(names):
        at, sigma = parameters.position(name), posterior.sigma(name)
        start[2 * i : 2 * i + 2, at] += np.array([sigma, -sigma])
        held[2 * i : 2 * i + 2, at] = True
    means = np.tile(likelihood.mean, (len(start), 1))
    minima = minimise_all(likelihood, Problems(means, likelihood.precision, start, held))
    shifts = np.where(minima.converged[:, None], minima.values - best, np.nan)
    return {name: (shifts[2 * i], shifts[2 * i + 1]) for i, name in enumerate(names)}


def _explicit_values(combination: Combination, posterior: Posterior) -> FloatArray:
    return theory_of(combination).parameters.values(dict(zip(posterior.names, posterior.values.tolist(), strict=True)))


def _held_problems(
    combination: Combination,
    elimination: Elimination,
    posterior: Posterior,
    pairs: Sequence[tuple[str, float]],
    values: FloatArray,
) -> Problems:
    """The reduced likelihoods with one nuisance held: a Gaussian conditioned on one of its components."""
    theory, count = theory_of(combination), elimination.bins
    reduced = reduce_likelihood(combination, elimination)
    names = [combination.prior.parameters[i] for i in elimination.floating]
    linear = {name: count + i for i, name in enumerate(names)}
    interpolation = {name: i for i, name in enumerate(theory.interpolation_names)}
    at = {name: i for i, name in enumerate(posterior.names)}
    means = np.tile(reduced.mean, (len(pairs), 1))
    covariances = np.tile(reduced.covariance, (len(pairs), 1, 1))
    start = np.tile(values, (len(pairs), 1))
    held = np.zeros(start.shape, dtype=bool)
    explicit = list(theory.parameters.names)
    joint = elimination.joint
    for b, (name, direction) in enumerate(pairs):
        value = posterior.values[at[name]] + direction * np.sqrt(posterior.covariance[at[name], at[name]])
        if name in linear:
            response = joint.covariance[:count, linear[name]] / joint.covariance[linear[name], linear[name]]
            means[b] += response * (value - joint.mean[linear[name]])
            covariances[b] -= np.outer(response, joint.covariance[linear[name], :count])
        elif name in interpolation:
            response = theory.interpolation[:, interpolation[name]]
            means[b] -= response * value
            covariances[b] -= np.outer(response, response)
        else:
            start[b, explicit.index(name)] = value
            held[b, explicit.index(name)] = True
    precisions = np.array([inverse_positive(covariance) for covariance in covariances])
    return Problems(means, precisions, start, held)
