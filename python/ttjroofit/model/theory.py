"""From the predictions named by a card to the explicit parameters and the predicted spectrum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ttjroofit.card.statements import Card, ParamStatement, TheoryOptions
from ttjroofit.errors import CardError, InputError, ModelError, Place, suggestion
from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.inputs.prediction import Prediction
from ttjroofit.inputs.prediction_file import read_prediction
from ttjroofit.model.combination import Theory
from ttjroofit.model.files import require_file
from ttjroofit.model.interpolation import interpolate
from ttjroofit.model.masses import Masses, choose_masses
from ttjroofit.model.names import check_names
from ttjroofit.model.parameters import Kind, Parameter, Parameters
from ttjroofit.model.shape import Shape
from ttjroofit.model.spectrum import Spectrum, Term

__all__ = ["adjust_theory", "build_theory"]

NUISANCE_RANGE = 7.0
"""Theory nuisances move within +-7 sigma: far beyond any fit, and shapes stay positive."""


@dataclass(frozen=True, eq=False)
class _Shifts:
    """Named shape shifts of one kind: names, and shape (len(names), n)."""

    kind: Kind
    names: tuple[str, ...]
    values: FloatArray


def build_theory(card: Card, used: Sequence[Measurement], split: str | None = None) -> Theory | None:
    """Read the predictions of the measurements in use and build parameters and spectrum.

    Args:
        card: names the predictions.
        used: the measurements in use.
        split: ``experiment``, ``energy`` or ``measurement`` in place of the card's masses.

    Returns:
        None if the card names no prediction for them.

    Raises:
        TtjroofitError: if only some have a prediction, one does not fit its measurement, or a statement names an
            unknown parameter.
    """
    predicted = {statement.measurement for statement in card.theory}
    if predicted.isdisjoint(measurement.name for measurement in used):
        return None
    predictions = {m.name: _read_matching(card, m) for m in used}
    shifts = {name: _shape_shifts(prediction, card.options) for name, prediction in predictions.items()}
    masses = choose_masses(card.pois, used, split)
    parameters = _apply_params(_parameters(masses, used, shifts), card.params)
    terms, responses, names = [], [], []
    for measurement in used:
        name, prediction = measurement.name, predictions[measurement.name]
        term = _term(card, measurement, prediction, shifts[name], parameters=parameters, mass=masses.of[name])
        terms.append(term)
        response = term.interpolation_responses(prediction.nominal_mass, measurement.total)
        responses.append(response)
        names += [f"interpolation_{measurement.name}_{i + 1}" for i in range(response.shape[1])]
    return Theory(
        parameters=parameters,
        spectrum=Spectrum(tuple(terms)),
        interpolation=_block_columns(responses),
        interpolation_names=tuple(names),
        scales=_scales(predictions) if card.options.scale == "envelope" else {},
        quality=tuple(dict.fromkeys(prediction.quality for prediction in predictions.values())),
    )


def adjust_theory(
    theory: Theory,
    frozen: frozenset[str],
    values: Mapping[str, float],
    ranges: Mapping[str, tuple[float, float]],
) -> Theory:
    """The same theory with some parameters frozen, started elsewhere or given another range.

    Args:
        theory: what is to change.
        frozen: names of explicit parameters and of interpolation nuisances; the latter are frozen at 0.
        values: start values by name; names of other parameters are passed over.
        ranges: (low, high) by name.
    """
    ranged = [item.ranged(*ranges.get(item.name, (item.low, item.high))) for item in theory.parameters.items]
    items = tuple(
        replace(item.started_at(values.get(item.name, item.start)), frozen=item.name in frozen) for item in ranged
    )
    kept = [i for i, name in enumerate(theory.interpolation_names) if name not in frozen]
    return replace(
        theory,
        parameters=Parameters(items),
        interpolation=theory.interpolation[:, kept],
        interpolation_names=tuple(theory.interpolation_names[i] for i in kept),
    )


def _read_matching(card: Card, measurement: Measurement) -> Prediction:
    statement = next((s for s in card.theory if s.measurement == measurement.name), None)
    if statement is None:
        stated = next(s for s in card.measurements if s.name == measurement.name)
        raise CardError(
            f"measurement {measurement.name} has no `theory` line while others have: add one and a mass, or leave the "
            "measurement out with --measurements",
            stated.place,
        )
    prediction = read_prediction(require_file(statement.path, statement.place))
    if prediction.measurement != measurement.name:
        raise CardError(
            f"prediction {statement.path} is binned for {prediction.measurement}, not for {measurement.name}",
            statement.place,
        )
    if not np.array_equal(prediction.edges, measurement.edges):
        raise InputError(
            f"edges {prediction.edges.tolist()} differ from those of {measurement.name}, {measurement.edges.tolist()}: "
            "bin the prediction as the measurement",
            Place(prediction.path),
        )
    return prediction


def _shape_shifts(prediction: Prediction, options: TheoryOptions) -> list[_Shifts]:
    chosen = []
    if options.pdf != "off":
        chosen.append(_Shifts("pdf", prediction.pdf_names, prediction.pdf_shifts))
    if options.tnp:
        chosen.append(_Shifts("tnp", prediction.tnp_names, prediction.tnp_shifts))
    if options.scale == "nuisances":
        chosen.append(_Shifts("scale", ("scale_muR", "scale_muF"), _scale_shifts(prediction)))
    return chosen


def _scale_shifts(prediction: Prediction) -> FloatArray:
    """Half the difference of the shapes with a scale doubled and halved, shape (2, n): muR, then muF."""
    pairs = (((2.0, 1.0), (0.5, 1.0)), ((1.0, 2.0), (1.0, 0.5)))
    for pair in pairs:
        for key in pair:
            if key not in prediction.scales:
                raise ModelError(
                    f"prediction {prediction.path} has no scale variation muR={key[0]:g}, muF={key[1]:g}: "
                    "`scale nuisances` needs 2_1, 0.5_1, 1_2 and 1_0.5; use `scale envelope`"
                )
    return np.array([(prediction.scales[up] - prediction.scales[down]) / 2.0 for up, down in pairs])


def _parameters(masses: Masses, used: Sequence[Measurement], shifts: Mapping[str, list[_Shifts]]) -> Parameters:
    norms = [
        Parameter(f"norm_{m.name}", "norm", m.total, 0.2 * m.total, 3.0 * m.total, 0.03 * m.total, m.unit) for m in used
    ]
    nuisances = {
        name: Parameter(name, kind.kind, 0.0, -NUISANCE_RANGE, NUISANCE_RANGE, 1.0, prior=(0.0, 1.0))
        for kinds in shifts.values()
        for kind in kinds
        for name in kind.names
    }
    kinds = {"mass": masses.parameters, "normalisation": norms, "nuisance of the prediction": nuisances.values()}
    check_names({kind: [item.name for item in items] for kind, items in kinds.items()})
    return Parameters((*masses.parameters, *norms, *nuisances.values()))


def _apply_params(parameters: Parameters, statements: Sequence[ParamStatement]) -> Parameters:
    items = {item.name: item for item in parameters.items}
    for statement in statements:
        if statement.name not in items:
            raise CardError(
                f"no mass, normalisation or theory nuisance {statement.name}{suggestion(statement.name, items)}",
                statement.place,
            )
        item = items[statement.name]
        if statement.low is not None and statement.high is not None:
            item = item.ranged(statement.low, statement.high)
        if statement.mean is None or statement.sigma is None:
            item = replace(item, prior=None)
        else:
            item = replace(item, prior=(statement.mean, statement.sigma), step=statement.sigma).started_at(
                statement.mean
            )
        items[statement.name] = item
    return Parameters(tuple(items.values()))


def _term(
    card: Card,
    measurement: Measurement,
    prediction: Prediction,
    shifts: Sequence[_Shifts],
    *,
    parameters: Parameters,
    mass: str,
) -> Term:
    names = [name for kind in shifts for name in kind.names]
    values = np.concatenate([np.zeros((0, len(measurement.bins))), *(kind.values for kind in shifts)])
    shape = Shape(
        interpolation=interpolate(prediction, card.options.order),
        shifts=values,
        response="additive" if card.options.pdf == "additive" else "multiplicative",
        scale=np.ones(len(measurement.bins)),
    )
    return Term(
        measurement=measurement.name,
        mass=parameters.position(mass),
        norm=parameters.position(f"norm_{measurement.name}"),
        nuisances=np.array([parameters.position(name) for name in names], dtype=np.intp),
        shape=shape,
        densities=measurement.densities,
        quality=prediction.quality,
    )


def _block_columns(responses: Sequence[FloatArray]) -> FloatArray:
    """Responses of the measurements on the diagonal of one matrix, shape (all bins, all nuisances)."""
    rows = sum(response.shape[0] for response in responses)
    blocks, start = [], 0
    for response in responses:
        block = np.zeros((rows, response.shape[1]))
        block[start : start + response.shape[0]] = response
        blocks.append(block)
        start += response.shape[0]
    return np.concatenate(blocks, axis=1)


def _scales(predictions: Mapping[str, Prediction]) -> dict[tuple[float, float], dict[str, FloatArray]]:
    """Variations by scale factors; all predictions must have the same ones."""
    first = next(iter(predictions.values()))
    for prediction in predictions.values():
        if set(prediction.scales) != set(first.scales):
            raise InputError(
                f"scale variations {sorted(prediction.scales)} differ from {sorted(first.scales)} of {first.path}: "
                "an envelope needs the same ones everywhere",
                Place(prediction.path),
            )
    return {key: {name: p.scales[key] for name, p in predictions.items()} for key in sorted(first.scales)}
