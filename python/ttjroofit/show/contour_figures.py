"""The figure of contours: profile, parabola, standalone results and equal masses in one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.results.contour import Contour, ContourResult, Standalone
from ttjroofit.results.singles import SingleResult
from ttjroofit.show.compatibility_ellipse import ellipse
from ttjroofit.show.contour import contour_warnings
from ttjroofit.show.profile_labels import axis_label
from ttjroofit.show.style import COLOURS, Heading, add_axes, in_style, new_figure

__all__ = ["contour_figures"]

_LEFT, _BOTTOM, _SIDE, _ABOVE = 0.75, 0.5, 4.4, 0.85
_LINES = {"68": "-", "95": "--"}
_PROBABILITIES = {"68": 0.6827, "95": 0.95}


def contour_figures(result: ContourResult) -> dict[str, Figure]:
    """Name to figure: ``contour``; a failed fit is marked in its heading."""
    names = " and ".join(result.parameters)
    heading = Heading(f"{result.card}: contours of {names}", tuple(result.quality), tuple(contour_warnings(result)))
    return {"contour": _figure(result, heading)}


@in_style
def _figure(result: ContourResult, heading: Heading) -> Figure:
    figure = new_figure(_LEFT + _SIDE + 0.3, _BOTTOM + _SIDE + _ABOVE, heading)
    axes = add_axes(figure, _LEFT, _BOTTOM, _SIDE, _SIDE)
    best = np.array([result.best[name] for name in result.parameters])
    _draw_alone(axes, result.standalone, result.parameters)
    _draw_parabola(axes, result, best)
    for name, contour in result.contours.items():
        _draw_contour(axes, contour, name)
    axes.plot(*best, "P", color="black", markersize=7, label="best fit", linestyle="")
    _set_limits(axes, result, best)
    first, second = result.parameters
    axes.set_xlabel(axis_label(first, result.fit[first]))
    axes.set_ylabel(axis_label(second, result.fit[second]))
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, borderpad=0.1, borderaxespad=0.3)
    return figure


def _draw_contour(axes: Axes, contour: Contour, name: str) -> None:
    """Pieces between points that were not reached; a closed line if all were."""
    label: str | None = f"{name}% joint, profile by Minuit"
    pieces = _pieces(contour.points)
    for piece in pieces:
        axes.plot(*piece, _LINES[name], color=COLOURS["experiment"], linewidth=1.6, label=label)
        label = None


def _pieces(points: Sequence[tuple[float, float] | None]) -> list[FloatArray]:
    if all(point is not None for point in points):
        return [np.array([*points, points[0]], dtype=np.float64).T]
    # begun behind a gap, so that no piece is cut where the angle is 0
    gap = points.index(None)
    turned = [*points[gap:], *points[:gap]]
    runs = [list(run) for reached, run in groupby(turned, lambda point: point is not None) if reached]
    return [np.array(run, dtype=np.float64).T for run in runs]


def _draw_parabola(axes: Axes, result: ContourResult, best: FloatArray) -> None:
    covariance = np.array(result.covariance, dtype=np.float64)
    if not np.all(np.isfinite(covariance)) or np.linalg.eigvalsh(covariance)[0] <= 0.0:
        return
    label: str | None = "ellipses of HESSE"
    for probability in _PROBABILITIES.values():
        axes.plot(*ellipse(best, covariance, probability), ":", color="grey", linewidth=1.0, label=label)
        label = None


def _draw_alone(axes: Axes, standalone: Sequence[Standalone], parameters: Sequence[str]) -> None:
    """Bands of the masses that the measurements give alone."""
    colours = (COLOURS["band"], COLOURS["one sigma"])
    for single in standalone:
        across = single.parameter == parameters[0]
        low, high = _errors(single.fit)
        span, line = (axes.axvspan, axes.axvline) if across else (axes.axhspan, axes.axhline)
        colour = colours[0 if across else 1]
        line(single.fit.value, color=colour, linewidth=1.2)
        if np.isfinite(low + high):
            name = ", ".join(single.measurements)
            name = name if len(name) <= 30 else f"{name[:28]}.."
            span(
                single.fit.value + low,
                single.fit.value + high,
                color=colour,
                alpha=0.5,
                linewidth=0,
                label=f"{name} alone",
            )


def _errors(fit: SingleResult) -> tuple[float, float]:
    """MINOS errors, HESSE in their place, NaN without either."""
    if fit.minos is not None and fit.minos.lo is not None and fit.minos.hi is not None:
        return fit.minos.lo, fit.minos.hi
    hesse = np.nan if fit.hesse is None else fit.hesse
    return -hesse, hesse


def _set_limits(axes: Axes, result: ContourResult, best: FloatArray) -> None:
    """Room for all contours; the same range for both masses, so that equal ones lie on the diagonal."""
    reached = [point for line in result.contours.values() for point in line.points if point is not None]
    points = np.array([*reached, best])
    low, high = points.min(axis=0), points.max(axis=0)
    if result.masses:
        low, high = np.full(2, low.min()), np.full(2, high.max())
        axes.axline((low[0], low[0]), slope=1.0, color="black", linewidth=0.7, label="equal masses")
    margin = 0.06 * np.where(high > low, high - low, 1.0)
    axes.set_xlim(low[0] - margin[0], high[0] + margin[0])
    axes.set_ylim(low[1] - margin[1], high[1] + margin[1])
