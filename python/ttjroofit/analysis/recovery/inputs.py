"""The measurements and predictions of a card, as far as they can be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ttjroofit.analysis.recovery.neutral import neutral_measurement
from ttjroofit.analysis.recovery.problems import Problems
from ttjroofit.card.statements import Card, MeasurementStatement, TheoryStatement
from ttjroofit.errors import CardError, InputError, ModelError
from ttjroofit.inputs.measurement import Measurement
from ttjroofit.inputs.measurement_file import read_measurement
from ttjroofit.inputs.prediction_file import read_prediction
from ttjroofit.inputs.schema import PredictionFile
from ttjroofit.inputs.validation import schema_errors
from ttjroofit.inputs.yaml_file import load_yaml
from ttjroofit.model.assemble import check_name
from ttjroofit.model.files import require_file
from ttjroofit.model.theory import build_theory

__all__ = ["check_predictions", "recover_measurements"]


def recover_measurements(card: Card, problems: Problems) -> list[Measurement]:
    """Read every measurement that can be read; wrong parts are replaced by neutral ones."""
    read = [_recover(statement, problems) for statement in card.measurements]
    return [measurement for measurement in read if measurement is not None]


def _recover(statement: MeasurementStatement, problems: Problems) -> Measurement | None:
    try:
        path = require_file(statement.path, statement.place)
    except CardError as error:
        problems.add("file-missing", error, statement.name)
        problems.missing.add("measurement")
        return None
    try:
        measurement: Measurement | None = read_measurement(path)
    except InputError:
        problems.missing.add("input")
        problems.neutral.add(statement.name)
        measurement = neutral_measurement(path, statement.name, problems)
    if measurement is None:
        problems.missing.add("measurement")
        return None
    try:
        check_name(statement, measurement)
    except CardError as error:
        problems.add("inputs-conflict", error, statement.name)
        problems.misnamed.add(statement.name)
        problems.missing.add("theory")
        return replace(measurement, name=statement.name)
    return measurement


def check_predictions(card: Card, measurements: Sequence[Measurement], problems: Problems) -> None:
    """Read the prediction of each measurement and hold it against the measurement."""
    used = {measurement.name: measurement for measurement in measurements}
    for statement in card.theory:
        if statement.measurement not in used or statement.measurement in problems.misnamed:
            continue
        if not _readable(statement, problems) or statement.measurement in problems.neutral:
            problems.missing.add("theory")
            continue
        # parameters of other measurements, which `param` lines may name, are not known here
        alone = replace(card, params=())
        try:
            build_theory(alone, [used[statement.measurement]])
        except (CardError, InputError) as error:
            problems.add("inputs-conflict", error, statement.measurement)
            problems.missing.add("theory")
        except ModelError as error:
            problems.add("model-impossible", ModelError(error.message, statement.place), statement.measurement)
            problems.missing.add("theory")


def _readable(statement: TheoryStatement, problems: Problems) -> bool:
    try:
        read_prediction(require_file(statement.path, statement.place))
    except CardError as error:
        problems.add("file-missing", error, statement.measurement)
    except InputError as error:
        for code, found in _all_errors(statement, error):
            problems.add(code, found, statement.measurement)
    else:
        return True
    return False


def _all_errors(statement: TheoryStatement, first: InputError) -> list[tuple[str, InputError]]:
    try:
        wrong = schema_errors(PredictionFile, load_yaml(statement.path))
    except InputError as error:
        return [("input-format", error)]
    return [("input-format", error) for error in wrong] or [("input-impossible", first)]
