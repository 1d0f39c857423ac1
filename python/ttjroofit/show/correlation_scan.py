"""The printed summary of ``-M CorrelationScan``: plain ASCII, at most 100 characters a line."""

from __future__ import annotations

from textwrap import wrap

from ttjroofit.results.correlation_scan import (
    AssumptionScan,
    CorrelationScanResult,
    LineScan,
    PairSensitivity,
)
from ttjroofit.show.correlation_scan_bins import bin_scan_sections, nominal_bin_lines
from ttjroofit.show.correlation_scan_remarks import footnote, mark
from ttjroofit.show.numbers import fixed, shorten
from ttjroofit.show.scenarios import repair_comparison_lines, scenario_lines
from ttjroofit.show.summary import WIDTH

__all__ = ["correlation_scan_summary", "correlation_scan_warnings"]

_LISTED, _PAIRS, _BINS, _NAME = 12, 12, 58, 56
_BOUNDS = {
    "mass_low": "smallest mass",
    "mass_high": "largest mass",
    "sigma_low": "smallest uncertainty",
    "sigma_high": "largest uncertainty",
}


def correlation_scan_summary(result: CorrelationScanResult) -> str:
    """Scans, what matters of all pairs, bounds, scenarios and repairs."""
    sections = [
        _title_lines(result),
        *(bin_scan_sections(result) if result.mass is None else [_line_lines(result), _assumption_lines(result)]),
        _derivative_lines(result),
        _pair_lines(result),
        _bin_lines(result) if result.mass is not None else [],
        _bound_lines(result),
        scenario_lines(result.scenarios),
        repair_comparison_lines(result.repairs),
        wrap("timing        " + ", ".join(f"{stage} {fixed(s)} s" for stage, s in result.timing_s.items()), WIDTH),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def correlation_scan_warnings(result: CorrelationScanResult) -> list[str]:
    """What must stand above all numbers."""
    failed = [] if result.good else ["*** A FIT OF THE SCAN FAILED: see the status of the points in result.json ***"]
    return [*failed, *(["data          Asimov data set"] if result.asimov else [])]


def _title_lines(result: CorrelationScanResult) -> list[str]:
    rule = "=" * WIDTH
    lines = [rule, *wrap(f"ttjroofit {result.version}, correlation scan: {result.card}", WIDTH), rule]
    lines += correlation_scan_warnings(result)
    lines += wrap(f"measurements  {', '.join(result.measurements)}", WIDTH)
    lines += [line for quality in result.quality for line in wrap(f"quality       {quality}", WIDTH)]
    lines.append(f"correlations  {result.scenario if result.scenario is not None else 'no scenario'}")
    lines.append(f"repair        {result.repair or 'none'}")
    if result.chi2_form == "pearson":
        lines.append("chi2          Pearson: statistical variances follow the combined values")
    if result.method == "rebuilt":
        lines.append("method        every point is a fit anew")
    if result.mass is None or result.sigma is None:
        return [*lines, *nominal_bin_lines(result)]
    return [*lines, f"nominal       {result.parameter} = {result.mass:.3f} +- {result.sigma:.3f} {result.unit}"]


def _header(title: str) -> str:
    return f"{title:<{_NAME + 2}}{'range':>14}{'mass':>8}{'sigma':>8}  points"


def _shift_row(name: str, interval: str, scan: AssumptionScan | LineScan) -> str:
    shifts = f"{fixed(scan.half_shift_MeV, 1):>8}{fixed(scan.half_sigma_shift_MeV, 1):>8}"
    return f"  {shorten(name, _NAME):<{_NAME}}{interval:>14}{shifts}  {mark(scan.points)}".rstrip()


def _line_lines(result: CorrelationScanResult) -> list[str]:
    if not result.blocks:
        return []
    rows = [_shift_row(line.name, f"{line.correlations} together", line) for line in result.blocks]
    return [_header("Half the shift in MeV, blocks and all together"), *rows, *footnote(result.blocks)]


def _assumption_lines(result: CorrelationScanResult) -> list[str]:
    if not result.assumptions:
        return []
    lines = [_header("Half the shift in MeV, one correlation at a time")]
    for scan in result.assumptions[:_LISTED]:
        lines.append(_shift_row(scan.nuisances[0], f"{scan.low:g} : {scan.high:g}", scan))
        lines.append(f"    {shorten(scan.nuisances[1], _NAME)}")
    rest = len(result.assumptions) - _LISTED
    return [*lines, *([f"  ... and {rest} more in result.json"] if rest > 0 else []), *footnote(result.assumptions)]


def _derivative_lines(result: CorrelationScanResult) -> list[str]:
    if result.derivatives_error is None:
        return []
    return wrap(f"No derivatives by the correlations of all pairs: {result.derivatives_error}", WIDTH)


def _pair_lines(result: CorrelationScanResult) -> list[str]:
    if not result.derivatives:
        return []
    by_sigma = sorted(result.derivatives, key=lambda pair: -abs(pair.sigma_derivative))
    lines = [f"What matters: {result.pairs} pairs of nuisances of different measurements, stated or not (s: stated)"]
    for title, rows in (("by the mass", result.derivatives), ("by the uncertainty", by_sigma)):
        lines += ["", _pair_header(title, "mass" if rows is result.derivatives else "sigma")]
        lines += [line for pair in rows[:_PAIRS] for line in _pair_rows(pair, rows is result.derivatives)]
    return lines


def _pair_header(title: str, quantity: str) -> str:
    return f"  {f'{title}, MeV':<52}{'d rho 0.5':>10}{f'{quantity}, largest':>16}{'at rho':>8}{'allowed':>12}"


def _pair_rows(pair: PairSensitivity, by_mass: bool) -> list[str]:
    half = pair.half_MeV if by_mass else pair.sigma_half_MeV
    largest = pair.largest if by_mass else pair.largest_sigma
    allowed = f"{pair.interval[0]:.2f}:{pair.interval[1]:.2f}"
    numbers = f"{half:>+10.1f}{largest.shift_MeV:>+16.1f}{largest.rho:>8.2f}{allowed:>12}"
    return [
        f"  {'s ' if pair.stated else '  '}{shorten(pair.nuisances[0], 49):<50}{numbers}",
        f"      {shorten(pair.nuisances[1], 48)}",
    ]


def _bin_lines(result: CorrelationScanResult) -> list[str]:
    """For the combined bins: what moving all correlations does, against their uncertainty."""
    whole = next((line for line in result.blocks if line.name == "all"), None)
    if whole is None or not result.bins:
        return []
    lines = [
        f"{'Combined cross sections, all correlations together':<{_BINS}}{'half shift/sigma':>18}{'of sigma, %':>13}"
    ]
    for row in result.bins:
        shift = whole.bins[row.bin]
        value = None if shift.half_shift is None else shift.half_shift / row.sigma
        sigma = None if shift.half_sigma_shift is None else 100.0 * shift.half_sigma_shift / row.sigma
        lines.append(f"  {shorten(row.bin, _BINS - 2):<{_BINS - 2}}{fixed(value, 3):>18}{fixed(sigma, 1):>13}")
    return lines


def _bound_lines(result: CorrelationScanResult) -> list[str]:
    if result.bounds_error is not None:
        return wrap(f"{'Bounds' if result.derivatives_error is None else 'No bounds'}: {result.bounds_error}", WIDTH)
    title = "Bounds over all positive semi-definite matrices inside the ranges"
    lines = [f"{title:<72}{f'mass [{result.unit}]':>13}{'sigma':>9}"]
    for name, bound in result.bounds.items():
        remark = "" if bound.converged else "  (search not ended)"
        lines.append(f"  {_BOUNDS[name] + remark:<70}{bound.mass:>13.3f}{bound.sigma:>9.3f}")
    return lines
