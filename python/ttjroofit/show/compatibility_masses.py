"""Masses of several fits on one axis, with the band of the single mass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.show.style import COLOURS, Heading, add_axes, in_style, new_figure

__all__ = ["MassRows", "masses_figure"]

_ROW, _BOTTOM, _LEGEND, _AXIS, _NUMBERS, _NOTE = 0.34, 0.5, 0.25, 3.4, 3.1, 0.19
_CHARACTER = 0.085


@dataclass(frozen=True, eq=False)
class MassRows:
    """Rows to draw, the first one on top: it is the single mass, and gives the band.

    Attributes:
        labels: of the r masses.
        values: shape (r,).
        inner: shape (r,), experimental errors; NaN where there is none.
        outer: shape (r, 2), total errors towards lower and higher values, both positive; NaN where there is none.
        numbers: the same as text, written beside each row.
        notes: lines below the axis.
        unit: of the masses.
    """

    labels: Sequence[str]
    values: FloatArray
    inner: FloatArray
    outer: FloatArray
    numbers: Sequence[str]
    notes: Sequence[str]
    unit: str


@in_style
def masses_figure(rows: MassRows, heading: Heading) -> Figure:
    """Draw one row a mass."""
    margin = 0.25 + _CHARACTER * max(len(label.replace("$", "")) for label in rows.labels)
    height, below = _ROW * len(rows.labels), _BOTTOM + _NOTE * len(rows.notes)
    figure = new_figure(margin + _AXIS + _NUMBERS, below + height + _LEGEND, heading)
    axes = add_axes(figure, margin, below, _AXIS, height)
    places = np.arange(len(rows.labels))
    low, high = rows.values[0] - rows.outer[0, 0], rows.values[0] + rows.outer[0, 1]
    if np.isfinite([low, high]).all():
        axes.axvspan(low, high, color=COLOURS["one sigma"], linewidth=0, label=f"{rows.labels[0]}, total")
    axes.axvline(rows.values[0], color="grey", linewidth=0.6)
    axes.axhline(0.5, color="grey", linewidth=0.6, linestyle=":")
    axes.errorbar(
        rows.values, places, xerr=rows.outer.T, fmt="none", ecolor="black", elinewidth=1, capsize=2.5, label="total"
    )
    axes.errorbar(
        rows.values,
        places,
        xerr=rows.inner,
        fmt="o",
        color=COLOURS["experiment"],
        markersize=4,
        elinewidth=3,
        label="experiment",
    )
    axes.set_yticks(places, rows.labels, fontsize=9)
    axes.tick_params(axis="y", left=False, right=False)
    axes.set_ylim(len(rows.labels) - 0.5, -0.5)
    axes.set_xlim(*_range(rows))
    axes.locator_params(axis="x", nbins=6)
    axes.set_xlabel(f"top-quark mass [{rows.unit}]")
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, borderpad=0.1, borderaxespad=0.2)
    width, total = figure.get_size_inches()
    for place, text in enumerate(rows.numbers):
        axes.text(1.02, place, text, transform=axes.get_yaxis_transform(), va="center", fontsize=8)
    for number, note in enumerate(rows.notes):
        top = below - _BOTTOM - number * _NOTE
        figure.text(margin / width, top / total, note, va="top", fontsize=8)
    return figure


def _range(rows: MassRows) -> tuple[float, float]:
    ends = np.concatenate([rows.values, rows.values - rows.outer[:, 0], rows.values + rows.outer[:, 1]])
    ends = ends[np.isfinite(ends)]
    margin = 0.08 * max(float(np.ptp(ends)), 0.1)
    return float(ends.min()) - margin, float(ends.max()) + margin
