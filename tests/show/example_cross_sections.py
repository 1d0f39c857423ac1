"""Combined cross sections made up for the tests of figures; no combination stands behind the numbers."""

from __future__ import annotations

import math

import numpy as np

from ttjroofit.results.cross_sections import SCHEMA, CrossSections, MeasuredBins, Normalised, NuisanceState
from ttjroofit.results.nuisance_correlation import NuisanceCorrelation

__all__ = ["GROUPS", "combined", "nuisance_correlation"]

EDGES = {"CMS_13TeV": [0.0, 0.3, 0.45, 0.7, 1.0], "ATLAS_8TeV": [0.0, 0.25, 0.325, 0.425, 0.525, 0.675, 0.775, 1.0]}
GROUPS = ("modelling_ttbar", "scale_j", "res_j", "eff_b", "a_group_with_a_very_long_name_that_is_cut", "lumi")
NUISANCES = 30


def combined(scenario: str | None = "jes", size: float = 1.0, card: str = "toy") -> CrossSections:
    """Eleven bins of two measurements; impacts in proportion to ``size``."""
    measurements = [_bins(name, edges) for name, edges in EDGES.items()]
    bins = [name for measurement in measurements for name in measurement.bins]
    count = len(bins)
    values = [10.0 + i for i in range(count)]
    sigma = [(0.1 + 0.01 * i) * value for i, value in enumerate(values)]
    correlation = np.array([[math.exp(-abs(i - j) / 2.0) for j in range(count)] for i in range(count)])
    covariance = (correlation * np.outer(sigma, sigma)).tolist()
    normalised = Normalised(values, values, sigma, [0.3 * size for size in sigma], covariance)
    names = list(_nuisances())
    return CrossSections(
        schema=SCHEMA,
        card=card,
        version="1.2.3",
        scenario=scenario,
        pulls="published",
        asimov=False,
        measurements=measurements,
        bins=bins,
        observed=values,
        observed_sigma=sigma,
        values=values,
        sigma=sigma,
        stat_sigma=[0.03 * value for value in values],
        covariance=covariance,
        stat_covariance=covariance,
        correlation=correlation.tolist(),
        stat_correlation=correlation.tolist(),
        shares=normalised,
        densities=normalised,
        chi2=0.0,
        ndf=0,
        nuisances=[NuisanceState(name, owner, 0.0, 0.1, 0.9, []) for name, owner in _nuisances().items()],
        impacts={
            group: [0.1 * size / (1 + row) * math.cos(0.7 * column + row) for column in range(count)]
            for row, group in enumerate(GROUPS)
        },
        source_impacts={name: [0.05 / (1 + (7 * row) % NUISANCES)] * count for row, name in enumerate(names)},
        prior_repair=None,
        timing_s={},
    )


def nuisance_correlation() -> NuisanceCorrelation:
    """Of the nuisances of ``combined``."""
    return NuisanceCorrelation(
        list(_nuisances()),
        np.array([[math.cos(0.9 * (i - j)) ** abs(i - j) for j in range(NUISANCES)] for i in range(NUISANCES)]),
    )


def _nuisances() -> dict[str, str]:
    owners = list(EDGES)
    return {f"{owners[row % 2]}_source_{row}": owners[row % 2] for row in range(NUISANCES)}


def _bins(name: str, edges: list[float]) -> MeasuredBins:
    bins = [f"{name}_{number}" for number in range(1, len(edges))]
    return MeasuredBins(
        measurement=name,
        experiment=name.partition("_")[0],
        energy_TeV=13.0,
        channel="dilepton",
        observable="rho = 340 GeV / m(ttbar+jet)",
        reference="made up",
        unit="pb",
        per_unit=True,
        edges=edges,
        bins=bins,
        truths=bins,
    )
