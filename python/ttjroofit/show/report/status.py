"""The tables of how the fits ended and how long everything took."""

from __future__ import annotations

from ttjroofit.results.fit import FitStatus
from ttjroofit.results.report import ReportResult
from ttjroofit.show.report.table import Cell, Table, number, words

__all__ = ["all_fits", "status_tables"]


def all_fits(result: ReportResult) -> dict[str, FitStatus]:
    """Name of each fit by RooFit to how it ended."""
    fits = {"fit": result.fit.status} if result.fit is not None else {}
    if result.compatibility is not None:
        names = ("compatibility, one mass", "compatibility, several masses")
        fits |= {name: part.status for name, part in zip(names, result.compatibility.hypotheses, strict=True)}
    if result.scan is not None:
        fits["scan"] = result.scan.status
    return fits


def status_tables(result: ReportResult) -> list[Table]:
    """Status codes, what is missing, and seconds by stage."""
    tables = []
    fits = all_fits(result)
    if fits:
        tables.append(
            Table(
                "status",
                "Fits by RooFit; codes are 0 for success, the covariance quality is 3 for a full and accurate one.",
                (
                    "Fit", "Result", "MIGRAD", "HESSE", "MINOS", "Covariance", "EDM", "Minimiser", "Strategy",
                    "Attempts", "Calls",
                ),
                tuple((words(name), *_status(status)) for name, status in fits.items()),
            )
        )  # fmt: skip
    if result.skipped:
        rows = tuple((words(part.part), words(part.reason)) for part in result.skipped)
        tables.append(Table("skipped", "Parts that are not in this report.", ("Part", "Why"), rows))
    seconds = [*result.timing_s.items(), ("sum without this page", sum(_disjoint(result.timing_s).values()))]
    rows = tuple((words(stage), number(time)) for stage, time in seconds)
    return [*tables, Table("timing", "Wall time by stage in seconds.", ("Stage", "Seconds"), rows)]


def _disjoint(timing: dict[str, float]) -> dict[str, float]:
    """Without what is part of another stage."""
    return {stage: seconds for stage, seconds in timing.items() if stage != "minimisation"}


def _status(status: FitStatus) -> tuple[Cell, ...]:
    return (
        words("converged" if status.good else "FAILED"),
        number(status.migrad, 0),
        number(status.hesse, 0),
        number(status.minos, 0, "not run" if status.minos is None else None),
        number(status.cov_quality, text=f"{status.cov_quality} of 3"),
        number(status.edm, text=f"{status.edm:.1e}"),
        words(status.minimizer),
        *(number(count, 0) for count in (status.strategy, status.attempts, status.calls)),
    )
