"""Data against the prediction with their ratio, one column a measurement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.show.style import COLOURS, Heading, add_axes, in_style, legend_above, new_figure

__all__ = ["SpectrumPanel", "spectra_figure"]

_COLUMN, _AXES, _MARGIN = 4.0, 3.1, 0.72
_BOTTOM, _RATIO, _MAIN, _TITLE, _LEGEND_LINE = 0.5, 1.0, 2.9, 0.26, 0.19
_VISIBLE_MOVE = 0.1
_TYPICAL = 3.0

_DATA = "data (stat. thick, total thin)"
_COMBINED = "data after the combination"
_PREDICTION = "post-fit prediction"
_BAND = "its uncertainty"
_LEGEND = (_DATA, _COMBINED, _PREDICTION, _BAND)


@dataclass(frozen=True, eq=False)
class SpectrumPanel:
    """One measurement to draw; arrays of shape (n,) unless stated, in the unit of ``y_label``.

    Attributes:
        name: of the measurement.
        title: experiment, energy, channel.
        x_label, y_label: of the axes.
        edges: shape (n+1,).
        observed, combined: data before and after the combination of all measurements.
        sigma, stat_sigma: total and statistical uncertainty of the data.
        predicted, theory_sigma: prediction after the fit and its uncertainty.
    """

    name: str
    title: str
    x_label: str
    y_label: str
    edges: FloatArray
    observed: FloatArray
    combined: FloatArray
    sigma: FloatArray
    stat_sigma: FloatArray
    predicted: FloatArray
    theory_sigma: FloatArray


@in_style
def spectra_figure(panels: Sequence[SpectrumPanel], notes: Sequence[str], heading: Heading) -> Figure:
    """Draw the measurements side by side.

    Args:
        panels: one a measurement, at least one.
        notes: lines on the whole fit, written into the first panel; may hold mathtext.
        heading: above the figure.
    """
    columns = 4 if len(panels) > 1 else 2
    legend_height = _LEGEND_LINE * len(_LEGEND) / columns
    figure = new_figure(_COLUMN * len(panels), _BOTTOM + _RATIO + _MAIN + _TITLE + legend_height, heading)
    handles: dict[str, Artist] = {}
    for number, panel in enumerate(panels):
        left = _COLUMN * number + _MARGIN
        main = add_axes(figure, left, _BOTTOM + _RATIO, _AXES, _MAIN)
        ratio = add_axes(figure, left, _BOTTOM, _AXES, _RATIO - 0.06)
        _draw_main(main, panel)
        _draw_ratio(ratio, panel)
        handles.update(zip(*reversed(main.get_legend_handles_labels()), strict=True))
        if number == 0:
            main.text(0.04, 0.96, "\n".join(notes), transform=main.transAxes, va="top", fontsize=8.5, linespacing=1.5)
    shown = {label: handles[label] for label in _LEGEND if label in handles}
    legend_above(figure, shown, bottom=_BOTTOM + _RATIO + _MAIN + _TITLE, columns=columns)
    return figure


def _draw_main(axes: Axes, panel: SpectrumPanel) -> None:
    _draw_prediction(axes, panel, np.ones_like(panel.predicted))
    _draw_data(axes, panel, np.ones_like(panel.predicted))
    highest = np.nanmax(np.concatenate([panel.observed + panel.sigma, panel.predicted + panel.theory_sigma, [0.0]]))
    if highest > 0:
        axes.set_ylim(0, 1.5 * highest)
    axes.set_xlim(panel.edges[0], panel.edges[-1])
    axes.set_ylabel(panel.y_label)
    axes.tick_params(labelbottom=False)
    axes.set_title(panel.name, loc="left", fontsize=9, fontweight="bold", pad=4)
    axes.set_title(panel.title, loc="right", fontsize=7.5, pad=4)


def _draw_ratio(axes: Axes, panel: SpectrumPanel) -> None:
    scale = np.divide(1.0, panel.predicted, out=np.full_like(panel.predicted, np.nan), where=panel.predicted != 0)
    _draw_prediction(axes, panel, scale)
    _draw_data(axes, panel, scale)
    reach = _ratio_reach(panel, scale)
    _mark_outside(axes, panel, scale, reach)
    axes.set_ylim(1 - reach, 1 + reach)
    axes.set_xlim(panel.edges[0], panel.edges[-1])
    axes.set_xlabel(panel.x_label)
    axes.set_ylabel("data / pred.")
    axes.locator_params(axis="y", nbins=4, prune="upper")


def _ratio_reach(panel: SpectrumPanel, scale: FloatArray) -> float:
    """Distance from 1 to the ends of the axis; a bin far beyond the typical one does not flatten the others."""
    data = np.abs(panel.observed * scale - 1) + panel.sigma * scale
    distances = np.fmax(data, np.abs(panel.theory_sigma * scale))
    finite = distances[np.isfinite(distances)]
    if finite.size == 0:
        return 0.5
    return max(1.15 * min(float(finite.max()), _TYPICAL * float(np.median(finite))), 0.02)


def _mark_outside(axes: Axes, panel: SpectrumPanel, scale: FloatArray, reach: float) -> None:
    """Arrows at the end of the axis for data beyond it."""
    centres = (panel.edges[:-1] + panel.edges[1:]) / 2
    distance = panel.observed * scale - 1
    for beyond, end, marker in ((distance > reach, 1 + 0.9 * reach, "^"), (distance < -reach, 1 - 0.9 * reach, "v")):
        axes.plot(centres[beyond], np.full(int(beyond.sum()), end), marker, color=COLOURS["data"], markersize=5)


def _draw_prediction(axes: Axes, panel: SpectrumPanel, scale: FloatArray) -> None:
    low, high = panel.predicted - panel.theory_sigma, panel.predicted + panel.theory_sigma
    axes.stairs(
        high * scale,
        panel.edges,
        baseline=low * scale,
        fill=True,
        facecolor=COLOURS["band"],
        edgecolor="none",
        label=_BAND,
    )
    axes.stairs(
        panel.predicted * scale,
        panel.edges,
        baseline=None,
        color=COLOURS["prediction"],
        linewidth=1.4,
        label=_PREDICTION,
    )


def _draw_data(axes: Axes, panel: SpectrumPanel, scale: FloatArray) -> None:
    widths = np.diff(panel.edges)
    centres = panel.edges[:-1] + widths / 2
    axes.errorbar(
        centres,
        panel.observed * scale,
        panel.stat_sigma * scale,
        fmt="none",
        elinewidth=2.4,
        color=COLOURS["data"],
        zorder=4,
    )
    axes.errorbar(
        centres,
        panel.observed * scale,
        panel.sigma * scale,
        fmt="o",
        markersize=3.5,
        elinewidth=0.9,
        label=_DATA,
        color=COLOURS["data"],
        zorder=4,
    )
    moved = np.abs(panel.combined - panel.observed) > _VISIBLE_MOVE * panel.sigma
    if moved.any():
        axes.plot(
            (centres + 0.2 * widths)[moved],
            (panel.combined * scale)[moved],
            "s",
            markersize=3.8,
            markerfacecolor="white",
            markeredgecolor=COLOURS["combined"],
            zorder=5,
            label=_COMBINED,
        )
