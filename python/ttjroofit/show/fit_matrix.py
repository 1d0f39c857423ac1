"""The printed summary of a matrix: one line a mass of each entry."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from textwrap import wrap

from ttjroofit.results.fit_matrix import FitMatrixResult
from ttjroofit.show.fit_matrix_rows import MatrixRow, errors_of, failure_lines, matrix_rows, remark_lines, shown_axes
from ttjroofit.show.numbers import asymmetric, fixed, p_text, shorten
from ttjroofit.show.summary import WIDTH

__all__ = ["fit_matrix_summary"]

_GAP = 2
_NARROWEST = 8


def fit_matrix_summary(result: FitMatrixResult) -> str:
    """Masses, shifts and goodness of fit of all entries, and why some have none.

    Returns:
        Lines of at most ``WIDTH`` characters unless there are too many axes, the last one ended.
    """
    rule = "=" * WIDTH
    title = f"ttjroofit {result.version}, matrix of {len(result.entries)} x -M {result.method}: {result.card}"
    lines = [rule, *wrap(title, WIDTH), rule]
    if remarks := remark_lines(result):
        lines += [*(f"*** {remark} ***" for remark in remarks), rule]
    for text in result.quality:
        lines += wrap(text, WIDTH, initial_indent="  ", subsequent_indent="  ")
    for name, value in result.fixed.items():
        if value is not None:
            lines += wrap(f"{name}: {value}", WIDTH, initial_indent="  ", subsequent_indent="      ")
    rows = matrix_rows(result)
    if any(row.shift is not None for row in rows):
        lines.append(
            f"  masses, errors and shifts in GeV; shifts are from the first good entry of a {result.axes[0].name}"
        )
    elif any(row.mass is not None for row in rows):
        lines.append("  masses and errors in GeV")
    lines += ["", *_table(result, rows), ""]
    for failure in failure_lines(result.entries):
        lines += wrap(failure, WIDTH, initial_indent="  ", subsequent_indent="      ")
    seconds = ", ".join(f"{stage} {fixed(value)} s" for stage, value in result.timing_s.items())
    return "\n".join([*lines, *wrap(f"timing        {seconds}", WIDTH, subsequent_indent=" " * 14)]) + "\n"


def _table(result: FitMatrixResult, rows: Sequence[MatrixRow]) -> list[str]:
    """Lines of numbers; with several axes the first one gives titles."""
    axes = [axis.name for axis in shown_axes(result)]
    titled = len(axes) > 1
    labels = [axes[titled:], *(list(row.labels[titled:]) for row in rows)]
    cells = _used(
        [_HEADERS, *map(_numbers, rows)], named=len({row.mass.name for row in rows if row.mass is not None}) > 1
    )
    widths = [max(map(len, column)) + _GAP for column in zip(*cells, strict=True)]
    room = WIDTH - _GAP * titled - sum(widths)
    columns = _fitted([max(map(len, column)) + _GAP for column in zip(*labels, strict=True)], room)
    header, *names = [_names(line, columns) for line in labels]
    title, *numbers = [_cells(line, widths) for line in cells]
    texts = [_marked(*line) for line in zip(rows, names, numbers, strict=True)]
    if not titled:
        return [f"{header}{title}", *texts]
    lines = [f"{'':{_GAP}}{header}{title}"]
    for card, section in groupby(zip(rows, texts, strict=True), key=lambda line: line[0].labels[0]):
        lines += [shorten(card, WIDTH), *(f"{'':{_GAP}}{text}" for _, text in section)]
    return lines


def _marked(row: MatrixRow, names: str, numbers: str) -> str:
    """A line; what is no good result says so."""
    if row.entry.error is not None or row.entry.status == "impossible":
        return f"{names}no result"
    return f"{names}{numbers}{'  FIT FAILED' if row.entry.status == 'failed' else ''}".rstrip()


def _used(table: list[list[str]], *, named: bool) -> list[list[str]]:
    """The columns in which a row has anything, without the names of masses if there is one name."""
    keep = [any(column[1:]) for column in zip(*table, strict=True)]
    keep[0] = named
    return [[text for text, used in zip(row, keep, strict=True) if used] for row in table]


def _fitted(columns: list[int], room: int) -> list[int]:
    """Widths of columns, the widest ones narrowed until all fit or are as narrow as may be."""
    columns = list(columns)
    while sum(columns) > room and max(columns) > _NARROWEST + _GAP:
        columns[columns.index(max(columns))] -= 1
    return columns


def _names(labels: Sequence[str], columns: Sequence[int]) -> str:
    return "".join(f"{shorten(label, width - _GAP):<{width}}" for label, width in zip(labels, columns, strict=True))


def _cells(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))


_HEADERS = ["of", "mass", "errors", "exp", "shift", "chi2/ndf", "p"]


def _numbers(row: MatrixRow) -> list[str]:
    entry, mass = row.entry, row.mass
    goodness = "" if entry.chi2 is None else f"{fixed(entry.chi2, 1)}/{entry.ndf}"
    p_value = "" if entry.p_value is None else p_text(entry.p_value)
    if mass is None:
        return ["", "", "", "", "", goodness, p_value]
    down, up = errors_of(mass)
    exp = "" if mass.exp is None else fixed(mass.exp)
    shift = "" if row.shift is None else f"{round(row.shift, 2) + 0.0:+.2f}"
    return [mass.name, fixed(mass.value), asymmetric(up, down), exp, shift, goodness, p_value]
