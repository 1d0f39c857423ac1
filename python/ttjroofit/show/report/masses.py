"""The tables of what comes out: masses, their breakdown, other parameters, and the spectra."""

from __future__ import annotations

from collections.abc import Mapping

from ttjroofit.results.fit import Breakdown, FitResult, ParameterResult, SpectrumResult
from ttjroofit.show.groups import groups_of_kind, groups_of_measurements, theory_name
from ttjroofit.show.numbers import asymmetric, envelope_text, fixed
from ttjroofit.show.report.table import Cell, Table, number, quantity, words

__all__ = ["breakdown_table", "error_text", "mass_table", "parameter_table", "prediction_table", "value_text"]


def value_text(mass: ParameterResult) -> str:
    """Value with the errors of MINOS, or of HESSE where MINOS has none, and the unit."""
    return f"{fixed(mass.value)} {error_text(mass)} {mass.unit}".rstrip()


def error_text(mass: ParameterResult) -> str:
    """The errors alone."""
    if mass.hesse == 0:
        return "(fixed)"
    if mass.minos is None or mass.minos.lo is None or mass.minos.hi is None:
        return f"\u00b1 {fixed(mass.hesse)}"
    return asymmetric(mass.minos.hi, mass.minos.lo).replace("-", "\u2212")


def mass_table(name: str, masses: Mapping[str, ParameterResult], theory: str) -> Table:
    """Masses with their errors, the parts of these, and the scale envelope.

    Args:
        name: of the table.
        masses: to be shown.
        theory: what ``Breakdown.tnp`` consists of.
    """
    return Table(
        name,
        "Masses in GeV. Exp is the uncertainty with the prediction known; stat and syst are its parts. "
        "The scale envelope is not in the total.",
        (
            "Mass", "Value", "MINOS", "HESSE", "Exp", "Stat", "Syst", "PDF", theory, "Interpolation",
            "Scale, correlated", "Scale, uncorrelated",
        ),
        tuple((words(mass), *_mass(parameter)) for mass, parameter in masses.items()),
    )  # fmt: skip


def _mass(mass: ParameterResult) -> tuple[Cell, ...]:
    minos, parts, scale = mass.minos, mass.breakdown, mass.scale
    sizes = (parts.exp, parts.stat, parts.syst, parts.pdf, parts.tnp, parts.interpolation) if parts else (None,) * 6
    return (
        number(mass.value, 3),
        words(asymmetric(minos.hi, minos.lo, 3) if minos is not None else "not run"),
        number(mass.hesse, 3, "fixed" if mass.hesse == 0 else None),
        *(number(size) for size in sizes),
        words(envelope_text(scale.correlated) if scale is not None else ""),
        words(envelope_text(scale.uncorrelated) if scale is not None else ""),
    )


def breakdown_table(name: str, mass: ParameterResult, result: FitResult) -> Table | None:
    """The uncertainty of one mass by origin and by group, by three definitions; None without a breakdown."""
    parts = mass.breakdown
    if parts is None:
        return None
    kinds, whole = groups_of_kind(parts, result.measurements), groups_of_measurements(parts, result.measurements)
    return Table(
        f"breakdown-{list(result.masses).index(name) + 1}",
        f"Uncertainty of {name} by origin in {mass.unit}. Frozen: what freezing takes off in quadrature. Ordinary and "
        "global: roots of the sums of squared impacts; only the global ones add up to the whole.",
        ("Origin", "Kind", "Frozen", "Ordinary", "Global"),
        (
            *_origins(parts, theory_name(result)),
            *(_group(group, "group", parts) for group in kinds),
            *(_group(group, "all of a measurement", parts) for group in whole),
        ),
        interactive=True,
    )


def _origins(parts: Breakdown, theory: str) -> list[tuple[Cell, ...]]:
    frozen = {
        "total": parts.total,
        "experiment": parts.exp,
        "statistics": parts.stat,
        "systematics": parts.syst,
        "PDF": parts.pdf,
        theory: parts.tnp,
        "PDF and " + theory: parts.theory,
        "interpolation in the mass": parts.interpolation,
    }
    rows: list[tuple[Cell, ...]] = [
        (words(origin), words("origin"), number(size, 3), number(None), number(None)) for origin, size in frozen.items()
    ]
    rows.append((words("data"), words("origin"), number(None), number(None), number(parts.data, 3)))
    rows.append((words("estimator"), words("origin"), number(None), number(None), number(parts.estimator, 3)))
    return rows


def _group(group: str, kind: str, parts: Breakdown) -> tuple[Cell, ...]:
    sigmas = (parts.groups, parts.groups_ordinary, parts.groups_global)
    return words(group), words(kind), *(number(sigma.get(group), 3) for sigma in sigmas)


def parameter_table(result: FitResult) -> Table:
    """All parameters of the prediction."""
    return Table(
        "parameters",
        "Explicit parameters of the fit; theory nuisances in units of their prior sigma.",
        ("Parameter", "Kind", "Value", "HESSE", "Unit"),
        tuple(
            (
                words(name),
                words(item.kind),
                quantity(item.value, 5 if item.unit else 3),
                number(None, text="n/a") if item.hesse is None else _error(item.hesse),
                words(item.unit or "prior sigma"),
            )
            for name, item in result.parameters.items()
        ),
        interactive=True,
    )


def _error(hesse: float) -> Cell:
    return quantity(hesse, 3) if hesse else number(0.0, text="fixed")


def prediction_table(result: FitResult) -> Table:
    """Combined cross sections beside the prediction at the minimum."""
    return Table(
        "prediction",
        "Combined cross sections and the prediction after the fit, with the uncertainty of each.",
        ("Measurement", "Range", "Unit", "Combined", "sigma", "Predicted", "sigma", "Difference [sigma of data]"),
        tuple(row for spectrum in result.spectra for row in _spectrum(spectrum)),
    )


def _spectrum(spectrum: SpectrumResult) -> list[tuple[Cell, ...]]:
    rows = []
    for i, (low, high) in enumerate(zip(spectrum.edges, spectrum.edges[1:], strict=False)):
        data, sigma, predicted = spectrum.combined[i], spectrum.sigma[i], spectrum.predicted[i]
        rows.append(
            (
                words(spectrum.measurement),
                words(f"{low:g}-{high:g}"),
                words(f"{spectrum.unit} / rho" if spectrum.per_unit else spectrum.unit),
                *(quantity(value) for value in (data, sigma, predicted, spectrum.theory_sigma[i])),
                number((data - predicted) / sigma if sigma else None),
            )
        )
    return rows
