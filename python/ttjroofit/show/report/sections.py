"""The sections of the page: which tables, figures and sentences stand where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ttjroofit.results.fit import FitResult
from ttjroofit.results.report import ReportResult
from ttjroofit.show.groups import theory_name
from ttjroofit.show.numbers import fixed, goodness_text, p_text
from ttjroofit.show.report.consistency import compatibility_tables, scan_table
from ttjroofit.show.report.inputs import input_tables
from ttjroofit.show.report.masses import (
    breakdown_table,
    error_text,
    mass_table,
    parameter_table,
    prediction_table,
    value_text,
)
from ttjroofit.show.report.model import model_tables, repair_text
from ttjroofit.show.report.nuisances import combined_nuisance_table, nuisance_table
from ttjroofit.show.report.status import all_fits, status_tables
from ttjroofit.show.report.table import Table
from ttjroofit.show.summary import failure_text
from ttjroofit.show.validation import sentence

__all__ = ["Picture", "Section", "headlines", "sections", "warnings"]


@dataclass(frozen=True)
class Picture:
    """A figure on the page.

    Attributes:
        source: data URL.
        width, height: in CSS pixels.
        caption, alternative: as in ``Description``.
    """

    source: str
    width: int
    height: int
    caption: str
    alternative: str


@dataclass(frozen=True)
class Section:
    """One section of the page.

    Attributes:
        name: identifier of its heading.
        title: of the heading.
        sentences: paragraphs at its start.
        bullets: a list after them.
        tables: in order.
        pictures: in order, after the tables.
        folded: pictures behind a line that unfolds them.
        listing: text that is shown as it is.
    """

    name: str
    title: str
    sentences: tuple[str, ...] = ()
    bullets: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    folded: tuple[Picture, ...] = ()
    listing: str = ""


def warnings(result: ReportResult) -> list[str]:
    """What must stand above all numbers."""
    failed = {name: status for name, status in all_fits(result).items() if not status.good}
    lines = [f"FIT FAILED ({name}: {failure_text(status)}): do not use its numbers" for name, status in failed.items()]
    lines += [f"FIT FAILED ({part.part}): {part.reason}" for part in result.skipped if part.failed]
    if not lines and not result.good:
        lines.append("NOT CONVERGED: a point of the scan, or several masses that fit worse than one")
    if result.fit is not None and result.fit.blinded:
        lines.append("BLINDED: all masses are shifted by one hidden offset")
    if result.model.asimov:
        lines.append("Asimov data set: these are not the measured cross sections")
    if result.model.pulls == "zero":
        lines.append("Values of profiled nuisances set to zero: for comparison only")
    return lines


def headlines(result: ReportResult) -> list[tuple[str, str]]:
    """Each mass with its errors, and these by origin; nothing without a fit."""
    if result.fit is None:
        return []
    return [(f"{name} = {value_text(mass)}", _origins(result.fit, name)) for name, mass in result.fit.masses.items()]


def _origins(fit: FitResult, name: str) -> str:
    parts = fit.masses[name].breakdown
    if parts is None:
        return error_text(fit.masses[name])
    sizes = {"PDF": parts.pdf, theory_name(fit): parts.tnp, "interpolation": parts.interpolation}
    terms = {"exp": parts.exp, **{origin: size for origin, size in sizes.items() if size}}
    return " ".join(f"\u00b1 {fixed(size)} ({origin})" for origin, size in terms.items())


def sections(result: ReportResult, pictures: dict[str, list[Picture]], folded: Sequence[Picture]) -> list[Section]:
    """All sections that hold something, in order.

    Args:
        result: of ``-M Report``.
        pictures: those of each section by its name.
        folded: of the section of nuisances.
    """

    def shown(name: str) -> tuple[Picture, ...]:
        return tuple(pictures.get(name, ()))

    fit = result.fit
    everything = [
        Section("summary", "Summary", _summary(result), tables=_summary_tables(result)),
        Section(
            "inputs",
            "Inputs",
            bullets=tuple(map(sentence, result.validation.warnings)),
            tables=tuple(input_tables(result)),
        ),
        Section(
            "model",
            "Model and assumptions",
            (repair_text(result),),
            tables=tuple(model_tables(result)),
            pictures=shown("model"),
        ),
        Section("results", "Results", tables=_result_tables(result), pictures=shown("results")),
        Section("consistency", "Consistency", tables=_consistency_tables(result), pictures=shown("consistency")),
        Section("breakdown", "Breakdown", tables=_breakdown_tables(fit), pictures=shown("breakdown")),
        Section(
            "nuisances",
            "Nuisances",
            tables=(_nuisances(result),),
            pictures=shown("nuisances"),
            folded=tuple(folded),
        ),
        Section("status", "Status and timing", tables=tuple(status_tables(result))),
        Section("card", "Card", listing=result.card_text),
    ]
    return [part for part in everything if part.sentences or part.tables or part.pictures or part.listing]


def _summary(result: ReportResult) -> tuple[str, ...]:
    validation = result.validation
    sentences = [
        f"{len(validation.measurements)} measurements with {validation.bins} bins and {validation.nuisances} "
        f"nuisances; correlation scenario: {result.model.scenario or 'none'}, {validation.assumptions} stated prior "
        "correlations."
    ]
    if result.fit is not None:
        sentences.append(f"Goodness of fit: {goodness_text(result.fit.goodness_of_fit)}.")
    if result.compatibility is not None:
        compared = result.compatibility
        sentences.append(
            f"One mass against {compared.delta_ndf + 1}: delta chi2/ndf = {fixed(compared.delta_chi2)}/"
            f"{compared.delta_ndf}, p = {p_text(compared.p_value)}."
        )
    combined = result.cross_sections
    if combined.p_value is not None:
        sentences.append(
            f"Combination of the cross sections: chi2/ndf = {fixed(combined.chi2)}/{combined.ndf}, "
            f"p = {p_text(combined.p_value)}."
        )
    return tuple(sentences)


def _summary_tables(result: ReportResult) -> tuple[Table, ...]:
    return () if result.fit is None else (mass_table("masses", result.fit.masses, theory_name(result.fit)),)


def _result_tables(result: ReportResult) -> tuple[Table, ...]:
    return () if result.fit is None else (parameter_table(result.fit), prediction_table(result.fit))


def _consistency_tables(result: ReportResult) -> tuple[Table, ...]:
    tables = compatibility_tables(result.compatibility) if result.compatibility is not None else []
    return tuple([*tables, scan_table(result.scan)] if result.scan is not None else tables)


def _breakdown_tables(fit: FitResult | None) -> tuple[Table, ...]:
    tables = [breakdown_table(name, mass, fit) for name, mass in fit.masses.items()] if fit is not None else []
    return tuple(table for table in tables if table is not None)


def _nuisances(result: ReportResult) -> Table:
    if result.fit is None or result.impacts is None:
        return combined_nuisance_table(result.cross_sections)
    return nuisance_table(result.fit, result.impacts)
