"""All figures of a fit: which numbers of the result go into which figure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ttjroofit.results.fit import Breakdown, FitResult, NuisanceResult, SpectrumResult
from ttjroofit.show.breakdown_figure import BreakdownBars, breakdown_figure
from ttjroofit.show.correlation_figure import correlation_figure
from ttjroofit.show.groups import groups_of_kind, theory_name
from ttjroofit.show.labels import cross_section_label, mass_symbol, mass_text, observable_label, spectrum_title
from ttjroofit.show.numbers import goodness_text
from ttjroofit.show.pulls_figure import Pulls, pulls_figure
from ttjroofit.show.spectra_figure import SpectrumPanel, spectra_figure
from ttjroofit.show.style import Heading
from ttjroofit.show.summary import failure_text

__all__ = ["fit_figures"]

_ROWS = 30
_PAGES = 4
_GROUPS = 20
_NEGLIGIBLE = 1e-3


def fit_figures(result: FitResult) -> dict[str, Figure]:
    """Draw a fit.

    Args:
        result: of ``-M Fit``; a failed fit is marked in each heading.

    Returns:
        Name to figure: ``spectra``, ``pulls_1`` to at most ``pulls_4``, ``theory_nuisances``, ``breakdown`` and
        ``correlation``, each only if the result has something to show in it.
    """
    figures = {"spectra": _spectra(result)} if result.spectra else {}
    figures.update(_pulls(result))
    theory = _theory_nuisances(result)
    if theory is not None:
        figures["theory_nuisances"] = pulls_figure(theory, _heading(result, "theory nuisances"))
    if any(mass.breakdown is not None for mass in result.masses.values()):
        figures["breakdown"] = _breakdown(result)
    if result.correlation.names:
        names, matrix = result.correlation.names, np.array(result.correlation.matrix, dtype=np.float64)
        figures["correlation"] = correlation_figure(names, matrix, _heading(result, "correlations"))
    return figures


def _heading(result: FitResult, subject: str) -> Heading:
    warnings = []
    if not result.status.good:
        warnings.append(f"FIT FAILED ({failure_text(result.status)})")
    if result.asimov:
        warnings.append("Asimov data set")
    return Heading(f"{result.card}: {subject}", tuple(result.quality), tuple(warnings))


def _spectra(result: FitResult) -> Figure:
    notes = [mass_text(name, mass) for name, mass in result.masses.items()]
    notes.append(goodness_text(result.goodness_of_fit, r"$\chi^2$").replace(", p =", ", $p$ ="))
    panels = [_panel(spectrum) for spectrum in result.spectra]
    return spectra_figure(panels, notes, _heading(result, "data and post-fit prediction"))


def _panel(spectrum: SpectrumResult) -> SpectrumPanel:
    return SpectrumPanel(
        name=spectrum.measurement,
        title=spectrum_title(spectrum),
        x_label=observable_label(spectrum.observable),
        y_label=cross_section_label(spectrum),
        edges=np.array(spectrum.edges),
        observed=np.array(spectrum.observed),
        combined=np.array(spectrum.combined),
        sigma=np.array(spectrum.sigma),
        stat_sigma=np.array(spectrum.stat_sigma),
        predicted=np.array(spectrum.predicted),
        theory_sigma=np.array(spectrum.theory_sigma),
    )


def _pulls(result: FitResult) -> dict[str, Figure]:
    everything = [*result.nuisances, *result.interpolation_nuisances]
    floating = [nuisance for nuisance in everything if nuisance.constraint != 0]
    ranked = sorted(floating, key=lambda nuisance: (-_largest_impact(nuisance), -abs(nuisance.value)))
    if ranked and _largest_impact(ranked[0]) > 0:
        least = _NEGLIGIBLE * _largest_impact(ranked[0])
        ranked = [nuisance for nuisance in ranked if _largest_impact(nuisance) >= least]
    shown = ranked[: _ROWS * _PAGES]
    pages = [shown[start : start + _ROWS] for start in range(0, len(shown), _ROWS)]
    return {
        f"pulls_{number}": pulls_figure(
            _pull_rows(page, result),
            _heading(result, f"nuisances by impact, page {number} of {len(pages)} ({len(shown)} of {len(everything)})"),
        )
        for number, page in enumerate(pages, start=1)
    }


def _largest_impact(nuisance: NuisanceResult) -> float:
    return max((abs(impact) for impact in nuisance.impact.values()), default=0.0)


def _pull_rows(page: Sequence[NuisanceResult], result: FitResult) -> Pulls:
    masses = {name: mass for name, mass in result.masses.items() if mass.hesse != 0}
    return Pulls(
        names=[nuisance.name for nuisance in page],
        prefit=np.array([nuisance.prefit for nuisance in page]),
        values=np.array([nuisance.value for nuisance in page]),
        constraints=np.array([nuisance.constraint for nuisance in page]),
        impacts={
            mass_symbol(name): np.outer([nuisance.impact.get(name, np.nan) for nuisance in page], [1.0, -1.0])
            for name in masses
        },
        unit=next((mass.unit for mass in masses.values()), ""),
    )


def _theory_nuisances(result: FitResult) -> Pulls | None:
    theory = {
        name: parameter
        for name, parameter in result.parameters.items()
        if parameter.kind in ("pdf", "tnp", "scale") and parameter.hesse != 0
    }
    if not theory:
        return None
    return Pulls(
        names=list(theory),
        prefit=np.full(len(theory), np.nan),
        values=np.array([parameter.value for parameter in theory.values()]),
        constraints=np.array([parameter.hesse for parameter in theory.values()]),
        impacts={},
        unit="",
    )


def _breakdown(result: FitResult) -> Figure:
    masses = {name: mass for name, mass in result.masses.items() if mass.breakdown is not None}
    parts = [mass.breakdown for mass in masses.values() if mass.breakdown is not None]
    groups = [groups_of_kind(part, result.measurements) for part in parts]
    largest = {group: max(of_mass.get(group, 0.0) for of_mass in groups) for of_mass in groups for group in of_mass}
    ranked = sorted(largest, key=lambda group: (-largest[group], group))[:_GROUPS]
    ends = [_end_rows(part, theory_name(result)) for part in parts]
    sigmas = [
        [*(of_mass.get(group, 0.0) for group in ranked), *end.values()]
        for of_mass, end in zip(groups, ends, strict=True)
    ]
    scales = [mass.scale.correlated if mass.scale is not None else None for mass in masses.values()]
    bars = BreakdownBars(
        origins=[*ranked, *ends[0]],
        kinds=[*["experiment"] * len(ranked), *["theory"] * 3, *["sum"] * 3],
        masses=[mass_text(name, mass) for name, mass in masses.items()],
        sigmas=np.array(sigmas).T,
        scales=[(scale.up, scale.down) if scale is not None else None for scale in scales],
        unit=next(iter(masses.values())).unit,
    )
    return breakdown_figure(bars, _heading(result, "uncertainty of the mass by origin"))


def _end_rows(part: Breakdown, theory: str) -> dict[str, float]:
    return {
        "PDF": part.pdf,
        theory: part.tnp,
        "interpolation": part.interpolation,
        "statistics": part.stat,
        "experiment (statistics and systematics)": part.exp,
        "total": part.total,
    }
