"""A combination whose sources are not all linear: their nuisances among the explicit parameters, and the linear twin.

Where everything is linear nothing here changes anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.model.combination import Combination, Theory
from ttjroofit.model.detach import with_effects
from ttjroofit.model.gamma_variance import degrees_of_freedom, penalty
from ttjroofit.model.parameters import Parameter, Parameters
from ttjroofit.model.prior import Prior
from ttjroofit.model.responses import Curve, Responses, explicit_sources, source_curves
from ttjroofit.model.shape import Jet

__all__ = ["explicit_parameters", "linearise", "responses_of", "with_explicit"]

REACH = 10.0
"""Explicit nuisances move within +-10 prior sigmas."""

FREE_REACH = 100.0
"""Those without a prior move further."""


def with_explicit(combination: Combination) -> Combination:
    """The same combination with its explicit sources taken out of the elimination and put into the prediction."""
    parents, tailed = combination.prior.parents, combination.errors_on_errors
    explicit = frozenset[str]().union(*(explicit_sources(measurement) for measurement in combination.measurements))
    explicit |= {name for name in combination.owners if parents[name][0] in tailed}
    if not explicit:
        return combination
    changed = replace(combination, explicit=explicit)
    theory = changed.theory
    if theory is None:
        return changed
    parameters = Parameters((*theory.parameters.items, *explicit_parameters(changed)))
    spectrum = replace(theory.spectrum, responses=responses_of(changed, parameters))
    return replace(changed, theory=replace(theory, parameters=parameters, spectrum=spectrum))


def explicit_parameters(combination: Combination) -> tuple[Parameter, ...]:
    """The nuisances of the explicit sources, each once; their priors belong to the reduced likelihood."""
    prior = combination.prior
    wanted = prior.parameters_of(combination.explicit)
    return tuple(
        Parameter(
            name,
            "nuisance",
            start,
            start - (FREE_REACH if free else REACH),
            start + (FREE_REACH if free else REACH),
            1.0,
            frozen=name in combination.frozen,
        )
        for name, start, free in zip(prior.parameters, combination.starts.tolist(), prior.free.tolist(), strict=True)
        if name in wanted
    )


def responses_of(combination: Combination, parameters: Parameters) -> Responses:
    """The curves of all explicit sources, by the positions of their nuisances among ``parameters``."""
    parents = combination.prior.parents
    curves = _curves(combination)
    return Responses(
        curves,
        tuple(parameters.position(parents[curve.source][0]) for curve in curves),
        tuple(parents[curve.source][1] for curve in curves),
    )


def _curves(combination: Combination) -> tuple[Curve, ...]:
    return tuple(
        curve
        for measurement in combination.measurements
        for curve in source_curves(measurement, combination.explicit, combination.slices[measurement.name])
    )


def linearise(combination: Combination, x: FloatArray, nuisances: Mapping[str, float]) -> Combination:
    """The linear combination with the same minimum and the same expected Hessian there.

    About a point, y = y0 + M (x - x0) + sum_i s_i (theta_i - theta0_i); divided by the slopes M this is a measurement
    of x with linear sources. Sources without a prior stay explicit where there is a prediction, as straight lines. The
    curvature of the sources does not enter; a Student's t becomes the Gaussian with the same slope.

    Args:
        combination: with explicit sources; one without is returned as it is.
        x: true values of all bins at the point, shape (bins,).
        nuisances: values of the explicit parameters there; other names are passed over.
    """
    if not combination.explicit:
        return combination
    curves, bins = _curves(combination), len(combination.bins)
    parents = combination.prior.parents
    theta = np.array([parents[c.source][1] * nuisances[parents[c.source][0]] for c in curves])
    size = bins + len(curves)
    true = Jet(x, np.eye(bins, size), np.zeros((bins, size, size)))
    responses = Responses(curves, tuple(range(bins, size)), (1.0,) * len(curves))
    jet = responses.apply(true, np.concatenate([x, theta]))
    slope, on_theta = np.diag(jet.first[:, :bins]), jet.first[:, bins:]
    observed = combination.observed_values - jet.value + on_theta @ theta
    linear_values = x + observed / slope
    measurements, values = [], {}
    for measurement in combination.measurements:
        where = combination.slices[measurement.name]
        columns = {c.source: -on_theta[where, i] / slope[where] for i, c in enumerate(curves)}
        measurements.append(_linear(measurement, slope[where], columns))
        profiled = combination.observed[measurement.name][len(measurement.bins) :]
        # a published covariance knows effects about the post-fit values
        about = [columns[n] * value for n, value in zip(measurement.profiled, profiled, strict=True) if n in columns]
        values[measurement.name] = np.concatenate([linear_values[where] + sum(about), profiled])
    theory = _without_responses(combination, slope)
    linear = replace(
        combination,
        measurements=tuple(measurements),
        observed=values,
        theory=theory,
        prior=_gaussian_prior(combination, nuisances),
        explicit=frozenset(),
        errors_on_errors={},
    )
    # only a prediction tells a source without a prior from a change of the cross sections
    return linear if theory is None else with_explicit(linear)


def _gaussian_prior(combination: Combination, nuisances: Mapping[str, float]) -> Prior:
    """The prior with a Gaussian of the same slope in place of every Student's t."""
    if not combination.errors_on_errors:
        return combination.prior
    covariance = combination.prior.correlation.copy()
    for name, relative in combination.errors_on_errors.items():
        at = combination.prior.parameters.index(name)
        nu = np.array(degrees_of_freedom(relative))
        covariance[at, at] = 1.0 / penalty(np.array(nuisances[name]), nu).weight
    return replace(combination.prior, correlation=covariance)


def _linear(measurement: Measurement, slope: FloatArray, columns: Mapping[str, FloatArray]) -> Measurement:
    """The measurement of values divided by ``slope``, shape (bins,), with new shifts of some sources."""
    scale = np.concatenate([1.0 / slope, np.ones(len(measurement.profiled))])
    shifts = measurement.shifts / slope[:, None]
    for i, name in enumerate(measurement.sources):
        if name in columns:
            shifts[:, i] = columns[name]
    covariance = measurement.covariance * np.outer(scale, scale)
    linear = replace(measurement, shifts=shifts, covariance=covariance, responses={})
    return with_effects(linear, {name: columns[name] for name in measurement.profiled if name in columns})


def _without_responses(combination: Combination, slope: FloatArray) -> Theory | None:
    """The prediction without explicit sources; the interpolation adds to the expected bins, not to the true values."""
    theory = combination.theory
    if theory is None:
        return None
    items = tuple(item for item in theory.parameters.items if item.kind != "nuisance")
    return replace(
        theory,
        parameters=Parameters(items),
        spectrum=replace(theory.spectrum, responses=None),
        interpolation=theory.interpolation / slope[:, None],
    )
