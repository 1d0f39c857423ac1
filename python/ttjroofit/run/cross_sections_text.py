"""Combined cross sections as YAML and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import yaml

from ttjroofit.results.cross_sections import CrossSections, MeasuredBins, Normalised

__all__ = ["csv_files", "to_yaml"]

Cell = str | float


def to_yaml(result: CrossSections) -> str:
    """What others need of the result, in the order in which one reads it, numbers with eight digits."""
    content = {
        "schema": result.schema,
        "card": result.card,
        "version": result.version,
        "scenario": result.scenario,
        "pulls": result.pulls,
        "chi2_form": result.chi2_form,
        "asimov": result.asimov,
        "chi2": result.chi2,
        "ndf": result.ndf,
        "p_value": result.p_value,
        "measurements": [_measurement(result, measurement) for measurement in result.measurements],
        "bins": result.bins,
        "values": result.values,
        "sigma": result.sigma,
        "stat_sigma": result.stat_sigma,
        "covariance": result.covariance,
        "stat_covariance": result.stat_covariance,
        "correlation": result.correlation,
        "normalised": {"shares": _normalised(result.shares), "densities": _normalised(result.densities)},
        "impacts": result.impacts,
    }
    return yaml.safe_dump(_rounded(content), sort_keys=False, default_flow_style=None, width=10_000, allow_unicode=True)


def csv_files(result: CrossSections) -> dict[str, str]:
    """Name of the file to its text."""
    bins, nuisances = ["bin", *result.bins], result.nuisances
    return {
        "cross_sections.csv": _table(*_bins(result)),
        "covariance.csv": _table(bins, _labelled(result.bins, result.covariance)),
        "stat_covariance.csv": _table(bins, _labelled(result.bins, result.stat_covariance)),
        "correlation.csv": _table(bins, _labelled(result.bins, result.correlation)),
        "shares_covariance.csv": _table(
            ["bin", *result.measured_bins], _labelled(result.measured_bins, result.shares.covariance)
        ),
        "group_impacts.csv": _table(["group", *result.bins], _rows(result.impacts)),
        "source_impacts.csv": _table(["nuisance", *result.bins], _rows(result.source_impacts)),
        "nuisances.csv": _table(
            ["nuisance", "measurement", "prefit", "value", "constraint", "groups"],
            ([n.name, n.measurement, n.prefit, n.value, n.constraint, " ".join(n.groups)] for n in nuisances),
        ),
    }


def _measurement(result: CrossSections, measurement: MeasuredBins) -> dict[str, Any]:
    where, combined = result.slices[measurement.measurement], result.where(measurement)
    return {
        "name": measurement.measurement,
        "reference": measurement.reference,
        "observable": measurement.observable,
        "unit": measurement.unit,
        "quantity": "per unit" if measurement.per_unit else "per bin",
        "edges": measurement.edges,
        "observed": result.observed[where],
        "observed_sigma": result.observed_sigma[where],
        "values": [result.values[i] for i in combined],
        "sigma": [result.sigma[i] for i in combined],
        "stat_sigma": [result.stat_sigma[i] for i in combined],
    }


def _normalised(normalised: Normalised) -> dict[str, Any]:
    return {"values": normalised.values, "sigma": normalised.sigma, "covariance": normalised.covariance}


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return float(f"{value:.8g}") if isinstance(value, float) else value


def _bins(result: CrossSections) -> tuple[list[str], list[list[Cell]]]:
    where = [
        (measurement, low, high) for measurement in result.measurements for low, high in pairwise(measurement.edges)
    ]
    combined = [i for measurement in result.measurements for i in result.where(measurement)]
    columns: dict[str, Sequence[Cell]] = {
        "bin": result.measured_bins,
        "measurement": [measurement.measurement for measurement, _, _ in where],
        "low": [low for _, low, _ in where],
        "high": [high for _, _, high in where],
        "unit": [measurement.unit for measurement, _, _ in where],
        "quantity": ["per unit" if measurement.per_unit else "per bin" for measurement, _, _ in where],
        "observed": result.observed,
        "observed_sigma": result.observed_sigma,
        "combined_into": [name for measurement in result.measurements for name in measurement.truths],
        "value": [result.values[i] for i in combined],
        "sigma": [result.sigma[i] for i in combined],
        "stat_sigma": [result.stat_sigma[i] for i in combined],
        "share": result.shares.values,
        "share_sigma": result.shares.sigma,
        "density": result.densities.values,
        "density_sigma": result.densities.sigma,
    }
    return list(columns), [list(row) for row in zip(*columns.values(), strict=True)]


def _labelled(names: Sequence[str], matrix: Sequence[Sequence[float]]) -> list[list[Cell]]:
    return [[name, *row] for name, row in zip(names, matrix, strict=True)]


def _rows(table: Mapping[str, Sequence[float]]) -> list[list[Cell]]:
    return [[name, *row] for name, row in table.items()]


def _table(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
