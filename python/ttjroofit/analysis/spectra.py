"""Data and post-fit predictions of all measurements, bin by bin."""

from __future__ import annotations

import numpy as np

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination
from ttjroofit.model.gaussian import inverse_positive
from ttjroofit.model.likelihood import theory_of
from ttjroofit.model.posterior import Posterior
from ttjroofit.results.fit import SpectrumResult

__all__ = ["spectra"]


def spectra(
    combination: Combination, elimination: Elimination, posterior: Posterior, values: FloatArray
) -> list[SpectrumResult]:
    """One spectrum a measurement.

    Args:
        combination: with its prediction.
        elimination: gives the combined cross sections and their uncertainties.
        posterior: gives the uncertainty of the prediction after the fit.
        values: explicit parameters at the minimum, shape (P,).
    """
    theory = theory_of(combination)
    combined, count = elimination.reduced, elimination.bins
    stat = np.sqrt(np.diag(inverse_positive(elimination.information.hessian[:count, :count])))
    predicted = theory.spectrum.value(values)
    band = _theory_sigma(combination, posterior, values)
    results = []
    for measurement, term in zip(combination.measurements, theory.spectrum.terms, strict=True):
        where = combination.slices[measurement.name]
        interpolation = term.shape.interpolation
        results.append(
            SpectrumResult(
                measurement=measurement.name,
                experiment=measurement.experiment,
                energy_TeV=measurement.energy_TeV,
                channel=measurement.channel,
                observable=measurement.observable,
                unit=measurement.unit,
                per_unit=measurement.per_unit,
                edges=measurement.edges.tolist(),
                observed=combination.observed_values[where].tolist(),
                combined=combined.mean[where].tolist(),
                sigma=np.sqrt(np.diag(combined.covariance))[where].tolist(),
                stat_sigma=stat[where].tolist(),
                predicted=predicted[where].tolist(),
                theory_sigma=band[where].tolist(),
                interpolation_chi2=interpolation.chi2,
                interpolation_ndf=interpolation.ndf,
            )
        )
    return results


def _theory_sigma(combination: Combination, posterior: Posterior, values: FloatArray) -> FloatArray:
    """Post-fit standard deviation of the predicted cross sections, shape (n,): linear propagation of the posterior."""
    theory = theory_of(combination)
    floating = theory.parameters.floating
    jacobian = np.concatenate([theory.spectrum.jet(values).first[:, floating], theory.interpolation], axis=1)
    inner = jacobian.shape[1]
    variance: FloatArray = np.einsum("bi,ij,bj->b", jacobian, posterior.covariance[:inner, :inner], jacobian)
    sigma: FloatArray = np.sqrt(variance)
    return sigma
