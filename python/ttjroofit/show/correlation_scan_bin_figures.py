"""The figures of ``-M CorrelationScan`` for combined cross sections without a mass."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.results.correlation_scan import AssumptionScan, BinShift, CombinedBin, CorrelationScanResult, LineScan
from ttjroofit.show.correlation_scan_bins import UNKNOWN, most_moved
from ttjroofit.show.correlation_scan_labels import scan_heading, scan_label
from ttjroofit.show.numbers import shorten
from ttjroofit.show.style import CURVES, LINE_STYLES, add_axes, in_style, legend_above, new_figure

__all__ = ["bin_scan_figures"]

_SHOWN, _BARS, _BINS, _PANEL, _BOTTOM, _GAP = 15, 60, 6, 2.3, 0.5, 0.25
_ROW, _BAR = 0.2, 0.1
_CHARACTER = 0.058


def bin_scan_figures(result: CorrelationScanResult) -> dict[str, Figure]:
    """Figures by stem: half shifts, curves of blocks and of single correlations."""
    if not result.assumptions or not result.combined:
        return {}
    along = "from all low (0) by nominal (0.5) to all high (1)"
    return {
        "half_shifts": _half_shifts(result),
        "blocks": _curves(result, result.blocks, along),
        "assumptions": _curves(result, result.assumptions[: len(CURVES)], "correlation"),
    }


def _shown(result: CorrelationScanResult) -> list[CombinedBin]:
    """The cross sections that a figure has room for, those that move most, in their order."""
    scans: list[LineScan | AssumptionScan] = [*result.blocks, *result.assumptions]
    largest = {
        row.name: BinShift(max((scan.bins[row.name].half_shift or 0.0 for scan in scans), key=abs), None)
        for row in result.combined
    }
    moved = {row.name for row in most_moved(largest, result.combined)[:_BINS]}
    return [row for row in result.combined if row.name in moved]


def _title(result: CorrelationScanResult, rows: Sequence[CombinedBin], text: str) -> str:
    some = "" if len(rows) == len(result.combined) else f" ({len(rows)} of {len(result.combined)} cross sections)"
    return f"{text}{some}"


@in_style
def _half_shifts(result: CorrelationScanResult) -> Figure:
    """Bars, one colour a cross section: blocks above, the largest single correlations below."""
    rows = _shown(result)
    singles = result.assumptions[: min(_SHOWN, _BARS // len(rows))]
    scans: list[LineScan | AssumptionScan] = [*result.blocks, *singles]
    labels = [scan_label(scan) for scan in scans]
    margin = 0.2 + _CHARACTER * max(len(line) for label in labels for line in label.split("\n"))
    height = max(_ROW + _BAR * len(rows), 0.32) * len(scans)
    legend = 0.19 * len(rows) + 0.1
    title = _title(result, rows, "half the shift over the range of each correlation")
    figure = new_figure(margin + 2 * _PANEL + _GAP + 0.15, _BOTTOM + height + legend, scan_heading(result, title))
    handles: dict[str, Any] = {}
    thickness = 0.8 / len(rows)
    quantities = {
        "half shift [% of the uncertainty]": "half_shift",
        "half shift of the uncertainty [%]": "half_sigma_shift",
    }
    for column, (axis_label, quantity) in enumerate(quantities.items()):
        axes = add_axes(figure, margin + column * (_PANEL + _GAP), _BOTTOM, _PANEL, height)
        reach = 1e-3
        for i, (row, colour) in enumerate(zip(rows, CURVES, strict=False)):
            sizes = _percent([getattr(scan.bins[row.name], quantity) for scan in scans], row.sigma)
            places = np.arange(len(scans)) + (i + 0.5) * thickness - 0.4
            handles[shorten(row.name, 60)] = axes.barh(places, sizes, height=thickness, color=colour)
            reach = max(reach, float(np.nanmax(np.abs(np.append(sizes, 0.0)))))
        axes.axvline(0.0, color="black", linewidth=0.6)
        axes.axhline(len(result.blocks) - 0.5, color="grey", linewidth=0.6, linestyle=":")
        axes.set_xlim(-1.25 * reach, 1.25 * reach)
        axes.set_ylim(len(scans) - 0.5, -0.5)
        axes.set_xlabel(axis_label)
        axes.tick_params(axis="y", left=False, right=False)
        axes.set_yticks(np.arange(len(scans)), labels if column == 0 else [""] * len(scans), fontsize=6)
        for label in axes.get_yticklabels():
            label.set_parse_math(False)
    legend_above(figure, handles, bottom=_BOTTOM + height + 0.1, columns=1)
    return figure


def _percent(shifts: Sequence[float | None], sigma: float) -> FloatArray:
    return np.asarray(100.0 * np.array([np.nan if shift is None else shift for shift in shifts]) / sigma)


@in_style
def _curves(result: CorrelationScanResult, scans: Sequence[LineScan | AssumptionScan], at: str) -> Figure:
    """A row for each cross section: shift of its value on the left, of its uncertainty on the right."""
    rows, panel, width = _shown(result), 1.5, 2.6
    legend, left, gap = 0.19 * len(scans) + 0.1, 0.85, 0.95
    height = len(rows) * (panel + 0.1)
    title = _title(result, rows, "exact fits along the ranges")
    size = left + 2 * width + gap + 0.15, legend + height + _BOTTOM + 0.12
    figure = new_figure(*size, scan_heading(result, title))
    handles: dict[str, Any] = {}
    for number, row in enumerate(rows):
        bottom = _BOTTOM + (len(rows) - 1 - number) * (panel + 0.1)
        position = [item.name for item in result.combined].index(row.name)
        for column, (quantity, nominal) in enumerate((("values", row.value), ("sigmas", row.sigma))):
            axes = add_axes(figure, left + column * (width + gap), bottom, width, panel)
            for scan, look in zip(scans, _looks(scans), strict=True):
                where = np.array([point.at for point in scan.points])
                found = [getattr(point, quantity) for point in scan.points]
                shifts = np.array([np.nan if values is None else values[position] - nominal for values in found])
                (handles[scan_label(scan).replace("\n", " , ")],) = axes.plot(where, shifts, **look)
            axes.axhline(0.0, color="grey", linewidth=0.6)
            what = shorten(row.name, 16) if quantity == "values" else "its uncertainty"
            unit = f" [{shorten(row.unit, 7)}]" if row.unit != UNKNOWN else ""
            label = axes.set_ylabel(f"shift of {what}{unit}", fontsize=7)
            label.set_parse_math(False)
            if number == len(rows) - 1:
                axes.set_xlabel(at, fontsize=7)
            else:
                axes.set_xticklabels([])
    legend_above(figure, handles, bottom=_BOTTOM + height + 0.1, columns=1)
    return figure


def _looks(scans: Sequence[LineScan | AssumptionScan]) -> list[dict[str, Any]]:
    looks: list[dict[str, Any]] = []
    for scan, colour, line in zip(scans, cycle(CURVES), cycle(LINE_STYLES), strict=False):
        whole = isinstance(scan, LineScan) and scan.name == "all"
        looks.append(
            {
                "color": "black" if whole else colour,
                "linewidth": 2.0 if whole else 1.2,
                "linestyle": "-" if whole else line,
            }
        )
    return looks
