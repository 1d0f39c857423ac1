"""Write a measurement in our YAML format, so that reading it gives the same numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import numpy as np

from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.inputs.sources import opposite

__all__ = ["measurement_texts"]

_INLINE = 30
"""Matrices with more rows go into a text file of their own."""


def measurement_texts(measurement: Measurement, *, year: str = "unknown", notes: Sequence[str] = ()) -> dict[str, str]:
    """The YAML file of a measurement, and the text file of its correlation if that is large.

    Args:
        measurement: to write.
        year: of the data.
        notes: what else a reader must know.

    Returns:
        File name to text: ``<name>.yaml`` and, with many nuisances, ``<name>_correlation.txt``.
    """
    files: dict[str, str] = {}
    head = {
        "schema": "ttjroofit/measurement/1",
        "name": measurement.name,
        "experiment": measurement.experiment,
        "energy_TeV": float(measurement.energy_TeV),
        "year": year,
        "channel": measurement.channel,
        "reference": measurement.reference,
        **({"notes": list(notes)} if notes else {}),
        "observable": measurement.observable,
        "unit": measurement.unit,
        "quantity": "per unit of rho" if measurement.per_unit else "per bin",
        "edges": measurement.edges.tolist(),
        "bins": list(measurement.bins),
        "values": measurement.values.tolist(),
    }
    lines = [f"{key}: {_flow(value)}" for key, value in head.items()]
    lines += _profiled(measurement, files) if measurement.profiled else _statistical(measurement)
    lines += _mapping("sources", ((name, _source(measurement, name)) for name in measurement.sources))
    lines += _mapping("groups", ((group, _flow(list(names))) for group, names in measurement.groups.items()))
    return {f"{measurement.name}.yaml": "\n".join(lines) + "\n", **files}


def _statistical(measurement: Measurement) -> list[str]:
    return ["statistical:", "  covariance:", *(f"    - {row}" for row in _triangle(measurement.covariance))]


def _profiled(measurement: Measurement, files: dict[str, str]) -> list[str]:
    bins, sigma = len(measurement.bins), np.sqrt(np.diag(measurement.covariance))
    correlation = measurement.covariance / np.outer(sigma, sigma)
    np.fill_diagonal(correlation, 1.0)
    lines = ["profiled:", f"  bin_sigma: {_flow(sigma[:bins].tolist())}", "  parameters:"]
    for name, value, width in zip(measurement.profiled, measurement.profiled_values, sigma[bins:], strict=True):
        prior = ", prior: none" if name in measurement.without_prior else ""
        prior += ", type: relative" if name in measurement.responses else ""
        lines.append(f"    - {{name: {name}, value: {float(value)!r}, sigma: {float(width)!r}{prior}}}")
    if len(correlation) <= _INLINE:
        return [*lines, "  correlation:", *(f"    - {row}" for row in _triangle(correlation))]
    file = f"{measurement.name}_correlation.txt"
    rows = [" ".join(map(repr, row[: i + 1].tolist())) for i, row in enumerate(correlation)]
    files[file] = "\n".join(["# correlation of the bins, then the parameters: lower triangle", *rows]) + "\n"
    return [*lines, f"  correlation: {{file: {file}}}"]


def _triangle(matrix: FloatArray) -> list[str]:
    return [_flow(row[: i + 1].tolist()) for i, row in enumerate(matrix)]


def _source(measurement: Measurement, name: str) -> str:
    """The shifts of a source as a list, or the block that says how it is not linear."""
    place = measurement.sources.index(name)
    response = measurement.responses.get(name)
    entries: dict[str, object] = {}
    if response is None:
        entries["shift"] = measurement.shifts[:, place].tolist()
    elif np.array_equal(response.down, opposite(response.kind, response.up, measurement.values)):
        entries["shift"] = response.up.tolist()
    else:
        entries |= {"up": response.up.tolist(), "down": response.down.tolist()}
    if response is not None:
        entries |= {"type": response.kind, "interpolation": response.interpolation}
    if name in measurement.without_prior:
        entries["prior"] = "free"
    if measurement.shift_sigma is not None and np.any(measurement.shift_sigma[:, place]):
        entries["shift_sigma"] = measurement.shift_sigma[:, place].tolist()
    if list(entries) == ["shift"]:
        return _flow(entries["shift"])
    return "{" + ", ".join(f"{key}: {_flow(value)}" for key, value in entries.items()) + "}"


def _mapping(key: str, items: Iterable[tuple[str, str]]) -> list[str]:
    lines = [f"  {name}: {text}" for name, text in items]
    return [f"{key}:", *lines] if lines else [f"{key}: {{}}"]


def _flow(value: object) -> str:
    """On one line; JSON is YAML, and its numbers are written with all their digits."""
    return json.dumps(value, ensure_ascii=False)
