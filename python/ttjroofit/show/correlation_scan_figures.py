"""The figures of ``-M CorrelationScan``."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.results.correlation_scan import AssumptionScan, CorrelationScanResult, LineScan, ScanPoint
from ttjroofit.show.correlation_scan_bin_figures import bin_scan_figures
from ttjroofit.show.correlation_scan_labels import scan_heading, scan_label
from ttjroofit.show.labels import mass_symbol
from ttjroofit.show.scenarios_figure import scenarios_figure
from ttjroofit.show.style import COLOURS, CURVES, LINE_STYLES, add_axes, in_style, legend_above, new_figure

__all__ = ["correlation_scan_figures"]

_SHOWN, _ROW, _PANEL, _BOTTOM, _GAP = 20, 0.3, 2.3, 0.5, 0.25
_CHARACTER = 0.058


def correlation_scan_figures(result: CorrelationScanResult) -> dict[str, Figure]:
    """Figures by stem: half shifts, curves of blocks and of single correlations, scenarios."""
    figures = {}
    if result.mass is None:
        return bin_scan_figures(result)
    if result.assumptions:
        figures["half_shifts"] = _half_shifts(result)
        figures["blocks"] = _curves(result, result.blocks, "position between all low (0), nominal (0.5), all high (1)")
        figures["assumptions"] = _curves(result, result.assumptions[: len(CURVES)], "correlation")
    if any(scenario.fit is not None for scenario in result.scenarios):
        figures["scenarios"] = scenarios_figure(result.scenarios, scan_heading(result, "correlation scenarios"))
    return figures


@in_style
def _half_shifts(result: CorrelationScanResult) -> Figure:
    """Bars of half the shift of the mass and of its uncertainty: blocks above, the largest single ones below."""
    scans: list[LineScan | AssumptionScan] = [*result.blocks, *result.assumptions[:_SHOWN]]
    labels = [scan_label(scan) for scan in scans]
    margin = 0.2 + _CHARACTER * max(len(line) for label in labels for line in label.split("\n"))
    height = _ROW * len(scans)
    title = "half the shift over the range of each correlation"
    figure = new_figure(margin + 2 * _PANEL + _GAP + 0.15, _BOTTOM + height + 0.1, scan_heading(result, title))
    columns = {
        rf"half shift of {mass_symbol(result.parameter or '')} [MeV]": ([s.half_shift_MeV for s in scans], "up"),
        "half shift of its uncertainty [MeV]": ([s.half_sigma_shift_MeV for s in scans], "down"),
    }
    places = np.arange(len(scans))
    for column, (axis_label, (values, colour)) in enumerate(columns.items()):
        axes = add_axes(figure, margin + column * (_PANEL + _GAP), _BOTTOM, _PANEL, height)
        sizes = np.array([np.nan if value is None else value for value in values])
        axes.barh(places, sizes, height=0.7, color=COLOURS[colour])
        axes.axvline(0.0, color="black", linewidth=0.6)
        axes.axhline(len(result.blocks) - 0.5, color="grey", linewidth=0.6, linestyle=":")
        reach = 1.25 * max(float(np.nanmax(np.abs(np.append(sizes, 1e-3)))), 1e-3)
        axes.set_xlim(-reach, reach)
        axes.set_ylim(len(scans) - 0.5, -0.5)
        axes.set_xlabel(axis_label)
        axes.tick_params(axis="y", left=False, right=False)
        axes.set_yticks(places, labels if column == 0 else [""] * len(scans), fontsize=6)
        for label in axes.get_yticklabels():
            label.set_parse_math(False)
    return figure


@in_style
def _curves(result: CorrelationScanResult, scans: Sequence[LineScan | AssumptionScan], at: str) -> Figure:
    """Shift of the mass above, of its uncertainty below; gaps where no matrix is positive definite."""
    width, panel, legend = 6.6, 2.2, 0.19 * len(scans) + 0.1
    symbol = mass_symbol(result.parameter or "")
    title = "exact fits along the ranges of the correlations"
    figure = new_figure(width, legend + 2 * panel + _BOTTOM + 0.12, scan_heading(result, title))
    lower = add_axes(figure, 0.75, _BOTTOM, width - 0.9, panel)
    upper = add_axes(figure, 0.75, _BOTTOM + panel + 0.1, width - 0.9, panel)
    handles = {}
    for scan, colour, line in zip(scans, cycle(CURVES), cycle(LINE_STYLES), strict=False):
        at_ = np.array([point.at for point in scan.points])
        whole = isinstance(scan, LineScan) and scan.name == "all"
        look: dict[str, Any] = {"color": "black" if whole else colour, "linewidth": 2.0 if whole else 1.2}
        look["linestyle"] = "-" if whole else line
        (handles[scan_label(scan).replace("\n", " , ")],) = upper.plot(
            at_, _shift(scan.points, "mass", result.mass), **look
        )
        lower.plot(at_, _shift(scan.points, "sigma", result.sigma), **look)
    upper.set_xticklabels([])
    upper.set_ylabel(f"shift of {symbol} [MeV]")
    lower.set_ylabel("shift of its uncertainty [MeV]")
    lower.set_xlabel(at)
    for axes in (upper, lower):
        _zero_line(axes)
    legend_above(figure, handles, bottom=_BOTTOM + 2 * panel + 0.2, columns=1)
    return figure


def _zero_line(axes: Axes) -> None:
    axes.axhline(0.0, color="grey", linewidth=0.6)


def _shift(points: Sequence[ScanPoint], quantity: str, nominal: float | None) -> FloatArray:
    values = [getattr(point, quantity) for point in points]
    shifts = np.array([np.nan if value is None else value for value in values])
    return 1000.0 * (shifts - (np.nan if nominal is None else nominal))
