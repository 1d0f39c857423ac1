"""All figures of a report: those of its parts, each with its place on the page and a description."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.figure import Figure

from ttjroofit.results.report import ReportResult
from ttjroofit.show.compatibility_figures import compatibility_figures
from ttjroofit.show.cross_sections_figures import cross_sections_figures
from ttjroofit.show.figures import fit_figures
from ttjroofit.show.impacts_figures import impacts_figures
from ttjroofit.show.scan_figures import scan_figures
from ttjroofit.show.scenarios_figure import scenarios_figure
from ttjroofit.show.smoothing_figures import smoothing_pages
from ttjroofit.show.style import Heading

__all__ = ["Description", "describe", "report_figures"]


@dataclass(frozen=True)
class Description:
    """What a figure shows and where it stands.

    Attributes:
        section: of the page.
        caption: below the figure.
        alternative: what is seen, for those who do not see it, and where its numbers are.
    """

    section: str
    caption: str
    alternative: str


_DESCRIPTIONS = {
    "fit_spectra": Description(
        "results",
        "Data and prediction after the fit.",
        "One panel a measurement: points with error bars on the predicted steps with their band, and the ratio of data "
        "to prediction below. The numbers are in the table of the prediction.",
    ),
    "fit_pulls": Description(
        "nuisances",
        "Pulls, constraints and impacts, largest impact first.",
        "Rows of nuisances: post-fit value with its constraint on the left, impact on the mass on the right. The "
        "numbers are in the table of nuisances.",
    ),
    "fit_theory_nuisances": Description(
        "nuisances",
        "Theory nuisances after the fit.",
        "Post-fit values with errors in units of the prior sigma. The numbers are in the table of parameters.",
    ),
    "fit_breakdown": Description(
        "breakdown",
        "Uncertainty of the mass by origin.",
        "Horizontal bars, one an origin, the largest group on top. The numbers are in the table of the breakdown.",
    ),
    "fit_correlation": Description(
        "results",
        "Correlations of the parameters of the fit.",
        "Square matrix with the correlation of each pair of parameters in its cell.",
    ),
    "impacts": Description(
        "nuisances",
        "Impacts of all nuisances.",
        "Rows of nuisances: post-fit value with its constraint, and the shifts of the mass. The numbers are in the "
        "table of nuisances.",
    ),
    "cross_sections_impacts": Description(
        "breakdown",
        "Impacts of groups of nuisances on the combined cross sections.",
        "Table of colours: a row a group, a column a bin, the impact in percent in each cell.",
    ),
    "cross_sections_correlation": Description(
        "results",
        "Correlations of the combined cross sections.",
        "Square matrix with the correlation of each pair of bins in percent in its cell.",
    ),
    "cross_sections_ratio": Description(
        "results",
        "Combined over published cross sections.",
        "One panel a measurement: ratio in each bin with the uncertainties before and after the combination. The "
        "numbers are in the table of bins.",
    ),
    "cross_sections_normalised": Description(
        "results", "Normalised distributions.", "One panel a measurement: share of each bin per unit of the observable."
    ),
    "compatibility_masses": Description(
        "consistency",
        "One mass and several.",
        "One row a mass with its error bars. The numbers are in the table of hypotheses.",
    ),
    "compatibility_ellipse": Description(
        "consistency",
        "Two masses fitted at once.",
        "Ellipses of 68% and 95% of two masses about the best fit, with the line of equal masses. The numbers are in "
        "the table of pairs.",
    ),
    "compatibility_tension": Description(
        "consistency",
        "Each measurement against the others.",
        "One row a measurement: the mass from it alone and the mass without it. The numbers are in the table of "
        "tension.",
    ),
    "scan": Description(
        "consistency",
        "Profile likelihood of the mass.",
        "Curve of twice the negative log-likelihood with its 68% and 95% intervals. The numbers are in the table of "
        "the profile likelihood.",
    ),
    "scan_breakdown": Description(
        "breakdown",
        "Profile likelihood with theory and systematics frozen.",
        "Curves that become narrower the more is frozen. The numbers are in the table of the profile likelihood.",
    ),
    "scenarios": Description(
        "model",
        "The mass in each correlation scenario.",
        "One row a scenario with its error bars. The numbers are in the table of scenarios.",
    ),
    "smoothing": Description(
        "model",
        "Shifts before and after smoothing.",
        "Small panels, one a source: the shift of each bin and its polynomial.",
    ),
}


def describe(stem: str) -> Description:
    """The description of a figure by its name in ``report_figures``: that of the longest name it begins with."""
    return _DESCRIPTIONS[max((name for name in _DESCRIPTIONS if stem.startswith(name)), key=len)]


def report_figures(result: ReportResult) -> dict[str, Figure]:
    """Draw all parts of a report.

    Args:
        result: of ``-M Report``.

    Returns:
        Name to figure, in order: the names of each part's own figures behind ``fit_``, ``cross_sections_`` and
        ``compatibility_``, those of the scan, pages ``impacts_1``... and ``smoothing_1``..., and ``scenarios``.
    """
    figures: dict[str, Figure] = {}
    if result.fit is not None:
        figures |= _named("fit", fit_figures(result.fit))
        figures |= _pages("smoothing", smoothing_pages(result.fit))
    figures |= _named("cross_sections", cross_sections_figures(result.cross_sections))
    if result.compatibility is not None:
        figures |= _named("compatibility", compatibility_figures(result.compatibility))
    if result.scan is not None:
        figures |= scan_figures(result.scan)
    if result.impacts is not None:
        figures |= _pages("impacts", impacts_figures(result.impacts))
    if any(scenario.fit is not None for scenario in result.scenarios):
        figures["scenarios"] = scenarios_figure(result.scenarios, _scenario_heading(result))
    return figures


def _scenario_heading(result: ReportResult) -> Heading:
    warnings = ("Asimov data set",) if result.model.asimov else ()
    quality = result.fit.quality if result.fit is not None else result.validation.quality
    return Heading(f"{result.card}: correlation scenarios", tuple(quality), warnings)


def _named(part: str, figures: dict[str, Figure]) -> dict[str, Figure]:
    return {f"{part}_{stem}": figure for stem, figure in figures.items()}


def _pages(part: str, figures: list[Figure]) -> dict[str, Figure]:
    return {f"{part}_{number}": figure for number, figure in enumerate(figures, start=1)}
