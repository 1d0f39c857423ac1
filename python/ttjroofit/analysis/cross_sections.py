"""``-M CrossSections``: the combination of the cross sections alone, without a prediction."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import chi2 as chi2_distribution

from ttjroofit.analysis.bin_impacts import group_covariance, signed_impacts, source_shifts
from ttjroofit.analysis.heading import heading
from ttjroofit.analysis.normalisation import share_jacobian, shares
from ttjroofit.analysis.nuisances import nuisance_states
from ttjroofit.analysis.repair import prior_repair
from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.model.combination import Combination
from ttjroofit.model.curved import Form, curved_errors, eliminate_curved
from ttjroofit.model.detach import attached_covariance
from ttjroofit.model.elimination import Elimination, eliminate
from ttjroofit.model.gaussian import Indices, inverse_positive
from ttjroofit.results.cross_sections import (
    SCHEMA,
    AsymmetricError,
    CrossSections,
    MeasuredBins,
    Normalised,
    NuisanceState,
)

__all__ = ["Combined", "combine_cross_sections"]


@dataclass(frozen=True, eq=False)
class Combined:
    """A combination with the matrix that is too large for its JSON.

    Attributes:
        result: what there is to say.
        nuisances: the r names of nuisances that float, names that equal another parameter included.
        nuisance_correlation: after the combination, shape (r, r).
    """

    result: CrossSections
    nuisances: tuple[str, ...]
    nuisance_correlation: FloatArray


@dataclass(frozen=True, eq=False)
class _Solution:
    """The joint Gaussian with what it was made from.

    Attributes:
        combination, elimination: the model.
        parameters: names of the floating prior parameters, in the order of the joint Gaussian after the bins.
        densities: shape (m,), weights of the m measured bins in the cross section of their measurement.
        widths: shape (m,), of the measured bins.
        measured: shape (m,), positions of what they measure among the n cross sections.
    """

    combination: Combination
    elimination: Elimination
    parameters: tuple[str, ...]
    densities: FloatArray
    widths: FloatArray
    measured: Indices

    @property
    def slices(self) -> list[slice]:
        """The measured bins of each measurement."""
        return list(self.combination.slices.values())

    @property
    def values(self) -> FloatArray:
        """Combined cross sections, shape (n,)."""
        return self.elimination.joint.mean[: self.elimination.bins]

    def positions(self, names: set[str]) -> Indices:
        """Positions in the joint Gaussian of those of ``names`` that float."""
        found = [i for i, name in enumerate(self.parameters) if name in names]
        return np.array(found, dtype=np.intp) + self.elimination.bins


def combine_cross_sections(
    combination: Combination,
    *,
    scenario: str | None = None,
    pulls: str = "published",
    asimov: bool = False,
    form: Form = "neyman",
) -> Combined:
    """Eliminate the nuisances and work out everything that follows from the joint Gaussian.

    Args:
        combination: a prediction in it plays no role.
        scenario: of correlations, recorded in the result like the next two.
        pulls: ``published`` or ``zero``.
        asimov: whether the data are an Asimov data set.
        form: of chi2: statistical variances as published, or in proportion to the combined cross sections.

    Raises:
        TtjroofitError: if the likelihood is not positive definite, or Pearson's chi2 has no minimum.
    """
    elimination, errors = _solve(combination, form)
    solution = _Solution(
        combination,
        elimination,
        tuple(combination.prior.parameters[i] for i in elimination.floating),
        np.concatenate([measurement.densities for measurement in combination.measurements]),
        np.concatenate([np.diff(measurement.edges) for measurement in combination.measurements]),
        np.concatenate([combination.truths_at(measurement) for measurement in combination.measurements]),
    )
    names, correlation = _nuisance_correlation(solution)
    result = _result(solution, scenario, pulls, asimov)
    return Combined(replace(result, chi2_form=form, errors=errors), names, correlation)


def _solve(combination: Combination, form: Form) -> tuple[Elimination, list[AsymmetricError] | None]:
    if form == "neyman" and not combination.explicit:
        return eliminate(combination), None
    elimination, chi2 = eliminate_curved(combination, form)
    ends = curved_errors(chi2, elimination, range(elimination.bins))
    return elimination, [AsymmetricError(*end) for end in ends]


def _result(solution: _Solution, scenario: str | None, pulls: str, asimov: bool) -> CrossSections:
    combination, elimination = solution.combination, solution.elimination
    total = elimination.reduced.covariance
    stat = inverse_positive(elimination.information.hessian[: elimination.bins, : elimination.bins])
    ndf = len(solution.measured) - elimination.bins
    return CrossSections(
        **heading(SCHEMA, combination),
        scenario=scenario,
        pulls=pulls,
        asimov=asimov,
        measurements=[_measured_bins(combination, measurement) for measurement in combination.measurements],
        bins=list(combination.truths),
        observed=combination.observed_values.tolist(),
        observed_sigma=[sigma for m in combination.measurements for sigma in _published_sigma(m)],
        values=solution.values.tolist(),
        sigma=np.sqrt(np.diag(total)).tolist(),
        stat_sigma=np.sqrt(np.diag(stat)).tolist(),
        covariance=total.tolist(),
        stat_covariance=stat.tolist(),
        correlation=_correlation(total).tolist(),
        stat_correlation=_correlation(stat).tolist(),
        shares=_normalised(solution, total, stat, np.ones_like(solution.widths)),
        densities=_normalised(solution, total, stat, solution.widths),
        chi2=elimination.joint.chi2,
        ndf=ndf,
        p_value=float(chi2_distribution.sf(elimination.joint.chi2, ndf))
        if ndf and not combination.joint_prior
        else None,
        nuisances=_nuisances(solution),
        impacts=_group_impacts(solution),
        source_impacts=_source_impacts(solution),
        prior_repair=prior_repair(combination),
    )


def _measured_bins(combination: Combination, measurement: Measurement) -> MeasuredBins:
    return MeasuredBins(
        measurement=measurement.name,
        experiment=measurement.experiment,
        energy_TeV=measurement.energy_TeV,
        channel=measurement.channel,
        observable=measurement.observable,
        reference=measurement.reference,
        unit=measurement.unit,
        per_unit=measurement.per_unit,
        edges=measurement.edges.tolist(),
        bins=list(measurement.bins),
        truths=[combination.truths[i] for i in combination.truths_at(measurement)],
    )


def _published_sigma(measurement: Measurement) -> list[float]:
    bins = len(measurement.bins)
    variance = np.diag(attached_covariance(measurement))[:bins] + np.sum(measurement.shifts**2, axis=1)
    return [float(sigma) for sigma in np.sqrt(variance)]


def _normalised(solution: _Solution, total: FloatArray, stat: FloatArray, widths: FloatArray) -> Normalised:
    """Shares over ``widths``, with the covariance of the cross sections carried through."""
    values, densities, slices = solution.values[solution.measured], solution.densities, solution.slices
    spread = np.eye(solution.elimination.bins)[solution.measured]
    jacobian = share_jacobian(values, densities, slices) / widths[:, None] @ spread
    covariance, stat_covariance = jacobian @ total @ jacobian.T, jacobian @ stat @ jacobian.T
    return Normalised(
        values=(shares(values, densities, slices) / widths).tolist(),
        observed=(shares(solution.combination.observed_values, densities, slices) / widths).tolist(),
        sigma=np.sqrt(np.diag(covariance)).tolist(),
        stat_sigma=np.sqrt(np.diag(stat_covariance)).tolist(),
        covariance=((covariance + covariance.T) / 2.0).tolist(),
    )


def _nuisances(solution: _Solution) -> list[NuisanceState]:
    joint, bins = solution.elimination.joint, solution.elimination.bins
    sigmas = np.sqrt(np.diag(joint.covariance))[bins:]
    fitted = zip(joint.mean[bins:].tolist(), sigmas.tolist(), strict=True)
    return nuisance_states(solution.combination, dict(zip(solution.parameters, fitted, strict=True)))


def _group_impacts(solution: _Solution) -> dict[str, list[float]]:
    """Groups of nuisances of the measurements; those of the prediction have no impact and are left out."""
    combination, bins = solution.combination, solution.elimination.bins
    # bins that are combined belong to several measurements: then one reference gives all signs
    blocks = solution.slices if bins == len(solution.measured) else [slice(0, bins)]
    impacts = {}
    for group, names in combination.groups.items():
        if any(name in combination.owners for name in names):
            where = solution.positions(combination.prior.parameters_of(names))
            removed = group_covariance(solution.elimination.joint.covariance, bins, where)
            relative = removed / np.outer(solution.values, solution.values)
            impacts[group] = signed_impacts(relative, blocks).tolist()
    return impacts


def _source_impacts(solution: _Solution) -> dict[str, list[float]]:
    bins = solution.elimination.bins
    shifts = (source_shifts(solution.elimination.joint.covariance, bins) / solution.values[:, None]).T
    of_parameter = dict(zip(solution.parameters, shifts, strict=True))
    impacts = {}
    for name, (parent, sign) in solution.combination.prior.parents.items():
        shift = of_parameter.get(parent)
        impacts[name] = (sign * shift).tolist() if shift is not None else [0.0] * bins
    return impacts


def _nuisance_correlation(solution: _Solution) -> tuple[tuple[str, ...], FloatArray]:
    bins, prior = solution.elimination.bins, solution.combination.prior
    transform = prior.transform[:, solution.elimination.floating]
    floating = np.flatnonzero(np.any(transform != 0.0, axis=1))
    covariance = solution.elimination.joint.covariance[bins:, bins:]
    matrix = transform[floating] @ _correlation(covariance) @ transform[floating].T
    return tuple(prior.names[i] for i in floating), matrix


def _correlation(covariance: FloatArray) -> FloatArray:
    sigma = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(sigma, sigma))
