"""Checks of published fits: constraints, pulls, correlations, free parameters."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ttjroofit.analysis.checks.check import Check, Found, Subject, correlation_of, named, ranked
from ttjroofit.inputs.measurement import FloatArray, Measurement

__all__ = ["CHECKS"]


def _constrained(measurement: Measurement, values: FloatArray) -> tuple[list[str], FloatArray]:
    """Names of the profiled nuisances that have a prior, and their ``values``, shape (c,)."""
    where = [i for i, name in enumerate(measurement.profiled) if name not in measurement.without_prior]
    return [measurement.profiled[i] for i in where], values[where]


def _constraints(subject: Subject, threshold: float) -> Iterator[Found]:
    for measurement in subject.measurements:
        sigma = np.sqrt(np.diag(measurement.covariance))[len(measurement.bins) :]
        loose = ranked(*_constrained(measurement, sigma), threshold)
        if loose:
            yield Found(f"published constraints above the prior ({len(loose)})", loose, measurement)


def _pulls(subject: Subject, threshold: float) -> Iterator[Found]:
    for measurement in subject.measurements:
        far = ranked(*_constrained(measurement, np.abs(measurement.profiled_values)), threshold)
        if far:
            yield Found(f"published pulls beyond {threshold:g} sigma ({len(far)})", far, measurement)


def _correlations(subject: Subject, threshold: float) -> Iterator[Found]:
    for measurement in subject.measurements:
        names = [*measurement.bins, *measurement.profiled]
        size = np.abs(np.tril(correlation_of(measurement.covariance), -1))
        rows, columns = np.nonzero(size > threshold)
        pairs = [f"{names[j]} ~ {names[i]}" for i, j in zip(rows, columns, strict=True)]
        tied = ranked(pairs, size[rows, columns], threshold)
        if tied:
            yield Found(f"published correlations of nearly +-1 ({len(tied)})", tied, measurement)


def _free(subject: Subject, _: float) -> Iterator[Found]:
    for measurement in subject.measurements:
        free = [name for name in measurement.nuisances if name in measurement.without_prior]
        if free:
            yield Found(f"nuisances without a prior ({len(free)})", named(free), measurement)
    for statement in subject.card.params:
        if statement.sigma is None and _is_theory_nuisance(subject, statement.name):
            message = f"`flatParam` takes its prior from the theory nuisance {statement.name}"
            yield Found(message, named([statement.name]), None, statement.place)


def _is_theory_nuisance(subject: Subject, name: str) -> bool:
    theory = subject.combination.theory
    return theory is not None and name in theory.parameters.of_kind(["pdf", "tnp", "scale"])


CHECKS = (
    Check(
        "constraint-above-prior",
        "a fit with a unit prior published a sigma above 1",
        1.001,
        "no Gaussian fit with a unit prior ends above 1; sigmas are published with three digits or more",
        "ask the authors how the covariance was made (a numerical Hessian may be off by this much); it is used as "
        "published",
        _constraints,
    ),
    Check(
        "pull-large",
        "a published post-fit value lies beyond 2 prior sigmas",
        2.0,
        "of normal pulls 4.6% lie beyond; those of a fit scatter less than their priors",
        "check sign and unit of the value: it counts in units of the prior sigma",
        _pulls,
    ),
    Check(
        "fit-correlation-extreme",
        "two parameters of a published fit are nearly one",
        0.999,
        "the difference of the two then has less than 5% of their uncertainty, and rounded digits decide about it",
        "check for a nuisance listed twice; publish more digits",
        _correlations,
    ),
    Check(
        "nuisance-free",
        "a nuisance has no prior, so that only data constrain it",
        None,
        "",
        "give it a prior (`prior: normal` in the input, `NAME param 0 1` for a theory nuisance) if one is known",
        _free,
    ),
)
