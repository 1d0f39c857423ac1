"""The printed summary of ``-M MultiDimFit --algo none|singles``."""

from __future__ import annotations

from ttjroofit.results.singles import SinglesResult
from ttjroofit.show.profile_text import goodness_line, parameter_lines, profile_warnings, title_lines

__all__ = ["singles_summary"]


def singles_summary(result: SinglesResult) -> str:
    """Each parameter of interest with its errors."""
    failed = ["the end of an interval"] if result.status.good and not result.good else []
    warnings = profile_warnings(result.status, failed, asimov=result.asimov)
    title = f"ttjroofit {result.version}, parameters of interest: {result.card}"
    lines = [
        *title_lines(title, warnings, result.quality),
        "",
        *parameter_lines(result.parameters),
        "",
        goodness_line(result.goodness_of_fit),
    ]
    return "\n".join(lines) + "\n"
