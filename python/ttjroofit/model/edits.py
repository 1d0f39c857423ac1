"""``nuisance edit`` statements of the card, applied to the measurements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ttjroofit.card.patterns import require_names
from ttjroofit.card.statements import EditStatement
from ttjroofit.errors import CardError
from ttjroofit.inputs.measurement import Measurement

__all__ = ["apply_edits"]


def apply_edits(measurements: Sequence[Measurement], edits: Sequence[EditStatement]) -> tuple[Measurement, ...]:
    """Rename and drop nuisances as the card says, in its order; ``freeze`` is left to the freezing of names.

    Raises:
        CardError: if a name matches nothing, a new name is taken, or a profiled nuisance is to be dropped.
    """
    edited = tuple(measurements)
    for edit in edits:
        if edit.action == "drop":
            edited = _drop(edited, edit)
        elif edit.action == "rename":
            edited = _rename(edited, edit)
    return edited


def _nuisances(measurements: Sequence[Measurement]) -> list[str]:
    return [name for measurement in measurements for name in measurement.nuisances]


def _drop(measurements: tuple[Measurement, ...], edit: EditStatement) -> tuple[Measurement, ...]:
    dropped = set(require_names(edit.pattern, _nuisances(measurements), kind="nuisance", place=edit.place))
    for measurement in measurements:
        if profiled := dropped.intersection(measurement.profiled):
            raise CardError(
                f"nuisance {min(profiled)} was profiled in {measurement.name} and cannot be dropped: "
                "use `nuisance edit freeze` to fix it",
                edit.place,
            )
    return tuple(_without(measurement, dropped) for measurement in measurements)


def _without(measurement: Measurement, dropped: set[str]) -> Measurement:
    kept = [i for i, name in enumerate(measurement.sources) if name not in dropped]
    groups = {group: tuple(n for n in names if n not in dropped) for group, names in measurement.groups.items()}
    return replace(
        measurement,
        sources=tuple(measurement.sources[i] for i in kept),
        shifts=measurement.shifts[:, kept],
        without_prior=measurement.without_prior - dropped,
        groups={group: names for group, names in groups.items() if names},
        responses={name: response for name, response in measurement.responses.items() if name not in dropped},
        shift_sigma=measurement.shift_sigma[:, kept] if measurement.shift_sigma is not None else None,
    )


def _rename(measurements: tuple[Measurement, ...], edit: EditStatement) -> tuple[Measurement, ...]:
    known = _nuisances(measurements)
    names = require_names(edit.pattern, known, kind="nuisance", place=edit.place)
    if len(names) > 1:
        raise CardError(f"`{edit.pattern}` matches {len(names)} nuisances: only one can be renamed", edit.place)
    if edit.new_name is None or edit.new_name in known:
        raise CardError(f"the new name {edit.new_name} is taken: choose another", edit.place)
    mapping = {names[0]: edit.new_name}
    return tuple(_renamed(measurement, mapping) for measurement in measurements)


def _renamed(measurement: Measurement, mapping: Mapping[str, str]) -> Measurement:
    def new(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(mapping.get(name, name) for name in names)

    return replace(
        measurement,
        profiled=new(measurement.profiled),
        sources=new(measurement.sources),
        without_prior=frozenset(new(sorted(measurement.without_prior))),
        groups={group: new(names) for group, names in measurement.groups.items()},
        responses={mapping.get(name, name): response for name, response in measurement.responses.items()},
    )
