"""Combined cross sections as a table."""

from __future__ import annotations

import math

from ttjroofit.results.cross_sections import CrossSections
from ttjroofit.show.cross_sections import bin_ranges
from ttjroofit.show.rounding import Rounded, pdg_decimals, round_error, round_together
from ttjroofit.show.tables.table import Cell, Column, Table

__all__ = ["cross_section_table"]


def cross_section_table(result: CrossSections) -> Table:
    """One row a measured bin: as published, combined with the total uncertainty, and its two parts.

    A cross section that several measurements share stands with each of them.
    """
    columns = [
        Column("measurement", "text"),
        Column("bin", "text"),
        Column("unit", "text"),
        Column("published", "value"),
        Column("combined", "value"),
        Column("statistical"),
        Column("systematic"),
    ]
    rows: list[list[Cell]] = []
    for measurement in result.measurements:
        start = result.slices[measurement.measurement].start
        for place, (label, truth) in enumerate(zip(bin_ranges(measurement), result.where(measurement), strict=True)):
            published = round_together(result.observed[start + place], result.observed_sigma[start + place])
            rows.append([measurement.measurement, label, _unit(measurement.unit, per_unit=measurement.per_unit)])
            rows[-1] += [published, *_combined(result, truth)]
    notes = _notes(result)
    return Table(f"Combined cross sections of {result.card}", columns, rows, notes, long=len(rows) > 40)


def _unit(unit: str, *, per_unit: bool) -> str:
    return f"{unit} per unit" if per_unit else unit


def _combined(result: CrossSections, truth: int) -> tuple[Rounded, str, str]:
    """Value with total uncertainty, and its parts with the same decimals at most."""
    up = down = result.sigma[truth]
    if result.errors is not None:
        up, down = result.errors[truth].hi, result.errors[truth].lo
    sigma, stat = result.sigma[truth], result.stat_sigma[truth]
    syst = math.sqrt(max(sigma**2 - stat**2, 0.0))
    smaller = min(abs(up), abs(down))
    decimals = pdg_decimals(smaller) if smaller > 0 and math.isfinite(smaller) else None
    return round_together(result.values[truth], up, down), round_error(stat, decimals), round_error(syst, decimals)


def _notes(result: CrossSections) -> tuple[str, ...]:
    scenario = () if result.scenario is None else (f"Correlations: {result.scenario}.",)
    asimov = ("Asimov data set.",) if result.asimov else ()
    test = () if result.p_value is None else (f"chi2/ndf = {result.chi2:.1f}/{result.ndf}, p = {result.p_value:.2f}.",)
    form = () if result.chi2_form == "neyman" else ("Statistical variances in proportion to the combined values.",)
    return (*scenario, *asimov, *form, *test)
