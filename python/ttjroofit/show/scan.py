"""The printed summary of a scan."""

from __future__ import annotations

from textwrap import wrap

from ttjroofit.results.scan import ScanCurve, ScanResult
from ttjroofit.show.numbers import asymmetric, fixed
from ttjroofit.show.profile_text import goodness_line, interval_text, parameter_lines, profile_warnings, title_lines
from ttjroofit.show.summary import WIDTH

__all__ = ["scan_summary", "scan_warnings"]


def scan_summary(result: ScanResult) -> str:
    """Where the scan went, the intervals found, and those under other conditions."""
    title = f"ttjroofit {result.version}, scan of {' and '.join(result.parameters)}: {result.card}"
    lines = [*title_lines(title, scan_warnings(result), result.quality), "", *parameter_lines(result.fit)]
    for name, intervals in result.intervals.items():
        unit = result.fit[name].unit
        kind = "at the best fit of all else" if result.fast else "profile"
        lines += [f"  {level}% of {name}, {kind}: {interval_text(ends, unit)}" for level, ends in intervals.items()]
    lines += ["", *_grid_lines(result), goodness_line(result.goodness_of_fit)]
    if result.breakdown:
        unit = result.fit[result.parameters[0]].unit
        lines += ["", f"breakdown of the 68% interval of {result.parameters[0]}"]
        lines += [f"  {part.label:<24}{asymmetric(part.hi, part.lo, 3)} {unit}".rstrip() for part in result.breakdown]
    if result.curves:
        lines += ["", f"{'scans under other conditions':<40}{result.parameters[0]:>12}{'deltaNLL':>10}  68%"]
        lines += [_curve_line(curve, result) for curve in result.curves]
    return "\n".join(lines) + "\n"


def scan_warnings(result: ScanResult) -> list[str]:
    """What must stand above all numbers."""
    every = [*result.points, *(point for curve in result.curves for point in curve.points)]
    count = sum(point.status != 0 for point in every)
    failed = [f"{count} of {len(every)} points"] if count else []
    if not (result.good or failed) and result.status.good:
        failed.append("the end of an interval")
    return profile_warnings(result.status, failed, asimov=result.asimov)


def _grid_lines(result: ScanResult) -> list[str]:
    grid = result.grid
    ranges = ", ".join(f"{name} {interval_text(edges, result.fit[name].unit)}" for name, edges in grid.ranges.items())
    part = "" if len(result.points) == _product(grid.shape) else f", points {grid.first} to {grid.last}"
    text = f"grid          {' x '.join(map(str, grid.shape))} points{part}, {ranges}"
    return wrap(text, WIDTH, subsequent_indent=" " * 14)


def _product(shape: list[int]) -> int:
    total = 1
    for count in shape:
        total *= count
    return total


def _curve_line(curve: ScanCurve, result: ScanResult) -> str:
    name = result.parameters[0]
    interval = interval_text(curve.intervals[name]["68"], result.fit[name].unit)
    return f"  {curve.label:<38}{fixed(curve.best[name], 3):>12}{fixed(curve.deltaNLL, 3):>10}  {interval}"
