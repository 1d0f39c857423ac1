"""Every figure by its kind: which results it is drawn from, and by which function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from matplotlib.figure import Figure

from ttjroofit.errors import OptionError, suggestion
from ttjroofit.inputs.published import PublishedMass
from ttjroofit.results import (
    compatibility,
    contour,
    correlation_scan,
    coverage,
    cross_sections,
    fit,
    fit_matrix,
    goodness_of_fit,
    impacts,
    report,
    scan,
    shift_statistics,
    singles,
    toys,
    validation,
)
from ttjroofit.results.nuisance_correlation import NuisanceCorrelation
from ttjroofit.show.compatibility_figures import compatibility_figures
from ttjroofit.show.contour_figures import contour_figures
from ttjroofit.show.correlation_scan_figures import correlation_scan_figures
from ttjroofit.show.coverage_figures import coverage_figures
from ttjroofit.show.cross_sections_figures import cross_sections_figures
from ttjroofit.show.figures import fit_figures
from ttjroofit.show.fit_matrix_figure import fit_matrix_figures
from ttjroofit.show.goodness_of_fit_figures import goodness_of_fit_figures
from ttjroofit.show.impact_maps import scenario_maps
from ttjroofit.show.impacts_figures import impacts_figures
from ttjroofit.show.mass_summary import mass_summary
from ttjroofit.show.nuisance_correlation_figure import nuisance_correlation_figure
from ttjroofit.show.report.figures import report_figures
from ttjroofit.show.scan_figures import scan_figures
from ttjroofit.show.shift_statistics_figures import shift_statistics_figures
from ttjroofit.show.smoothing_figures import smoothing_pages
from ttjroofit.show.toys_figures import toy_fits_figures

__all__ = ["ALL", "KINDS", "METHODS", "Beside", "Figures", "Kind", "Method", "draw", "figures_of", "kind_named"]

Figures = dict[str, Figure | list[Figure]]
"""Stem of the files to a figure, or to the pages of one PDF."""

ALL = "all"
"""The kind that is every figure of a result."""


@dataclass(frozen=True)
class Method:
    """A method whose ``result.json`` can be read.

    Attributes:
        name: on the command line.
        result: class of the result.
        figures: draws everything that the method draws.
    """

    name: str
    result: type[Any]
    figures: Callable[[Any], Figures]


@dataclass(frozen=True)
class Beside:
    """What some kinds draw beside results.

    Attributes:
        published: masses of others, for ``summary``.
        nuisances: correlation of the nuisances of the result, for ``nuisance_correlation``.
    """

    published: Sequence[PublishedMass] = ()
    nuisances: NuisanceCorrelation | None = None


@dataclass(frozen=True)
class Kind:
    """A kind of figure.

    Attributes:
        shows: what, in a line.
        stems: schema of the results that have it to the pattern of the stems among the figures of their method.
        together: draws all results in one figure; None for a kind that is drawn a result at a time.
        needs_nuisances: whether ``Beside.nuisances`` must be there.
    """

    shows: str
    stems: Mapping[str, str]
    together: Callable[[Sequence[Any], Beside], Figures] | None = None
    needs_nuisances: bool = False


def _fit_figures(result: fit.FitResult) -> Figures:
    pages = smoothing_pages(result)
    return {**fit_figures(result), **({"smoothing": pages} if pages else {})}


def _impacts_figures(result: impacts.ImpactsResult) -> Figures:
    pages = impacts_figures(result)
    return {"impacts": pages} if pages else {}


def _nothing(_: Any) -> Figures:
    return {}


METHODS: dict[str, Method] = {
    fit.SCHEMA: Method("Fit", fit.FitResult, _fit_figures),
    toys.FITS_SCHEMA: Method("Fit -t N", toys.ToyFitsResult, lambda result: {**toy_fits_figures(result)}),
    cross_sections.SCHEMA: Method(
        "CrossSections", cross_sections.CrossSections, lambda result: {**cross_sections_figures(result)}
    ),
    impacts.SCHEMA: Method("Impacts", impacts.ImpactsResult, _impacts_figures),
    scan.SCHEMA: Method("MultiDimFit --algo grid", scan.ScanResult, lambda result: {**scan_figures(result)}),
    contour.SCHEMA: Method(
        "MultiDimFit --algo contour2d", contour.ContourResult, lambda result: {**contour_figures(result)}
    ),
    singles.SCHEMA: Method("MultiDimFit --algo singles", singles.SinglesResult, _nothing),
    compatibility.SCHEMA: Method(
        "Compatibility", compatibility.CompatibilityResult, lambda result: {**compatibility_figures(result)}
    ),
    goodness_of_fit.SCHEMA: Method(
        "GoodnessOfFit", goodness_of_fit.GoodnessOfFitResult, lambda result: {**goodness_of_fit_figures(result)}
    ),
    coverage.SCHEMA: Method("Coverage", coverage.CoverageResult, lambda result: {**coverage_figures(result)}),
    correlation_scan.SCHEMA: Method(
        "CorrelationScan",
        correlation_scan.CorrelationScanResult,
        lambda result: {**correlation_scan_figures(result)},
    ),
    shift_statistics.SCHEMA: Method(
        "ShiftStatistics",
        shift_statistics.ShiftStatisticsResult,
        lambda result: {**shift_statistics_figures(result)},
    ),
    report.SCHEMA: Method("Report", report.ReportResult, lambda result: {**report_figures(result)}),
    toys.GENERATED_SCHEMA: Method("GenerateOnly", toys.GeneratedToys, _nothing),
    fit_matrix.SCHEMA: Method(
        "matrix", fit_matrix.FitMatrixResult, lambda result: {"matrix": fit_matrix_figures(result)}
    ),
    validation.SCHEMA: Method("Validate", validation.Validation, _nothing),
}
"""Schema to the method that writes it."""


def _maps(results: Sequence[Any], _: Beside) -> Figures:
    return {"impact_maps": scenario_maps(results)}


def _summary(results: Sequence[Any], beside: Beside) -> Figures:
    return {"summary": mass_summary(results, beside.published)}


_FIT, _SECTIONS, _SCAN = {fit.SCHEMA: "*"}, {cross_sections.SCHEMA: "*"}, {correlation_scan.SCHEMA: "*"}

KINDS: dict[str, Kind] = {
    ALL: Kind("every figure of the method", dict.fromkeys(METHODS, "*")),
    "spectra": Kind("data and post-fit prediction of each measurement, with ratios", {fit.SCHEMA: "spectra"}),
    "pulls": Kind("nuisances after the fit, with their impacts", {fit.SCHEMA: "pulls_*"}),
    "theory_nuisances": Kind("PDF, theory and scale nuisances", {fit.SCHEMA: "theory_nuisances"}),
    "breakdown": Kind("uncertainty of each mass by origin", {fit.SCHEMA: "breakdown", scan.SCHEMA: "scan_breakdown"}),
    "correlation": Kind(
        "correlation of the parameters of a fit, or of the combined bins",
        {fit.SCHEMA: "correlation", cross_sections.SCHEMA: "correlation"},
    ),
    "smoothing": Kind("systematic shifts before and after smoothing", {fit.SCHEMA: "smoothing"}),
    "impacts": Kind(
        "impacts of nuisances on masses, or of their groups on bins",
        {impacts.SCHEMA: "impacts", cross_sections.SCHEMA: "impacts"},
    ),
    "impact_maps": Kind("impacts of groups on bins, several results side by side", _SECTIONS, together=_maps),
    "nuisance_correlation": Kind(
        "correlation of the nuisances with the largest impacts", _SECTIONS, needs_nuisances=True
    ),
    "ratio": Kind("combined over published cross sections", {cross_sections.SCHEMA: "ratio"}),
    "normalised": Kind("normalised distributions", {cross_sections.SCHEMA: "normalised"}),
    "matrix": Kind("masses of all entries of a matrix", {fit_matrix.SCHEMA: "matrix"}),
    "masses": Kind("one mass and several masses on one axis", {compatibility.SCHEMA: "masses"}),
    "ellipse": Kind("two masses with their ellipses", {compatibility.SCHEMA: "ellipse_*"}),
    "tension": Kind("each measurement against the others", {compatibility.SCHEMA: "tension"}),
    "delta_chi2": Kind("one mass against several, in toys", {compatibility.SCHEMA: "delta_chi2"}),
    "scan": Kind("scan of one or two parameters, with the breakdown of the scan", {scan.SCHEMA: "scan*"}),
    "contour": Kind("contours of two parameters with standalone results", {contour.SCHEMA: "contour"}),
    "half_shifts": Kind("half the shift over the range of each correlation", {correlation_scan.SCHEMA: "half_shifts"}),
    "correlation_scan": Kind("all figures of a scan of correlations", _SCAN),
    "scenarios": Kind("mass in each correlation scenario", {correlation_scan.SCHEMA: "scenarios"}),
    "goodness_of_fit": Kind("chi2 in toys", {goodness_of_fit.SCHEMA: "goodness_of_fit"}),
    "toys": Kind("fitted masses of toys and their pulls", {toys.FITS_SCHEMA: "*"}),
    "coverage": Kind("pulls and coverage of intervals in toys", {coverage.SCHEMA: "*"}),
    "shift_statistics": Kind("statistical uncertainty of systematic shifts", {shift_statistics.SCHEMA: "*"}),
    "summary": Kind("published, reinterpreted and combined masses", _FIT, together=_summary),
}
"""Name to kind."""


def kind_named(name: str) -> Kind:
    """The kind of a name.

    Raises:
        OptionError: if there is none; the nearest names are offered.
    """
    if name not in KINDS:
        raise OptionError(f"there is no figure `{name}`{suggestion(name, KINDS, count=len(KINDS))}")
    return KINDS[name]


def figures_of(result: Any) -> Figures:
    """Every figure that its method draws of a result; none for methods that draw nothing."""
    return METHODS[result.schema].figures(result)


def draw(name: str, results: Sequence[Any], beside: Beside | None = None) -> Figures:
    """Draw a kind of figure.

    Args:
        name: of ``KINDS``.
        results: one, or several for a kind that is drawn together; of ``-M Report`` the part is taken that fits.
        beside: what else there is to draw.

    Raises:
        OptionError: if there is no such kind, if it is not drawn from results of this schema, or if these results
            have nothing to show in it.
    """
    kind, beside = kind_named(name), beside if beside is not None else Beside()
    results = [_fitting(name, kind, result) for result in results]
    if kind.together is not None:
        return kind.together(results, beside)
    if len(results) != 1:
        raise OptionError(f"figure {name}: {len(results)} results, expected one")
    result = results[0]
    if kind.needs_nuisances:
        if beside.nuisances is None:
            raise OptionError(f"figure {name}: the correlation of the nuisances is missing")
        return {name: nuisance_correlation_figure(result, beside.nuisances)}
    figures = {
        stem: figure for stem, figure in figures_of(result).items() if fnmatchcase(stem, kind.stems[result.schema])
    }
    if not figures:
        raise OptionError(f"figure {name}: the result of {result.card} has nothing to show in it")
    return figures


def _fitting(name: str, kind: Kind, result: Any) -> Any:
    """The result, or the part of a report, that the kind is drawn from."""
    candidates = [result]
    if isinstance(result, report.ReportResult):
        candidates += [result.fit, result.cross_sections, result.impacts, result.compatibility, result.scan]
    for candidate in candidates:
        if candidate is not None and candidate.schema in kind.stems:
            return candidate
    wanted = ", ".join(f"-M {METHODS[schema].name}" for schema in kind.stems)
    found = f"a result of -M {METHODS[result.schema].name}"
    fitting = ", ".join(other for other, entry in KINDS.items() if result.schema in entry.stems)
    raise OptionError(f"figure {name} is drawn from {wanted}, not from {found}, which has: {fitting}")
