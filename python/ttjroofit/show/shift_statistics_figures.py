"""The figures of ``-M ShiftStatistics``: impact and Monte Carlo uncertainty as bars, one figure a mass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ttjroofit.results.shift_statistics import ShiftStatistic, ShiftStatisticsResult
from ttjroofit.show.labels import mass_symbol
from ttjroofit.show.numbers import fixed, shorten
from ttjroofit.show.shift_statistics import row_label, shift_statistics_failures
from ttjroofit.show.style import COLOURS, Heading, add_axes, in_style, legend_above, new_figure

__all__ = ["shift_statistics_figure", "shift_statistics_figures"]

_SOURCES, _LONGEST, _CHARACTER = 25, 44, 0.076
_ROW, _BOTTOM, _LEGEND, _WIDTH = 0.26, 0.5, 0.3, 3.6


def shift_statistics_figures(result: ShiftStatisticsResult) -> dict[str, Figure]:
    """``shift_statistics_<mass>``: the largest sources, all groups, and all together."""
    figures = {}
    for name, mass in result.masses.items():
        sources = [row for row in mass.rows if row.kind == "source"]
        rows = [*sources[:_SOURCES], *(row for row in mass.rows if row.kind != "source")]
        count = f", {_SOURCES} of {len(sources)} sources" if len(sources) > _SOURCES else ""
        heading = Heading(
            f"{result.card}: Monte Carlo statistics of shifts, {result.toys} toys{count}",
            tuple(result.quality),
            tuple(shift_statistics_failures(result)),
        )
        label = f"effect on {mass_symbol(name)} [{mass.unit}]"
        figures[f"shift_statistics_{name}"] = shift_statistics_figure(rows, label, heading)
    return figures


@in_style
def shift_statistics_figure(rows: Sequence[ShiftStatistic], label: str, heading: Heading) -> Figure:
    """Two bars a row: the size of the impact and the Monte Carlo uncertainty with its error.

    Args:
        rows: from top to bottom.
        label: of the axis.
        heading: to write.
    """
    names = [shorten(row_label(row), _LONGEST) for row in rows]
    margin = 0.25 + _CHARACTER * max(len(name) for name in names)
    height = _ROW * len(rows)
    figure = new_figure(margin + _WIDTH + 0.15, _BOTTOM + height + _LEGEND, heading)
    axes = add_axes(figure, margin, _BOTTOM, _WIDTH, height)
    at = np.arange(len(rows))
    impacts = np.array([abs(row.impact) for row in rows])
    sigmas = np.array([row.mc_stat.value or 0.0 for row in rows])
    errors = np.array([row.mc_stat.error or 0.0 for row in rows])
    impact = axes.barh(at - 0.2, impacts, height=0.38, color=COLOURS["experiment"])
    monte_carlo = axes.barh(at + 0.2, sigmas, xerr=errors, height=0.38, color=COLOURS["theory"], ecolor=COLOURS["data"])
    ends: dict[str, Any] = {"va": "center", "fontsize": 6.5, "textcoords": "offset points", "xytext": (3, 0)}
    for row in range(len(rows)):
        axes.annotate(fixed(impacts[row], 3), (impacts[row], row - 0.2), **ends)
        axes.annotate(fixed(sigmas[row], 3), (sigmas[row] + errors[row], row + 0.2), **ends)
    axes.set_xlim(0.0, 1.2 * max(float(np.max(impacts)), float(np.max(sigmas + errors)), 1e-3))
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks(at, names, fontsize=8)
    for text in axes.get_yticklabels():
        text.set_parse_math(False)
    axes.tick_params(axis="y", left=False, right=False)
    for row in range(1, len(rows)):
        if rows[row].kind != rows[row - 1].kind:
            axes.axhline(row - 0.5, color=COLOURS["sum"], linewidth=0.6)
    axes.set_xlabel(label)
    handles = {"impact (global)": impact, "Monte Carlo statistical uncertainty": monte_carlo}
    legend_above(figure, handles, bottom=_BOTTOM + height + 0.06, columns=2)
    return figure
