"""A correlation matrix with its numbers in the cells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.show.numbers import fixed, shorten
from ttjroofit.show.style import Heading, add_axes, in_style, new_figure

__all__ = ["correlation_figure"]

_CELL, _LONGEST, _CHARACTER = 0.44, 40, 0.063


@in_style
def correlation_figure(names: Sequence[str], matrix: FloatArray, heading: Heading) -> Figure:
    """Draw a matrix.

    Args:
        names: of the p rows and columns.
        matrix: shape (p, p), correlations.
        heading: above the figure.
    """
    labels = [shorten(name, _LONGEST) for name in names]
    margin = 0.2 + _CHARACTER * max(len(label) for label in labels)
    side = max(_CELL * len(labels), 1.8)
    figure = new_figure(margin + side + 0.8, margin + side + 0.15, heading)
    axes = add_axes(figure, margin, margin, side, side)
    image = axes.imshow(matrix, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
    for row, column in np.ndindex(*matrix.shape):
        value = matrix[row, column]
        colour = "white" if abs(value) > 0.65 else "black"
        axes.text(column, row, fixed(value), ha="center", va="center", fontsize=6.5, color=colour)
    axes.set_xticks(range(len(labels)), labels, rotation=90, fontsize=8)
    axes.set_yticks(range(len(labels)), labels, fontsize=8)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_parse_math(False)
    axes.tick_params(top=False, right=False, left=False, bottom=False)
    figure.colorbar(image, cax=add_axes(figure, margin + side + 0.12, margin, 0.15, side))
    return figure
