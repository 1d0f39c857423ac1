"""Combined cross sections as tables of a HEPData record, and the mapping that lets them be read again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import yaml

from ttjroofit.results.cross_sections import CrossSections, MeasuredBins
from ttjroofit.run.export.record import RecordTable, binned, dependent, error, labelled

__all__ = ["cross_section_tables", "mapping_text"]

_COVARIANCES = {"Covariance, total": "covariance", "Covariance, statistical": "statistical_covariance"}


def cross_section_tables(result: CrossSections) -> list[RecordTable]:
    """Cross sections of each measurement, their total and statistical covariance, impacts of groups, and nuisances."""
    tables = [_cross_sections(result, measurement, places) for measurement, places in _owned(result)]
    matrices = (result.covariance, result.stat_covariance)
    tables += [_covariance(result, name, matrix) for name, matrix in zip(_COVARIANCES, matrices, strict=True)]
    tables.append(_impacts(result))
    return [*tables, _nuisances(result)] if result.nuisances else tables


def mapping_text(result: CrossSections) -> str:
    """What each table is, for ``ttjroofit convert hepdata``."""
    measurements = [
        {
            "name": measurement.measurement,
            "table": _table_name(measurement),
            "experiment": measurement.experiment,
            "energy_TeV": measurement.energy_TeV,
            "channel": measurement.channel,
            "reference": f"{measurement.reference}; combined by ttjroofit {result.version}, card {result.card}",
            "observable": measurement.observable,
            "unit": measurement.unit,
            "quantity": _quantity(measurement),
            "bins": [result.bins[place] for _, place in places],
            "total": ["total"],
            "statistical": ["stat"],
        }
        for measurement, places in _owned(result)
    ]
    covariances = {key: name for name, key in _COVARIANCES.items()}
    mapping = {"schema": "ttjroofit/hepdata_mapping/1", **covariances, "measurements": measurements}
    return str(yaml.safe_dump(mapping, sort_keys=False, width=110))


def _owned(result: CrossSections) -> list[tuple[MeasuredBins, list[tuple[int, int]]]]:
    """Each measurement with the cross sections that none before it has: number of the bin, place in ``bins``."""
    owned, taken = [], set[int]()
    for measurement in result.measurements:
        places = [(i, place) for i, place in enumerate(result.where(measurement)) if place not in taken]
        taken.update(place for _, place in places)
        if places:
            owned.append((measurement, places))
    return owned


def _table_name(measurement: MeasuredBins) -> str:
    return f"Cross sections {measurement.measurement}"[:64]


def _quantity(measurement: MeasuredBins) -> str:
    return "per unit of rho" if measurement.per_unit else "per bin"


def _cross_sections(result: CrossSections, measurement: MeasuredBins, places: Sequence[tuple[int, int]]) -> RecordTable:
    ranges = list(pairwise(measurement.edges))
    rows = [place for _, place in places]
    values = dependent(
        "$d\\sigma/d\\rho$" if measurement.per_unit else "$\\sigma$ in the bin",
        [result.values[place] for place in rows],
        units=measurement.unit,
        errors=[_errors(result, place) for place in rows],
        qualifiers={
            "SQRT(S) [GeV]": 1000 * measurement.energy_TeV,
            "Experiment": measurement.experiment,
            "Channel": measurement.channel,
            "Quantity": _quantity(measurement),
            "Correlations": result.scenario or "none stated",
        },
    )
    return RecordTable(
        _table_name(measurement),
        f"Combined cross sections in the bins of {measurement.measurement} ({measurement.reference}). "
        f"Observable: {measurement.observable}. Errors: stat with all nuisance parameters held, and total.",
        [
            binned("$\\rho$", [ranges[i] for i, _ in places]),
            labelled("Bin", [result.bins[place] for place in rows]),
        ],
        [values],
        [1000 * measurement.energy_TeV],
        ["DSIG/DRHO"] if measurement.per_unit else ["SIG"],
    )


def _errors(result: CrossSections, place: int) -> list[dict[str, Any]]:
    total = error("total", result.sigma[place])
    if result.errors is not None:
        total = error("total", result.errors[place].hi, result.errors[place].lo)
    return [error("stat", result.stat_sigma[place]), total]


def _covariance(result: CrossSections, name: str, matrix: Sequence[Sequence[float]]) -> RecordTable:
    rows = [row for row in result.bins for _ in result.bins]
    columns = [column for _ in result.bins for column in result.bins]
    kind = "with all nuisance parameters held" if "statistical" in name else "of all uncertainties"
    return RecordTable(
        name,
        f"Covariance of the combined cross sections, {kind}, in the product of the units of the two bins.",
        [labelled("Bin", rows), labelled("Bin", columns)],
        [dependent("Covariance", [entry for row in matrix for entry in row], units=_units(result))],
        _energies(result),
    )


def _units(result: CrossSections) -> str:
    return " or ".join(sorted({f"{m.unit}^2" for m in result.measurements}))


def _energies(result: CrossSections) -> list[float]:
    return sorted({1000 * measurement.energy_TeV for measurement in result.measurements})


def _impacts(result: CrossSections) -> RecordTable:
    groups = [group for group in result.impacts for _ in result.bins]
    bins = [name for _ in result.impacts for name in result.bins]
    values = [100 * impact for impacts in result.impacts.values() for impact in impacts]
    return RecordTable(
        "Impacts of groups of uncertainties",
        "Signed impact of each group of nuisance parameters on each combined cross section: what holding the group "
        "takes off its uncertainty, in quadrature. In each measurement the bin with the largest impact fixes the sign.",
        [labelled("Group", groups), labelled("Bin", bins)],
        [dependent("Impact", values, units="%")],
        _energies(result),
    )


def _nuisances(result: CrossSections) -> RecordTable:
    errors = [[error("sigma", n.constraint)] if math.isfinite(n.constraint) else [] for n in result.nuisances]
    return RecordTable(
        "Nuisance parameters of the combination",
        "Values of the nuisance parameters after the combination, with standard deviations, and their values before "
        "it, in units of the prior standard deviation.",
        [labelled("Nuisance parameter", [nuisance.name for nuisance in result.nuisances])],
        [
            dependent("Value", [nuisance.value for nuisance in result.nuisances], errors=errors),
            dependent("Value before", [nuisance.prefit for nuisance in result.nuisances]),
        ],
        _energies(result),
    )
