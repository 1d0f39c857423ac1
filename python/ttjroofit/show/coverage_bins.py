"""Pulls of the combined cross sections: mean and width with both choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.show.style import COLOURS, Heading, add_axes, in_style, legend_above, new_figure

__all__ = ["BinPulls", "bin_pulls_figure"]

_BIN, _HEIGHT, _BOTTOM, _LEFT, _GAP, _LEGEND = 0.34, 1.5, 0.55, 0.7, 0.12, 0.5
_COLOURS = (COLOURS["combined"], COLOURS["prediction"])
_SPREAD = 0.12
_NARROWEST = 6.0


@dataclass(frozen=True, eq=False)
class BinPulls:
    """One choice of what stands for the profiled values, for n bins.

    Attributes:
        label: of the choice.
        measurements: of each bin.
        mean, width: of the pulls with their errors, shapes (n, 2).
        expected: mean and width by algebra, shape (n, 2).
        over_truths: width over nuisances drawn from their prior, shape (n,).
    """

    label: str
    measurements: Sequence[str]
    mean: FloatArray
    width: FloatArray
    expected: FloatArray
    over_truths: FloatArray


@in_style
def bin_pulls_figure(choices: Sequence[BinPulls], heading: Heading) -> Figure:
    """Draw means above widths."""
    wide = max(_BIN * len(choices[0].measurements), _NARROWEST)
    bottoms = (_BOTTOM, _BOTTOM + _HEIGHT + _GAP)
    figure = new_figure(_LEFT + wide + 0.15, bottoms[1] + _HEIGHT + _LEGEND, heading)
    lower, upper = (add_axes(figure, _LEFT, bottom, wide, _HEIGHT) for bottom in bottoms)
    handles = {}
    for number, (choice, colour) in enumerate(zip(choices, _COLOURS, strict=True)):
        places = np.arange(len(choice.mean)) + (number - 0.5) * 2.0 * _SPREAD
        for axes, points, column in ((upper, choice.mean, 0), (lower, choice.width, 1)):
            handles[choice.label] = _draw(axes, places, points, colour)
            line = axes.hlines(choice.expected[:, column], places - 0.2, places + 0.2, color=colour, linewidth=1)
            handles[f"{choice.label}, by algebra"] = line
    other = choices[-1]
    spread = lower.scatter(
        np.arange(len(other.over_truths)) + _SPREAD,
        other.over_truths,
        marker="x",
        s=16,
        linewidth=1,
        color=COLOURS["data"],
        zorder=3,
    )
    handles[f"{other.label}, over nuisances"] = spread
    upper.axhline(0.0, color="grey", linewidth=0.6)
    lower.axhline(1.0, color="grey", linewidth=0.6)
    upper.set_ylabel("mean of the pull")
    lower.set_ylabel("width of the pull")
    for axes in (upper, lower):
        axes.margins(y=0.15)
        axes.set_xlim(-0.6, len(other.mean) - 0.4)
    _name(lower, upper, other.measurements)
    legend_above(figure, handles, bottom=bottoms[1] + _HEIGHT + 0.08, columns=3)
    return figure


def _draw(axes: Axes, places: npt.NDArray[Any], points: FloatArray, colour: str) -> Any:
    return axes.errorbar(places, points[:, 0], yerr=points[:, 1], fmt="o", markersize=2.5, color=colour, elinewidth=0.8)


def _name(lower: Axes, upper: Axes, measurements: Sequence[str]) -> None:
    """Numbers of the bins within each measurement, and the names of these."""
    numbers, start = [], 0
    for place, name in enumerate(measurements):
        start = place if place and measurements[place - 1] != name else start
        numbers.append(str(place - start + 1))
        if place == start:
            for axes in (lower, upper):
                axes.axvline(place - 0.5, color="grey", linewidth=0.6, linestyle=":")
            count = list(measurements).count(name)
            middle = place + (count - 1) / 2.0
            lower.annotate(
                name,
                (middle, 0.0),
                xycoords=lower.get_xaxis_transform(),
                xytext=(0, -20),
                textcoords="offset points",
                ha="center",
                va="top",
                fontsize=8,
                parse_math=False,
            )
    upper.set_xticks(range(len(numbers)), [""] * len(numbers))
    lower.set_xticks(range(len(numbers)), numbers, fontsize=8)
