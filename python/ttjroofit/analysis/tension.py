"""Tension between measurements: what each adds to chi2, and the mass without it and from it alone.

An estimate of the mass is, to first order, linear in the combined cross sections and in the auxiliary observables of
the theory nuisances: dm = g^T J^T W dxhat + g^T P da with g the row of the inverse Hessian that belongs to the mass, J
the derivatives of the prediction, W and P the precisions. Estimates from different measurements share data, nuisances
and theory; the error of their difference follows from the rows of both and the covariance of all bins. For nested
estimates its square is var(without) - var(all) as far as the prediction is linear.

Where nuisances are tied between measurements and one of them profiled, fewer measurements know less of the bins they
have: their combined cross sections are those of all plus an independent part, of covariance W^-1(fewer) - W^-1(all).
It enters the error; that the parts of two estimates may be correlated is neglected.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import chi2 as chi2_distribution

from ttjroofit.analysis.compatibility_toys import single_mass
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.gaussian import inverse_positive
from ttjroofit.model.likelihood import ReducedLikelihood, reduce_likelihood, theory_of
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.newton import Problems, minimise_all
from ttjroofit.model.options import ModelOptions
from ttjroofit.results.compatibility import MassEstimate, MassShift, MeasurementTension, Tension

__all__ = ["Load", "sub_combination", "tension"]


@dataclass(frozen=True, eq=False)
class _Estimator:
    """A fit of the single mass and what it does with the observables.

    Attributes:
        estimate: value, error, chi2.
        on_bins: derivative of the mass with respect to combined cross sections, by bin.
        on_centres: the same by theory nuisance.
        variance: of the mass from the combined cross sections.
    """

    estimate: MassEstimate
    on_bins: dict[str, float]
    on_centres: dict[str, float]
    variance: float


Load = Callable[[ModelOptions], Combination]
"""Makes the combination that options describe, of fewer measurements here."""


def tension(load: Load, options: ModelOptions, combination: Combination) -> Tension | None:
    """Take the fit of one mass apart by measurement.

    Args:
        load: makes combinations of fewer measurements.
        options: of the combination.
        combination: with one mass or several, which are made one.

    Returns:
        None if the fit to all measurements does not converge.
    """
    tied = single_mass(combination)
    likelihood = reduce_likelihood(tied, eliminate(tied))
    values = _minimum(likelihood)
    if values is None:
        return None
    every = _estimator(tied, likelihood, values)
    residual = likelihood.mean - likelihood.spectrum.value(values)
    names = [measurement.name for measurement in tied.measurements]
    rows = []
    for name, where in tied.slices.items():
        own = residual[where] @ inverse_positive(likelihood.covariance[where, where]) @ residual[where]
        alone = _fit(sub_combination(load, options, combination, [name]))
        without = _fit(sub_combination(load, options, combination, [other for other in names if other != name]))
        row = MeasurementTension(
            measurement=name,
            bins=where.stop - where.start,
            contribution=float(residual[where] @ (likelihood.precision @ residual)[where]),
            own_chi2=float(own),
            alone=alone.estimate if alone is not None else None,
            without=without.estimate if without is not None else None,
            pull_on_all=_shift(tied, likelihood, every, without),
            against_others=_shift(tied, likelihood, alone, without),
            added_chi2=None,
            added_ndf=None,
            p_value=None,
        )
        rows.append(_added(row, every.estimate))
    return Tension(every.estimate, rows, likelihood.prior.chi2(values), likelihood.offset)


def _added(row: MeasurementTension, every: MassEstimate) -> MeasurementTension:
    """What the measurement adds to the chi2 of the others."""
    if row.without is None:
        return row
    chi2, ndf = every.chi2 - row.without.chi2, every.ndf - row.without.ndf
    return replace(row, added_chi2=chi2, added_ndf=ndf, p_value=float(chi2_distribution.sf(max(chi2, 0.0), ndf)))


def sub_combination(load: Load, options: ModelOptions, combination: Combination, names: Collection[str]) -> Combination:
    """Some measurements of a combination with one mass; what was frozen or set stays so, as far as it is there.

    Args:
        load: makes the combination that options describe.
        options: of the combination.
        combination: with all its measurements.
        names: of those to keep.
    """
    theory, parents = theory_of(combination), combination.prior.parents
    terms = [term for term in theory.spectrum.terms if term.measurement in names]
    used = {int(i) for term in terms for i in (term.norm, *term.nuisances)}
    explicit = {theory.parameters.names[i] for i in used}
    nuisances = {name for name, owner in combination.owners.items() if owner.measurement in names}
    frozen = [name for name in combination.owners if name in nuisances and parents[name][0] in combination.frozen]
    frozen += [item.name for item in theory.parameters.items if item.name in explicit and item.frozen]
    known = nuisances | explicit
    chosen = replace(
        options,
        measurements=tuple(names),
        set_parameters={name: value for name, value in options.set_parameters.items() if name in known},
        ranges={name: ends for name, ends in options.ranges.items() if name in explicit},
        freeze_parameters=tuple(frozen),
        freeze_groups=(),
        split=None,
    )
    smaller = single_mass(load(chosen))
    within = theory_of(smaller)
    kept = [i for i, name in enumerate(within.interpolation_names) if name in theory.interpolation_names]
    return replace(
        smaller,
        theory=replace(
            within,
            interpolation=within.interpolation[:, kept],
            interpolation_names=tuple(within.interpolation_names[i] for i in kept),
        ),
    )


def _fit(combination: Combination) -> _Estimator | None:
    likelihood = reduce_likelihood(combination, eliminate(combination))
    values = _minimum(likelihood)
    return None if values is None else _estimator(combination, likelihood, values)


def _minimum(likelihood: ReducedLikelihood) -> FloatArray | None:
    """Explicit parameters at the minimum, shape (P,); None if there is none inside the ranges."""
    start = find_minimum(likelihood)[None]
    problem = Problems(likelihood.mean[None], likelihood.precision, start, np.zeros(start.shape, dtype=bool))
    found = minimise_all(likelihood, problem)
    return np.asarray(found.values[0]) if found.converged[0] else None


def _estimator(combination: Combination, likelihood: ReducedLikelihood, values: FloatArray) -> _Estimator:
    """The single mass at the minimum, from the second derivative there."""
    problem = Problems(
        likelihood.mean[None], likelihood.precision, values[None], np.zeros((1, len(values)), dtype=bool)
    )
    hessian = minimise_all(likelihood, problem).hessian[0]
    mass = next(i for i, item in enumerate(likelihood.parameters.items) if item.kind == "mass")
    row = np.linalg.solve(hessian, np.eye(len(values))[mass])
    on_bins = likelihood.precision @ likelihood.spectrum.jet(values).first @ row
    on_centres = likelihood.prior.precision @ row
    return _Estimator(
        MassEstimate(float(values[mass]), float(np.sqrt(row[mass])), likelihood.chi2(values), likelihood.ndf),
        dict(zip(combination.bins, on_bins.tolist(), strict=True)),
        dict(zip(likelihood.parameters.names, on_centres.tolist(), strict=True)),
        float(on_bins @ likelihood.covariance @ on_bins),
    )


def _shift(
    combination: Combination, likelihood: ReducedLikelihood, first: _Estimator | None, second: _Estimator | None
) -> MassShift | None:
    """First minus second, both of measurements of the combination."""
    if first is None or second is None:
        return None
    covariance = likelihood.covariance
    rows = [np.array([fit.on_bins.get(name, 0.0) for name in combination.bins]) for fit in (first, second)]
    difference = rows[0] - rows[1]
    variance = float(difference @ covariance @ difference)
    for fit, row in zip((first, second), rows, strict=True):
        variance += max(fit.variance - float(row @ covariance @ row), 0.0)
    for i, item in enumerate(likelihood.parameters.items):
        precision = float(likelihood.prior.precision[i, i])
        if precision > 0.0 and not item.frozen:
            centre = first.on_centres.get(item.name, 0.0) - second.on_centres.get(item.name, 0.0)
            variance += centre**2 / precision
    value, error = first.estimate.value - second.estimate.value, float(np.sqrt(variance))
    return MassShift(value, error, value / error if error > 0.0 else None)
