"""The most pulled and most constrained nuisances as lines of text."""

from __future__ import annotations

from collections.abc import Sequence

from ttjroofit.results.fit import FitResult, NuisanceResult
from ttjroofit.show.numbers import fixed, shorten

__all__ = ["constraint_lines", "pull_lines"]

_SHOWN = 8
_NAME = 58


def pull_lines(result: FitResult) -> list[str]:
    """The nuisances farthest from zero."""
    ranked = sorted(_floating(result), key=lambda nuisance: -abs(nuisance.value))
    return _table("Largest pulls [prior sigma]", ranked[:_SHOWN], list(result.masses))


def constraint_lines(result: FitResult) -> list[str]:
    """The nuisances whose standard deviation shrank most."""
    ranked = sorted(_floating(result), key=lambda nuisance: nuisance.constraint)
    return _table("Strongest constraints [prior sigma]", ranked[:_SHOWN], list(result.masses))


def _floating(result: FitResult) -> list[NuisanceResult]:
    everything = [*result.nuisances, *result.interpolation_nuisances]
    return [nuisance for nuisance in everything if nuisance.constraint != 0]


def _table(title: str, nuisances: Sequence[NuisanceResult], masses: Sequence[str]) -> list[str]:
    if not nuisances:
        return []
    header = f"{title:<{_NAME + 2}}{'prefit':>8}{'postfit':>9}{'sigma':>8}"
    title_of_impact = "impact[GeV]" if len(masses) == 1 else "max. impact"
    rows = [header + (f"{title_of_impact:>13}" if masses else "")]
    for nuisance in nuisances:
        numbers = f"{fixed(nuisance.prefit):>8}{fixed(nuisance.value):>9}{fixed(nuisance.constraint):>8}"
        impact = max((nuisance.impact.get(mass, 0.0) for mass in masses), key=abs, default=0.0)
        rows.append(f"  {shorten(nuisance.name, _NAME):<{_NAME}}{numbers}" + (f"{fixed(impact):>13}" if masses else ""))
    return rows
