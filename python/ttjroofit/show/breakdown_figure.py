"""Uncertainty of each mass by origin, as horizontal bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.show.numbers import asymmetric, fixed, shorten
from ttjroofit.show.style import COLOURS, Heading, add_axes, in_style, new_figure

__all__ = ["BreakdownBars", "breakdown_figure"]

_ROW, _BOTTOM, _TOP, _PANEL, _GAP = 0.215, 0.5, 0.26, 3.1, 0.25
_LONGEST, _CHARACTER = 40, 0.076


@dataclass(frozen=True, eq=False)
class BreakdownBars:
    """Bars to draw, the first one on top.

    Attributes:
        origins: the r origins of uncertainty.
        kinds: ``experiment``, ``theory`` or ``sum``, which give each bar its colour.
        masses: labels of the m masses.
        sigmas: shape (r, m), in ``unit``.
        scales: envelope (up, down) of each mass that has one, drawn as a last, hatched bar; else None.
        unit: of the uncertainties.
    """

    origins: Sequence[str]
    kinds: Sequence[str]
    masses: Sequence[str]
    sigmas: FloatArray
    scales: Sequence[tuple[float, float] | None]
    unit: str


@in_style
def breakdown_figure(bars: BreakdownBars, heading: Heading) -> Figure:
    """Draw one panel a mass with common rows."""
    names = [shorten(name, _LONGEST) for name in bars.origins]
    if any(scale is not None for scale in bars.scales):
        names.append("scale envelope (not in the total)")
    margin = 0.25 + _CHARACTER * max(len(name) for name in names)
    width = margin + len(bars.masses) * (_PANEL + _GAP) + 0.1
    rows = _ROW * len(names)
    figure = new_figure(width, _BOTTOM + rows + _TOP, heading)
    for number, mass in enumerate(bars.masses):
        axes = add_axes(figure, margin + number * (_PANEL + _GAP), _BOTTOM, _PANEL, rows)
        _draw_bars(axes, bars, number)
        axes.set_title(mass, fontsize=8.5, pad=4)
        axes.set_xlabel(f"uncertainty of the mass [{bars.unit}]")
        axes.set_yticks(range(len(names)), names if number == 0 else [""] * len(names), fontsize=8)
        for label in axes.get_yticklabels():
            label.set_parse_math(False)
        axes.tick_params(axis="y", left=False, right=False)
        axes.set_ylim(len(names) - 0.5, -0.5)
    return figure


def _draw_bars(axes: Axes, bars: BreakdownBars, mass: int) -> None:
    sigmas, scale = bars.sigmas[:, mass], bars.scales[mass]
    axes.barh(np.arange(len(sigmas)), sigmas, height=0.7, color=[COLOURS[kind] for kind in bars.kinds])
    for row, sigma in enumerate(sigmas):
        _write(axes, sigma, row, fixed(sigma))
    if scale is not None:
        length = max(abs(scale[0]), abs(scale[1]))
        axes.barh(len(sigmas), length, height=0.7, facecolor="none", edgecolor=COLOURS["theory"], hatch="/////")
        _write(axes, length, len(sigmas), asymmetric(*scale))
    ends = np.append(
        1.3 * bars.sigmas.ravel(), [1.5 * max(map(abs, scale)) for scale in bars.scales if scale is not None]
    )
    axes.set_xlim(0, float(ends[np.isfinite(ends)].max(initial=0.01)))


def _write(axes: Axes, length: float, row: int, text: str) -> None:
    axes.annotate(
        text,
        (length if np.isfinite(length) else 0.0, row),
        xytext=(3, 0),
        textcoords="offset points",
        va="center",
        fontsize=7.5,
    )
