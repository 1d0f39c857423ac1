"""Which bins measure the same true value: the ``combine`` lines of a card."""

from __future__ import annotations

from collections.abc import Sequence

from ttjroofit.card.patterns import require_names
from ttjroofit.card.statements import Card, CombineStatement
from ttjroofit.errors import CardError, ModelError
from ttjroofit.inputs.measurement import Measurement

__all__ = ["check_mass_fit", "truths_of_bins"]


def truths_of_bins(card: Card, known: Sequence[Measurement], used: Sequence[Measurement]) -> dict[str, str]:
    """Resolve the ``combine`` lines of a card.

    Args:
        card: with its lines.
        known: all measurements of the card, whose bins the lines may name.
        used: the measurements in use.

    Returns:
        Every bin in use that a line names to the name of its true value; other bins are a true value of their own.

    Raises:
        CardError: a pattern matches no bin, a bin is in two lines, bins differ in unit, or a name is taken.
    """
    owners = {name: measurement for measurement in known for name in measurement.bins}
    nuisances = {name for measurement in known for name in measurement.nuisances}
    stated: dict[str, CombineStatement] = {}
    for line in card.combines:
        for name in _bins_of(line, list(owners)):
            if name in stated:
                raise CardError(
                    f"bin {name} is combined twice, first into {stated[name].name} at {stated[name].place}: "
                    "remove it from one of the lines",
                    line.place,
                )
            stated[name] = line
        _check_name(line, [name for name, owner in stated.items() if owner is line], {*owners, *nuisances})
        _check_units(line, [owners[name] for name, owner in stated.items() if owner is line])
    in_use = {name for measurement in used for name in measurement.bins}
    return {name: line.name for name, line in stated.items() if name in in_use}


def check_mass_fit(card: Card, truths: Sequence[str], bins: Sequence[str]) -> None:
    """Check that a card with a prediction has one true value a bin.

    Raises:
        ModelError: bins of such a card are combined.
    """
    if len(truths) < len(bins):
        raise ModelError(
            "a prediction is made for every bin, but this line combines bins into one cross section: remove the "
            "`theory` and `poi` lines, or the `combine` lines",
            card.combines[0].place,
        )


def _bins_of(line: CombineStatement, bins: Sequence[str]) -> list[str]:
    matched = [name for part in line.bins for name in require_names(part, bins, kind="bin", place=line.place)]
    return list(dict.fromkeys(matched))


def _check_name(line: CombineStatement, members: Sequence[str], taken: set[str]) -> None:
    if line.name in taken and line.name not in members:
        raise CardError(f"the name {line.name} belongs to another bin or nuisance: choose another", line.place)


def _check_units(line: CombineStatement, measurements: Sequence[Measurement]) -> None:
    first = measurements[0]
    for other in measurements:
        if (other.unit, other.per_unit) != (first.unit, first.per_unit):
            raise CardError(
                f"{line.name} combines {_quantity(first)} of {first.name} with {_quantity(other)} of {other.name}: "
                "give both measurements in the same unit",
                line.place,
            )


def _quantity(measurement: Measurement) -> str:
    return f"{measurement.unit} {'per unit of the observable' if measurement.per_unit else 'per bin'}"
