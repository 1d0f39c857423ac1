"""The result of ``-M CrossSections``: the combined cross sections, and what drives their uncertainties."""

from __future__ import annotations

from dataclasses import dataclass

from ttjroofit.results.fit import PriorRepair
from ttjroofit.results.header import Header

__all__ = ["SCHEMA", "AsymmetricError", "CrossSections", "MeasuredBins", "Normalised", "NuisanceState"]

SCHEMA = "ttjroofit/cross_sections/1"


@dataclass(frozen=True)
class MeasuredBins:
    """The bins of one measurement, for labels.

    Attributes:
        measurement: its name.
        experiment, energy_TeV, channel, observable, reference: for labels.
        unit: of the cross sections.
        per_unit: whether they are per unit of the observable or per bin.
        edges: one more than bins.
        bins: names.
        truths: what each bin measures, of ``CrossSections.bins``: its own name unless the card combines it.
    """

    measurement: str
    experiment: str
    energy_TeV: float
    channel: str
    observable: str
    reference: str
    unit: str
    per_unit: bool
    edges: list[float]
    bins: list[str]
    truths: list[str]


@dataclass(frozen=True)
class Normalised:
    """Distributions over the cross section summed over the bins of their measurement.

    Lists have one entry a measured bin of all measurements; their rows and columns are in the same order. The
    covariance follows from that of the cross sections by the Jacobian; in a measurement it has one zero eigenvalue.

    Attributes:
        values: what was normalised.
        observed: the same from the published values.
        sigma: total uncertainty.
        stat_sigma: with all nuisances frozen.
        covariance: total.
    """

    values: list[float]
    observed: list[float]
    sigma: list[float]
    stat_sigma: list[float]
    covariance: list[list[float]]


@dataclass(frozen=True)
class AsymmetricError:
    """How far a cross section moves, everything else profiled, until chi2 has risen by 1: ``lo`` < 0 < ``hi``."""

    lo: float
    hi: float


@dataclass(frozen=True)
class NuisanceState:
    """A nuisance after the combination, in units of its prior sigma.

    Attributes:
        name: as in the inputs.
        measurement: where it comes from.
        prefit: value before the combination: the published one of a profiled nuisance, else 0.
        value: after the combination.
        constraint: standard deviation after the combination, 0 if frozen.
        groups: groups it belongs to.
    """

    name: str
    measurement: str
    prefit: float
    value: float
    constraint: float
    groups: list[str]


@dataclass(frozen=True)
class CrossSections(Header):
    """Everything ``-M CrossSections`` has to say; written to ``result.json``.

    The n bins are those of all measurements in order; bins that the card combines are one, named by its ``combine``
    line. Lists a bin have n entries; ``observed``, ``observed_sigma`` and what is normalised have one a measured bin.
    Cross sections are in the unit of their measurement, covariances in the product of the units of the two bins.

    Attributes:
        scenario: correlation scenario in force, None if the card has none.
        pulls: ``published`` or ``zero``.
        asimov: whether the data are an Asimov data set.
        measurements: labels, units and edges, one a measurement.
        bins: the n names.
        observed: as published.
        observed_sigma: total uncertainty as published, before the combination and without stated correlations.
        values: after the combination.
        sigma: total uncertainty of ``values``.
        stat_sigma: with all nuisances frozen.
        covariance: total, n rows.
        stat_covariance: all nuisances frozen.
        correlation: of ``covariance``.
        stat_correlation: of ``stat_covariance``.
        shares: of the cross section of each measurement in its bins; they sum to 1.
        densities: ``shares`` per unit of the observable.
        chi2: of the combination. Where every cross section is measured once it is 0 up to rounding unless nuisances
            that different measurements profiled are tied; then it is the chi2 of their joint fit less those of the
            published ones, with expectation 0: no test.
        ndf: measured bins less n; 0 where every cross section is measured once.
        nuisances: of all measurements.
        impacts: group to its signed fractional impact on each bin: what freezing the group takes off the uncertainty
            in quadrature, over the combined value. In each measurement the bin with the largest impact fixes the sign.
        source_impacts: nuisance to the fractional shift of each bin when it moves by its post-fit +1 sigma.
        prior_repair: None if none was needed.
        p_value: of ``chi2``, None without degrees of freedom or where nuisances profiled in different measurements
            are tied.
        chi2_form: ``neyman``, or ``pearson`` where statistical variances follow the combined values.
        errors: where chi2 rises by 1, one a bin; None for ``neyman``, where they are ``sigma``.
    """

    scenario: str | None
    pulls: str
    asimov: bool
    measurements: list[MeasuredBins]
    bins: list[str]
    observed: list[float]
    observed_sigma: list[float]
    values: list[float]
    sigma: list[float]
    stat_sigma: list[float]
    covariance: list[list[float]]
    stat_covariance: list[list[float]]
    correlation: list[list[float]]
    stat_correlation: list[list[float]]
    shares: Normalised
    densities: Normalised
    chi2: float
    ndf: int
    nuisances: list[NuisanceState]
    impacts: dict[str, list[float]]
    source_impacts: dict[str, list[float]]
    prior_repair: PriorRepair | None
    p_value: float | None = None
    chi2_form: str = "neyman"
    errors: list[AsymmetricError] | None = None

    @property
    def slices(self) -> dict[str, slice]:
        """Where the bins of each measurement lie among all measured bins."""
        slices, start = {}, 0
        for measurement in self.measurements:
            slices[measurement.measurement] = slice(start, start + len(measurement.bins))
            start += len(measurement.bins)
        return slices

    def where(self, measurement: MeasuredBins) -> list[int]:
        """Positions among the n bins of what each bin of a measurement measures."""
        position = {name: i for i, name in enumerate(self.bins)}
        return [position[name] for name in measurement.truths]

    @property
    def measured_bins(self) -> list[str]:
        """Names of all measured bins, in order."""
        return [name for measurement in self.measurements for name in measurement.bins]
