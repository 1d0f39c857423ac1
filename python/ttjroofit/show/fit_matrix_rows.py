"""The entries of a matrix in the order in which they are shown, with shifts from the first one of their card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ttjroofit.results.fit_matrix import FitMatrixResult, MatrixAxis, MatrixEntry, MatrixMass

__all__ = ["MatrixRow", "errors_of", "failure_lines", "matrix_rows", "remark_lines", "shown_axes"]


@dataclass(frozen=True)
class MatrixRow:
    """A mass of an entry, or an entry without one.

    Attributes:
        entry: of the matrix.
        labels: of its values on the axes that are shown.
        mass: None where the method gives none, or the entry has no result.
        shift: of the mass from that of the first good entry of the same card; None without one, or where only
            cards differ.
    """

    entry: MatrixEntry
    labels: tuple[str, ...]
    mass: MatrixMass | None
    shift: float | None


def shown_axes(result: FitMatrixResult) -> list[MatrixAxis]:
    """Axes on which entries differ, the card first; the card alone if nothing differs."""
    return [axis for axis in result.axes if len(axis.values) > 1] or result.axes[:1]


def matrix_rows(result: FitMatrixResult) -> list[MatrixRow]:
    """One row a mass of each entry, ordered by the axes: included entries stand with those of their card."""
    axes = shown_axes(result)
    entries = sorted(result.entries, key=lambda entry: [axis.values.index(entry.choice[axis.name]) for axis in axes])
    compared = any(axis is not result.axes[0] for axis in axes)
    references: dict[tuple[str | None, str], float] = {}
    rows: list[MatrixRow] = []
    for entry in entries:
        labels = tuple(result.label(axis, entry) for axis in axes)
        if not entry.masses:
            rows.append(MatrixRow(entry, labels, None, None))
        for mass in entry.masses:
            shift = None
            if compared and entry.status == "good":
                place = (entry.choice[result.axes[0].name], mass.name)
                shift = mass.value - references.setdefault(place, mass.value)
            rows.append(MatrixRow(entry, labels, mass, shift))
    return rows


def errors_of(mass: MatrixMass) -> tuple[float, float]:
    """MINOS errors towards lower and higher values, both positive; HESSE in their place, NaN without either."""
    if mass.minos is not None and mass.minos.lo is not None and mass.minos.hi is not None:
        return abs(mass.minos.lo), mass.minos.hi
    hesse = np.nan if mass.hesse is None else mass.hesse
    return hesse, hesse


def remark_lines(result: FitMatrixResult) -> list[str]:
    """How many entries have no good result, and what is true of the data of all or some."""
    counts = {status: sum(entry.status == status for entry in result.entries) for status in ("failed", "impossible")}
    names = {"failed": "FIT FAILED", "impossible": "IMPOSSIBLE"}
    lines = [f"{names[status]}: {count} of {len(result.entries)} entries" for status, count in counts.items() if count]
    asimov = sum(entry.asimov for entry in result.entries)
    return lines + ([f"Asimov data set: {asimov} of {len(result.entries)} entries"] if asimov else [])


def failure_lines(entries: Sequence[MatrixEntry]) -> list[str]:
    """What was wrong with each entry that has no result."""
    return [f"{entry.name}: {entry.error}" for entry in entries if entry.error is not None]
