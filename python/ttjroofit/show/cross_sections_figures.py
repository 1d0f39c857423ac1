"""All figures of combined cross sections: which numbers of the result go into which figure."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ttjroofit.results.cross_sections import CrossSections, MeasuredBins
from ttjroofit.show.cross_sections import bin_ranges, kinds_of_groups
from ttjroofit.show.cross_sections_map import Block, PercentMap, percent_map_figure
from ttjroofit.show.cross_sections_panels import CrossSectionPanel, normalised_figure, ratio_figure
from ttjroofit.show.labels import observable_label, spectrum_title
from ttjroofit.show.numbers import shorten
from ttjroofit.show.style import Heading

__all__ = ["cross_sections_figures"]

_GROUPS, _LONGEST = 30, 24
_VISIBLE = 0.05
"""Percent: a group that rounds to 0.0 in every bin is left out."""


def cross_sections_figures(result: CrossSections) -> dict[str, Figure]:
    """Draw a combination.

    Args:
        result: of ``-M CrossSections``.

    Returns:
        Name to figure: ``impacts``, ``correlation``, ``ratio`` and ``normalised``.
    """
    panels = [_panel(result, measurement) for measurement in result.measurements]
    return {
        "impacts": percent_map_figure(_impacts(result), _heading(result, "impacts of groups of nuisances in percent")),
        "correlation": percent_map_figure(_correlation(result), _heading(result, "correlation of the bins in percent")),
        "ratio": ratio_figure(panels, _heading(result, "combined cross sections over published ones")),
        "normalised": normalised_figure(panels, _heading(result, "normalised distributions")),
    }


def _heading(result: CrossSections, subject: str) -> Heading:
    scenario = f" (correlations {result.scenario})" if result.scenario is not None else ""
    warnings = ["Asimov data set"] if result.asimov else []
    if result.pulls == "zero":
        warnings.append("pulls of profiled nuisances set to zero: for comparison only")
    if result.chi2_form == "pearson":
        warnings.append("Pearson's chi2")
    return Heading(f"{result.card}: {subject}{scenario}", warnings=tuple(warnings))


def _blocks(result: CrossSections) -> list[Block]:
    if result.bins == result.measured_bins:
        return [Block(measurement.measurement, bin_ranges(measurement)) for measurement in result.measurements]
    return [Block("combined", [shorten(name, _LONGEST) for name in result.bins])]


def _impacts(result: CrossSections) -> PercentMap:
    groups = {
        group: impacts
        for group, impacts in list(kinds_of_groups(result).items())[:_GROUPS]
        if 100 * max(map(abs, impacts)) >= _VISIBLE
    }
    values, total, stat = (np.array(column) for column in (result.values, result.sigma, result.stat_sigma))
    syst = np.sqrt(np.maximum(total**2 - stat**2, 0.0))
    ends = {"all nuisances": syst / values, "statistics": stat / values, "total": total / values}
    return PercentMap(
        rows=[*groups, *ends],
        blocks=_blocks(result),
        cells=100 * np.array([*groups.values(), *ends.values()]),
        plain=len(ends),
        digits=1,
        limit=None,
        meaning="impact on the combined cross section [%]",
        x_label=_x_label(result),
    )


def _correlation(result: CrossSections) -> PercentMap:
    blocks = _blocks(result)
    return PercentMap(
        rows=[label for block in blocks for label in block.labels],
        blocks=blocks,
        cells=100 * np.array(result.correlation),
        plain=0,
        digits=0,
        limit=100.0,
        meaning="correlation [%]",
        x_label=_x_label(result),
        square=True,
    )


def _x_label(result: CrossSections) -> str:
    """The observable, where all measurements have the same."""
    if result.bins != result.measured_bins:
        return "cross section"
    labels = {observable_label(measurement.observable) for measurement in result.measurements}
    return labels.pop() if len(labels) == 1 else "range of the observable"


def _panel(result: CrossSections, measurement: MeasuredBins) -> CrossSectionPanel:
    where, combined = result.slices[measurement.measurement], result.where(measurement)
    density = result.densities
    return CrossSectionPanel(
        name=measurement.measurement,
        title=spectrum_title(measurement),
        x_label=observable_label(measurement.observable),
        y_label=r"$(1/\sigma)\,d\sigma/d\rho$",
        edges=np.array(measurement.edges),
        observed=np.array(result.observed[where]),
        observed_sigma=np.array(result.observed_sigma[where]),
        combined=np.array(result.values)[combined],
        sigma=np.array(result.sigma)[combined],
        stat_sigma=np.array(result.stat_sigma)[combined],
        density=np.array(density.values[where]),
        density_observed=np.array(density.observed[where]),
        density_sigma=np.array(density.sigma[where]),
        density_stat_sigma=np.array(density.stat_sigma[where]),
    )
