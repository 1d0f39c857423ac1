"""Read a measurement from our YAML format, which ``schema.MeasurementFile`` documents."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ttjroofit.inputs.checks import check_length, check_unique, rising
from ttjroofit.inputs.groups import assign_groups
from ttjroofit.inputs.matrix import check_correlation, check_positive_definite, matrix_rows, symmetric
from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.inputs.profiled import profiled_responses
from ttjroofit.inputs.schema import Matrix, MeasurementFile, Parameter, ProfiledBlock, StatisticalBlock
from ttjroofit.inputs.sources import read_sources
from ttjroofit.inputs.validation import validate
from ttjroofit.inputs.yaml_file import YamlFile, load_yaml

__all__ = ["build_measurement", "read_measurement"]


def read_measurement(path: Path) -> Measurement:
    """Read and check a measurement.

    Args:
        path: a YAML file of schema ``ttjroofit/measurement/1``.

    Raises:
        InputError: with file and line, if the file is missing, malformed or physically impossible.
    """
    return build_measurement(load_yaml(path))


def build_measurement(file: YamlFile) -> Measurement:
    """The measurement that the content of a file describes; raises as ``read_measurement`` does."""
    content = validate(MeasurementFile, file)
    edges = rising(file, content.edges, "edges")
    parameters = content.profiled.parameters if content.profiled is not None else []
    _check_lists(file, content, parameters)
    profiled = tuple(parameter.name for parameter in parameters)
    sources = read_sources(file, content.sources, content.values)
    covariance, values = _covariance(file, content), np.array(content.values)
    relative = _relative(file, content, parameters)
    return Measurement(
        name=content.name,
        experiment=content.experiment,
        energy_TeV=content.energy,
        channel=content.channel,
        reference=content.reference,
        observable=content.observable,
        unit=content.unit,
        per_unit=content.quantity == "per unit of rho",
        edges=edges,
        bins=tuple(content.bins),
        values=values,
        covariance=covariance,
        profiled=profiled,
        profiled_values=np.array([parameter.value for parameter in parameters]),
        without_prior=sources.free.union(parameter.name for parameter in parameters if parameter.prior == "none"),
        sources=sources.names,
        shifts=sources.shifts,
        groups=assign_groups(file, content.groups, profiled + sources.names),
        path=file.path,
        responses={**profiled_responses(covariance, values, profiled, relative), **sources.responses},
        shift_sigma=sources.shift_sigma,
    )


def _relative(file: YamlFile, content: MeasurementFile, parameters: Sequence[Parameter]) -> set[str]:
    relative = {parameter.name for parameter in parameters if parameter.type_ == "relative"}
    if relative and min(content.values) <= 0:
        raise file.error(
            f"a relative parameter needs positive values, found {min(content.values):g}; use type: absolute", "values"
        )
    return relative


def _check_lists(file: YamlFile, content: MeasurementFile, parameters: Sequence[Parameter]) -> None:
    n_bins = len(content.edges) - 1
    check_length(file, content.bins, n_bins, "one fewer than edges", "bins")
    check_length(file, content.values, n_bins, "one a bin", "values")
    named: list[tuple[str, tuple[str | int, ...]]] = [(name, ("bins", i)) for i, name in enumerate(content.bins)]
    named += [(parameter.name, ("profiled", "parameters", i)) for i, parameter in enumerate(parameters)]
    named += [(name, ("sources", name)) for name in content.sources]
    check_unique(file, named)


def _covariance(file: YamlFile, content: MeasurementFile) -> FloatArray:
    """Covariance of bins, then profiled parameters, shape (n+p, n+p)."""
    if content.statistical is not None and content.profiled is None:
        return _statistical_covariance(file, content.statistical, content.bins)
    if content.profiled is not None and content.statistical is None:
        return _profiled_covariance(file, content.profiled, content.bins)
    found = "neither" if content.profiled is None else "both"
    raise file.error(f"give either 'statistical' or 'profiled', found {found}", "profiled")


def _profiled_covariance(file: YamlFile, block: ProfiledBlock, bins: Sequence[str]) -> FloatArray:
    check_length(file, block.bin_sigma, len(bins), "one a bin", "profiled", "bin_sigma")
    names = [*bins, *(parameter.name for parameter in block.parameters)]
    sigma = [*block.bin_sigma, *(parameter.sigma for parameter in block.parameters)]
    return _from_correlation(file, block.correlation, sigma, names, "profiled")


def _statistical_covariance(file: YamlFile, block: StatisticalBlock, bins: Sequence[str]) -> FloatArray:
    if block.covariance is not None and block.sigma is None and block.correlation is None:
        rows = matrix_rows(file, block.covariance, "statistical", "covariance")
        covariance = symmetric(rows, bins)
        check_positive_definite(covariance, rows, bins)
        return covariance
    if block.covariance is not None or block.sigma is None or block.correlation is None:
        raise file.error("give either 'sigma' and 'correlation', or 'covariance' alone", "statistical")
    check_length(file, block.sigma, len(bins), "one a bin", "statistical", "sigma")
    return _from_correlation(file, block.correlation, block.sigma, bins, "statistical")


def _from_correlation(
    file: YamlFile, matrix: Matrix, sigma: Sequence[float], names: Sequence[str], block: str
) -> FloatArray:
    rows = matrix_rows(file, matrix, block, "correlation")
    correlation = symmetric(rows, names)
    check_correlation(correlation, rows, names)
    check_positive_definite(correlation, rows, names)
    return correlation * np.outer(sigma, sigma)
