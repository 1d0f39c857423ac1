"""Masses with their uncertainties as lines of text."""

from __future__ import annotations

from itertools import combinations
from textwrap import wrap

from ttjroofit.results.fit import Breakdown, CorrelationMatrix, FitResult, ParameterResult, ScaleUncertainty
from ttjroofit.show.groups import groups_of_kind, groups_of_measurements, theory_name
from ttjroofit.show.numbers import asymmetric, envelope_text, fixed, shorten

__all__ = ["mass_lines"]

_GROUPS_SHOWN = 12
_COLUMN = 46


def mass_lines(result: FitResult) -> list[str]:
    """The lines on masses, their breakdown and correlations, led by the quality of the prediction."""
    lines = ["Top-quark mass"]
    for quality in result.quality:
        lines += wrap(quality, 98, initial_indent="  ", subsequent_indent="  ")
    for name, mass in result.masses.items():
        lines += ["", *_value_lines(name, mass, theory_name(result))]
        if mass.breakdown is not None:
            lines += ["", *_group_lines(mass.breakdown, result.measurements, mass.unit)]
    correlations = _correlation_lines(list(result.masses), result.correlation)
    return lines + (["", *correlations] if correlations else [])


def _value_lines(name: str, mass: ParameterResult, theory: str) -> list[str]:
    start = f"  {shorten(name, 30)} = {fixed(mass.value)}"
    if mass.hesse == 0:
        return [f"{start} {mass.unit} (fixed)"]
    lines = [f"{start} {_error_text(mass)}"]
    if mass.breakdown is not None:
        parts = mass.breakdown
        entries = {"exp": parts.exp, "PDF": parts.pdf, theory: parts.tnp, "interpolation": parts.interpolation}
        terms = [f"+- {fixed(sigma)} ({origin})" for origin, sigma in entries.items() if origin == "exp" or sigma != 0]
        lines += wrap(f"{start} {' '.join(terms)} {mass.unit}", 100, subsequent_indent="      ")
        lines.append(f"      exp = +- {fixed(parts.stat)} (stat) +- {fixed(parts.syst)} (syst) {mass.unit}")
        lines.append(f"      theory = PDF and {theory}: +- {fixed(parts.theory)} {mass.unit}")
    return lines + (_scale_lines(mass.scale, mass.unit) if mass.scale is not None else [])


def _error_text(mass: ParameterResult) -> str:
    if mass.minos is None:
        return f"+-{fixed(mass.hesse)} {mass.unit} (HESSE), MINOS not run"
    return f"{asymmetric(mass.minos.hi, mass.minos.lo)} {mass.unit} (MINOS), +-{fixed(mass.hesse)} (HESSE)"


def _scale_lines(scale: ScaleUncertainty, unit: str) -> list[str]:
    lines = [
        f"      scale envelope, not in the total: {envelope_text(scale.correlated)} (correlated), "
        f"{envelope_text(scale.uncorrelated)} (uncorrelated) {unit}"
    ]
    return lines if scale.converged else [*lines, "      *** some refits of the scale envelope FAILED ***"]


def _group_lines(breakdown: Breakdown, measurements: list[str], unit: str) -> list[str]:
    """Groups by the three definitions: what freezing takes off, and the roots of the sums of squared impacts."""
    kinds = list(groups_of_kind(breakdown, measurements))[:_GROUPS_SHOWN]
    whole = list(groups_of_measurements(breakdown, measurements))
    return [
        f"    {f'largest groups of nuisances [{unit}]':<{_COLUMN}}{'frozen':>10}{'ordinary':>10}{'global':>10}",
        *(_group_line(breakdown, group) for group in kinds),
        "    all nuisances of a measurement",
        *(_group_line(breakdown, group) for group in whole),
        f"    variance of the estimator: {fixed(breakdown.estimator)}^2 = {fixed(breakdown.data)}^2 (data)"
        " + the sum of all global^2",
    ]


def _group_line(breakdown: Breakdown, group: str) -> str:
    sigmas = (breakdown.groups, breakdown.groups_ordinary, breakdown.groups_global)
    columns = "".join(f"{fixed(sigma.get(group)):>10}" for sigma in sigmas)
    return f"      {shorten(group, _COLUMN - 4):<{_COLUMN - 2}}{columns}"


def _correlation_lines(masses: list[str], correlation: CorrelationMatrix) -> list[str]:
    place = {name: number for number, name in enumerate(correlation.names)}
    lines = []
    for first, second in combinations([name for name in masses if name in place], 2):
        value = fixed(correlation.matrix[place[first]][place[second]])
        lines.append(f"  correlation of {shorten(first, 36)} and {shorten(second, 36)}: {value}")
    return lines
