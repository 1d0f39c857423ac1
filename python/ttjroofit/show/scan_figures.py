"""The figures of a scan: which numbers of the result go into which figure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.results.scan import ScanPoint, ScanResult
from ttjroofit.show.numbers import asymmetric
from ttjroofit.show.profile_labels import axis_label, errors_text, legend_name, value_label
from ttjroofit.show.scan import scan_warnings
from ttjroofit.show.scan_curves import Curve, CurvesPlot, curves_figure
from ttjroofit.show.scan_map import ScanMap, map_figure
from ttjroofit.show.style import Heading

__all__ = ["scan_figures"]

_DENSE = 201


def scan_figures(result: ScanResult) -> dict[str, Figure]:
    """Draw a scan.

    Args:
        result: of ``--algo grid``; failed points are marked in the figure, a failed fit in each heading.

    Returns:
        Name to figure: ``scan`` for one parameter, with ``scan_breakdown`` and ``scan_curves`` if there are any;
        ``scan_map`` for two.
    """
    if len(result.parameters) == 2:
        return {"scan_map": map_figure(_map(result), _heading(result, "scan of two parameters"))}
    figures = {"scan": _scan(result)}
    if result.breakdown:
        figures["scan_breakdown"] = _breakdown(result)
    if any(curve.held for curve in result.curves):
        figures["scan_curves"] = _family(result)
    return figures


def _heading(result: ScanResult, subject: str) -> Heading:
    return Heading(f"{result.card}: {subject}", tuple(result.quality), tuple(scan_warnings(result)))


def _scan(result: ScanResult) -> Figure:
    name = result.parameters[0]
    single, ends = result.fit[name], result.intervals[name]
    label = "all else at the best fit" if result.fast else "profile by Minuit"
    curves = [_curve(label, result.points, name, marked=True)]
    if single.hesse is not None:
        values = np.linspace(np.min(curves[0].values), np.max(curves[0].values), _DENSE, dtype=np.float64)
        heights = ((values - single.value) / single.hesse) ** 2
        curves.append(Curve("parabola of HESSE", values, heights, np.zeros(_DENSE, dtype=bool)))
    minos = np.array([np.nan, np.nan])
    if single.minos is not None and not result.fast:
        minos = single.value + np.array([single.minos.lo, single.minos.hi], dtype=np.float64)
    notes = [f"{legend_name(name)} = {value_label(single.value, ends['68'])} {single.unit}".rstrip()]
    notes.append(f"95%: {errors_text(ends['95'], single.value)} {single.unit}".rstrip())
    interval = np.array([ends["68"], ends["95"]], dtype=np.float64)
    plot = CurvesPlot(curves, axis_label(name, single), interval, minos, notes)
    return curves_figure(plot, _heading(result, f"scan of {name}"))


def _breakdown(result: ScanResult) -> Figure:
    name = result.parameters[0]
    single = result.fit[name]
    curves = [_curve(f"total {errors_text(result.intervals[name]['68'], single.value)}", result.points, name)]
    curves += [
        _curve(f"{curve.label} {errors_text(curve.intervals[name]['68'], curve.best[name])}", curve.points, name)
        for curve in result.curves
        if curve.frozen
    ]
    notes = [f"{part.label}: {asymmetric(part.hi, part.lo)} {single.unit}".rstrip() for part in result.breakdown]
    nothing = np.full((2, 2), np.nan)
    plot = CurvesPlot(curves, axis_label(name, single), nothing, nothing[0], notes)
    return curves_figure(plot, _heading(result, f"breakdown of the scan of {name}"))


def _family(result: ScanResult) -> Figure:
    name = result.parameters[0]
    single = result.fit[name]
    curves = [_curve(f"profiled: {value_label(single.value, result.intervals[name]['68'])}", result.points, name)]
    curves += [
        _curve(f"{_held(c.held)}: {value_label(c.best[name], c.intervals[name]['68'])}", c.points, name)
        for c in result.curves
        if c.held
    ]
    nothing = np.full((2, 2), np.nan)
    plot = CurvesPlot(curves, axis_label(name, single), nothing, nothing[0])
    return curves_figure(plot, _heading(result, f"scan of {name} for fixed values"))


def _held(values: dict[str, float]) -> str:
    return ", ".join(f"{legend_name(name)} = {value:g}" for name, value in values.items())


def _curve(label: str, points: Sequence[ScanPoint], name: str, *, marked: bool = False) -> Curve:
    values = np.array([point.values[name] for point in points])
    failed = np.array([point.status != 0 for point in points], dtype=bool)
    return Curve(label, values, _heights(points), failed, marked)


def _heights(points: Sequence[ScanPoint]) -> FloatArray:
    return 2.0 * np.array([point.deltaNLL for point in points], dtype=np.float64)


def _map(result: ScanResult) -> ScanMap:
    first, second = result.parameters
    shape = result.grid.shape
    heights, failed = np.full(shape, np.nan), np.zeros(shape, dtype=bool)
    numbers = np.arange(result.grid.first, result.grid.first + len(result.points))
    heights.flat[numbers] = _heights(result.points)
    failed.flat[numbers] = [point.status != 0 for point in result.points]
    return ScanMap(
        labels=(axis_label(first, result.fit[first]), axis_label(second, result.fit[second])),
        axes=(_axis(result, first, shape[0]), _axis(result, second, shape[1])),
        heights=heights,
        failed=failed,
        best=np.array([result.best[first], result.best[second]]),
    )


def _axis(result: ScanResult, name: str, count: int) -> FloatArray:
    low, high = result.grid.ranges[name]
    if result.grid.align_edges and count > 1:
        return np.linspace(low, high, count, dtype=np.float64)
    return np.asarray(low + (np.arange(count) + 0.5) * (high - low) / count)
