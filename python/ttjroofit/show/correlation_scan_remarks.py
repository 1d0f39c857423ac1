"""What is said of points of a scan of correlations that have no fit, or a repaired matrix."""

from __future__ import annotations

from collections.abc import Sequence

from ttjroofit.results.correlation_scan import AssumptionScan, LineScan, ScanPoint

__all__ = ["footnote", "mark", "point_remark"]


def point_remark(points: Sequence[ScanPoint]) -> str:
    """What is to be said of the points of a scan: repaired ones, and those without a fit."""
    counts = {status: sum(point.status == status for point in points) for status in {p.status for p in points}}
    without = sum(count for status, count in counts.items() if status not in {"good", "repaired"})
    if without:
        return f"{without} of {len(points)} points have no fit"
    return "repaired" if counts.get("repaired") else ""


def mark(points: Sequence[ScanPoint]) -> str:
    """The same as one word of a table, explained by its footnote."""
    remark = point_remark(points)
    return "no fit*" if "no fit" in remark else remark


def footnote(scans: Sequence[AssumptionScan | LineScan]) -> list[str]:
    """Lines below a table of scans."""
    if not any("no fit" in point_remark(scan.points) for scan in scans):
        return []
    return ["  * not positive definite somewhere: half the shift between the outermost points that have a fit"]
