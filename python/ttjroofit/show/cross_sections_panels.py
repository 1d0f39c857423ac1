"""Combined against published cross sections, and normalised distributions, one column a measurement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.show.numbers import fixed
from ttjroofit.show.style import COLOURS, Heading, add_axes, in_style, legend_above, new_figure

__all__ = ["CrossSectionPanel", "normalised_figure", "ratio_figure"]

_COLUMN, _AXES, _MARGIN = 4.0, 3.1, 0.72
_BOTTOM, _TITLE, _LEGEND_LINE = 0.5, 0.26, 0.19
_RATIO, _MAIN, _LOWER = 2.2, 2.6, 1.5

_PUBLISHED = "as published"
_COMBINED = "combined (stat. thick, total thin)"
_BEFORE = "published central values"
_ABSOLUTE = "uncertainty of the cross section"
_TOTAL = "uncertainty of the normalised one"
_STAT = "its statistical part"
_TYPICAL = 3.0
_INVISIBLE = 1e-6
_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)


@dataclass(frozen=True, eq=False)
class CrossSectionPanel:
    """One measurement to draw; arrays of shape (n,) unless stated.

    Attributes:
        name: of the measurement.
        title: experiment, energy, channel.
        x_label, y_label: of the axes; ``y_label`` of the normalised distribution.
        edges: shape (n+1,).
        observed, observed_sigma: cross sections before the combination.
        combined, sigma, stat_sigma: cross sections after it.
        density, density_observed, density_sigma, density_stat_sigma: normalised, per unit of the observable.
    """

    name: str
    title: str
    x_label: str
    y_label: str
    edges: FloatArray
    observed: FloatArray
    observed_sigma: FloatArray
    combined: FloatArray
    sigma: FloatArray
    stat_sigma: FloatArray
    density: FloatArray
    density_observed: FloatArray
    density_sigma: FloatArray
    density_stat_sigma: FloatArray

    @property
    def centres(self) -> FloatArray:
        """Middle of each bin."""
        return np.asarray((self.edges[:-1] + self.edges[1:]) / 2.0)


@in_style
def ratio_figure(panels: Sequence[CrossSectionPanel], heading: Heading) -> Figure:
    """Draw combined over published cross sections with the uncertainties of both."""
    return _columns(panels, heading, [(_BOTTOM, _RATIO, _draw_ratio)])


@in_style
def normalised_figure(panels: Sequence[CrossSectionPanel], heading: Heading) -> Figure:
    """Draw normalised distributions above their relative uncertainties."""
    parts = [(_BOTTOM + _LOWER, _MAIN, _draw_density), (_BOTTOM, _LOWER - 0.08, _draw_uncertainty)]
    return _columns(panels, heading, parts)


def _columns(
    panels: Sequence[CrossSectionPanel],
    heading: Heading,
    parts: Sequence[tuple[float, float, Callable[[Axes, CrossSectionPanel], None]]],
) -> Figure:
    """Axes from the top down, each with its bottom and height in inches and what is drawn in it."""
    top = parts[0][0] + parts[0][1]
    columns = 3 if len(panels) > 1 else 1
    handles: dict[str, Artist] = {}
    lines = 5 if len(parts) > 1 else 2
    legend_lines = -(-lines // columns)
    figure = new_figure(_COLUMN * len(panels), top + _TITLE + _LEGEND_LINE * legend_lines, heading)
    for number, panel in enumerate(panels):
        for bottom, height, draw in parts:
            axes = add_axes(figure, _COLUMN * number + _MARGIN, bottom, _AXES, height)
            draw(axes, panel)
            axes.set_xlim(panel.edges[0], panel.edges[-1])
            if bottom == _BOTTOM:
                axes.set_xlabel(panel.x_label)
            else:
                axes.tick_params(labelbottom=False)
            if bottom == parts[0][0]:
                axes.set_title(panel.name, loc="left", fontsize=9, fontweight="bold", pad=4)
                axes.set_title(panel.title, loc="right", fontsize=7.5, pad=4)
            handles |= {label: handle for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)}
    legend_above(figure, handles, bottom=top + _TITLE, columns=columns)
    return figure


def _draw_ratio(axes: Axes, panel: CrossSectionPanel) -> None:
    relative = panel.observed_sigma / np.abs(panel.observed)
    look: dict[str, Any] = {"fill": True, "facecolor": "#d5d7da", "edgecolor": "none"}
    axes.stairs(1 + relative, panel.edges, baseline=1 - relative, label=_PUBLISHED, **look)
    axes.axhline(1.0, color=COLOURS["sum"], linewidth=0.8)
    scale = 1.0 / np.abs(panel.observed)
    _draw_points(axes, panel.centres, panel.combined / panel.observed, (panel.sigma * scale, panel.stat_sigma * scale))
    axes.set_ylabel("combined / published")
    moves = np.abs(panel.combined / panel.observed - 1)
    # a bin with a far larger uncertainty than the typical one does not flatten the others
    reach = max(
        1.2 * min(float(np.max(relative)), _TYPICAL * float(np.median(relative))), 1.5 * float(np.max(moves)), 1e-3
    )
    axes.set_ylim(1 - reach, 1 + reach)
    for centre, cut in zip(panel.centres[relative > reach], relative[relative > reach], strict=True):
        axes.annotate(
            rf"$\pm${fixed(100 * cut, 0)}%",
            (centre, 1 + 0.9 * reach),
            xytext=(-4, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=7,
        )


def _draw_density(axes: Axes, panel: CrossSectionPanel) -> None:
    axes.stairs(panel.density_observed, panel.edges, baseline=None, color=COLOURS["sum"], linewidth=1.0, label=_BEFORE)
    _draw_points(axes, panel.centres, panel.density, (panel.density_sigma, panel.density_stat_sigma))
    axes.set_ylim(0, 1.15 * float(np.max(panel.density + panel.density_sigma)))
    axes.set_ylabel(panel.y_label)


def _draw_points(axes: Axes, centres: FloatArray, values: FloatArray, sigmas: tuple[FloatArray, FloatArray]) -> None:
    look: dict[str, Any] = {"color": COLOURS["combined"], "zorder": 4}
    axes.errorbar(centres, values, sigmas[1], fmt="none", elinewidth=2.6, **look)
    axes.errorbar(centres, values, sigmas[0], fmt="o", markersize=3.5, elinewidth=0.9, label=_COMBINED, **look)


def _draw_uncertainty(axes: Axes, panel: CrossSectionPanel) -> None:
    lines = (
        (_ABSOLUTE, panel.sigma / np.abs(panel.combined), COLOURS["data"], "--"),
        (_TOTAL, panel.density_sigma / panel.density, COLOURS["combined"], "-"),
        (_STAT, panel.density_stat_sigma / panel.density, COLOURS["theory"], "-"),
    )
    for label, relative, colour, style in lines:
        axes.stairs(
            100 * relative, panel.edges, baseline=None, color=colour, linestyle=style, linewidth=1.4, label=label
        )
    percent = 100 * np.concatenate([relative for _, relative, _, _ in lines])
    shown = percent[percent > _INVISIBLE]
    axes.set_yscale("log")
    # a label at the upper end would touch that of the panel above
    ticks = [tick for tick in _TICKS if tick <= 1.05 * shown.max()]
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylim(0.8 * float(shown.min()), 1.25 * float(shown.max()))
    axes.set_ylabel("uncertainty [%]")
