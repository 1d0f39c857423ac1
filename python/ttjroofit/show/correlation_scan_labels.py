"""Headings and labels of the figures of ``-M CorrelationScan``."""

from __future__ import annotations

from ttjroofit.results.correlation_scan import AssumptionScan, CorrelationScanResult, LineScan
from ttjroofit.show.correlation_scan import correlation_scan_warnings
from ttjroofit.show.numbers import shorten
from ttjroofit.show.style import Heading

__all__ = ["scan_heading", "scan_label"]


def scan_heading(result: CorrelationScanResult, title: str) -> Heading:
    """Card, what is shown, and what must stand above it."""
    warnings = tuple(warning.strip("* ") for warning in correlation_scan_warnings(result))
    return Heading(f"{result.card}: {title}", tuple(result.quality), warnings)


def scan_label(scan: LineScan | AssumptionScan) -> str:
    """Of a block one line, of a pair two."""
    if isinstance(scan, LineScan):
        return f"{shorten(scan.name, 40)} ({scan.correlations} together)"
    return "\n".join(shorten(name, 52) for name in scan.nuisances)
