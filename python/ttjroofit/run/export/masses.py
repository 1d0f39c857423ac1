"""Masses, their uncertainties and impacts as tables of a HEPData record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ttjroofit.results.fit import Breakdown, FitResult, ParameterResult
from ttjroofit.results.impacts import ImpactsResult
from ttjroofit.run.export.record import RecordTable, dependent, error, labelled
from ttjroofit.show.groups import theory_name

__all__ = ["impact_tables", "mass_tables"]


def mass_tables(result: FitResult) -> list[RecordTable]:
    """The masses with their main uncertainties, the whole breakdown, and their correlations if there are several."""
    energies = sorted({1000 * spectrum.energy_TeV for spectrum in result.spectra})
    tables = [_masses(result, energies), _breakdown(result, energies)]
    return [*tables, _correlations(result, energies)] if len(result.masses) > 1 else tables


def impact_tables(result: ImpactsResult) -> list[RecordTable]:
    """Values of all nuisance parameters and the shifts of the masses that belong to them."""
    errors = [
        [error("sigma", parameter.fit[2] - parameter.fit[1], parameter.fit[0] - parameter.fit[1])]
        for parameter in result.parameters
    ]
    values = [dependent("Value", [parameter.fit[1] for parameter in result.parameters], errors=errors)]
    for mass in result.masses:
        ordinary = [parameter.ordinary.get(mass.name) for parameter in result.parameters]
        shared = [parameter.global_impact.get(mass.name) for parameter in result.parameters]
        values.append(dependent(f"Impact on {mass.name}", ordinary, units=mass.unit))
        values.append(dependent(f"Global impact on {mass.name}", shared, units=mass.unit))
    return [
        RecordTable(
            "Impacts on the mass",
            "Values of the nuisance parameters after the fit in units of the prior standard deviation; shift of the "
            "mass for +1 standard deviation after the fit (impact), and for +1 prior standard deviation of the "
            "auxiliary observable (global impact, arXiv:2307.04007).",
            [labelled("Nuisance parameter", [parameter.name for parameter in result.parameters])],
            values,
            [],
        )
    ]


def _masses(result: FitResult, energies: Sequence[float]) -> RecordTable:
    masses = result.masses
    fit = result.goodness_of_fit
    qualifiers: dict[str, str | float] = {} if fit is None else {"chi2": fit.chi2, "ndf": fit.ndf}
    qualifiers["Prediction"] = "; ".join(result.quality)
    values = dependent(
        "Mass",
        [mass.value for mass in masses.values()],
        units=next((mass.unit for mass in masses.values()), ""),
        errors=[_errors(mass, theory_name(result)) for mass in masses.values()],
        qualifiers=qualifiers,
    )
    return RecordTable(
        "Top-quark pole mass",
        "Pole mass of the top quark. Errors: experimental, PDF and other theory, interpolation in the mass; their sum "
        "in quadrature (total, from MINOS); the envelope of scale variations apart from it, where there is one.",
        [labelled("Parameter", masses)],
        [values],
        energies,
        ["MASS"],
    )


def _errors(mass: ParameterResult, theory: str) -> list[dict[str, Any]]:
    found = []
    if mass.breakdown is not None:
        parts = mass.breakdown
        named = {"exp": parts.exp, "PDF": parts.pdf, theory: parts.tnp, "interpolation": parts.interpolation}
        found += [error(label, sigma) for label, sigma in named.items()]
    if mass.minos is not None and mass.minos.lo is not None and mass.minos.hi is not None:
        found.append(error("total", mass.minos.hi, mass.minos.lo))
    elif mass.hesse is not None:
        found.append(error("total", mass.hesse))
    if mass.scale is not None and mass.scale.converged:
        found.append(error("scale", mass.scale.correlated.up, mass.scale.correlated.down))
    return found


def _breakdown(result: FitResult, energies: Sequence[float]) -> RecordTable:
    columns = {name: _parts(mass.breakdown) for name, mass in result.masses.items() if mass.breakdown is not None}
    names = list(dict.fromkeys(name for parts in columns.values() for name in parts))
    return RecordTable(
        "Uncertainties of the top-quark mass",
        "Uncertainty of the mass by origin: difference in quadrature of the fits without and with the parameters held. "
        "Groups overlap with the lines above them.",
        [labelled("Uncertainty", names)],
        [
            dependent(f"Uncertainty of {mass}", [parts.get(name) for name in names], units=result.masses[mass].unit)
            for mass, parts in columns.items()
        ],
        energies,
    )


def _parts(parts: Breakdown) -> dict[str, float]:
    named = {"total": parts.total, "exp": parts.exp, "stat": parts.stat, "syst": parts.syst, "PDF": parts.pdf}
    named |= {"TNP": parts.tnp, "theory": parts.theory, "interpolation": parts.interpolation}
    return named | {f"group {name}": sigma for name, sigma in parts.groups.items()}


def _correlations(result: FitResult, energies: Sequence[float]) -> RecordTable:
    place = {name: i for i, name in enumerate(result.correlation.names)}
    masses = [name for name in result.masses if name in place]
    pairs = [(one, other) for one in masses for other in masses]
    values = [result.correlation.matrix[place[one]][place[other]] for one, other in pairs]
    return RecordTable(
        "Correlations of the masses",
        "Correlation of the fitted masses.",
        [labelled("Parameter", [one for one, _ in pairs]), labelled("Parameter", [other for _, other in pairs])],
        [dependent("Correlation", values)],
        energies,
    )
