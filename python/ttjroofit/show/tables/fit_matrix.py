"""A matrix of fits as a table."""

from __future__ import annotations

from ttjroofit.results.fit_matrix import FitMatrixResult
from ttjroofit.show.fit_matrix_rows import MatrixRow, errors_of, failure_lines, matrix_rows, remark_lines, shown_axes
from ttjroofit.show.numbers import fixed, p_text
from ttjroofit.show.rounding import MISSING, pdg_decimals, round_error, round_together, rounded_text
from ttjroofit.show.tables.table import Cell, Column, Table

__all__ = ["fit_matrix_table"]

_MORE_DECIMALS = 2
"""Parts and shifts are written with so many decimals more than the mass."""


def fit_matrix_table(result: FitMatrixResult) -> Table:
    """One row a mass of each entry: where it is on the axes, mass, parts, shift, goodness of fit and status."""
    columns = [
        *(Column(axis.name, "text") for axis in shown_axes(result)),
        Column("parameter", "text"),
        Column("mass [GeV]", "value"),
        Column("experiment [GeV]"),
        Column("shift [GeV]"),
        Column("chi2"),
        Column("ndf"),
        Column("p"),
        Column("status", "text"),
    ]
    fixed_values = tuple(f"{name}: {value}." for name, value in result.fixed.items() if value is not None)
    notes = (
        *(f"{remark}." for remark in remark_lines(result)),
        *(f"{quality}." for quality in result.quality),
        *fixed_values,
        *(f"{failure}." for failure in failure_lines(result.entries)),
    )
    rows = [_row(row) for row in matrix_rows(result)]
    return Table(f"Matrix of -M {result.method}: {result.card}", columns, rows, notes, long=True)


def _row(row: MatrixRow) -> list[Cell]:
    entry = row.entry
    goodness = [
        MISSING if entry.chi2 is None else fixed(entry.chi2),
        MISSING if entry.ndf is None else str(entry.ndf),
        MISSING if entry.p_value is None else p_text(entry.p_value),
        entry.status,
    ]
    if row.mass is None:
        return [*row.labels, "", MISSING, MISSING, MISSING, *goodness]
    down, up = errors_of(row.mass)
    sizes = [size for size in (down, up) if size > 0]
    decimals = pdg_decimals(min(sizes)) + _MORE_DECIMALS if sizes else _MORE_DECIMALS
    mass = round_together(row.mass.value, up, down)
    return [
        *row.labels,
        row.mass.name,
        mass,
        round_error(row.mass.exp, decimals),
        rounded_text(row.shift, decimals),
        *goodness,
    ]
