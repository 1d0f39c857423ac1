"""A heat map with signed percentages in its cells, columns in blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.show.numbers import fixed, shorten
from ttjroofit.show.style import Heading, add_axes, in_style, new_figure

__all__ = ["Block", "PercentMap", "percent_map_figure"]

_WIDTH, _HEIGHT, _CHARACTER, _LONGEST = 0.4, 0.26, 0.074, 34
_LINE, _BLOCK, _BAR, _MARGIN, _NARROWEST = 0.2, 0.3, 0.95, 0.25, 3.2


@dataclass(frozen=True)
class Block:
    """Neighbouring columns of one measurement: its name, and the labels of the columns."""

    name: str
    labels: Sequence[str]


@dataclass(frozen=True, eq=False)
class PercentMap:
    """Cells to draw.

    Attributes:
        rows: the r labels, from the top.
        blocks: of the c columns.
        cells: shape (r, c), in percent.
        plain: number of rows at the bottom that are written without colour.
        digits: decimals of the numbers.
        limit: end of the colours; None for the largest cell.
        meaning: of the colours.
        x_label: of the columns.
        square: whether rows are the columns again, so that they have the same blocks.
    """

    rows: Sequence[str]
    blocks: Sequence[Block]
    cells: FloatArray
    plain: int
    digits: int
    limit: float | None
    meaning: str
    x_label: str
    square: bool = False


@in_style
def percent_map_figure(content: PercentMap, heading: Heading) -> Figure:
    """Draw a map."""
    rows, columns = content.cells.shape
    labels = [shorten(name, _LONGEST) for name in content.rows]
    left = _MARGIN + _CHARACTER * max(map(len, labels)) + (_BLOCK if content.square else 0.0)
    bottom = _MARGIN + _LINE + _CHARACTER * max(len(label) for block in content.blocks for label in block.labels)
    cell_height = 0.8 * _WIDTH if content.square else _HEIGHT
    cell_width = max(_WIDTH, _NARROWEST / columns)
    width, height = cell_width * columns, cell_height * rows
    figure = new_figure(left + width + _BAR, bottom + height + _BLOCK, heading)
    axes = add_axes(figure, left, bottom, width, height)
    coloured = content.cells[: rows - content.plain]
    limit = content.limit if content.limit is not None else float(np.abs(coloured).max(initial=0.1))
    shown = content.cells.copy()
    shown[rows - content.plain :] = np.nan
    image = axes.imshow(shown, cmap="RdBu_r", vmin=-limit, vmax=limit, aspect="auto", interpolation="nearest")
    _write_numbers(axes, content, limit)
    _label(axes, content, labels, height)
    _name_blocks(axes, content, labels)
    bar = figure.colorbar(image, cax=add_axes(figure, left + width + 0.12, bottom, 0.15, height))
    bar.set_label(content.meaning, fontsize=8)
    bar.ax.yaxis.set_label_coords(4.6, 0.5)
    return figure


def _write_numbers(axes: Axes, content: PercentMap, limit: float) -> None:
    coloured = len(content.rows) - content.plain
    for row, column in np.ndindex(*content.cells.shape):
        value = content.cells[row, column]
        dark = row < coloured and abs(value) > 0.65 * limit
        axes.text(
            column,
            row,
            fixed(value, content.digits),
            ha="center",
            va="center",
            fontsize=7,
            color="white" if dark else "black",
        )


def _label(axes: Axes, content: PercentMap, labels: Sequence[str], height: float) -> None:
    columns = [label for block in content.blocks for label in block.labels]
    axes.set_xlabel(content.x_label)
    axes.xaxis.set_label_coords(0.5, -(_LINE + _CHARACTER * max(map(len, columns))) / height)
    axes.set_xticks(range(len(columns)), columns, rotation=90, fontsize=8)
    axes.set_yticks(range(len(labels)), labels, fontsize=8)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_parse_math(False)
    axes.tick_params(top=False, right=False, left=False, bottom=False)
    if content.plain:
        axes.axhline(len(labels) - content.plain - 0.5, color="black", linewidth=1.2)


def _name_blocks(axes: Axes, content: PercentMap, labels: Sequence[str]) -> None:
    start, columns = 0, content.cells.shape[1]
    look: dict[str, Any] = {"fontsize": 8.5, "fontweight": "bold", "parse_math": False}
    room = max(_WIDTH, _NARROWEST / columns) / 0.095
    aside = -72 * (_CHARACTER * max(map(len, labels)) + 0.28)
    for block in content.blocks:
        count = len(block.labels)
        middle = start + (count - 1) / 2
        name = shorten(block.name, max(int(room * count), 4))
        axes.text(middle, -0.65, name, ha="center", va="bottom", **look)
        if content.square:
            axes.annotate(
                name,
                (-0.5, middle),
                xytext=(aside, 0),
                textcoords="offset points",
                rotation=90,
                ha="center",
                va="center",
                **look,
            )
        start += count
        if start < columns:
            axes.axvline(start - 0.5, color="black", linewidth=1.2)
            if content.square:
                axes.axhline(start - 0.5, color="black", linewidth=1.2)
