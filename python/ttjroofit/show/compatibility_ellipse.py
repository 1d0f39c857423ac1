"""Two masses against each other: ellipses of their covariance and the line where they are equal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import chi2

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.show.style import COLOURS, Heading, add_axes, in_style, new_figure

__all__ = ["MassPair", "ellipse", "ellipse_figure"]

_MARGIN, _BOTTOM, _SIDE, _LEGEND = 0.75, 0.5, 3.6, 0.78
_LEVELS = {0.68: "-", 0.95: "--"}


@dataclass(frozen=True, eq=False)
class MassPair:
    """Two masses and the single one.

    Attributes:
        labels: of the masses, on the horizontal and the vertical axis.
        values: shape (2,).
        covariance: shape (2, 2).
        single: value and error of the single mass; the error is NaN if there is none.
        unit: of the masses.
    """

    labels: tuple[str, str]
    values: FloatArray
    covariance: FloatArray
    single: tuple[float, float]
    unit: str


def ellipse(values: FloatArray, covariance: FloatArray, probability: float) -> FloatArray:
    """Points where the joint probability of the two inside is as given, shape (2, 181), in the parabolic approximation.

    Args:
        values: the centre, shape (2,).
        covariance: positive definite, shape (2, 2).
        probability: of the pair to lie inside; 0.68 is at delta chi2 = 2.28, not 1.
    """
    angle = np.linspace(0.0, 2.0 * np.pi, 181)
    radius = np.sqrt(chi2.ppf(probability, 2))
    return np.asarray(
        values[:, None] + radius * np.linalg.cholesky(covariance) @ np.array([np.cos(angle), np.sin(angle)])
    )


@in_style
def ellipse_figure(pair: MassPair, heading: Heading) -> Figure:
    """Draw both ellipses, the diagonal and the single mass on it."""
    figure = new_figure(_MARGIN + _SIDE + 0.25, _BOTTOM + _SIDE + _LEGEND, heading)
    axes = add_axes(figure, _MARGIN, _BOTTOM, _SIDE, _SIDE)
    outermost = ellipse(pair.values, pair.covariance, max(_LEVELS))
    single, error = pair.single
    ends = np.append(outermost.ravel(), single)
    margin = 0.04 * np.ptp(ends)
    limits = float(ends.min() - margin), float(ends.max() + margin)
    # one range for both, so that the diagonal is one
    axes.plot(limits, limits, color="grey", linewidth=0.8, label="equal masses")
    if np.isfinite(error):
        along = np.array([single - error, single + error])
        axes.plot(along, along, color=COLOURS["prediction"], linewidth=2)
    axes.plot(single, single, "s", color=COLOURS["prediction"], markersize=5, label=r"one mass, $\pm 1\sigma$")
    _draw_ellipses(axes, pair)
    axes.set_xlim(*limits)
    axes.set_ylim(*limits)
    axes.set_xlabel(f"{pair.labels[0]} [{pair.unit}]")
    axes.set_ylabel(f"{pair.labels[1]} [{pair.unit}]")
    axes.legend(
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=2,
        borderpad=0.1,
        borderaxespad=0.3,
        title="ellipses by the covariance: a parabolic approximation, no scan",
        title_fontsize=7.5,
    )
    return figure


def _draw_ellipses(axes: Axes, pair: MassPair) -> None:
    for level, line in _LEVELS.items():
        points = ellipse(pair.values, pair.covariance, level)
        axes.plot(*points, line, color=COLOURS["experiment"], linewidth=1.4, label=f"{100 * level:.0f}% joint")
    axes.plot(*pair.values, "o", color="black", markersize=4, label="separate masses")
