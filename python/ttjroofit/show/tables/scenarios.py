"""Correlation scenarios side by side as a table."""

from __future__ import annotations

from ttjroofit.results.correlation_scan import CorrelationScanResult
from ttjroofit.results.scenarios import ScenarioResult
from ttjroofit.show.numbers import chi2_text, p_text
from ttjroofit.show.rounding import MISSING, pdg_decimals, round_error, round_together, rounded_text
from ttjroofit.show.tables.table import Cell, Column, Table

__all__ = ["scenario_table"]

_MORE_DECIMALS = 2


def scenario_table(result: CorrelationScanResult) -> Table:
    """One row a scenario of the card: the mass, its shift from that of the scenario in force, and its uncertainties."""
    unit = result.unit
    parts = ("experiment", "statistical", "PDF", "TNP")
    columns = [
        Column("scenario", "text"),
        Column("correlations"),
        Column("merged"),
        Column(f"{result.parameter} [{unit}]", "value"),
        Column(f"shift [{unit}]"),
        *(Column(f"{part} [{unit}]") for part in parts),
        Column("chi2/ndf", "text"),
        Column("p"),
        Column("repair", "text"),
    ]
    rows = [_row(scenario, _reference(result)) for scenario in result.scenarios]
    failed = tuple(f"{item.name}: no fit, {item.error}." for item in result.scenarios if item.fit is None)
    asimov = ("Asimov data set.",) if result.asimov else ()
    force = tuple(f"In force: {item.name}." for item in result.scenarios if item.in_force)
    notes = (*failed, *asimov, *(f"{quality}." for quality in result.quality), *force)
    return Table(f"Correlation scenarios of {result.card}", columns, rows, notes)


def _reference(result: CorrelationScanResult) -> float:
    """The mass of the scenario in force, or the nominal one of the scan."""
    fits = [scenario.fit.mass for scenario in result.scenarios if scenario.in_force and scenario.fit is not None]
    if fits:
        return fits[0]
    return float("nan") if result.mass is None else result.mass


def _row(scenario: ScenarioResult, reference: float) -> list[Cell]:
    head: list[Cell] = [scenario.name, str(scenario.correlations), str(scenario.merged)]
    repair = _repair(scenario)
    fit = scenario.fit
    if fit is None:
        return [*head, *[MISSING] * 8, repair]
    decimals = pdg_decimals(fit.total) + _MORE_DECIMALS
    parts = [round_error(sigma, decimals) for sigma in (fit.exp, fit.stat, fit.pdf, fit.tnp)]
    goodness = fit.goodness_of_fit
    shift = rounded_text(fit.mass - reference, decimals)
    return [
        *head,
        round_together(fit.mass, fit.total),
        shift,
        *parts,
        chi2_text(goodness),
        p_text(goodness.p_value),
        repair,
    ]


def _repair(scenario: ScenarioResult) -> str:
    if scenario.repair is None:
        return ""
    factor = scenario.repair.factor
    return scenario.repair.method if factor is None else f"{scenario.repair.method} {factor:.3f}"
