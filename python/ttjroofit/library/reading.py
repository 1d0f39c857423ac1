"""Files in and out: cards, measurements, predictions, results."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ttjroofit import card as cards
from ttjroofit.card.statements import Card
from ttjroofit.inputs import measurement_file, prediction_file
from ttjroofit.inputs.measurement import Measurement
from ttjroofit.inputs.measurement_text import measurement_texts
from ttjroofit.inputs.prediction import Prediction
from ttjroofit.run.output import OutputFolder
from ttjroofit.run.parsing import parse_file_part, parse_settings
from ttjroofit.run.plot.opening import open_result

__all__ = ["read_card", "read_measurement", "read_prediction", "read_result", "write_measurement"]

PathLike = str | os.PathLike[str]


def read_card(path: PathLike, *, settings: Mapping[str, object] | None = None) -> Card:
    """Read a datacard with its includes.

    Args:
        path: of the card.
        settings: in place of what the card says, as ``--setStatements``: ``{"interpolation": 1, "pdf": "off"}``.

    Raises:
        CardError: if it cannot be read or contradicts itself, by file and line.
        OptionError: for a setting that does not exist.

    Example:
        >>> card = read_card("cards/atlas_cms.txt")
        >>> [measurement.name for measurement in card.measurements], card.scenario
        (['CMS_13TeV', 'ATLAS_8TeV', 'ATLAS_13TeV'], 'jes_modelling')
    """
    words = ",".join(f"{keyword}={word}" for keyword, word in (settings or {}).items())
    return cards.read_card(Path(path), parse_settings("settings", words))


def read_measurement(path: PathLike) -> Measurement:
    """Read a measurement as arrays.

    Args:
        path: of its YAML file.

    Raises:
        InputError: if the file is missing, malformed or impossible.

    Example:
        >>> measurement = read_measurement("inputs/atlas_8tev_ljets.yaml")
        >>> measurement.values.shape, measurement.shifts.shape, measurement.unit
        ((8,), (8, 123), 'fb')
    """
    return measurement_file.read_measurement(Path(path))


def read_prediction(path: PathLike) -> Prediction:
    """Read a prediction as arrays.

    Args:
        path: of its YAML file.

    Raises:
        InputError: if the file is missing, malformed or impossible.
    """
    return prediction_file.read_prediction(Path(path))


def read_result(path: PathLike) -> Any:
    """Read a result of the program or of ``save``.

    Args:
        path: of a ``result.json``, or of the folder that holds it.

    Returns:
        The dataclass of its method: ``FitResult``, ``ScanResult``, ...

    Raises:
        InputError: if the file is missing or damaged.
        OptionError: if it is no result.
    """
    return open_result(Path(path))


def write_measurement(
    measurement: Measurement, folder: PathLike, *, year: str = "unknown", notes: Sequence[str] = ()
) -> Path:
    """Write a measurement, made or changed in Python, for a card to name; reading it gives the same numbers.

    Args:
        measurement: to write.
        folder: for ``<name>.yaml`` and, with many nuisances, ``<name>_correlation.txt``.
        year: of the data.
        notes: what else a reader must know.

    Returns:
        The YAML file.

    Raises:
        OptionError: if it cannot be written.
    """
    parse_file_part("name of the measurement:", measurement.name)
    output = OutputFolder(Path(folder))
    for name, text in reversed(measurement_texts(measurement, year=year, notes=notes).items()):
        output.write_text(name, text)
    return output.publish()[-1]
