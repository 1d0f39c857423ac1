"""The figures that have a baseline image, all from results made up for tests."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from example_cross_sections import combined, nuisance_correlation
from example_fit_matrix import with_all_states
from example_results import fit_result
from matplotlib.figure import Figure

from ttjroofit.inputs.published import PublishedMass
from ttjroofit.show.figures import fit_figures
from ttjroofit.show.fit_matrix_figure import fit_matrix_figures
from ttjroofit.show.impact_maps import scenario_maps
from ttjroofit.show.mass_summary import mass_summary
from ttjroofit.show.nuisance_correlation_figure import nuisance_correlation_figure
from ttjroofit.show.style import in_style

__all__ = ["BASELINE", "FIGURES", "PUBLISHED", "VERSION", "draw_small"]

BASELINE = Path(__file__).parent / "baseline"
VERSION = BASELINE / "matplotlib_version.txt"
"""Of matplotlib that drew them."""

DPI = 50

PUBLISHED = (
    PublishedMass("CMS 13 TeV", "published", 172.13, None, 1.34, (0.50, -0.40), "JHEP 07 (2023) 077"),
    PublishedMass("ATLAS 8 TeV", "published", 171.1, 0.985, 1.005, (0.6, -0.2), "JHEP 11 (2019) 150"),
    PublishedMass("a mass without scales", "others", 173.0, 0.5, 0.6, None, "a reference that is too long to be shown"),
)


@lru_cache
def _fit() -> dict[str, Figure]:
    return fit_figures(fit_result())


@lru_cache
def _summary() -> Figure:
    return mass_summary([fit_result(["CMS_13TeV"]), fit_result(["ATLAS_8TeV"]), fit_result()], PUBLISHED)


FIGURES: dict[str, Callable[[], Figure]] = {
    "spectra": lambda: _fit()["spectra"],
    "pulls": lambda: _fit()["pulls_1"],
    "breakdown": lambda: _fit()["breakdown"],
    "impact_maps": lambda: scenario_maps([combined("none"), combined("jes", 0.8), combined("jes_modelling", 0.5)]),
    "nuisance_correlation": lambda: nuisance_correlation_figure(combined(), nuisance_correlation()),
    "summary": _summary,
    "fit_matrix": lambda: fit_matrix_figures(with_all_states())[0],
}


@in_style
def draw_small(figure: Figure, path: Path) -> None:
    """Write a small PNG."""
    figure.savefig(path, dpi=DPI, metadata={"Software": None})
