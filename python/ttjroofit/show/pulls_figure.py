"""Post-fit values of nuisances with their constraints, and their impact on each mass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.show.numbers import shorten
from ttjroofit.show.style import COLOURS, Heading, add_axes, in_style, new_figure

__all__ = ["Pulls", "pulls_figure"]

_ROW, _BOTTOM, _LEGEND = 0.205, 0.62, 0.26
_PULL, _IMPACT, _GAP = 2.4, 1.75, 0.12
_LONGEST, _CHARACTER = 64, 0.0575


@dataclass(frozen=True, eq=False)
class Pulls:
    """Rows to draw, the first one on top.

    Attributes:
        names: the r nuisances.
        prefit: shape (r,), values before the fit, in prior sigma; nan where it is not to be drawn.
        values: shape (r,), after the fit, in prior sigma.
        constraints: shape (r,), standard deviations after the fit, in prior sigma.
        impacts: label of a mass to its shifts for +1 and -1 sigma after the fit, shape (r, 2), in ``unit``; empty for
            pulls alone.
        unit: of the impacts.
    """

    names: Sequence[str]
    prefit: FloatArray
    values: FloatArray
    constraints: FloatArray
    impacts: dict[str, FloatArray]
    unit: str


@in_style
def pulls_figure(pulls: Pulls, heading: Heading) -> Figure:
    """Draw one page of pulls, with one column of impacts a mass."""
    names = [shorten(name, _LONGEST) for name in pulls.names]
    margin = 0.25 + _CHARACTER * max(len(name) for name in names)
    rows = _ROW * max(len(names), 2)
    width = margin + _PULL + len(pulls.impacts) * (_GAP + _IMPACT) + 0.2
    figure = new_figure(width, _BOTTOM + rows + (_LEGEND if pulls.impacts else 0.08), heading)
    axes = add_axes(figure, margin, _BOTTOM, _PULL, rows)
    _draw_pulls(axes, pulls)
    _label_rows(axes, names)
    for number, (mass, impacts) in enumerate(pulls.impacts.items()):
        left = margin + _PULL + _GAP + number * (_IMPACT + _GAP)
        beside = add_axes(figure, left, _BOTTOM, _IMPACT, rows)
        beside.set_yticks([])
        beside.set_ylim(axes.get_ylim())
        _draw_impacts(beside, impacts, f"impact on\n{mass} [{pulls.unit}]")
    return figure


def _draw_pulls(axes: Axes, pulls: Pulls) -> None:
    rows = np.arange(len(pulls.names))
    axes.axvspan(-2, 2, color=COLOURS["two sigma"], linewidth=0)
    axes.axvspan(-1, 1, color=COLOURS["one sigma"], linewidth=0)
    axes.axvline(0, color="grey", linewidth=0.6)
    axes.plot(pulls.prefit, rows, "|", color=COLOURS["prediction"], markersize=7, label="before the fit")
    axes.errorbar(
        pulls.values,
        rows,
        xerr=pulls.constraints,
        fmt="o",
        color="black",
        markersize=3,
        elinewidth=1,
        label="after the fit",
    )
    ends = np.abs(pulls.values) + pulls.constraints
    axes.set_xlim(*_symmetric(ends, 2.4))
    axes.set_xlabel(r"nuisance [prior $\sigma$]")
    if np.isfinite(pulls.prefit).any():
        _legend_above(axes)


def _draw_impacts(axes: Axes, impacts: FloatArray, label: str) -> None:
    rows = np.arange(len(impacts))
    _shade_rows(axes, len(impacts))
    up, down = impacts.T
    axes.barh(rows, up, height=0.62, color=COLOURS["up"], label=r"$+1\sigma$")
    axes.barh(rows, down, height=0.62, facecolor="none", edgecolor=COLOURS["down"], hatch="/////", label=r"$-1\sigma$")
    axes.axvline(0, color="grey", linewidth=0.6)
    axes.set_xlim(*_symmetric(impacts, 1e-3))
    axes.locator_params(axis="x", nbins=4)
    axes.set_xlabel(label)
    _legend_above(axes)


def _label_rows(axes: Axes, names: Sequence[str]) -> None:
    # Plain text instead of tick labels, which take several times longer to draw.
    axes.set_yticks([])
    axes.set_ylim(max(len(names), 2) - 0.5, -0.5)
    for row, name in enumerate(names):
        place = axes.get_yaxis_transform()
        axes.text(-0.02, row, name, transform=place, ha="right", va="center", fontsize=6.5, parse_math=False)


def _shade_rows(axes: Axes, count: int) -> None:
    for row in range(0, count, 2):
        axes.axhspan(row - 0.5, row + 0.5, color=COLOURS["row"], linewidth=0)


def _legend_above(axes: Axes) -> None:
    axes.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, borderpad=0.1, borderaxespad=0.2, handlelength=1.3
    )


def _symmetric(values: FloatArray, least: float) -> tuple[float, float]:
    reach = 1.08 * float(np.abs(values[np.isfinite(values)]).max(initial=least))
    return -reach, reach
