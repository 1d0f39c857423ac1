"""The likelihood as a product of Gaussian pdfs, each of them a proper pdf of what was observed.

The published Gaussian N((xhat, theta_hat); (x - E theta, theta), V) is kept whole and written as
N(theta_hat; theta, V_tt) N(xhat; x - E theta + G (theta_hat - theta), V_xx - G V_tx) with G = V_xt V_tt^-1, so that
the auxiliary observables theta_hat have a pdf of their own, as ROOT and combine expect of global observables.
The externalised sources have the conditional prior N(theta_E; B theta_P, C_EE - B C_PE) with B = C_EP C_PP^-1
(specification, section 3).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import connected_components

from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.inputs.profiled import regression
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import design, information
from ttjroofit.model.gaussian import Indices

__all__ = ["Factor", "expected_starts", "factorise"]

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Factor:
    """N(observed; on_bins x + on_parameters phi + constant, covariance).

    Attributes:
        name: of the pdf.
        kind: ``measurement``: of cross sections; ``auxiliary``: of profiled nuisances; ``prior``: of externalised
            sources; ``joint``: of the cross sections of all measurements, where these do not factorise.
        observed_names: the r observables: bins, or the nuisances whose auxiliary observables they are.
        observed: their values, shape (r,).
        on_bins: shape (r, n).
        on_parameters: shape (r, q), on the prior parameters phi.
        involved: shape (q,), True for the parameters that belong to the factor, even if they move nothing: RooFit drops
            the constraint of a parameter that no measurement mentions.
        on_auxiliary: shape (r, q): dependence of the mean on auxiliary observables.
        auxiliary: shape (q,): the values of the auxiliary observables, 0 for externalised sources.
        covariance: shape (r, r).
        chi2: constant that the joint form has beyond the pdf: the chi2 of the combination itself.
    """

    name: str
    kind: Literal["measurement", "auxiliary", "prior", "joint"]
    observed_names: tuple[str, ...]
    observed: FloatArray
    on_bins: FloatArray
    on_parameters: FloatArray
    involved: BoolArray
    on_auxiliary: FloatArray
    auxiliary: FloatArray
    covariance: FloatArray
    chi2: float = 0.0

    def residual(self, x: FloatArray, phi: FloatArray) -> FloatArray:
        """Observed minus mean, shape (r,)."""
        return self.observed - self.on_bins @ x - self.on_parameters @ phi - self.on_auxiliary @ self.auxiliary


def factorise(combination: Combination) -> tuple[Factor, ...]:
    """All factors but those of the theory and interpolation nuisances, whose priors are unit Gaussians.

    Where nuisances profiled in different measurements are tied, no factor of one measurement is a pdf. Then the whole
    is split as one: N(zhat; (x, phi), H^-1) with H the exact quadratic form and zhat its minimum.
    """
    if combination.joint_prior:
        return tuple(_joint(combination))
    factors: list[Factor] = []
    for measurement in combination.measurements:
        factors += _measurement(combination, measurement)
    return (*factors, *_conditional_priors(combination))


def expected_starts(combination: Combination) -> FloatArray:
    """Start values of the prior parameters at which no prior is violated, shape (q,).

    Profiled parameters start at their published values; with externalised ones tied to them at 0, a prior whose
    correlations are close to 1 would be zero in double precision. They start at their expectation C_EP C_PP^-1 theta_P.
    """
    starts: FloatArray = combination.starts.copy()
    if combination.joint_prior:
        return starts
    profiled = _profiled_parameters(combination)
    frozen = np.array([name in combination.frozen for name in combination.prior.parameters], dtype=bool)
    given = np.flatnonzero(profiled | frozen)
    moved = np.flatnonzero(~profiled & ~frozen)
    correlation = combination.prior.correlation
    starts[moved] = correlation[np.ix_(moved, given)] @ np.linalg.solve(
        correlation[np.ix_(given, given)], starts[given]
    )
    return starts


@dataclass(frozen=True, eq=False)
class _Observation:
    """Bins and profiled nuisances that were observed together: N(observed; rows (x, phi), covariance).

    Attributes:
        label: ends the names of the pdfs.
        kind: of the factor of the bins.
        bins, nuisances: names of the b bins and the p nuisances observed.
        observed: shape (b+p,).
        rows: shape (b+p, n+q).
        covariance: shape (b+p, b+p).
        involved: shape (q,), parameters that belong to the bins.
    """

    label: str
    kind: Literal["measurement", "joint"]
    bins: tuple[str, ...]
    nuisances: tuple[str, ...]
    observed: FloatArray
    rows: FloatArray
    covariance: FloatArray
    involved: BoolArray


def _measurement(combination: Combination, measurement: Measurement) -> list[Factor]:
    owned = [owner.measurement == measurement.name for owner in combination.owners.values()]
    observation = _Observation(
        label=measurement.name,
        kind="measurement",
        bins=measurement.bins,
        nuisances=measurement.profiled,
        observed=combination.observed[measurement.name],
        rows=design(combination, measurement),
        covariance=measurement.covariance,
        involved=np.any(combination.prior.transform[owned] != 0.0, axis=0),
    )
    return _split(observation, len(combination.bins), _profiled_values(combination))


def _joint(combination: Combination) -> list[Factor]:
    count, names = len(combination.bins), combination.prior.parameters
    whole = information(combination).gaussian()
    observation = _Observation(
        label="combination",
        kind="joint",
        bins=combination.bins,
        nuisances=names,
        observed=whole.mean,
        rows=np.eye(count + len(names)),
        covariance=whole.covariance,
        involved=np.ones(len(names), dtype=bool),
    )
    bins, auxiliary = _split(observation, count, whole.mean[count:])
    return [replace(bins, chi2=whole.chi2), auxiliary]


def _split(together: _Observation, count: int, auxiliary: FloatArray) -> list[Factor]:
    """The bins given the profiled nuisances, then these alone; without profiled nuisances there is one factor.

    Args:
        together: what was observed.
        count: number n of all bins.
        auxiliary: shape (q,), auxiliary observables of the prior parameters.
    """
    bins, covariance = len(together.bins), together.covariance
    # without profiled nuisances the gain has no columns and the spread is the covariance
    gain = regression(covariance, bins)
    spread = covariance[:bins, :bins] - gain @ covariance[bins:, :bins]
    theta = together.rows[bins:, count:]
    measured = Factor(
        name=f"measurement_{together.label}",
        kind=together.kind,
        observed_names=together.bins,
        observed=together.observed[:bins],
        on_bins=together.rows[:bins, :count],
        on_parameters=together.rows[:bins, count:] - gain @ theta,
        involved=together.involved,
        on_auxiliary=gain @ theta,
        auxiliary=auxiliary,
        covariance=(spread + spread.T) / 2.0,
    )
    if not together.nuisances:
        return [measured]
    profiled = Factor(
        name=f"auxiliary_{together.label}",
        kind="auxiliary",
        observed_names=together.nuisances,
        observed=together.observed[bins:],
        on_bins=together.rows[bins:, :count],
        on_parameters=theta,
        involved=np.any(theta != 0.0, axis=0),
        on_auxiliary=np.zeros_like(theta),
        auxiliary=auxiliary,
        covariance=covariance[bins:, bins:],
    )
    return [measured, profiled]


def _profiled_values(combination: Combination) -> FloatArray:
    """Auxiliary observables of the prior parameters, shape (q,): theta_hat of profiled ones, else 0."""
    values = np.zeros(len(combination.prior.parameters))
    for measurement in combination.measurements:
        bins = len(measurement.bins)
        rows = design(combination, measurement)[bins:, len(combination.bins) :]
        values += rows.T @ combination.observed[measurement.name][bins:]
    return values


def _conditional_priors(combination: Combination) -> list[Factor]:
    """One factor for each set of externalised sources that stay correlated once the profiled ones are known."""
    prior = combination.prior
    profiled = _profiled_parameters(combination)
    external, given = np.flatnonzero(~profiled & ~prior.free), np.flatnonzero(profiled)
    correlation = prior.correlation
    # C_PP is the unit matrix here, or there would be a joint factor
    response = correlation[np.ix_(external, given)]
    spread = correlation[np.ix_(external, external)] - response @ response.T
    blocks, label = connected_components(np.abs(spread) > 0.0, directed=False)
    factors = []
    for block in range(blocks):
        inside = np.flatnonzero(label == block)
        rows = np.zeros((len(inside), len(profiled)))
        rows[np.arange(len(inside)), external[inside]] = 1.0
        rows[:, given] = -response[inside]
        factors.append(_prior_factor(combination, external[inside], rows, spread[np.ix_(inside, inside)]))
    return factors


def _prior_factor(combination: Combination, where: Indices, rows: FloatArray, covariance: FloatArray) -> Factor:
    names = tuple(combination.prior.parameters[i] for i in where)
    return Factor(
        name=f"{names[0]}_Pdf" if len(names) == 1 else f"prior_{names[0]}",
        kind="prior",
        observed_names=names,
        observed=np.zeros(len(names)),
        on_bins=np.zeros((len(names), len(combination.bins))),
        on_parameters=rows,
        involved=np.any(rows != 0.0, axis=0),
        on_auxiliary=np.zeros_like(rows),
        auxiliary=np.zeros(rows.shape[1]),
        covariance=covariance,
    )


def _profiled_parameters(combination: Combination) -> BoolArray:
    """Which prior parameters some measurement profiled, shape (q,)."""
    owned = np.array([owner.profiled for owner in combination.owners.values()], dtype=bool)
    return np.asarray(np.any(combination.prior.transform[owned] != 0.0, axis=0))
