"""Nuisances after a fit or a combination as a table."""

from __future__ import annotations

from collections.abc import Sequence

from ttjroofit.results.cross_sections import CrossSections, NuisanceState
from ttjroofit.results.fit import FitResult, NuisanceResult
from ttjroofit.show.rounding import MISSING, Rounded, round_error, round_together, rounded_text
from ttjroofit.show.tables.breakdown import fit_notes
from ttjroofit.show.tables.table import Cell, Column, Table

__all__ = ["nuisance_table"]

_PREFIT_DECIMALS = 2
_IMPACT_DECIMALS = 3


def nuisance_table(result: FitResult | CrossSections, rows: int | None = None) -> Table:
    """Prefit and post-fit values with the standard deviation, in prior sigmas, and impacts; largest impact first.

    Args:
        result: of ``-M Fit``, with the impact on each mass, or of ``-M CrossSections``, with the largest on a bin.
        rows: so many at most; None for all.
    """
    return _of_fit(result, rows) if isinstance(result, FitResult) else _of_cross_sections(result, rows)


def _of_fit(result: FitResult, rows: int | None) -> Table:
    masses = result.masses
    everything = [*result.nuisances, *result.interpolation_nuisances]
    ranked = sorted(everything, key=lambda n: -max((abs(n.impact.get(mass, 0.0)) for mass in masses), default=0.0))
    columns = [*_columns(), *(Column(f"impact on {name} [{mass.unit}]") for name, mass in masses.items())]
    cells = [[*_cells(nuisance), *_impacts(nuisance, list(masses))] for nuisance in ranked[:rows]]
    notes = (*fit_notes(result), *_left_out(len(ranked), rows))
    return Table(f"Nuisances after the fit of {result.card}", columns, cells, notes, long=True)


def _of_cross_sections(result: CrossSections, rows: int | None) -> Table:
    largest = {
        name: max(zip(map(abs, shifts), shifts, result.bins, strict=True), default=(0.0, 0.0, MISSING))
        for name, shifts in result.source_impacts.items()
    }
    nothing = (0.0, 0.0, MISSING)
    ranked = sorted(result.nuisances, key=lambda n: -largest.get(n.name, nothing)[0])
    columns = [*_columns(), Column("largest impact [%]"), Column("on", "text")]
    cells: list[Sequence[Cell]] = []
    for nuisance in ranked[:rows]:
        _, impact, name = largest.get(nuisance.name, nothing)
        cells.append([*_cells(nuisance), rounded_text(100 * impact, _IMPACT_DECIMALS - 1), name])
    notes = _left_out(len(ranked), rows)
    return Table(f"Nuisances after the combination of {result.card}", columns, cells, notes, long=True)


def _columns() -> list[Column]:
    return [
        Column("nuisance", "text"),
        Column("measurement", "text"),
        Column("group", "text"),
        Column("prefit"),
        Column("postfit", "value"),
    ]


def _cells(nuisance: NuisanceResult | NuisanceState) -> list[Cell]:
    group = next((name for name in nuisance.groups if name != nuisance.measurement), "")
    prefit = rounded_text(nuisance.prefit, _PREFIT_DECIMALS)
    return [nuisance.name, nuisance.measurement, group, prefit, _postfit(nuisance)]


def _postfit(nuisance: NuisanceResult | NuisanceState) -> Rounded:
    if nuisance.constraint == 0:
        return Rounded(rounded_text(nuisance.value, _PREFIT_DECIMALS), "0", "0")
    return round_together(nuisance.value, nuisance.constraint)


def _impacts(nuisance: NuisanceResult, masses: Sequence[str]) -> list[Cell]:
    """Signed; three decimals at most."""
    cells: list[Cell] = []
    for mass in masses:
        impact = nuisance.impact.get(mass)
        size = round_error(impact, _IMPACT_DECIMALS)
        negative = impact is not None and impact < 0 and float(size) != 0
        cells.append(f"-{size}" if negative else size)
    return cells


def _left_out(total: int, rows: int | None) -> tuple[str, ...]:
    return () if rows is None or rows >= total else (f"The {rows} of largest impact of {total}.",)
