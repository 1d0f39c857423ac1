"""Correlation scenarios side by side, and the repairs of an impossible one, as lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from ttjroofit.results.fit import RepairedCorrelation
from ttjroofit.results.scenarios import RepairComparison, ScenarioFit, ScenarioResult
from ttjroofit.show.numbers import chi2_text, fixed, p_text, shorten
from ttjroofit.show.summary import WIDTH

__all__ = ["repair_comparison_lines", "scenario_lines"]

_NAME, _CHANGES, _EIGENVALUES = 21, 5, 5
_VISIBLE = 5e-4  # a smaller change does not show in three decimals


def scenario_lines(scenarios: Sequence[ScenarioResult]) -> list[str]:
    """One row a scenario, in GeV."""
    if not scenarios:
        return []
    header = f"{'Scenarios [GeV]':<{_NAME + 2}}{'pairs':>5}{'merged':>7}{'mass':>9}{'total':>7}{'exp':>6}{'stat':>6}"
    lines = [header + f"{'PDF':>6}{'TNP':>6}{'chi2/ndf':>10}{'p':>6}{'repair':>8}"]
    for scenario in scenarios:
        name = f"{'>' if scenario.in_force else ' '} {shorten(scenario.name, _NAME):<{_NAME}}"
        if scenario.fit is None:
            lines += wrap(f"{name}no fit: {scenario.error}", WIDTH, subsequent_indent=" " * 6)
            continue
        method = "" if scenario.repair is None else scenario.repair.method
        counts = f"{scenario.correlations:>5}{scenario.merged:>7}"
        lines.append(f"{name}{counts}{_numbers(scenario.fit)}{method:>8}".rstrip())
    return [*lines, "  > in force; merged: names that a correlation of +-1 makes one parameter with another"]


def _numbers(fit: ScenarioFit) -> str:
    parts = "".join(f"{fixed(value):>6}" for value in (fit.exp, fit.stat, fit.pdf, fit.tnp))
    goodness = fit.goodness_of_fit
    return (
        f"{fixed(fit.mass, 3):>9}{fixed(fit.total, 3):>7}{parts}{chi2_text(goodness):>10}{p_text(goodness.p_value):>6}"
    )


def repair_comparison_lines(repairs: Sequence[RepairComparison]) -> list[str]:
    """Mass, eigenvalues and largest changes by method."""
    if not repairs:
        return []
    lines = [
        "Repairs of the scenario in force",
        f"  smallest eigenvalues as stated: {_eigenvalues(repairs[0].spectrum_before)}",
    ]
    for repaired in repairs:
        if repaired.fit is None or repaired.repair is None:
            lines += wrap(f"  {repaired.method}: no fit: {repaired.error}", WIDTH, subsequent_indent=" " * 6)
            continue
        factor = "" if repaired.repair.factor is None else f", factor {repaired.repair.factor:.4f}"
        lines += [
            f"  {repaired.method}{factor}: mass {repaired.fit.mass:.3f} +- {repaired.fit.total:.3f} GeV, "
            f"{len(repaired.repair.changes)} correlations changed, Frobenius norm {fixed(repaired.distance, 3)}",
            f"    smallest eigenvalues {_eigenvalues(repaired.spectrum_after)}; largest changes:",
        ]
        visible = [change for change in repaired.repair.changes if abs(change.used - change.stated) >= _VISIBLE]
        lines += [_change(change) for change in visible[:_CHANGES]]
    return lines


def _eigenvalues(spectrum: Sequence[float]) -> str:
    return " ".join(f"{value:.4f}" for value in spectrum[:_EIGENVALUES])


def _change(change: RepairedCorrelation) -> str:
    first, second = (shorten(name, 38) for name in change.nuisances)
    return f"    {fixed(change.stated, 3):>6} -> {fixed(change.used, 3):>6}  {first}, {second}"
