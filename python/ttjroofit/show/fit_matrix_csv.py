"""All numbers of a matrix for other programs: comma-separated, not rounded."""

from __future__ import annotations

import csv
import io
import math

from ttjroofit.results.fit_matrix import FitMatrixResult, MatrixMass
from ttjroofit.show.fit_matrix_rows import matrix_rows, remark_lines
from ttjroofit.show.tables.formats import no_formula

__all__ = ["fit_matrix_csv"]

_NUMBERS = ("value", "hesse", "minos_lo", "minos_hi", "exp", "shift", "chi2", "ndf", "p_value")


def fit_matrix_csv(result: FitMatrixResult) -> str:
    """One line a mass of each entry, masses in GeV; empty where there is nothing.

    Lines that begin with ``#`` say what must be read with the numbers.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    axes = [axis.name for axis in result.axes]
    writer.writerow(["entry", *axes, "status", "parameter", *_NUMBERS])
    for row in matrix_rows(result):
        entry = row.entry
        words = [entry.name, *(entry.choice[axis] for axis in axes), entry.status, row.mass.name if row.mass else None]
        numbers = [*_mass(row.mass), row.shift, entry.chi2, entry.ndf, entry.p_value]
        writer.writerow([None if word is None else no_formula(word) for word in words] + list(map(_finite, numbers)))
    comments = "\n".join((*remark_lines(result), *result.quality)).splitlines()
    return "".join(f"# {line}\n" for line in comments) + text.getvalue()


def _finite(number: float | None) -> float | None:
    return None if number is None or math.isnan(number) else number


def _mass(mass: MatrixMass | None) -> list[float | None]:
    if mass is None:
        return [None] * 5
    ends = (None, None) if mass.minos is None else (mass.minos.lo, mass.minos.hi)
    return [mass.value, mass.hesse, *ends, mass.exp]
