"""Tension between measurements as a table: plain ASCII."""

from __future__ import annotations

from ttjroofit.results.compatibility import MassEstimate, MassShift, Tension
from ttjroofit.show.numbers import fixed, p_text, shorten

__all__ = ["tension_lines"]

_NAME = 18


def tension_lines(tension: Tension) -> list[str]:
    """One line a measurement for its chi2, and one for the mass without it."""
    every = tension.all
    lines = [
        "Tension (one mass)",
        f"  {'chi2':<{_NAME}}{'bins':>5}{'part':>8}{'own bins':>10}   added to the others",
    ]
    for row in tension.measurements:
        added = "n/a"
        if row.added_chi2 is not None and row.p_value is not None:
            added = f"chi2/ndf = {fixed(row.added_chi2)}/{row.added_ndf}, p = {p_text(row.p_value)}"
        name = shorten(row.measurement, _NAME - 1)
        lines.append(f"  {name:<{_NAME}}{row.bins:>5}{fixed(row.contribution):>8}{fixed(row.own_chi2):>10}   {added}")
    lines.append(f"  {'theory nuisances':<{_NAME}}{'':>5}{fixed(tension.priors):>8}")
    if abs(tension.combination) > 0.005:
        lines.append(f"  {'combination':<{_NAME}}{'':>5}{fixed(tension.combination):>8}")
    lines += [
        "",
        f"  {f'mass, all {_mass(every)}':<31}{'alone':>16}{'without':>16}{'all - without':>17}{'alone - without':>18}",
    ]
    lines += [
        f"  {shorten(row.measurement, 29):<31}{_mass(row.alone):>16}{_mass(row.without):>16}"
        f"{_shift(row.pull_on_all):>17}{_shift(row.against_others):>18}"
        for row in tension.measurements
    ]
    return lines


def _mass(estimate: MassEstimate | None) -> str:
    return "n/a" if estimate is None else f"{fixed(estimate.value)} +- {fixed(estimate.sigma)}"


def _shift(shift: MassShift | None) -> str:
    return "n/a" if shift is None else f"{fixed(shift.value)} +- {fixed(shift.error)}"
