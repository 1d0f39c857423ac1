"""A table as text of LaTeX, Markdown or CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping

from ttjroofit.show.rounding import MISSING, Rounded
from ttjroofit.show.tables.table import Cell, Column, Table

__all__ = ["FORMATS", "csv_text", "latex", "markdown", "no_formula"]

_LATEX = {
    "\\": r"\textbackslash{}",
    "_": r"\_",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "$": r"\$",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
}
_MARKDOWN = re.compile(r"([\\`*<>|\[\]])|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


def latex(table: Table) -> str:
    """A ``table`` with a ``tabular``, or a ``longtable``, which needs the package of that name; no other packages."""
    columns = "".join("l" if column.kind == "text" else "r" for column in table.columns)
    header = " & ".join(_latex_text(column.header) for column in table.columns) + r" \\"
    rows = [" & ".join(map(_latex_cell, table.columns, row)) + r" \\" for row in table.rows]
    words = " ".join(map(_latex_text, (f"{table.title}.", *table.notes)))
    caption = rf"\caption{{{words}}}"
    if table.long:
        head = [rf"\begin{{longtable}}{{{columns}}}", rf"{caption} \\", r"\hline", header, r"\hline", r"\endfirsthead"]
        head += [r"\hline", header, r"\hline", r"\endhead", r"\hline", r"\endfoot"]
        return _joined(["% needs \\usepackage{longtable}", *head, *rows, r"\end{longtable}"])
    head = [r"\begin{table}", r"\centering", caption, rf"\begin{{tabular}}{{{columns}}}", r"\hline", header, r"\hline"]
    return _joined([*head, *rows, r"\hline", r"\end{tabular}", r"\end{table}"])


def markdown(table: Table) -> str:
    """A pipe table under its title and notes."""
    lines = [f"**{_markdown_text(table.title)}**", ""]
    lines += [line for note in table.notes for line in (_markdown_text(note), "")]
    lines.append(_piped(_markdown_text(column.header) for column in table.columns))
    lines.append(_piped("---" if column.kind == "text" else "---:" for column in table.columns))
    lines += [_piped(map(_markdown_cell, table.columns, row)) for row in table.rows]
    return _joined(lines)


def csv_text(table: Table) -> str:
    """Comma-separated values: title and notes as ``#`` lines, and three columns where a number has errors."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([name for column in table.columns for name in _csv_header(column)])
    for row in table.rows:
        writer.writerow([cell for place, entry in zip(table.columns, row, strict=True) for cell in _csv(place, entry)])
    comments = "\n".join((table.title, *table.notes)).splitlines()
    return "".join(f"# {line}\n" for line in comments) + text.getvalue()


FORMATS: Mapping[str, Callable[[Table], str]] = {"latex": latex, "markdown": markdown, "csv": csv_text}
"""Name of a format to its writer."""


def _joined(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def _latex_text(text: str) -> str:
    return "".join(_LATEX.get(letter, letter) for letter in text)


def _latex_cell(column: Column, cell: Cell) -> str:
    if isinstance(cell, Rounded):
        value = _latex_number(cell.value)
        if cell.symmetric:
            return rf"${value} \pm {_latex_number(cell.up)}$"
        return f"${value}^{{+{_latex_number(cell.up)}}}_{{-{_latex_number(cell.down)}}}$"
    plain = column.kind == "text" or not re.match(r"[-+]?\d", cell)
    return _latex_text(cell) if plain else f"${_latex_number(cell)}$"


def _latex_number(text: str) -> str:
    mantissa, exponent, power = text.partition("e")
    if text == MISSING:
        return rf"\mathrm{{{MISSING}}}"
    return rf"{mantissa} \times 10^{{{int(power)}}}" if exponent else text.replace("%", r"\%")


def _piped(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _markdown_text(text: str) -> str:
    return _MARKDOWN.sub(r"\\\g<0>", text)


def _markdown_cell(column: Column, cell: Cell) -> str:
    if isinstance(cell, Rounded):
        errors = f"± {cell.up}" if cell.symmetric else f"+{cell.up} -{cell.down}"
        return f"{cell.value} {errors}".strip()
    return _markdown_text(cell) if column.kind == "text" else cell


def _csv_header(column: Column) -> list[str]:
    if column.kind != "value":
        return [column.header]
    return [column.header, f"{column.header} error up", f"{column.header} error down"]


def _csv(column: Column, cell: Cell) -> list[str]:
    if isinstance(cell, Rounded):
        return [_empty(cell.value), _empty(cell.up), _empty(cell.down)]
    return [no_formula(cell) if column.kind == "text" else _empty(cell)] + [""] * (2 if column.kind == "value" else 0)


def no_formula(text: str) -> str:
    """A text that a spreadsheet does not compute: one that seems to be a formula gets an apostrophe in front."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _empty(text: str) -> str:
    return "" if text == MISSING else text
