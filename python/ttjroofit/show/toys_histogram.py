"""A histogram of toys with the density that is expected and the value observed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import chi2 as chi2_distribution

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.show.style import COLOURS, Heading, add_axes, in_style, new_figure

__all__ = ["ToyHistogram", "chi2_histogram", "toy_histogram"]

_LEFT, _BOTTOM, _WIDTH, _HEIGHT, _ROW = 0.75, 0.5, 4.9, 3.0, 0.17
_BINS = (10, 60)


@dataclass(frozen=True, eq=False)
class ToyHistogram:
    """What to draw.

    Attributes:
        values: of the N toys, shape (N,).
        cumulative: distribution that is expected, to be integrated over bins.
        expectation: its label.
        observed: value to mark, and its label; None for none.
        x_label: of the axis.
        notes: lines beside the legend.
        start: lower end of the axis; None for the smallest value.
    """

    values: FloatArray
    cumulative: Callable[[FloatArray], FloatArray]
    expectation: str
    observed: tuple[float, str] | None
    x_label: str
    notes: Sequence[str]
    start: float | None = None


def chi2_histogram(
    values: FloatArray, ndf: int, *, observed: tuple[float, str], x_label: str, notes: Sequence[str]
) -> ToyHistogram:
    """chi2 of toys against the chi2 distribution."""
    return ToyHistogram(
        values,
        lambda x: np.asarray(chi2_distribution.cdf(x, ndf)),
        rf"$\chi^2$ distribution, ndf = {ndf}",
        observed,
        x_label,
        notes,
        start=0.0,
    )


@in_style
def toy_histogram(content: ToyHistogram, heading: Heading) -> Figure:
    """Draw toys a bin, with their statistical errors, and the expectation as the same integral over the bins."""
    legend = _ROW * (2 + (content.observed is not None) + len(content.notes)) + 0.1
    figure = new_figure(_LEFT + _WIDTH + 0.25, _BOTTOM + _HEIGHT + legend, heading)
    axes = add_axes(figure, _LEFT, _BOTTOM, _WIDTH, _HEIGHT)
    edges = _edges(content)
    counts, _ = np.histogram(content.values, edges)
    expected = len(content.values) * np.diff(content.cumulative(edges))
    centres = (edges[:-1] + edges[1:]) / 2.0
    axes.stairs(counts, edges, color=COLOURS["combined"], fill=True, alpha=0.35, label="toys")
    axes.errorbar(centres, counts, yerr=np.sqrt(counts), fmt="none", ecolor=COLOURS["combined"], elinewidth=1)
    axes.stairs(expected, edges, color="black", linewidth=1.1, label=content.expectation)
    if content.observed is not None:
        value, label = content.observed
        axes.axvline(value, color=COLOURS["warning"], linewidth=1.6, label=label)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0.0, 1.15 * max(float(np.max(counts)), float(np.max(expected)), 1.0))
    axes.set_xlabel(content.x_label)
    axes.set_ylabel("toys a bin")
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=1, borderpad=0.1, borderaxespad=0.3)
    width, height = figure.get_size_inches()
    for row, note in enumerate(content.notes):
        top = _BOTTOM + _HEIGHT + legend - _ROW * row
        figure.text((_LEFT + 0.02) / width, top / height, note, va="top", fontsize=8)
    return figure


def _edges(content: ToyHistogram) -> FloatArray:
    """Bins that hold all toys and the value observed."""
    inside = content.values if content.observed is None else np.append(content.values, content.observed[0])
    if len(inside) == 0:
        return np.linspace(0.0, 1.0, 11, dtype=np.float64)
    low = float(np.min(inside)) if content.start is None else content.start
    high = max(float(np.max(inside)) * 1.001, low + 1e-6)
    count = int(np.clip(2.0 * np.cbrt(len(content.values)) * 1.2, *_BINS))
    return np.linspace(low, high, count + 1, dtype=np.float64)
