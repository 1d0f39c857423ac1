"""Exact elimination of all linear nuisances: from 633 Gaussian components to the covariance of the bins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ttjroofit.errors import ModelError
from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.model.combination import Combination
from ttjroofit.model.conditioning import well_conditioned
from ttjroofit.model.gaussian import Gaussian, Indices, Information, inverse_positive, tied

__all__ = ["Elimination", "design", "eliminate", "information", "prior_information"]

UNREFINED = 1.0
"""chi2 about the origin above which the minimum takes a step of iterative refinement: of a difference of numbers of
this size, times a condition number of 1e5, ten digits are left."""


@dataclass(frozen=True, eq=False)
class Elimination:
    """The combination without a prediction, as a Gaussian over cross sections and nuisances.

    Attributes:
        information: over (x, phi): n cross sections, then the q prior parameters, the frozen ones left out.
        joint: the same by mean and covariance.
        bins: number n of cross sections (of true values, where the card combines bins), the first components.
        floating: positions among the q prior parameters of those not frozen.
    """

    information: Information
    joint: Gaussian
    bins: int
    floating: Indices

    @property
    def reduced(self) -> Gaussian:
        """Combined cross sections, nuisances eliminated: mean (n,), covariance W^-1 (n, n), chi2 of the combination."""
        return self.joint.marginal(np.arange(self.bins))


def design(combination: Combination, measurement: Measurement) -> FloatArray:
    """Expectation of what a measurement observed, as a matrix on (x, phi).

    Rows are its bins, x_b - (E theta)_b, then its profiled nuisances, theta; shape (bins + profiled, n + q).
    """
    bins, prior = len(measurement.bins), combination.prior
    count = len(combination.truths)
    rows = np.zeros((bins + len(measurement.profiled), count + len(prior.parameters)))
    position = {name: i for i, name in enumerate(prior.names)}
    sources = prior.transform[[position[name] for name in measurement.sources]]
    sources[[name in combination.explicit for name in measurement.sources]] = 0.0
    rows[np.arange(bins), combination.truths_at(measurement)] = 1.0
    rows[:bins, count:] = -measurement.shifts @ sources
    rows[bins:, count:] = prior.transform[[position[name] for name in measurement.profiled]]
    return rows


def information(combination: Combination, origin: FloatArray | None = None) -> Information:
    """chi2 over (x, phi) of all measurements and priors, each prior counted once.

    The published covariances V_k hold the unit priors of their profiled nuisances already, so the sum is
    V_k^-1 of every measurement, minus those unit priors, plus C^-1 (specification, section 3).

    Args:
        combination: measurements and prior.
        origin: that chi2 is expanded about, shape (n + q,); None for a point where most residuals vanish.

    Raises:
        ModelError: if the covariance of a measurement is not positive definite, by its name.
    """
    total = prior_information(combination, _origin(combination) if origin is None else origin)
    for measurement in combination.measurements:
        rows, observed = design(combination, measurement), combination.observed[measurement.name]
        try:
            total = total.observe(rows, observed, measurement.covariance)
        except ModelError as error:
            raise ModelError(f"covariance of measurement {measurement.name}: {error}") from None
    return total


def _origin(combination: Combination) -> FloatArray:
    """Where most residuals vanish: nuisances at their start, cross sections as their last measurement has them.

    Shape (n + q,).
    """
    origin = np.concatenate([np.zeros(len(combination.truths)), combination.starts])
    for measurement in combination.measurements:
        expected = design(combination, measurement)[: len(measurement.bins)] @ origin
        where = combination.truths_at(measurement)
        origin[where] += combination.observed[measurement.name][: len(measurement.bins)] - expected
    return origin


def prior_information(combination: Combination, origin: FloatArray) -> Information:
    """chi2 over (x, phi) of the priors, less the unit priors that the published covariances hold already.

    Args:
        combination: with its prior.
        origin: that chi2 is expanded about, shape (n + q,).
    """
    count, prior = len(combination.truths), combination.prior
    total = Information.empty(origin)
    counted = [owner.profiled and not owner.without_prior for owner in combination.owners.values()]
    # one entry +-1 a row of the transformation: the unit priors of all names of a parameter add up
    # the variance of a prior is not 1 where it stands for the tangent of a Student's t
    alone = 1.0 / np.diag(prior.correlation)
    precision = np.diag(~prior.free * alone - np.sum(np.abs(prior.transform[counted]), axis=0))
    correlated = tied(prior.correlation)
    block = np.ix_(correlated, correlated)
    precision[block] += inverse_positive(prior.correlation[block]) - np.diag(alone[correlated])
    return total.add_quadratic(count + np.arange(len(prior.parameters)), precision)


def eliminate(combination: Combination) -> Elimination:
    """Fix the frozen nuisances and solve for the rest.

    Raises:
        ModelError: if the total quadratic form is not positive definite, which correlations between nuisances
            profiled in different measurements can cause, or too near to a singular one.
    """
    count, prior = len(combination.truths), combination.prior
    frozen = np.array([name in combination.frozen for name in prior.parameters], dtype=bool)
    # nothing here depends on explicit parameters without a prior
    frozen |= prior.free & np.isin(prior.parameters, sorted(prior.parameters_of(combination.explicit)))
    fixed = count + np.flatnonzero(frozen)
    whole = information(combination)
    free = whole.fix(fixed, combination.starts[frozen])
    floating = np.flatnonzero(~frozen)
    joint = well_conditioned(combination, free, floating)
    if free.constant > UNREFINED:
        # values that disagree by many statistical sigmas: once more about the minimum, where residuals are small
        origin = whole.origin.copy()
        origin[fixed], origin[np.setdiff1d(np.arange(len(origin)), fixed)] = combination.starts[frozen], joint.mean
        free = information(combination, origin).fix(fixed, combination.starts[frozen])
        joint = free.refined(joint)
    return Elimination(free, joint, count, floating)
