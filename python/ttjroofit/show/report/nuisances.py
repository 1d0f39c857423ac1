"""The table of all nuisances."""

from __future__ import annotations

from collections.abc import Mapping

from ttjroofit.results.cross_sections import CrossSections
from ttjroofit.results.fit import FitResult, NuisanceResult
from ttjroofit.results.impacts import ImpactParameter, ImpactsResult
from ttjroofit.show.report.table import Cell, Table, number, words

__all__ = ["combined_nuisance_table", "nuisance_table"]

_START = ("Nuisance", "Measurement", "Groups", "Prefit", "Post-fit", "Constraint")


def nuisance_table(fit: FitResult, impacts: ImpactsResult) -> Table:
    """Every nuisance with its state and what it does to every mass, the largest impact on the first mass first."""
    exact = {parameter.name: parameter for parameter in impacts.parameters}
    masses = {mass.name: mass.unit for mass in impacts.masses}
    everything = [*fit.nuisances, *fit.interpolation_nuisances]
    first = next(iter(masses), "")
    ranked = sorted(everything, key=lambda nuisance: -abs(nuisance.impact.get(first, 0.0)))
    columns = [
        f"{kind} {mass} [{unit}]"
        for mass, unit in masses.items()
        for kind in ("Impact +\u03c3 on", "Impact \u2212\u03c3 on", "Global impact on")
    ]
    return Table(
        "nuisances",
        "All nuisances, in units of their prior sigma. Impact: shift of the mass when the nuisance is held at its "
        "post-fit value plus or minus its constraint and all else is refitted. Global impact: shift when its auxiliary "
        "observable moves by its prefit sigma.",
        (*_START, *columns),
        tuple(_row(nuisance, exact.get(nuisance.name), masses) for nuisance in ranked),
        interactive=True,
    )


def _row(nuisance: NuisanceResult, exact: ImpactParameter | None, masses: Mapping[str, str]) -> tuple[Cell, ...]:
    impacts = [cell for mass in masses for cell in _impact(nuisance, exact, mass)]
    return (
        *_state(nuisance.name, nuisance.measurement, nuisance.groups),
        number(nuisance.prefit),
        number(nuisance.value),
        number(nuisance.constraint, text="frozen" if nuisance.constraint == 0 else None),
        *impacts,
    )


def _impact(nuisance: NuisanceResult, exact: ImpactParameter | None, mass: str) -> tuple[Cell, Cell, Cell]:
    """The exact shifts; nothing of a frozen nuisance or a refit that failed."""
    if exact is None:
        return number(None), number(None), number(nuisance.global_impact.get(mass), 3)
    low, value, high = exact.values[mass]
    up = None if high is None else high - value
    down = None if low is None else low - value
    return number(up, 3), number(down, 3), number(exact.global_impact[mass], 3)


def combined_nuisance_table(result: CrossSections) -> Table:
    """Every nuisance after the combination of the cross sections, where there is no mass to move."""
    rows = []
    for nuisance in result.nuisances:
        shifts = [100.0 * shift for shift in result.source_impacts.get(nuisance.name, [])]
        rows.append(
            (
                *_state(nuisance.name, nuisance.measurement, nuisance.groups),
                number(nuisance.prefit),
                number(nuisance.value),
                number(nuisance.constraint, text="frozen" if nuisance.constraint == 0 else None),
                number(max(shifts, key=abs, default=None)),
            )
        )
    return Table(
        "nuisances",
        "All nuisances after the combination, in units of their prior sigma, with the largest shift of a bin for plus "
        "one post-fit sigma.",
        (*_START, "Largest shift [%]"),
        tuple(rows),
        interactive=True,
    )


def _state(name: str, measurement: str, groups: list[str]) -> tuple[Cell, Cell, Cell]:
    kinds = [group for group in groups if group != measurement]
    return words(name), words(measurement), words(", ".join(kinds))
