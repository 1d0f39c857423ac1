"""A measurement file with its wrong parts replaced by neutral ones: its names are then known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ttjroofit.analysis.recovery.problems import Problems
from ttjroofit.errors import InputError, Place
from ttjroofit.inputs.measurement import Measurement
from ttjroofit.inputs.measurement_file import build_measurement
from ttjroofit.inputs.schema import MeasurementFile
from ttjroofit.inputs.validation import schema_errors
from ttjroofit.inputs.yaml_file import YamlFile, load_yaml

__all__ = ["neutral_measurement"]

_MOST = 50
"""Wrong parts of one file that are looked for; whoever has more reads no more."""


def neutral_measurement(path: Path, name: str, problems: Problems) -> Measurement | None:
    """Read a measurement file that is known to be wrong.

    Sources that are wrong become zero, covariances the unit matrix, groups one group of all nuisances.

    Args:
        path: of the file.
        name: of the measurement.
        problems: is told what is wrong.

    Returns:
        None if the file does not follow the schema or what is wrong cannot be replaced.
    """
    try:
        file = load_yaml(path)
    except InputError as error:
        problems.add("input-format", error, name)
        return None
    against_schema = schema_errors(MeasurementFile, file)
    for wrong in against_schema:
        problems.add("input-format", wrong, name)
    if against_schema:
        return None
    for _ in range(_MOST):
        try:
            return build_measurement(file)
        except InputError as error:
            problems.add("input-impossible", error, name)
            data = _without_part(file, error.place)
        if data is None or data == file.data:
            return None
        file = replace(file, data=data)
    return None


def _without_part(file: YamlFile, place: Place | None) -> dict[str, Any] | None:
    """The content with the part at a place replaced, None if nothing can stand for it."""
    bins = len(file.data["bins"])
    part, inner = _part_at(file, place)
    if part == "sources" and inner is not None:
        return {**file.data, part: {**file.data[part], inner: [0.0] * bins}}
    if part == "groups":
        return {**file.data, part: {"all_nuisances": ["*"]}}
    if part == "edges" and len(file.data["values"]) == bins:
        return {**file.data, part: [float(edge) for edge in range(bins + 1)]}
    if part == "statistical":
        return {**file.data, part: {"sigma": [1.0] * bins, "correlation": _unit(bins)}}
    if part == "profiled" and file.data[part] is not None:
        size = bins + len(file.data[part]["parameters"])
        return {**file.data, part: {**file.data[part], "bin_sigma": [1.0] * bins, "correlation": _unit(size)}}
    return None


def _unit(size: int) -> list[list[float]]:
    return [row[: number + 1] for number, row in enumerate(np.eye(size).tolist())]


def _part_at(file: YamlFile, place: Place | None) -> tuple[str | None, str | None]:
    """The key at the top, and that below, which the line of a place belongs to."""
    if place is None or place.path != file.path:
        # a text file of a matrix: it belongs to the block that names such a file
        return next((part for part in ("profiled", "statistical") if file.data.get(part) is not None), None), None
    top = _last_key(file.lines, place.line or 0, ())
    return top, _last_key(file.lines, place.line or 0, (top,)) if top is not None else None


def _last_key(lines: Mapping[tuple[str, ...], int], line: int, above: tuple[str, ...]) -> str | None:
    """The key below ``above`` that starts last before a line or in it."""
    depth = len(above) + 1
    before = [(at, key[-1]) for key, at in lines.items() if len(key) == depth and key[:-1] == above and at <= line]
    return max(before, default=(0, None), key=lambda item: item[0])[1]
