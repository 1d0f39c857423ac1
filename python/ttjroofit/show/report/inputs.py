"""The tables of what goes in: measurements, bins, groups of nuisances."""

from __future__ import annotations

from ttjroofit.results.cross_sections import CrossSections, MeasuredBins
from ttjroofit.results.report import ReportResult
from ttjroofit.results.validation import MeasurementSummary
from ttjroofit.show.cross_sections import bin_ranges
from ttjroofit.show.report.table import Cell, Table, number, quantity, words

__all__ = ["input_tables"]


def input_tables(result: ReportResult) -> list[Table]:
    """Measurements with their references, all bins as published and combined, and the groups of nuisances."""
    return [_measurements(result), _bins(result), _groups(result)]


def _measurements(result: ReportResult) -> Table:
    labels = {bins.measurement: bins for bins in result.cross_sections.measurements}
    return Table(
        "measurements",
        "Measurements. Profiled nuisances were determined by the published fit, externalised sources were not.",
        (
            "Measurement",
            "Experiment",
            "Energy [TeV]",
            "Channel",
            "Bins",
            "Profiled",
            "Externalised",
            "Sum",
            "Reference",
        ),
        tuple(_measurement(summary, labels[summary.name]) for summary in result.validation.measurements),
    )


def _measurement(summary: MeasurementSummary, labels: MeasuredBins) -> tuple[Cell, ...]:
    return (
        words(summary.name),
        words(labels.experiment),
        number(labels.energy_TeV, text=f"{labels.energy_TeV:g}"),
        words(labels.channel),
        number(summary.bins, 0),
        number(summary.profiled, 0),
        number(summary.sources, 0),
        quantity(summary.total, unit=summary.unit),
        words(f"{summary.reference}; {labels.observable}"),
    )


def _bins(result: ReportResult) -> Table:
    return Table(
        "bins",
        "Cross sections as published and after the combination, which knows of no prediction. "
        "sigma is the total uncertainty, stat that with all nuisances frozen.",
        ("Bin", "Measurement", "Range", "Unit", "Published", "sigma", "Combined", "sigma", "stat", "Change [sigma]"),
        tuple(
            row
            for measurement in result.cross_sections.measurements
            for row in _bins_of(result.cross_sections, measurement)
        ),
    )


def _bins_of(combined: CrossSections, measurement: MeasuredBins) -> list[tuple[Cell, ...]]:
    first = combined.slices[measurement.measurement].start
    rows = []
    for place, (name, edges, where) in enumerate(
        zip(measurement.bins, bin_ranges(measurement), combined.where(measurement), strict=True), start=first
    ):
        published, before = combined.observed[place], combined.observed_sigma[place]
        after = combined.values[where]
        unit = f"{measurement.unit} / rho" if measurement.per_unit else measurement.unit
        rows.append(
            (
                words(name),
                words(measurement.measurement),
                words(edges),
                words(unit),
                *(quantity(value) for value in (published, before, after, combined.sigma[where])),
                quantity(combined.stat_sigma[where]),
                number((after - published) / before if before else None),
            )
        )
    return rows


def _groups(result: ReportResult) -> Table:
    return Table(
        "groups",
        "Groups of nuisances and how many are in each; one nuisance can be in several.",
        ("Group", "Nuisances"),
        tuple((words(group), number(count, 0)) for group, count in result.validation.groups.items()),
    )
