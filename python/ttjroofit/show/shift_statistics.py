"""The printed table of ``-M ShiftStatistics``: plain ASCII, at most 100 characters a line."""

from __future__ import annotations

from textwrap import wrap

from ttjroofit.results.shift_statistics import MassShiftStatistics, ShiftStatistic, ShiftStatisticsResult
from ttjroofit.results.toys import Estimate
from ttjroofit.show.numbers import fixed, shorten
from ttjroofit.show.summary import WIDTH
from ttjroofit.show.toys import unconverged_text

__all__ = ["row_label", "shift_statistics_failures", "shift_statistics_summary"]

_LISTED = 30
_NAME = 44


def shift_statistics_summary(result: ShiftStatisticsResult) -> str:
    """Impact and Monte Carlo statistical uncertainty of every source and group.

    Args:
        result: of ``-M ShiftStatistics``.

    Returns:
        Lines of at most ``WIDTH`` characters, the last one ended.
    """
    rule = "=" * WIDTH
    lines = [rule, *wrap(f"ttjroofit {result.version}, Monte Carlo statistics of shifts: {result.card}", WIDTH), rule]
    for failure in shift_statistics_failures(result):
        lines += [*wrap(f"*** {failure} ***", WIDTH), rule]
    fields = {
        "measurements": ", ".join(result.measurements),
        "correlations": result.scenario if result.scenario is not None else "no scenario",
        "pulls": result.pulls,
        "quality": "; ".join(result.quality),
        "toys": f"{result.toys} over shifts, seed {result.seed}, combination {result.method}"
        + (f", {result.smoothed} sources smoothed in each" if result.smoothed else ""),
    }
    lines += [line for name, text in fields.items() for line in _field(name, text)]
    for name, mass in result.masses.items():
        lines += ["", *_mass_lines(name, mass)]
    lines += ["", *_field("timing", ", ".join(f"{name} {fixed(time)} s" for name, time in result.timing_s.items()))]
    return "\n".join(lines) + "\n"


def shift_statistics_failures(result: ShiftStatisticsResult) -> list[str]:
    """Why the result cannot be used fully; empty for a good one."""
    lost = max((row.unconverged for mass in result.masses.values() for row in mass.rows), default=0)
    return [unconverged_text(lost, result.toys)] if lost else []


def row_label(row: ShiftStatistic) -> str:
    """Name of a row, with the number of sources that fluctuate in a group."""
    if row.kind == "source":
        return row.name
    what = "all nuisances" if row.kind == "all" else row.name
    return f"{what} ({row.fluctuated} of {row.members})"


def _mass_lines(name: str, mass: MassShiftStatistics) -> list[str]:
    lines = [
        f"{name} = {fixed(mass.value)} +- {fixed(mass.sigma)} {mass.unit}",
        f"{f'  [{mass.unit}]':<{_NAME + 2}}{'impact':>8}{'MC stat. unc.':>19}{'of its sigma':>19}",
    ]
    sources = [row for row in mass.rows if row.kind == "source"]
    shown = [*sources[:_LISTED], *(row for row in mass.rows if row.kind != "source")]
    for before, row in zip([None, *shown], shown, strict=False):
        if before is not None and before.kind != row.kind:
            lines.append("")
        lines.append(_row(row))
    if len(sources) > _LISTED:
        lines.append(f"  ... and {len(sources) - _LISTED} more sources in result.json")
    return lines


def _row(row: ShiftStatistic) -> str:
    label = shorten(row_label(row), _NAME)
    return f"  {label:<{_NAME}}{row.impact:>+8.3f}{_estimate(row.mc_stat):>19}{_estimate(row.sigma_rms):>19}"


def _estimate(estimate: Estimate) -> str:
    return f"{fixed(estimate.value, 3)} +- {fixed(estimate.error, 3)}"


def _field(name: str, text: str) -> list[str]:
    return wrap(f"{name:<13} {text}", WIDTH, subsequent_indent=" " * 14, break_on_hyphens=False)
