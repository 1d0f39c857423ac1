"""From a measurement file of Convino to a measurement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from ttjroofit.errors import InputError, Place
from ttjroofit.inputs.convino.measurement import ConvinoMeasurement
from ttjroofit.inputs.convino.names import plain_name
from ttjroofit.inputs.measurement import FloatArray, Measurement, Response
from ttjroofit.inputs.profiled import profiled_responses
from ttjroofit.inputs.sources import opposite

__all__ = ["remarks_of", "to_measurement"]


def to_measurement(source: ConvinoMeasurement, name: str, names: Mapping[str, str]) -> Measurement:
    """The same numbers as a measurement of as many bins as there are estimates.

    What Convino does not state is stated as unknown; the energy is 1 TeV, a stand-in that must be corrected before
    masses are split by energy. Bins are numbered: their edges are 0, 1, 2, ...

    Args:
        source: what the file says.
        name: of the measurement.
        names: estimates and nuisances to names that RooFit accepts.

    Raises:
        InputError: a relative or lognormal uncertainty of a value that is not positive.
    """
    responses = {names[n]: _response(source, i) for i, n in enumerate(source.sources) if not _is_linear(source, i)}
    relative = [names[n] for n in source.fitted if source.kind(n) == "relative"]
    if relative:
        _check_positive(source, relative[0], "relative")
    fitted = tuple(names[n] for n in source.fitted)
    groups = {
        f"{name}_fitted": tuple(names[n] for n in source.fitted),
        f"{name}_not_fitted": tuple(names[n] for n in source.sources),
    }
    free = [n for n in (*source.fitted, *source.sources) if source.kind(n) == "free"]
    return Measurement(
        name=name,
        experiment=name,
        energy_TeV=1.0,
        channel="unknown",
        reference=f"converted from the Convino file {source.path.name}",
        observable="number of the estimate",
        unit="unknown",
        per_unit=False,
        edges=np.arange(len(source.estimates) + 1, dtype=np.float64),
        bins=tuple(names[n] for n in source.estimates),
        values=source.values,
        covariance=source.covariance,
        profiled=fitted,
        profiled_values=source.pulls,
        without_prior=frozenset(names[n] for n in free),
        sources=tuple(names[n] for n in source.sources),
        shifts=(source.up - source.down) / 2,
        groups={group: members for group, members in groups.items() if members},
        path=source.path,
        responses={**profiled_responses(source.covariance, source.values, fitted, relative), **responses},
    )


def remarks_of(source: ConvinoMeasurement, names: Mapping[str, str]) -> list[str]:
    """What a reader must know about the conversion of a file."""
    remarks = [
        f"{source.path.name}: fitted nuisance '{name}' is lognormal, converted as absolute: only nuisances that are "
        "not fitted can be lognormal"
        for name in source.fitted
        if source.kind(name) == "lognormal"
    ]
    renamed = [name for name in (*source.estimates, *source.fitted, *source.sources) if names[name] != name]
    return remarks + [f"{source.path.name}: '{name}' is now {plain_name(name)}" for name in renamed]


def _is_linear(source: ConvinoMeasurement, place: int) -> bool:
    kind = source.kind(source.sources[place])
    return kind in ("absolute", "free") and np.array_equal(source.up[:, place], -source.down[:, place])


def _response(source: ConvinoMeasurement, place: int) -> Response:
    name = source.sources[place]
    up, down = source.up[:, place], source.down[:, place]
    stated = source.kind(name)
    kind: Literal["absolute", "relative", "lognormal"] = "absolute" if stated == "free" else stated
    if kind != "absolute":
        _check_positive(source, name, kind)
    symmetric = np.array_equal(up, -down)
    if kind == "lognormal":
        _check_factors(source, name, np.concatenate([up + source.values, down + source.values]))
        down = opposite(kind, up, source.values) if symmetric else down
    return Response(kind, up, down, "smooth" if symmetric else "kinked")


def _check_positive(source: ConvinoMeasurement, name: str, kind: str) -> None:
    if np.min(source.values) <= 0:
        raise InputError(
            f"'{name}' is {kind} but the estimate {np.min(source.values):g} is not positive; write {name} = absolute",
            Place(source.path),
        )


def _check_factors(source: ConvinoMeasurement, name: str, shifted: FloatArray) -> None:
    if np.min(shifted) <= 0:
        raise InputError(
            f"the lognormal uncertainty '{name}' takes all of an estimate away; entries are in the unit of the "
            "estimates, correct it or write absolute",
            Place(source.path),
        )
