"""Scan of two parameters: a map of twice the negative log-likelihood with contours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.show.style import COLOURS, Heading, add_axes, in_style, new_figure

__all__ = ["ScanMap", "map_figure"]

LEVELS = {"68%": 2.296, "95%": 5.991}
_LEFT, _BOTTOM, _WIDTH, _HEIGHT, _ABOVE = 0.8, 0.5, 4.4, 3.9, 0.34
_DEEPEST = 12.0


@dataclass(frozen=True, eq=False)
class ScanMap:
    """What is drawn.

    Attributes:
        labels: of the axes.
        axes: values of the two parameters, shapes (N,) and (M,).
        heights: 2 delta NLL, shape (N, M), NaN where there is no point.
        failed: points whose fit failed, shape (N, M).
        best: the best fit, shape (2,).
    """

    labels: tuple[str, str]
    axes: tuple[FloatArray, FloatArray]
    heights: FloatArray
    failed: npt.NDArray[np.bool_]
    best: FloatArray


@in_style
def map_figure(scan: ScanMap, heading: Heading) -> Figure:
    """Draw the map, its contours by interpolation of the grid, and the best fit."""
    figure = new_figure(_LEFT + _WIDTH + 1.1, _BOTTOM + _HEIGHT + _ABOVE, heading)
    axes = add_axes(figure, _LEFT, _BOTTOM, _WIDTH, _HEIGHT)
    first, second = scan.axes
    edges = [_edges(first), _edges(second)]
    mesh = axes.pcolormesh(
        *edges, scan.heights.T, cmap="viridis_r", vmin=0.0, vmax=_DEEPEST, rasterized=True, linewidth=0
    )
    handles: list[Line2D] = []
    if min(scan.heights.shape) > 1:
        for (name, level), line in zip(LEVELS.items(), ("-", "--"), strict=True):
            lowest, highest = np.nanmin(scan.heights, initial=np.inf), np.nanmax(scan.heights, initial=-np.inf)
            if lowest < level < highest:
                axes.contour(
                    first, second, scan.heights.T, levels=[level], colors="white", linestyles=line, linewidths=1.6
                )
                axes.contour(
                    first, second, scan.heights.T, levels=[level], colors="black", linestyles=line, linewidths=0.9
                )
                handles += axes.plot([], [], line, color="black", linewidth=0.9, label=f"{name} joint")
    if np.any(scan.failed):
        where = np.argwhere(scan.failed)
        handles += axes.plot(
            first[where[:, 0]], second[where[:, 1]], "x", color=COLOURS["warning"], markersize=4, label="not converged"
        )
    handles += axes.plot(*scan.best, "P", color="white", markeredgecolor="black", markersize=8, label="best fit", ls="")
    axes.set_xlim(edges[0][0], edges[0][-1])
    axes.set_ylim(edges[1][0], edges[1][-1])
    axes.set_xlabel(scan.labels[0])
    axes.set_ylabel(scan.labels[1])
    axes.legend(handles=handles, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=4, borderpad=0.1, borderaxespad=0.3)
    bar = figure.colorbar(mesh, cax=add_axes(figure, _LEFT + _WIDTH + 0.1, _BOTTOM, 0.18, _HEIGHT), extend="max")
    bar.ax.yaxis.set_label_coords(3.4, 0.5)
    bar.set_label(r"$-2\,\Delta\ln L$")
    return figure


def _edges(centres: FloatArray) -> FloatArray:
    """Edges of bins about points in equal steps."""
    step = centres[1] - centres[0] if len(centres) > 1 else 1.0
    return np.asarray(np.append(centres - step / 2.0, centres[-1] + step / 2.0))
