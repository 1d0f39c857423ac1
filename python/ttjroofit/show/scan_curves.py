"""Scans of one parameter: curves of twice the negative log-likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.interpolate import CubicSpline

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.show.style import COLOURS, Heading, add_axes, in_style, new_figure

__all__ = ["Curve", "CurvesPlot", "curves_figure"]

LEVELS = {"68%": 1.0, "95%": 3.841}
_LEFT, _BOTTOM, _WIDTH, _HEIGHT, _ROW = 0.75, 0.5, 5.2, 3.6, 0.19
_TOP = 10.0
_DENSE = 401
_MARKED = 100
_LOOKS = (
    ("#000000", "-"),
    ("#bd1f01", "--"),
    ("#3f90da", "-"),
    ("#ffa90e", "-"),
    ("#832db6", "-."),
    ("#94a4a2", "-"),
    ("#a96b59", "--"),
)


@dataclass(frozen=True, eq=False)
class Curve:
    """One curve.

    Attributes:
        label: in the legend.
        values: of the parameter, shape (N,).
        heights: 2 delta NLL, shape (N,).
        failed: points whose fit failed, shape (N,).
        points: whether every point is marked.
    """

    label: str
    values: FloatArray
    heights: FloatArray
    failed: npt.NDArray[np.bool_]
    points: bool = False


@dataclass(frozen=True, eq=False)
class CurvesPlot:
    """What is drawn.

    Attributes:
        curves: the first one is drawn in black.
        label: of the axis of the parameter.
        interval: ends of the 68% and 95% intervals that are drawn; NaN for none.
        minos: where MINOS puts the ends of the 68% interval; NaN for none.
        notes: lines above the curves.
    """

    curves: Sequence[Curve]
    label: str
    interval: FloatArray
    minos: FloatArray
    notes: Sequence[str] = ()


@in_style
def curves_figure(plot: CurvesPlot, heading: Heading) -> Figure:
    """Draw the curves with the levels of 68% and 95%."""
    entries = len(plot.curves) + bool(np.any(np.isfinite(plot.minos))) + any(np.any(c.failed) for c in plot.curves)
    above = _ROW * (-(-entries // 2)) + 0.12
    figure = new_figure(_LEFT + _WIDTH + 0.35, _BOTTOM + _HEIGHT + above, heading)
    axes = add_axes(figure, _LEFT, _BOTTOM, _WIDTH, _HEIGHT)
    top = _top(plot.curves[0])
    _draw_levels(axes, plot)
    for curve, (colour, line) in zip(plot.curves, cycle(_LOOKS), strict=False):
        _draw_curve(axes, curve, top, color=colour, linestyle=line)
    _draw_failed(axes, plot.curves)
    if np.any(np.isfinite(plot.minos)):
        axes.plot(plot.minos, np.ones(2), "D", color=COLOURS["experiment"], markersize=5, label="MINOS, 68%", zorder=3)
    values = plot.curves[0].values
    if len(values) > 1:
        axes.set_xlim(float(np.min(values)), float(np.max(values)))
    # the notes stand above the curves
    axes.set_ylim(0.0, top * (1.0 + 0.065 * len(plot.notes)))
    axes.set_xlabel(plot.label)
    axes.set_ylabel(r"$-2\,\Delta\ln L$")
    axes.text(0.5, 0.98, "\n".join(plot.notes), transform=axes.transAxes, ha="center", va="top", fontsize=8.5)
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, borderpad=0.1, borderaxespad=0.3)
    return figure


def _top(curve: Curve) -> float:
    """Height up to which curves are drawn: a steep one must not hide the others."""
    heights = curve.heights[np.isfinite(curve.heights)]
    return max(1.6, min(1.05 * float(np.max(heights, initial=0.0)), _TOP))


def _draw_curve(axes: Axes, curve: Curve, top: float, **look: Any) -> None:
    """A smooth line through the points, up to the height ``top``."""
    values, heights = curve.values, curve.heights
    if len(values) > 3 and np.all(np.isfinite(heights)):
        values = np.linspace(values[0], values[-1], _DENSE)
        heights = CubicSpline(curve.values, curve.heights)(values)
    marked = curve.points and len(curve.values) <= _MARKED
    axes.plot(values, np.where(heights <= top, heights, np.nan), linewidth=1.3, label=curve.label, **look)
    if marked:
        drawn = curve.heights <= top
        axes.plot(curve.values[drawn], curve.heights[drawn], ".", markersize=4, color=look["color"])


def _draw_levels(axes: Axes, plot: CurvesPlot) -> None:
    for name, level in LEVELS.items():
        axes.axhline(level, color="grey", linewidth=0.8, linestyle=":")
        axes.annotate(name, (1.0, level), xycoords=("axes fraction", "data"), xytext=(3, 0), textcoords="offset points",
                      va="center", fontsize=8, color="grey", annotation_clip=True)  # fmt: skip
    for ends, level in zip(plot.interval, LEVELS.values(), strict=True):
        for end in ends[np.isfinite(ends)]:
            axes.plot([end, end], [0.0, level], color="grey", linewidth=0.8)


def _draw_failed(axes: Axes, curves: Sequence[Curve]) -> None:
    values = np.concatenate([curve.values[curve.failed] for curve in curves])
    heights = np.concatenate([curve.heights[curve.failed] for curve in curves])
    if len(values):
        shown = np.where(np.isfinite(heights), heights, 0.0)
        axes.plot(values, shown, "x", color=COLOURS["warning"], label="not converged", zorder=4)
