"""The cross sections of a record: their bins, values, labelled errors, and what is said about them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ttjroofit.errors import InputError, Place
from ttjroofit.inputs.hepdata.mapping import MeasurementMapping
from ttjroofit.inputs.hepdata.matrices import BinLabels
from ttjroofit.inputs.hepdata.record import Record
from ttjroofit.inputs.hepdata.table import Dependent, HepTable
from ttjroofit.inputs.measurement import FloatArray

__all__ = ["Spectrum", "read_spectrum"]

_STATISTICAL = re.compile(r"(?!.*sys)(?!.*total).*stat", re.IGNORECASE)
_TOTAL = re.compile(r"(total|tot|error|stat\W*(\+|and|,|&)?\W*sys\w*)\W*(uncertainty|error)?", re.IGNORECASE)
_SUM = re.compile(r"(total\W*)?sys(t|tematics?|tematic)?\.?\W*(total|uncertainty|error)?", re.IGNORECASE)
_GEV_IN_TEV = 1000.0


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Cross sections in n bins.

    Attributes:
        mapping: what is stated about it.
        table: where it stands.
        labels: names and ranges of the bins.
        edges: shape (n+1,).
        values: shape (n,).
        statistical: shape (n,), quadratic sum of errors called statistical; None if there is none.
        total: shape (n,), error called total; None if there is none.
        systematic: shapes (n,) of up and down of an error that sums up all systematic ones; None if there is none.
        sources: label of every other error to its changes for +1 and -1, shapes (n,).
        experiment, energy_TeV, channel, observable, unit, per_unit: as in a measurement.
        remarks: what was assumed.
    """

    mapping: MeasurementMapping
    table: HepTable
    labels: BinLabels
    edges: FloatArray
    values: FloatArray
    statistical: FloatArray | None
    total: FloatArray | None
    systematic: tuple[FloatArray, FloatArray] | None
    sources: Mapping[str, tuple[FloatArray, FloatArray]]
    experiment: str
    energy_TeV: float
    channel: str
    observable: str
    unit: str
    per_unit: bool
    remarks: Sequence[str]


def read_spectrum(record: Record, mapping: MeasurementMapping, asked: Place) -> Spectrum:
    """Read the cross sections of one measurement.

    Args:
        record: with the tables.
        mapping: what is stated about the measurement.
        asked: the place that states it.

    Raises:
        InputError: with file and line: no such table, no bins, bins with gaps, a value is missing.
    """
    table = record.table(mapping.table, asked)
    variable = _variable(table, mapping, asked)
    edges, labels = _bins(table, mapping, asked)
    values = np.array(variable.values)
    if np.any(np.isnan(values)):
        raise InputError("a cross section without a value", table.place_of(variable, int(np.argmax(np.isnan(values)))))
    remarks: list[str] = []
    errors = {label: _ends(variable, label) for label in variable.error_labels}
    chosen = [label for label in errors if _is(label, mapping.statistical, _STATISTICAL)]
    totals = [label for label in errors if label not in chosen and _is(label, mapping.total, _TOTAL)]
    sums = [label for label in errors if label not in (*chosen, *totals) and _SUM.fullmatch(label)]
    return Spectrum(
        mapping=mapping,
        table=table,
        labels=labels,
        edges=edges,
        values=values,
        statistical=np.sqrt(sum(_half(errors[label]) ** 2 for label in chosen)) if chosen else None,
        total=_half(errors[totals[0]]) if totals else None,
        systematic=errors[sums[0]] if sums else None,
        sources={label: ends for label, ends in errors.items() if label not in (*chosen, *totals, *sums)},
        experiment=_experiment(record, table, variable, mapping, remarks),
        energy_TeV=_energy(table, variable, mapping),
        channel=mapping.channel or variable.qualifiers.get("Channel", "unknown"),
        observable=mapping.observable or next(axis.name for axis in table.axes if axis.binned),
        unit=mapping.unit or _unit(variable, remarks),
        per_unit=_quantity(variable, mapping, remarks) == "per unit of rho",
        remarks=remarks,
    )


def _variable(table: HepTable, mapping: MeasurementMapping, asked: Place) -> Dependent:
    names = [variable.name for variable in table.dependents]
    if mapping.variable is None:
        if len(names) != 1:
            raise InputError(
                f"table '{table.name}' has {len(names)} dependent variables ({', '.join(names)}); choose one with "
                "'variable' in a mapping file (--mapping, docs/hepdata.md)",
                table.place,
            )
        return table.dependents[0]
    fits = [variable for variable in table.dependents if variable.name == mapping.variable]
    if len(fits) != 1:
        raise InputError(
            f"table '{table.name}': {len(fits)} variables are '{mapping.variable}': {', '.join(names)}", asked
        )
    return fits[0]


def _bins(table: HepTable, mapping: MeasurementMapping, asked: Place) -> tuple[FloatArray, BinLabels]:
    axes = [axis for axis in table.axes if axis.binned]
    if len(axes) != 1:
        raise InputError(
            f"table '{table.name}' has {len(axes)} variables with bins (low and high), needs one", table.place
        )
    ranges = [label for label in axes[0].labels if isinstance(label, tuple)]
    for (low, high), following in zip(ranges, [*ranges[1:], None], strict=True):
        if not low < high or (following is not None and not np.isclose(high, following[0], rtol=1e-9, atol=1e-12)):
            raise InputError(
                f"table '{table.name}': bins must rise without gaps, found {low:g}-{high:g}"
                f"{'' if following is None else f' then {following[0]:g}-{following[1]:g}'}",
                table.place,
            )
    names = mapping.bins or [_bin_name(mapping.name, low, high) for low, high in ranges]
    if len(names) != len(ranges) or len(set(names)) != len(names):
        raise InputError(f"{len(set(names))} different names for {len(ranges)} bins of table '{table.name}'", asked)
    return np.array([ranges[0][0], *(high for _, high in ranges)]), BinLabels(names, ranges)


def _bin_name(measurement: str, low: float, high: float) -> str:
    edges = [re.sub(r"[^0-9]", "p", f"{edge:.10g}".replace("-", "m")) for edge in (low, high)]
    return f"{measurement}_rho_{edges[0]}_{edges[1]}"


def _ends(variable: Dependent, label: str) -> tuple[FloatArray, FloatArray]:
    """Changes for +1 and -1, shape (n,) each; 0 where a row does not have the label."""
    ends = np.array([row.get(label, (0.0, 0.0)) for row in variable.errors], dtype=np.float64)
    return ends[:, 0], ends[:, 1]


def _half(ends: tuple[FloatArray, FloatArray]) -> FloatArray:
    return np.abs(ends[0] - ends[1]) / 2


def _is(label: str, stated: Sequence[str] | None, pattern: re.Pattern[str]) -> bool:
    return pattern.fullmatch(label) is not None if stated is None else label in stated


def _experiment(
    record: Record, table: HepTable, variable: Dependent, mapping: MeasurementMapping, remarks: list[str]
) -> str:
    text = " ".join([variable.qualifiers.get("Experiment", ""), table.words, record.comment])
    found = {name for name in ("ATLAS", "CMS") if re.search(rf"\b{name}\b", text, re.IGNORECASE)}
    if mapping.experiment is not None:
        return mapping.experiment
    if len(found) != 1:
        remarks.append(f"{mapping.name}: the experiment is not stated once: 'unknown' stands for it, correct it")
        return "unknown"
    return found.pop()


def _energy(table: HepTable, variable: Dependent, mapping: MeasurementMapping) -> float:
    if mapping.energy is not None:
        return mapping.energy
    for name, value in variable.qualifiers.items():
        number = re.match(r"\s*([0-9]{1,9}(?:\.[0-9]*)?)\s*(\w*)", value)
        if re.search(r"sqrt\W*\(?s\b|ecm|energy", name, re.IGNORECASE) and number:
            in_tev = "tev" in (number[2] or name).lower()
            return float(number[1]) / (1.0 if in_tev or float(number[1]) < 200 else _GEV_IN_TEV)
    if len(set(table.energies)) == 1:
        return table.energies[0] / _GEV_IN_TEV
    raise InputError(
        f"table '{table.name}' does not state one centre-of-mass energy; write energy_TeV in a mapping file "
        "(--mapping, docs/hepdata.md)",
        table.place,
    )


def _unit(variable: Dependent, remarks: list[str]) -> str:
    if variable.units:
        return re.sub(r"\s+", " ", variable.units)
    remarks.append(f"'{variable.name}' has no unit; 'unknown' stands for it, correct it")
    return "unknown"


def _quantity(
    variable: Dependent, mapping: MeasurementMapping, remarks: list[str]
) -> Literal["per bin", "per unit of rho"]:
    stated = mapping.quantity or variable.qualifiers.get("Quantity")
    if stated in ("per bin", "per unit of rho"):
        return "per unit of rho" if stated == "per unit of rho" else "per bin"
    header = re.sub(r"\\(mathrm|text|rm)\b|[{}$\\ ]", "", variable.name).lower()
    if re.search(r"d\W*sig.*/\W*d|fracd\W*sig", header):
        return "per unit of rho"
    remarks.append(
        f"'{variable.name}' does not say whether it is divided by the bin width: taken as per bin, else state "
        "'quantity: per unit of rho' in a mapping file"
    )
    return "per bin"
