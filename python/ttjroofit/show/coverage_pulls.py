"""Distributions of a pull with both choices, and the coverage of its intervals against nominal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.show.numbers import fixed
from ttjroofit.show.style import COLOURS, Heading, add_axes, in_style, new_figure

__all__ = ["ChoicePulls", "pull_distributions_figure"]

_WIDTH, _HEIGHT, _BOTTOM, _LEFT, _GAP, _TOP = 3.3, 2.6, 0.5, 0.65, 0.6, 0.3
_COLOURS = (COLOURS["combined"], COLOURS["prediction"])
_KINDS = ("HESSE", "MINOS")
_SPREAD = 0.16


@dataclass(frozen=True, eq=False)
class ChoicePulls:
    """One choice of what stands for the profiled values.

    Attributes:
        label: of the choice.
        edges: of the k bins, shape (k+1,).
        counts: of the pulls of HESSE and MINOS, shape (2, k).
        means, widths: of HESSE and MINOS with their errors.
        nominal: coverages of the i intervals, shape (i,).
        coverage: measured, with error; shape (i, 2, 2) by interval, (HESSE, MINOS), (value, error).
    """

    label: str
    edges: FloatArray
    counts: FloatArray
    means: tuple[tuple[float, float], ...]
    widths: tuple[tuple[float, float], ...]
    nominal: FloatArray
    coverage: FloatArray


@in_style
def pull_distributions_figure(choices: Sequence[ChoicePulls], symbol: str, heading: Heading) -> Figure:
    """Draw the pulls of HESSE and of MINOS with a unit Gaussian, and the coverage less nominal."""
    width = _LEFT + 3 * _WIDTH + 2 * _GAP + 0.15
    figure = new_figure(width, _BOTTOM + _HEIGHT + _TOP, heading)
    for kind, name in enumerate(_KINDS):
        axes = add_axes(figure, _LEFT + kind * (_WIDTH + _GAP), _BOTTOM, _WIDTH, _HEIGHT)
        _draw_pulls(axes, choices, kind)
        what = (
            rf"({symbol} $-$ truth) / $\sigma_{{\mathrm{{HESSE}}}}$" if kind == 0 else r"signed root of $\Delta\chi^2$"
        )
        axes.set_xlabel(what)
        axes.set_title(f"pull of {name}", fontsize=9, pad=4)
        if kind == 0:
            axes.set_ylabel("density of toys")
    axes = add_axes(figure, _LEFT + 2 * (_WIDTH + _GAP) + 0.15, _BOTTOM, _WIDTH - 0.15, _HEIGHT)
    _draw_coverage(axes, choices)
    return figure


def _draw_pulls(axes: Axes, choices: Sequence[ChoicePulls], kind: int) -> None:
    x = np.linspace(-5.0, 5.0, 401)
    axes.plot(x, np.exp(-0.5 * x**2) / np.sqrt(2.0 * np.pi), color="black", linewidth=1, label="unit Gaussian")
    for choice, colour in zip(choices, _COLOURS, strict=True):
        counts = choice.counts[kind]
        density = counts / counts.sum() / np.diff(choice.edges)
        mean, width = choice.means[kind], choice.widths[kind]
        label = (
            f"{choice.label}: mean {fixed(mean[0], 3)} \u00b1 {fixed(mean[1], 3)},\n"
            f"width {fixed(width[0], 3)} \u00b1 {fixed(width[1], 3)}"
        )
        axes.stairs(density, choice.edges, color=colour, linewidth=1.2, label=label)
    axes.set_xlim(-4.0, 4.0)
    axes.set_ylim(0.0, 0.75)
    axes.legend(loc="upper left", borderpad=0.2, borderaxespad=0.3, handlelength=1.2, labelspacing=0.3)


def _draw_coverage(axes: Axes, choices: Sequence[ChoicePulls]) -> None:
    nominal = choices[0].nominal
    labels = [f"{kind}\n{100.0 * level:.4g}%" for level in nominal for kind in _KINDS]
    places = np.arange(len(labels))
    axes.axhline(0.0, color="black", linewidth=1)
    for number, (choice, colour) in enumerate(zip(choices, _COLOURS, strict=True)):
        away = 100.0 * (choice.coverage[:, :, 0] - nominal[:, None]).ravel()
        errors = 100.0 * choice.coverage[:, :, 1].ravel()
        at = places + (number - 0.5) * 2.0 * _SPREAD
        axes.bar(at, away, width=1.8 * _SPREAD, color=colour, alpha=0.55)
        axes.errorbar(at, away, yerr=errors, fmt="o", markersize=3, color=colour, capsize=2, label=choice.label)
    low, high = axes.get_ylim()
    reach = max(abs(low), abs(high), 0.5)
    axes.set_ylim(-1.1 * reach, 1.6 * reach)
    axes.set_xticks(places, labels, fontsize=8)
    axes.tick_params(axis="x", length=0)
    axes.set_ylabel("coverage less nominal [%]")
    axes.set_title("coverage of intervals", fontsize=9, pad=4)
    axes.legend(loc="upper left", borderpad=0.2, borderaxespad=0.3)
