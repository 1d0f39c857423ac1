"""The masses of all entries of a matrix on one axis, grouped by what is varied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ttjroofit.inputs.fit_matrix_values import CARD
from ttjroofit.results.fit_matrix import FitMatrixResult
from ttjroofit.show.fit_matrix_rows import MatrixRow, errors_of, matrix_rows, remark_lines, shown_axes
from ttjroofit.show.numbers import asymmetric, fixed, p_text, shorten
from ttjroofit.show.style import COLOURS, CURVES, Heading, add_axes, in_style, legend_above, new_figure

__all__ = ["fit_matrix_figures"]

_LINE, _GAP, _TITLE, _BOTTOM, _LEGEND, _AXIS = 0.16, 0.06, 0.24, 0.46, 0.45, 3.6
_CHARACTER, _BOLD, _LONGEST = 0.068, 0.088, 40
_CHI2 = r"$\chi^2$/ndf"
_OF_MASSES = {"mass": 0.52, "total": 0.85, "exp": 0.42, "shift": 0.5}
_COLUMNS = {**_OF_MASSES, _CHI2: 0.72, "p": 0.62}
"""Columns of numbers beside the axis with their widths in inches."""
_PER_PAGE = 120
"""Lines on a page."""
_NO_MASSES = (165.0, 180.0)
"""GeV, of an axis for fits that all failed without a value."""
_MARKERS = "osD^v<>P"
_COLOURS_AT_MOST = len(_MARKERS)


@dataclass(frozen=True)
class _Line:
    """One row of the matrix in the figure.

    Attributes:
        row: to draw.
        title: of its section; empty without sections.
        label: of its block, written once for all lines of the block.
        series: number of its colour.
        key: label of its colour; empty without colours.
    """

    row: MatrixRow
    title: str
    label: str
    series: int
    key: str


def fit_matrix_figures(result: FitMatrixResult) -> list[Figure]:
    """Draw all entries, as many pages as it takes; p-values where no entry has a mass.

    The last axis that is varied has the colours, the first one the sections where there are three or more, all others
    the rows.
    """
    lines = _lines(result)
    heading = Heading(
        f"matrix of -M {result.method}: {result.card}", tuple(result.quality), tuple(remark_lines(result))
    )
    masses = any(line.row.mass is not None for line in lines)
    limits = _mass_range(lines) if masses else (-0.02, 1.02)
    names = [axis.name for axis in shown_axes(result)]
    return [_page(page, heading, limits, masses=masses, axes=names) for page in _pages(lines)]


def _lines(result: FitMatrixResult) -> list[_Line]:
    axes, rows = shown_axes(result), matrix_rows(result)
    names = {row.mass.name for row in rows if row.mass is not None}
    coloured = len(axes) > 1 and len(axes[-1].values) <= _COLOURS_AT_MOST
    sections = len(axes) - coloured > 1
    middle = slice(int(sections), len(axes) - coloured)
    lines = [
        _Line(
            row,
            row.labels[0] if sections else "",
            ", ".join([*row.labels[middle], *([row.mass.name] if len(names) > 1 and row.mass is not None else [])]),
            axes[-1].values.index(row.entry.choice[axes[-1].name]) if coloured else 0,
            row.labels[-1] if coloured else "",
        )
        for row in rows
    ]
    # one mass of entries that differ by their colour stands together
    alike = groupby(lines, key=lambda line: line.row.labels[: middle.stop])
    return [line for _, block in alike for line in sorted(block, key=lambda line: line.label)]


def _pages(lines: Sequence[_Line]) -> list[list[_Line]]:
    """Lines a page: sections stay whole where they are not longer than a page."""
    pages: list[list[_Line]] = [[]]
    for _, members in groupby(lines, key=lambda line: line.title):
        section = list(members)
        if pages[-1] and len(pages[-1]) + len(section) > _PER_PAGE:
            pages.append([])
        pages[-1] += section
    return [page[start : start + _PER_PAGE] for page in pages for start in range(0, len(page), _PER_PAGE)]


@in_style
def _page(
    lines: Sequence[_Line], heading: Heading, limits: tuple[float, float], *, masses: bool, axes: Sequence[str]
) -> Figure:
    places, bottom = _places(lines)
    labels = [shorten(line.label, _LONGEST) for line in lines]
    titles = [shorten(line.title, _LONGEST) for line in lines]
    left = 0.3 + max(_CHARACTER * max(map(len, labels)), _BOLD * max(map(len, titles)))
    columns = _COLUMNS if masses else {name: width for name, width in _COLUMNS.items() if name not in _OF_MASSES}
    figure = new_figure(left + _AXIS + sum(columns.values()) + 0.15, _BOTTOM + bottom + _LEGEND, heading)
    drawing = add_axes(figure, left, _BOTTOM, _AXIS, bottom)
    drawing.set_xlim(*limits)
    drawing.set_ylim(bottom, 0.0)
    drawing.set_yticks([])
    drawing.locator_params(axis="x", nbins=7)
    drawing.set_xlabel("top-quark mass [GeV]" if masses else "p-value")
    _write_labels(drawing, lines, places)
    handles = _draw(drawing, lines, places, masses=masses)
    _write_numbers(drawing, lines, places, columns)
    if any(line.key for line in lines):
        handles = {
            f"{axes[-1]}: {label}" if n == 0 else label: handle for n, (label, handle) in enumerate(handles.items())
        }
        legend_above(figure, handles, bottom=_BOTTOM + bottom + 0.22, columns=len(handles))
    return figure


def _places(lines: Sequence[_Line]) -> tuple[list[float], float]:
    """Distance of each line from the top, and of the end, in inches."""
    places: list[float] = []
    at = 0.0
    for title, section in groupby(lines, key=lambda line: line.title):
        at += _TITLE if title else 0.0
        for _, block in groupby(section, key=lambda line: line.label):
            count = len(list(block))
            places += [at + _GAP / 2 + _LINE * (number + 0.5) for number in range(count)]
            at += _LINE * count + _GAP
    return places, at


def _write_labels(axes: Axes, lines: Sequence[_Line], places: Sequence[float]) -> None:
    """Titles of sections and labels of blocks beside the axis, every other block on grey."""
    beside = axes.get_yaxis_transform()
    pairs = list(zip(lines, places, strict=True))
    blocks = [list(block) for _, block in groupby(pairs, key=lambda pair: (pair[0].title, pair[0].label))]
    title = ""
    for number, block in enumerate(blocks):
        first, last = block[0][1], block[-1][1]
        line = block[0][0]
        if number % 2:
            edge = (_LINE + _GAP) / 2
            axes.axhspan(first - edge, last + edge, color=COLOURS["row"], linewidth=0, zorder=0)
        look: dict[str, Any] = {"transform": beside, "ha": "right", "va": "center", "parse_math": False}
        axes.text(-0.02, (first + last) / 2, shorten(line.label, _LONGEST), fontsize=8, **look)
        if line.title != title:
            title = line.title
            above = first - (_LINE + _GAP + _TITLE) / 2
            axes.text(-0.02, above, shorten(title, _LONGEST), fontsize=9, weight="bold", **look)
            axes.axhline(above - _TITLE / 2, color="grey", linewidth=0.6)


def _draw(axes: Axes, lines: Sequence[_Line], places: Sequence[float], *, masses: bool) -> dict[str, object]:
    """Points with total and experimental errors; what stands for the colours."""
    handles: dict[str, object] = {}
    for line, place in zip(lines, places, strict=True):
        colour, marker = CURVES[line.series], _MARKERS[line.series % len(_MARKERS)]
        value = line.row.mass.value if line.row.mass is not None else None if masses else line.row.entry.p_value
        if value is None:
            continue
        if line.row.mass is not None:
            outer = np.array(errors_of(line.row.mass))[:, None]
            axes.errorbar(value, place, xerr=outer, fmt="none", ecolor=colour, elinewidth=1, capsize=2)
            if line.row.mass.exp is not None:
                axes.errorbar(value, place, xerr=line.row.mass.exp, fmt="none", ecolor=colour, elinewidth=2.6)
        face = colour if line.row.entry.status == "good" else "white"
        (point,) = axes.plot(value, place, marker, color=colour, markerfacecolor=face, markersize=4, linestyle="none")
        if line.row.shift == 0.0:
            _reference(axes, lines, places, line)
        handles.setdefault(line.key, point)
    return handles


def _reference(axes: Axes, lines: Sequence[_Line], places: Sequence[float], reference: _Line) -> None:
    """A dotted line through all points whose shifts are from this one."""
    mass, card = reference.row.mass, reference.row.entry.choice[CARD]
    if mass is None:
        return
    of_card = [place for line, place in zip(lines, places, strict=True) if line.row.entry.choice[CARD] == card]
    axes.plot([mass.value] * 2, [of_card[0], of_card[-1]], color="grey", linewidth=0.7, linestyle=":", zorder=1)


def _write_numbers(axes: Axes, lines: Sequence[_Line], places: Sequence[float], columns: Mapping[str, float]) -> None:
    beside = axes.get_yaxis_transform()
    edge = 0.1
    for name, width in columns.items():
        edge += width
        at = 1.0 + edge / _AXIS
        axes.text(at, -0.04, name, transform=beside, ha="right", va="bottom", fontsize=8, fontstyle="italic")
        for line, place in zip(lines, places, strict=True):
            text = _texts(line.row)[name]
            colour = "black" if line.row.entry.status == "good" else COLOURS["warning"]
            axes.text(at, place, text, transform=beside, ha="right", va="center", fontsize=7.5, color=colour)
    for line, place in zip(lines, places, strict=True):
        if line.row.entry.status == "impossible" or line.row.entry.error is not None:
            look: dict[str, Any] = {"fontsize": 7.5, "color": COLOURS["warning"], "ha": "left", "va": "center"}
            axes.text(1.0 + 0.2 / _AXIS, place, "no result", transform=beside, **look)


def _texts(row: MatrixRow) -> dict[str, str]:
    """What the columns hold."""
    entry, mass = row.entry, row.mass
    texts = dict.fromkeys(_COLUMNS, "")
    if mass is not None:
        down, up = errors_of(mass)
        texts["mass"] = fixed(mass.value)
        texts["total"] = asymmetric(up, down)
        texts["exp"] = "" if mass.exp is None else fixed(mass.exp)
        texts["shift"] = "" if row.shift is None else f"{round(row.shift, 2) + 0.0:+.2f}"
    if entry.chi2 is not None:
        texts[_CHI2] = f"{fixed(entry.chi2, 1)}/{entry.ndf}"
    if entry.p_value is not None:
        texts["p"] = p_text(entry.p_value)
    return texts


def _mass_range(lines: Sequence[_Line]) -> tuple[float, float]:
    """From the lowest to the highest end of an error bar, with a margin."""
    values = [(line.row.mass.value, *errors_of(line.row.mass)) for line in lines if line.row.mass is not None]
    ends = np.array([end for value, down, up in values for end in (value, value - down, value + up)])
    ends = ends[np.isfinite(ends)]
    if not len(ends):
        return _NO_MASSES
    margin = 0.05 * max(float(np.ptp(ends)), 0.1)
    return float(np.min(ends)) - margin, float(np.max(ends)) + margin
