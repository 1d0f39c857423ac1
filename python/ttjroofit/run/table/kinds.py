"""Which table is made of which result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ttjroofit.errors import OptionError, suggestion
from ttjroofit.results.correlation_scan import CorrelationScanResult
from ttjroofit.results.cross_sections import CrossSections
from ttjroofit.results.fit import FitResult
from ttjroofit.results.fit_matrix import FitMatrixResult
from ttjroofit.run.plot.opening import blamed_on, open_result
from ttjroofit.show.tables.breakdown import breakdown_table
from ttjroofit.show.tables.cross_sections import cross_section_table
from ttjroofit.show.tables.fit_matrix import fit_matrix_table
from ttjroofit.show.tables.nuisances import nuisance_table
from ttjroofit.show.tables.scenarios import scenario_table
from ttjroofit.show.tables.table import Table

__all__ = ["KINDS", "Kind", "table_of"]


@dataclass(frozen=True)
class Kind:
    """A kind of table.

    Attributes:
        make: from a result; the number of rows, None for all, is heeded by tables of nuisances only.
        accepts: classes of results.
        methods: that write them, for messages.
    """

    make: Callable[..., Table]
    accepts: tuple[type, ...]
    methods: str


KINDS: Mapping[str, Kind] = {
    "breakdown": Kind(breakdown_table, (FitResult,), "Fit"),
    "nuisances": Kind(nuisance_table, (FitResult, CrossSections), "Fit or CrossSections"),
    "cross_sections": Kind(cross_section_table, (CrossSections,), "CrossSections"),
    "scenarios": Kind(scenario_table, (CorrelationScanResult,), "CorrelationScan"),
    "matrix": Kind(fit_matrix_table, (FitMatrixResult,), "matrix"),
}
"""Name on the command line to kind."""


def table_of(name: str, path: Path, rows: int | None = None) -> Table:
    """The table of a kind from ``result.json`` or the folder that holds it.

    Raises:
        OptionError: an unknown kind, rows for a kind that has few, or a result of another method.
        InputError: the file is missing or damaged.
    """
    if name not in KINDS:
        raise OptionError(f"no table '{name}'{suggestion(name, KINDS)}")
    kind = KINDS[name]
    if rows is not None and name != "nuisances":
        raise OptionError(f"--rows is a choice of the table 'nuisances', not of '{name}'")
    result = open_result(path)
    if not isinstance(result, kind.accepts):
        raise OptionError(f"{path}: a table '{name}' needs a result of -M {kind.methods}, found {_schema(result)}")
    with blamed_on(path):
        return kind.make(result, rows) if name == "nuisances" else kind.make(result)


def _schema(result: object) -> str:
    return str(getattr(result, "schema", type(result).__name__))
