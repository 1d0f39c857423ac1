"""Masses of many fits, in sections, with what others published: inner, outer and scale bars and a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ttjroofit.show.numbers import asymmetric, fixed, shorten
from ttjroofit.show.style import COLOURS, Heading, add_axes, in_style, legend_above, new_figure

__all__ = ["SummaryRow", "mass_summary_figure"]

_ROW, _BOTTOM, _LEGEND, _AXIS, _CHARACTER, _LONGEST = 0.29, 0.46, 0.42, 3.6, 0.068, 54
_COLUMNS = {"mass": 0.62, "exp": 0.5, "theory": 0.55, "total": 0.86, "scale": 0.86}
"""Columns of the table with their widths in inches; the reference comes last."""
_LOWER = 0.27
"""How far the scale bar lies below its row, in rows."""


@dataclass(frozen=True)
class SummaryRow:
    """One mass.

    Attributes:
        section: heading; rows of a section stand together.
        label: of the row.
        value: of the mass in GeV.
        exp: experimental uncertainty; None if not known.
        total: uncertainties towards lower and higher values, both positive, without the scale envelope; NaN if
            a failed fit has none.
        scale: envelope (up >= 0, down <= 0); None without one.
        reference: where it was published; empty for ours.
        ours: whether it is a fit of ttjroofit.
    """

    section: str
    label: str
    value: float
    exp: float | None
    total: tuple[float, float]
    scale: tuple[float, float] | None
    reference: str
    ours: bool


@in_style
def mass_summary_figure(rows: Sequence[SummaryRow], heading: Heading, *, band: SummaryRow | None) -> Figure:
    """Draw the rows.

    Args:
        rows: at least one, those of a section together.
        heading: above the figure.
        band: row whose total is drawn as a band through all others.
    """
    places, titles = _places(rows)
    labels = [shorten(row.label, _LONGEST) for row in rows]
    references = [shorten(row.reference, 30) for row in rows]
    left = 0.3 + _CHARACTER * max(map(len, [*labels, *(title for title, _ in titles)]))
    table = sum(_COLUMNS.values()) + 0.06 * max(map(len, references)) + 0.3
    height = _ROW * (places[-1] + 1)
    figure = new_figure(left + _AXIS + table, _BOTTOM + height + _LEGEND, heading)
    axes = add_axes(figure, left, _BOTTOM, _AXIS, height)
    handles = _draw(axes, rows, places, band)
    axes.set_xlim(*_range(rows))
    axes.set_ylim(places[-1] + 0.6, -0.6)
    axes.locator_params(axis="x", nbins=7)
    axes.set_xlabel("top-quark pole mass [GeV]")
    axes.set_yticks([])
    beside = axes.get_yaxis_transform()
    for place, label in zip(places, labels, strict=True):
        axes.text(-0.02, place, label, transform=beside, ha="right", va="center", fontsize=8.5, parse_math=False)
    for title, place in titles:
        axes.text(
            -0.02, place, title, transform=beside, ha="right", va="center", fontsize=9, weight="bold", parse_math=False
        )
        if place > 0:
            axes.axhline(place - 0.5, color="grey", linewidth=0.5)
    _write_table(axes, rows, places)
    legend_above(figure, handles, bottom=_BOTTOM + height + 0.08, columns=3)
    return figure


def _places(rows: Sequence[SummaryRow]) -> tuple[list[int], list[tuple[str, int]]]:
    """Line of each row and of the title of each section, from 0."""
    places: list[int] = []
    titles: list[tuple[str, int]] = []
    line = 0
    for section, members in groupby(rows, key=lambda row: row.section):
        titles.append((section, line))
        count = len(list(members))
        places += range(line + 1, line + 1 + count)
        line += 1 + count
    return places, titles


def _draw(axes: Axes, rows: Sequence[SummaryRow], places: Sequence[int], band: SummaryRow | None) -> dict[str, object]:
    handles: dict[str, object] = {}
    if band is not None:
        low, high = band.value - band.total[0], band.value + band.total[1]
        handles[f"total of {shorten(band.label, _LONGEST)}"] = axes.axvspan(
            low, high, color=COLOURS["one sigma"], alpha=0.55, linewidth=0
        )
        axes.axvline(band.value, color="grey", linewidth=0.6)
    for row, place in zip(rows, places, strict=True):
        colour = COLOURS["experiment"] if row.ours else "black"
        total = np.array(row.total)[:, None]
        outer = axes.errorbar(row.value, place, xerr=total, fmt="none", ecolor="black", elinewidth=1, capsize=2.5)
        handles.setdefault("total without scales", outer)
        if row.exp is not None:
            inner = axes.errorbar(row.value, place, xerr=row.exp, fmt="none", ecolor=colour, elinewidth=3)
            handles.setdefault(f"experiment ({'ours' if row.ours else 'others'})", inner)
        if row.scale is not None:
            up, down = row.scale
            look: dict[str, Any] = {"facecolor": "none", "edgecolor": COLOURS["theory"], "hatch": "//////"}
            bar = axes.barh(place + _LOWER, up - down, left=row.value + down, height=0.16, linewidth=0.8, **look)
            handles.setdefault("scale envelope", bar)
        face = colour if row.ours else "white"
        axes.plot(row.value, place, "o" if row.ours else "s", color=colour, markerfacecolor=face, markersize=4.5)
    return handles


def _write_table(axes: Axes, rows: Sequence[SummaryRow], places: Sequence[int]) -> None:
    edge, beside = 0.18, axes.get_yaxis_transform()
    texts = [_texts(row) for row in rows]
    for column, (title, width) in enumerate(_COLUMNS.items()):
        edge += width
        at = 1.0 + (edge - 0.12) / _AXIS
        axes.text(at, 0, title, transform=beside, ha="right", va="center", fontsize=8, fontstyle="italic")
        for place, row in zip(places, texts, strict=True):
            axes.text(at, place, row[column], transform=beside, ha="right", va="center", fontsize=8)
    for place, mass in zip(places, rows, strict=True):
        at = 1.0 + edge / _AXIS
        text = shorten(mass.reference, 30)
        axes.text(at, place, text, transform=beside, va="center", fontsize=7, parse_math=False)


def _texts(row: SummaryRow) -> tuple[str, ...]:
    low, high = row.total
    total = fixed(high) if fixed(low) == fixed(high) else asymmetric(high, low)
    theory = "" if row.exp is None else fixed(float(np.sqrt(max((low + high) ** 2 / 4.0 - row.exp**2, 0.0))))
    scale = "" if row.scale is None else asymmetric(*row.scale)
    return fixed(row.value), "" if row.exp is None else fixed(row.exp), theory, total, scale


def _range(rows: Sequence[SummaryRow]) -> tuple[float, float]:
    scales = [row.scale if row.scale is not None else (0.0, 0.0) for row in rows]
    ends = np.array(
        [
            (row.value - max(np.nan_to_num(row.total[0]), -down), row.value + max(np.nan_to_num(row.total[1]), up))
            for row, (up, down) in zip(rows, scales, strict=True)
        ]
    )
    low, high = float(np.min(ends)), float(np.max(ends))
    margin = 0.05 * max(high - low, 0.1)
    return low - margin, high + margin
