"""Impacts of groups of nuisances on every bin, several combinations side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.results.cross_sections import CrossSections
from ttjroofit.show.cross_sections import bin_ranges, kinds_of_groups
from ttjroofit.show.numbers import fixed, shorten
from ttjroofit.show.style import Heading, add_axes, in_style, new_figure

__all__ = ["ImpactMap", "impact_maps_figure", "scenario_maps"]

_GROUPS, _VISIBLE = 24, 0.05
_WIDTH, _HEIGHT, _CHARACTER, _LONGEST = 0.27, 0.21, 0.074, 30
_GAP, _ABOVE, _BAR, _WIDEST = 0.15, 0.42, 0.9, 14.0


@dataclass(frozen=True, eq=False)
class ImpactMap:
    """One panel.

    Attributes:
        title: what is different in this panel.
        blocks: name and labels of the columns of each block.
        cells: shape (r, c), in percent; NaN for a group that this combination does not have.
    """

    title: str
    blocks: Sequence[tuple[str, Sequence[str]]]
    cells: FloatArray

    @property
    def columns(self) -> list[str]:
        """Labels of all c columns."""
        return [label for _, labels in self.blocks for label in labels]


def scenario_maps(results: Sequence[CrossSections]) -> Figure:
    """Draw grouped impacts of several results of ``-M CrossSections`` with the same rows and colours.

    A group has no overall sign in a result: each row is turned as a whole to agree with that of the first panel.

    Args:
        results: at least one; in the order of the panels.
    """
    impacts = [kinds_of_groups(result) for result in results]
    size = {group: 0.0 for of_result in impacts for group in of_result}
    for of_result in impacts:
        for group, values in of_result.items():
            size[group] = max(size[group], 100.0 * max(map(abs, values), default=0.0))
    groups = [name for name in sorted(size, key=lambda name: (-size[name], name)) if size[name] >= _VISIBLE][:_GROUPS]
    cells = [
        100.0 * np.array([of_result.get(group, [np.nan] * len(result.bins)) for group in groups])
        for result, of_result in zip(results, impacts, strict=True)
    ]
    maps = [
        ImpactMap(_title(result, results), _blocks(result), _turned(of_result, cells[0]))
        for result, of_result in zip(results, cells, strict=True)
    ]
    cards = ", ".join(dict.fromkeys(result.card for result in results))
    warnings = ["Asimov data set"] if any(result.asimov for result in results) else []
    if any(result.pulls == "zero" for result in results):
        warnings.append("pulls of profiled nuisances set to zero: for comparison only")
    heading = Heading(f"{cards}: impacts of groups of nuisances in percent", warnings=tuple(warnings))
    return impact_maps_figure(groups, maps, heading)


def _turned(cells: FloatArray, first: FloatArray) -> FloatArray:
    """The rows, each times the sign of its scalar product with the same row of the first panel."""
    if cells.shape != first.shape:
        return cells
    agreement = np.nansum(cells * first, axis=1, keepdims=True)
    return np.asarray(np.where(agreement < 0.0, -cells, cells))


def _title(result: CrossSections, others: Sequence[CrossSections]) -> str:
    """The card where cards differ, the scenario, and other choices."""
    parts = [result.card] if len({other.card for other in others}) > 1 else []
    parts.append(f"correlations: {result.scenario}" if result.scenario is not None else "no scenario")
    if len({other.pulls for other in others}) > 1:
        parts.append(f"pulls {result.pulls}")
    if len({other.chi2_form for other in others}) > 1:
        parts.append(result.chi2_form)
    return ", ".join(parts)


def _blocks(result: CrossSections) -> list[tuple[str, list[str]]]:
    if result.bins == result.measured_bins:
        return [(measurement.measurement, bin_ranges(measurement)) for measurement in result.measurements]
    return [("combined", [shorten(name, 24) for name in result.bins])]


@in_style
def impact_maps_figure(groups: Sequence[str], maps: Sequence[ImpactMap], heading: Heading) -> Figure:
    """Draw the panels in rows of equal length.

    Args:
        groups: the r labels, from the top.
        maps: one a panel.
        heading: above the figure.
    """
    labels = [shorten(group, _LONGEST) for group in groups] or ["no group"]
    left = 0.25 + _CHARACTER * max(map(len, labels))
    below = 0.2 + 0.068 * max((len(label) for content in maps for label in content.columns), default=0)
    width = _WIDTH * max(len(content.columns) for content in maps)
    height = _HEIGHT * len(labels)
    most = max(1, int((_WIDEST - left) / (width + _GAP)))
    rows = -(-len(maps) // most)
    across = -(-len(maps) // rows)
    step = below + height + _ABOVE
    figure = new_figure(left + across * (width + _GAP) + _BAR, rows * step, heading)
    limit = max(float(np.nanmax(np.abs(content.cells), initial=0.1)) for content in maps)
    for number, content in enumerate(maps):
        row, column = divmod(number, across)
        bottom = (rows - 1 - row) * step + below
        own = width * len(content.columns) / max(len(other.columns) for other in maps)
        axes = add_axes(figure, left + column * (width + _GAP), bottom, own, height)
        _draw(axes, content, limit)
        axes.set_yticks(range(len(labels)), labels if column == 0 else [""] * len(labels), fontsize=8)
        for label in axes.get_yticklabels():
            label.set_parse_math(False)
        # colours are the same in all panels: the bar beside the last one speaks for all
    bar_axes = add_axes(figure, left + across * (width + _GAP), (rows - 1) * step + below, 0.14, height)
    bar = figure.colorbar(figure.axes[0].images[0], cax=bar_axes)
    bar.set_label("impact [%]", fontsize=8)
    bar.ax.yaxis.set_label_coords(4.6, 0.5)
    return figure


def _draw(axes: Axes, content: ImpactMap, limit: float) -> None:
    axes.imshow(content.cells, cmap="RdBu_r", vmin=-limit, vmax=limit, aspect="auto", interpolation="nearest")
    for row, column in np.ndindex(*content.cells.shape):
        value = content.cells[row, column]
        if np.isfinite(value) and abs(value) >= _VISIBLE:
            colour = "white" if abs(value) > 0.65 * limit else "black"
            axes.text(column, row, fixed(value, 1), ha="center", va="center", fontsize=5.8, color=colour)
    axes.set_xticks(range(len(content.columns)), content.columns, rotation=90, fontsize=7)
    for label in axes.get_xticklabels():
        label.set_parse_math(False)
    axes.tick_params(top=False, right=False, left=False, bottom=False)
    axes.set_title(shorten(content.title, 60), fontsize=9, fontweight="bold", pad=16, parse_math=False)
    start = 0
    for name, labels in content.blocks:
        room = max(int(_WIDTH * len(labels) / 0.078), 4)
        middle = start + (len(labels) - 1) / 2
        axes.text(middle, -0.6, shorten(name, room), ha="center", va="bottom", fontsize=8, parse_math=False)
        start += len(labels)
        if start < len(content.columns):
            axes.axvline(start - 0.5, color="black", linewidth=1.2)
