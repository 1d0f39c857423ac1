"""Lines of the summary of ``-M CorrelationScan`` for combined cross sections without a mass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ttjroofit.results.correlation_scan import AssumptionScan, BinShift, CombinedBin, CorrelationScanResult, LineScan
from ttjroofit.show.correlation_scan_remarks import footnote, mark
from ttjroofit.show.numbers import fixed, shorten
from ttjroofit.show.summary import WIDTH

__all__ = ["UNKNOWN", "bin_scan_sections", "most_moved", "nominal_bin_lines"]

UNKNOWN = "unknown"
"""The unit of a converted configuration that does not state it."""

_LISTED, _BINS, _NAME = 12, 6, 40
_HEAD = 74
_COLUMNS = f"    {'':<{_NAME}}{'half shift':>14}{'in % of sigma':>16}{'of sigma, in %':>17}"


def nominal_bin_lines(result: CorrelationScanResult) -> list[str]:
    """The combined cross sections at the nominal correlations, with their errors where these are asymmetric."""
    lines = []
    for number, row in enumerate(result.combined):
        errors = "" if row.lo is None or row.hi is None else f" (+{row.hi:.4g} {row.lo:.4g})"
        start = f"{'' if number else 'nominal':<14}{shorten(row.name, _NAME)} = "
        lines.append(f"{start}{row.value:.6g} +- {row.sigma:.4g}{errors} {_unit(row)}".rstrip())
    return lines


def bin_scan_sections(result: CorrelationScanResult) -> list[list[str]]:
    """Half shifts by block and by single correlation."""
    blocks = [(f"{line.name}, {line.correlations} together", line) for line in result.blocks]
    singles = [
        (f"{shorten(', '.join(scan.nuisances), _HEAD - 18)}, {scan.low:g} : {scan.high:g}", scan)
        for scan in result.assumptions[:_LISTED]
    ]
    rest = len(result.assumptions) - _LISTED
    more = [f"  ... and {rest} more in result.json"] if rest > 0 else []
    return [
        _section("Half the shift, blocks and all together", blocks, result.combined, []),
        _section("Half the shift, one correlation at a time", singles, result.combined, more),
    ]


def _section(
    title: str,
    scans: Sequence[tuple[str, AssumptionScan | LineScan]],
    combined: Sequence[CombinedBin],
    more: list[str],
) -> list[str]:
    if not scans:
        return []
    lines = [title, _COLUMNS]
    for name, scan in scans:
        lines.append(f"  {shorten(name, WIDTH - 16)}  {mark(scan.points)}".rstrip())
        moved = most_moved(scan.bins, combined)
        lines += [_row(row, scan.bins[row.name]) for row in moved[:_BINS]]
        lines += [f"    ... and {len(moved) - _BINS} more in result.json"] if len(moved) > _BINS else []
    return [*lines, *more, *footnote([scan for _, scan in scans])]


def most_moved(shifts: Mapping[str, BinShift], combined: Sequence[CombinedBin]) -> list[CombinedBin]:
    """Cross sections, those first whose value moves most in units of its uncertainty; all in order if they are few."""
    if len(combined) <= _BINS:
        return list(combined)
    return sorted(combined, key=lambda row: -abs(shifts[row.name].half_shift or 0.0) / row.sigma)


def _row(row: CombinedBin, shift: BinShift) -> str:
    value = "n/a" if shift.half_shift is None else f"{shift.half_shift:.3g}"
    numbers = f"{value:>14}{_percent(shift.half_shift, row.sigma):>16}{_percent(shift.half_sigma_shift, row.sigma):>17}"
    return f"    {shorten(row.name, _NAME):<{_NAME}}{numbers}  {_unit(row)}".rstrip()


def _unit(row: CombinedBin) -> str:
    return "" if row.unit == UNKNOWN else shorten(row.unit, 7)


def _percent(shift: float | None, sigma: float) -> str:
    return fixed(None if shift is None else 100.0 * shift / sigma, 1)
