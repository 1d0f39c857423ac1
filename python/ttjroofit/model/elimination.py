"""Exact elimination of all linear nuisances: from 633 Gaussian components to the covariance of the bins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.model.combination import Combination
from ttjroofit.model.gaussian import Gaussian, Indices, Information, inverse_positive

__all__ = ["Elimination", "design", "eliminate", "information", "prior_information"]


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


def information(combination: Combination) -> Information:
    """chi2 over (x, phi) of all measurements and priors, each prior counted once.

    The published covariances V_k hold the unit priors of their profiled nuisances already, so the sum is
    V_k^-1 of every measurement, minus those unit priors, plus C^-1 (specification, section 3).
    """
    total = prior_information(combination)
    for measurement in combination.measurements:
        total = total.observe(
            design(combination, measurement), combination.observed[measurement.name], measurement.covariance
        )
    return total


def prior_information(combination: Combination) -> Information:
    """chi2 over (x, phi) of the priors, less the unit priors that the published covariances hold already."""
    count, prior = len(combination.truths), combination.prior
    total = Information.empty(count + len(prior.parameters))
    counted = [owner.profiled and not owner.without_prior for owner in combination.owners.values()]
    unit_priors = prior.transform.T @ (np.array(counted, dtype=float)[:, None] * prior.transform)
    constrained = np.flatnonzero(~prior.free)
    everything = count + np.arange(len(prior.parameters))
    total = total.add_quadratic(everything, -unit_priors)
    return total.add_quadratic(
        everything[constrained], inverse_positive(prior.correlation[np.ix_(constrained, constrained)])
    )


def eliminate(combination: Combination) -> Elimination:
    """Fix the frozen nuisances and solve for the rest.

    Raises:
        ModelError: if the total quadratic form is not positive definite, which correlations between nuisances
            profiled in different measurements can cause.
    """
    count, prior = len(combination.truths), combination.prior
    frozen = np.array([name in combination.frozen for name in prior.parameters], dtype=bool)
    # nothing here depends on explicit parameters without a prior
    frozen |= prior.free & np.isin(prior.parameters, sorted(prior.parameters_of(combination.explicit)))
    fixed = count + np.flatnonzero(frozen)
    free = information(combination).fix(fixed, combination.starts[frozen])
    return Elimination(free, free.gaussian(), count, np.flatnonzero(~frozen))
