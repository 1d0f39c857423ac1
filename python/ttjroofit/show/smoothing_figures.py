"""Shifts before and after smoothing, twelve panels a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.results.fit import FitResult
from ttjroofit.results.smoothing import SmoothedShift
from ttjroofit.show.labels import observable_label
from ttjroofit.show.numbers import fixed, shorten
from ttjroofit.show.style import COLOURS, Heading, add_axes, in_style, legend_above, new_figure

__all__ = ["smoothing_page", "smoothing_pages"]

_COLUMNS, _ROWS = 3, 4
_PANEL, _HEIGHT, _LEFT, _BOTTOM = 2.35, 1.3, 0.62, 0.46
_STEP_X, _STEP_Y, _LEGEND = _PANEL + 0.66, _HEIGHT + 0.5, 0.28
_NAME = 42


def smoothing_pages(result: FitResult) -> list[Figure]:
    """Pages of all smoothed curves, in their order; none where nothing was smoothed."""
    curves, size = result.smoothing, _COLUMNS * _ROWS
    pages = [curves[first : first + size] for first in range(0, len(curves), size)]
    labels = {spectrum.measurement: observable_label(spectrum.observable) for spectrum in result.spectra}
    title = f"{result.card}: smoothing of systematic shifts, page"
    return [
        smoothing_page(page, labels, Heading(f"{title} {number} of {len(pages)} ({len(curves)} curves)"))
        for number, page in enumerate(pages, start=1)
    ]


@in_style
def smoothing_page(curves: Sequence[SmoothedShift], labels: Mapping[str, str], heading: Heading) -> Figure:
    """One panel a curve: points before, a line after.

    Points have their Monte Carlo uncertainties where these are known. Statistical uncertainties of the bins, which then
    are the weights, are not errors of the shifts and are not drawn.

    Args:
        curves: to draw; 12 fill a page.
        labels: of the observable of each measurement.
        heading: to write.
    """
    rows = -(-len(curves) // _COLUMNS)
    area = _BOTTOM + (rows - 1) * _STEP_Y + _HEIGHT + 0.24
    figure = new_figure(_COLUMNS * _STEP_X + 0.06, area + _LEGEND, heading)
    handles: dict[str, Any] = {}
    for number, curve in enumerate(curves):
        row, column = divmod(number, _COLUMNS)
        axes = add_axes(figure, _LEFT + column * _STEP_X, _BOTTOM + (rows - 1 - row) * _STEP_Y, _PANEL, _HEIGHT)
        handles = _draw(axes, curve)
        if number + _COLUMNS >= len(curves):
            axes.set_xlabel(labels[curve.measurement], fontsize=8)
        if column == 0:
            axes.set_ylabel("shift / value [%]", fontsize=8)
    legend_above(figure, handles, bottom=area + 0.04, columns=3)
    return figure


def _draw(axes: Axes, curve: SmoothedShift) -> dict[str, Any]:
    edges = np.array(curve.edges)
    centres = (edges[:-1] + edges[1:]) / 2.0
    before, after, sigma = (100.0 * np.array(numbers) for numbers in (curve.before, curve.after, curve.sigma))
    axes.axhline(0.0, color=COLOURS["sum"], linewidth=0.6)
    if curve.weights != "monte_carlo":
        sigma = np.zeros_like(sigma)
    points = axes.errorbar(
        centres, before, yerr=sigma, xerr=np.diff(edges) / 2.0, fmt="o", color=COLOURS["data"], ms=3, lw=0.8
    )
    (line,) = axes.plot(*_polynomial(centres, after, curve.order), color=COLOURS["prediction"], lw=1.4, zorder=3)
    _limit(axes, before, after, sigma)
    part = "" if curve.part == "shift" else f", {curve.part}"
    axes.set_title(f"{shorten(curve.source, _NAME)}{part}", fontsize=7, pad=3, parse_math=False)
    goodness = rf"$\chi^2$/ndf = {fixed(curve.chi2, 1)}/{curve.ndf}"
    note = goodness if curve.weights == "monte_carlo" else "statistical weights"
    axes.text(0.03, 0.95, f"order {curve.order}, {note}", transform=axes.transAxes, va="top", fontsize=6.5)
    axes.tick_params(labelsize=7)
    return {"before": points, "after": line}


def _polynomial(centres: FloatArray, after: FloatArray, order: int) -> tuple[FloatArray, FloatArray]:
    """The polynomial through the smooth shifts, on a fine grid between the outer bin centres."""
    fine = np.linspace(centres[0], centres[-1], 101, dtype=np.float64)
    return fine, np.asarray(np.polynomial.Polynomial.fit(centres, after, order)(fine), dtype=np.float64)


def _limit(axes: Axes, before: FloatArray, after: FloatArray, sigma: FloatArray) -> None:
    """Show the points and the curve; errors that are much larger are cut."""
    size = max(float(np.max(np.abs(np.concatenate([before, after])))), 0.05)
    reach = min(float(np.max(np.abs(before) + sigma)), 3.0 * size)
    axes.set_ylim(-1.1 * max(size, reach), 1.4 * max(size, reach))
