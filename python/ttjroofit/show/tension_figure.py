"""The mass from each measurement alone and from all others, with the band of the fit to all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.show.labels import mass_symbol
from ttjroofit.show.numbers import fixed, shorten
from ttjroofit.show.style import COLOURS, Heading, add_axes, in_style, new_figure

__all__ = ["TensionRows", "tension_figure"]

_ROW, _BOTTOM, _LEGEND, _AXIS, _TEXT = 0.5, 0.5, 0.25, 3.4, 2.3
_CHARACTER, _LONGEST = 0.085, 24


@dataclass(frozen=True, eq=False)
class TensionRows:
    """Rows to draw, one a measurement.

    Attributes:
        names: of the r measurements.
        every: mass and error of the fit to all.
        alone, without: mass and error from the measurement alone and from all others, shape (r, 2); NaN where a fit
            failed.
        texts: written beside each row.
        unit: of the masses.
    """

    names: Sequence[str]
    every: tuple[float, float]
    alone: FloatArray
    without: FloatArray
    texts: Sequence[str]
    unit: str


@in_style
def tension_figure(rows: TensionRows, heading: Heading) -> Figure:
    """Draw two points a measurement."""
    names = [shorten(name, _LONGEST) for name in rows.names]
    margin = 0.25 + _CHARACTER * max(len(name) for name in names)
    height = _ROW * len(names)
    figure = new_figure(margin + _AXIS + _TEXT, _BOTTOM + height + _LEGEND, heading)
    axes = add_axes(figure, margin, _BOTTOM, _AXIS, height)
    value, sigma = rows.every
    symbol = mass_symbol("m_t")
    axes.axvspan(
        value - sigma,
        value + sigma,
        color=COLOURS["one sigma"],
        linewidth=0,
        label=rf"all: {fixed(value)} $\pm$ {fixed(sigma)} {rows.unit}",
    )
    axes.axvline(value, color="grey", linewidth=0.6)
    places = np.arange(len(names), dtype=float)
    looks = ((rows.alone, -0.14, "o", "combined", "alone"), (rows.without, 0.14, "s", "theory", "all others"))
    for points, shift, marker, colour, label in looks:
        axes.errorbar(
            points[:, 0],
            places + shift,
            xerr=points[:, 1],
            fmt=marker,
            color=COLOURS[colour],
            markersize=4,
            elinewidth=1.5,
            capsize=2,
            label=label,
        )
    axes.set_yticks(places, [name.replace("$", r"\$") for name in names])
    axes.tick_params(axis="y", left=False, right=False)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.locator_params(axis="x", nbins=6)
    axes.set_xlabel(f"{symbol} [{rows.unit}]")
    axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, borderpad=0.1, borderaxespad=0.2)
    for place, text in zip(places.tolist(), rows.texts, strict=True):
        axes.text(1.02, place, text, transform=axes.get_yaxis_transform(), va="center", fontsize=8)
    return figure
