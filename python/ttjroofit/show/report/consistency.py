"""The tables of how the measurements go together: one mass against several, tension, the scanned interval."""

from __future__ import annotations

from ttjroofit.results.compatibility import CompatibilityResult, Hypothesis, MassEstimate, MassShift, Tension
from ttjroofit.results.scan import ScanResult
from ttjroofit.show.numbers import asymmetric, fixed, p_text
from ttjroofit.show.profile_text import interval_text
from ttjroofit.show.report.table import Cell, Table, number, words

__all__ = ["compatibility_tables", "scan_table"]


def compatibility_tables(result: CompatibilityResult) -> list[Table]:
    """Both hypotheses, the pairs of masses, and each measurement against the others."""
    tables = [_hypotheses(result), _pairs(result)]
    return tables if result.tension is None else [*tables, _tension(result.tension)]


def _hypotheses(result: CompatibilityResult) -> Table:
    caption = (
        f"One mass against {result.delta_ndf + 1}: delta chi2/ndf = {fixed(result.delta_chi2)}/{result.delta_ndf}, "
        f"p = {p_text(result.p_value)}."
    )
    return Table(
        "hypotheses",
        caption,
        ("Mass", "Fit", "Value [GeV]", "MINOS", "HESSE", "Exp", "chi2/ndf", "p"),
        tuple(row for hypothesis in result.hypotheses for row in _hypothesis(hypothesis)),
    )


def _hypothesis(hypothesis: Hypothesis) -> list[tuple[Cell, ...]]:
    count = len(hypothesis.masses)
    rows: list[tuple[Cell, ...]] = []
    # the matrix keeps the order of the masses, keys of JSON do not
    for name in hypothesis.correlation.names:
        mass = hypothesis.parameters[name]
        rows.append(
            (
                words(name),
                words("one mass" if count == 1 else f"{count} masses"),
                number(mass.value, 3),
                words(asymmetric(mass.minos.hi, mass.minos.lo) if mass.minos is not None else "not run"),
                number(mass.hesse),
                number(mass.breakdown.exp if mass.breakdown is not None else None),
                number(hypothesis.chi2, text=f"{fixed(hypothesis.chi2)}/{hypothesis.ndf}"),
                number(hypothesis.p_value, text=p_text(hypothesis.p_value)),
            )
        )
    return rows


def _pairs(result: CompatibilityResult) -> Table:
    matrix = result.hypotheses[1].correlation
    rows = []
    for difference, ratio in zip(result.differences, result.ratios, strict=True):
        first, second = difference.masses
        correlation = matrix.matrix[matrix.names.index(first)][matrix.names.index(second)]
        rows.append(
            (
                words(f"{first}, {second}"),
                number(correlation, 3),
                number(difference.value, text=f"{fixed(difference.value)} \u00b1 {fixed(difference.error)}"),
                number(difference.sigmas),
                number(ratio.value, text=f"{fixed(ratio.value, 4)} \u00b1 {fixed(ratio.error, 4)}"),
            )
        )
    columns = ("Masses", "Correlation", "Difference [GeV]", "Difference [sigma]", "Ratio")
    return Table("pairs", "Pairs of masses of the larger fit.", columns, tuple(rows))


def _tension(tension: Tension) -> Table:
    return Table(
        "tension",
        f"Each measurement against the others, one mass in GeV: {_estimate(tension.all)} with all.",
        ("Measurement", "Alone", "Without it", "All \u2212 without", "Alone \u2212 without", "Added chi2/ndf", "p"),
        tuple(
            (
                words(row.measurement),
                words(_estimate(row.alone)),
                words(_estimate(row.without)),
                words(_shift(row.pull_on_all)),
                words(_shift(row.against_others)),
                words("n/a" if row.added_chi2 is None else f"{fixed(row.added_chi2)}/{row.added_ndf}"),
                number(row.p_value, text=None if row.p_value is None else p_text(row.p_value)),
            )
            for row in tension.measurements
        ),
    )


def _estimate(estimate: MassEstimate | None) -> str:
    return "no fit" if estimate is None else f"{fixed(estimate.value)} \u00b1 {fixed(estimate.sigma)}"


def _shift(shift: MassShift | None) -> str:
    return "n/a" if shift is None else f"{fixed(shift.value)} \u00b1 {fixed(shift.error)}"


def scan_table(result: ScanResult) -> Table:
    """Intervals of the profile likelihood, and the parts of the first one."""
    name = result.parameters[0]
    unit = result.fit[name].unit
    rows = [
        (words(f"{probability}% interval of {name}"), words(interval_text(ends, unit)))
        for probability, ends in result.intervals[name].items()
    ]
    rows += [
        (words(f"{part.label} part of the 68% interval"), words(f"{asymmetric(part.hi, part.lo)} {unit}"))
        for part in result.breakdown
    ]
    return Table("scan", "Profile likelihood on a grid.", ("What", "Result"), tuple(rows))
