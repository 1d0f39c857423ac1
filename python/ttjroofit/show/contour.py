"""The printed summary of contours."""

from __future__ import annotations

import numpy as np

from ttjroofit.results.contour import ContourResult
from ttjroofit.show.numbers import fixed
from ttjroofit.show.profile_text import goodness_line, parameter_lines, profile_warnings, title_lines, value_text

__all__ = ["contour_summary", "contour_warnings"]

UNREACHED = -2
"""Status of a point beyond the range of its parameters: the contour is open there."""


def contour_summary(result: ContourResult) -> str:
    """Both parameters, their correlation, the size of the contours, the standalone results."""
    title = f"ttjroofit {result.version}, contours of {' and '.join(result.parameters)}: {result.card}"
    lines = [*title_lines(title, contour_warnings(result), result.quality), "", *parameter_lines(result.fit), ""]
    covariance = np.array(result.covariance, dtype=np.float64)
    correlation = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    lines.append(f"correlation   {fixed(100.0 * float(correlation), 1)} %")
    for level, line in result.contours.items():
        reached = [point for point in line.points if point is not None]
        lines.append(
            f"contour       {level}%: delta chi2 = {line.delta_chi2:.3f}, {len(reached)} of {len(line.points)} points"
        )
        for index, name in enumerate(result.parameters if reached else []):
            ends = [point[index] for point in reached]
            lines.append(f"              {name} from {fixed(min(ends), 3)} to {fixed(max(ends), 3)}")
    lines.append(goodness_line(result.goodness_of_fit))
    if result.standalone:
        lines += ["", "measurements alone"]
        lines += [
            f"  {single.parameter} = {value_text(single.fit)} ({', '.join(single.measurements)})"
            for single in result.standalone
        ]
    return "\n".join(lines) + "\n"


def contour_warnings(result: ContourResult) -> list[str]:
    """What must stand above all numbers."""
    codes = [code for line in result.contours.values() for code in line.status]
    count = sum(code not in (0, UNREACHED) for code in codes)
    failed = [f"{count} of {len(codes)} points"] if count else []
    failed += [f"fit of {single.parameter} alone" for single in result.standalone if not single.good]
    if not (result.good or failed) and result.status.good:
        failed.append("the end of an interval")
    return profile_warnings(result.status, failed, asimov=result.asimov)
