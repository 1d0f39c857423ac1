"""The masses of a fit with the breakdown of their uncertainties as a table."""

from __future__ import annotations

from collections.abc import Callable

from ttjroofit.results.fit import Breakdown, Envelope, FitResult, ParameterResult
from ttjroofit.show.groups import groups_of_kind, groups_of_measurements, theory_name
from ttjroofit.show.numbers import goodness_text
from ttjroofit.show.rounding import MISSING, Rounded, pdg_decimals, round_error, round_together
from ttjroofit.show.summary import failure_text
from ttjroofit.show.tables.table import Cell, Column, Table

__all__ = ["breakdown_table", "fit_notes"]

_MORE_DECIMALS = 2
"""Parts are written with at most so many decimals more than the mass."""


def breakdown_table(result: FitResult) -> Table:
    """One column a mass: value, parts of its uncertainty, scale envelopes, and groups by freezing.

    Each part is rounded by its own size; a value and its errors, and the two ends of an envelope, are rounded together.
    """
    masses = list(result.masses.values())
    columns = [Column("uncertainty", "text"), *(Column(f"{n} [{m.unit}]", "value") for n, m in result.masses.items())]
    rows: list[list[Cell]] = [["value and total", *map(_value, masses)]]
    parts: dict[str, Callable[[Breakdown], float]] = {
        "experiment": lambda parts: parts.exp,
        "statistical": lambda parts: parts.stat,
        "systematic": lambda parts: parts.syst,
        "PDF": lambda parts: parts.pdf,
        theory_name(result): lambda parts: parts.tnp,
        "theory": lambda parts: parts.theory,
        "interpolation": lambda parts: parts.interpolation,
    }
    rows += [[name, *(_part(mass, part) for mass in masses)] for name, part in parts.items()]
    if any(mass.scale is not None for mass in masses):
        rows.append(["scale, energies correlated", *(_scale(mass, correlated=True) for mass in masses)])
        rows.append(["scale, energies uncorrelated", *(_scale(mass, correlated=False) for mass in masses)])
    rows += [[f"group {name}", *(_group(mass, name) for mass in masses)] for name in _groups(result)]
    notes = (*fit_notes(result), f"{goodness_text(result.goodness_of_fit)}.")
    return Table(f"Uncertainties of the top-quark mass, fit of {result.card}", columns, rows, notes)


def fit_notes(result: FitResult) -> tuple[str, ...]:
    """What must be said with the numbers: failure, Asimov data, quality of the prediction."""
    failed = () if result.status.good else (f"FIT FAILED ({failure_text(result.status)}): do not use these numbers.",)
    asimov = ("Asimov data set.",) if result.asimov else ()
    return (*failed, *asimov, *(f"{quality}." for quality in result.quality))


def _value(mass: ParameterResult) -> Rounded:
    if mass.minos is None:
        return round_together(mass.value, mass.hesse)
    missing = float("nan")
    ends = [missing if end is None else end for end in (mass.minos.hi, mass.minos.lo)]
    return round_together(mass.value, *ends)


def _decimals(mass: ParameterResult) -> int | None:
    """The most decimals of a part; None if nothing tells."""
    total = mass.hesse if mass.breakdown is None else mass.breakdown.total
    return pdg_decimals(total) + _MORE_DECIMALS if total else None


def _part(mass: ParameterResult, part: Callable[[Breakdown], float]) -> str:
    return MISSING if mass.breakdown is None else round_error(part(mass.breakdown), _decimals(mass))


def _scale(mass: ParameterResult, *, correlated: bool) -> Cell:
    if mass.scale is None or not mass.scale.converged:
        return MISSING
    envelope: Envelope = mass.scale.correlated if correlated else mass.scale.uncorrelated
    ends = round_together(0.0, envelope.up, envelope.down)
    return Rounded("", ends.up, ends.down)


def _group(mass: ParameterResult, name: str) -> str:
    sigma = None if mass.breakdown is None else mass.breakdown.groups.get(name)
    return MISSING if sigma is None else round_error(sigma, _decimals(mass))


def _groups(result: FitResult) -> list[str]:
    """Kinds of uncertainty, the largest of the first mass first, then all of a measurement."""
    known = [mass.breakdown for mass in result.masses.values() if mass.breakdown is not None]
    kinds = [name for parts in known for name in groups_of_kind(parts, result.measurements)]
    whole = [name for parts in known for name in groups_of_measurements(parts, result.measurements)]
    return list(dict.fromkeys(kinds + whole))
