"""What each table of a record is: stated in a file, or found by names and keywords."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ttjroofit.errors import InputError, Place
from ttjroofit.files import LONGEST_NAME, is_file
from ttjroofit.inputs.hepdata.record import Record
from ttjroofit.inputs.hepdata.table import HepTable
from ttjroofit.inputs.schema import Name
from ttjroofit.inputs.validation import validate
from ttjroofit.inputs.yaml_file import load_yaml

__all__ = ["MeasurementMapping", "RecordMapping", "guess_mapping", "read_mapping"]

_CURE = "state what each table is in a mapping file (--mapping, docs/hepdata.md)"
_NOT_VALUES = r"covarian|correlat|nuisance|impact|pull|post-?fit|shift"
_SHIFTS = r"shift|source|breakdown|extrapol|uncertaint"


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class MeasurementMapping(_Block):
    """One measurement of a record; tables are given by their names."""

    name: Name = Field(description="name of the measurement: letters, digits and underscores")
    table: str = Field(description="table of the cross sections in their bins")
    variable: str | None = Field(None, description="header of the dependent variable, where the table has several")
    covariance: str | None = Field(None, description="table of the total covariance; of the fit, if profiled")
    statistical_covariance: str | None = Field(None, description="table of the statistical covariance")
    statistical_correlation: str | None = Field(None, description="table of the statistical correlation")
    shifts: str | None = Field(None, description="table of sources against bins: changes for +1 standard deviation")
    nuisances: str | None = Field(None, description="table of the profiled nuisances: values with standard deviations")
    nuisance_correlation: str | None = Field(None, description="table of the correlation of bins and nuisances")
    nuisance_covariance: str | None = Field(None, description="the same as a covariance")
    without_prior: list[str] = Field([], description="nuisances that were free in the published fit")
    statistical: list[str] | None = Field(None, description="labels of statistical errors")
    total: list[str] | None = Field(None, description="labels of errors that sum up others and are left out")
    bins: list[Name] | None = Field(None, description="names of the bins")
    experiment: str | None = Field(None, description="for instance ATLAS or CMS")
    energy: float | None = Field(None, alias="energy_TeV", gt=0, description="centre-of-mass energy in TeV")
    year: str | int = Field("unknown", description="years of data taking")
    channel: str | None = Field(None, description="decay channel")
    reference: str | None = Field(None, description="publication and record")
    observable: str | None = Field(None, description="definition of the observable and of the phase space")
    unit: str | None = Field(None, description="unit of the values")
    quantity: Literal["per bin", "per unit of rho"] | None = Field(None, description="of the values")


class RecordMapping(_Block):
    """What the tables of a record are."""

    schema_: Literal["ttjroofit/hepdata_mapping/1"] = Field(alias="schema", description="name and version")
    covariance: str | None = Field(None, description="table of the total covariance of the bins of all measurements")
    statistical_covariance: str | None = Field(None, description="table of their statistical covariance")
    measurements: list[MeasurementMapping] = Field(min_length=1, description="the measurements, in order")


def read_mapping(path: Path) -> RecordMapping:
    """Read a mapping file.

    Raises:
        InputError: with file and line, if it is missing or malformed, or names are not unique.
    """
    file = load_yaml(path)
    mapping = validate(RecordMapping, file)
    names = [measurement.name for measurement in mapping.measurements]
    for i, name in enumerate(names):
        if name in names[:i]:
            raise file.error(f"two measurements '{name}'; rename one", "measurements", i, "name")
    return mapping


def guess_mapping(record: Record) -> RecordMapping:
    """One measurement from what names, descriptions and headers say.

    Raises:
        InputError: no table can be the cross sections, or several can be the same thing.
    """
    values = _one(record, [table for table in record.tables if _is_spectrum(table)], "the cross sections", needed=True)
    matrices = [table for table in record.tables if _is_matrix(table)]
    nuisances = [
        table
        for table in record.tables
        if table not in matrices and _says(table, r"nuisance|pull|post-?fit") and _named(table)
    ]
    found: dict[str, HepTable | None] = {
        "covariance": _one(record, _covariances(matrices, statistical=False), "the total covariance"),
        "statistical_covariance": _one(record, _covariances(matrices, statistical=True), "the statistical covariance"),
        "statistical_correlation": _one(
            record,
            [t for t in matrices if _says(t, r"stat") and not _says(t, r"covarian|nuisance|post-?fit")],
            "the statistical correlation",
        ),
        "nuisances": _one(record, nuisances, "the nuisances"),
        "shifts": _one(record, [t for t in record.tables if _is_shifts(t) and t not in nuisances], "the shifts"),
    }
    kind = "nuisance_covariance", "nuisance_correlation"
    with_nuisances = [table for table in matrices if _says(table, r"nuisance|post-?fit")]
    for key, pattern in zip(kind, (r"covarian", r"correlat"), strict=True):
        found[key] = _one(record, [t for t in with_nuisances if _says_first(t, pattern)], key.replace("_", " "))
    tables = {key: table.name for key, table in found.items() if table is not None}
    name = re.sub(
        r"[^A-Za-z0-9_]", "_", record.path.resolve().stem if is_file(record.path) else record.path.resolve().name
    )
    name = (f"_{name}" if name[:1].isdigit() or not name else name)[:LONGEST_NAME]
    measurement = MeasurementMapping.model_validate({"name": name, "table": values.name if values else "", **tables})
    return RecordMapping.model_validate({"schema": "ttjroofit/hepdata_mapping/1", "measurements": [measurement]})


def _one(record: Record, tables: Sequence[HepTable], what: str, *, needed: bool = False) -> HepTable | None:
    if len(tables) > 1:
        names = ", ".join(f"'{table.name}'" for table in tables[:8])
        raise InputError(f"{len(tables)} tables can be {what}: {names}; {_CURE}", Place(record.path))
    if needed and not tables:
        known = ", ".join(f"'{table.name}'" for table in record.tables[:8])
        raise InputError(
            f"no table has bins with values that can be {what}; tables: {known}; {_CURE}", Place(record.path)
        )
    return tables[0] if tables else None


def _says(table: HepTable, pattern: str) -> bool:
    return re.search(pattern, table.words) is not None


def _says_first(table: HepTable, pattern: str) -> bool:
    """Whether the header of the values says it or, if that says neither, the name."""
    header = table.dependents[0].name.lower()
    text = header if re.search(r"covarian|correlat", header) else table.name.lower()
    return re.search(pattern, text) is not None


def _is_spectrum(table: HepTable) -> bool:
    bins = [axis for axis in table.axes if axis.binned]
    return len(bins) == 1 and len(table.dependents) > 0 and re.search(_NOT_VALUES, table.name.lower()) is None


def _is_matrix(table: HepTable) -> bool:
    return (
        len(table.dependents) > 0
        and (len(table.axes) == 2 or len(table.dependents) > 1)
        and _says(table, r"covarian|correlat")
    )


def _named(table: HepTable) -> bool:
    return len(table.axes) > 0 and isinstance(next(iter(table.axes[0].labels), None), str)


def _covariances(matrices: Sequence[HepTable], *, statistical: bool) -> list[HepTable]:
    """Those of bins alone; what holds only a part of the systematic uncertainty is left out."""
    own = [t for t in matrices if _says_first(t, r"covarian") and not _says(t, r"nuisance|extrapol")]
    names = {table.name: table.name.lower() for table in own}
    if statistical:
        return [table for table in own if "stat" in names[table.name] and "syst" not in names[table.name]]
    rest = [table for table in own if "stat" not in names[table.name] or "syst" in names[table.name]]
    total = [table for table in rest if re.search(r"total|full", names[table.name])]
    return total or [table for table in rest if "syst" not in names[table.name] or "stat" in names[table.name]]


def _is_shifts(table: HepTable) -> bool:
    wide = len(table.axes) == 1 and len(table.dependents) > 1
    if not table.dependents or not (wide or len(table.axes) == 2) or not _named(table):
        return False
    return _says(table, _SHIFTS) and not _says(table, r"covarian|correlat|nuisance|impact|post-?fit")
