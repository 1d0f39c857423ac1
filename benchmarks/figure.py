"""Cost against size, log-log, beside the slopes that the algebra expects."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, ScalarFormatter

from benchmarks.comparison import Series
from ttjroofit.show.style import CURVES, in_style

__all__ = ["draw_scaling"]

MARKERS = "osD^vP"


@in_style
def draw_scaling(series: Sequence[Series]) -> Figure:
    """One panel a series; dashed lines have the expected power and pass through the largest cost."""
    columns = 2 if len(series) > 1 else 1
    rows = -(-len(series) // columns)
    figure = Figure(figsize=(6.4 * columns, 4.6 * rows), layout="constrained")
    for number, one in enumerate(series):
        _panel(figure.add_subplot(rows, columns, number + 1), one)
    return figure


def _panel(axes: Axes, series: Series) -> None:
    sizes = np.array(series.sizes, dtype=float)
    for (name, costs), colour, marker in zip(series.costs.items(), cycle(CURVES), cycle(MARKERS), strict=False):
        axes.plot(sizes, costs, color=colour, marker=marker, label=name)
        power = series.powers.get(name)
        if power is not None and len(sizes) > 1:
            anchor = -1 if power > 0.0 else 0
            expected = costs[anchor] * (sizes / sizes[anchor]) ** power
            axes.plot(sizes, expected, color=colour, linestyle="--", linewidth=1.0)
    dashed = {power for power in series.powers.values() if len(sizes) > 1}
    if dashed:
        powers = ", ".join(f"{power:g}" for power in sorted(dashed))
        axes.plot([], [], color="grey", linestyle="--", linewidth=1.0, label=f"expected power: {powers}")
    axes.set(xscale="log", yscale="log", xlabel=series.xlabel, ylabel=series.ylabel)
    low, high = axes.get_ylim()
    # room for the legend above the curves
    axes.set_ylim(low, high * (high / low) ** 0.55)
    if high < 10.0 * low:
        axes.yaxis.set_major_formatter(ScalarFormatter())
        axes.yaxis.set_minor_formatter(ScalarFormatter())
    axes.set_xticks(sizes)
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.legend(loc="upper left", fontsize="small")
