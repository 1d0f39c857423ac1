"""Read a HEPData record: ``submission.yaml`` with its tables, or tables in the JSON of the web interface."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ttjroofit.errors import InputError, Place, suggestion
from ttjroofit.files import is_file, is_folder
from ttjroofit.inputs.hepdata.table import HepTable, axis_of, dependent_of
from ttjroofit.inputs.yaml_file import YamlFile, load_documents

__all__ = ["MAPPING", "Record", "read_record"]

MAPPING = "ttjroofit_mapping.yaml"
"""A record may bring the file that says what its tables are."""
_SUBMISSION = "submission.yaml"


@dataclass(frozen=True, eq=False)
class Record:
    """A record.

    Attributes:
        path: folder or file it was read from.
        comment: its abstract.
        tables: in order.
        mapping: file that came with it, None if none did.
    """

    path: Path
    comment: str
    tables: list[HepTable]
    mapping: Path | None

    def table(self, name: str, asked: Place) -> HepTable:
        """The table of a name.

        Raises:
            InputError: at ``asked``, if there is none.
        """
        for table in self.tables:
            if table.name == name:
                return table
        known = [table.name for table in self.tables]
        raise InputError(f"no table '{name}' in {self.path}{suggestion(name, known)}", asked)


def read_record(path: Path) -> Record:
    """Read a record.

    Args:
        path: a folder with ``submission.yaml`` and its data files, or with ``*.json`` files of the web interface, or
            one such file.

    Raises:
        InputError: with file and line, if something is missing or not as HEPData has it.
    """
    folder = path if is_folder(path) else path.parent
    mapping = folder / MAPPING if is_file(folder / MAPPING) else None
    submission = path / _SUBMISSION if is_folder(path) else path
    if submission.name.endswith(".json") and is_file(submission):
        return _checked(Record(path, "", [_web_table(submission)], mapping))
    if is_file(submission):
        return _checked(_submission(path, submission, mapping))
    files = sorted(path.glob("*.json")) if is_folder(path) else []
    if not files:
        raise InputError(f"no {_SUBMISSION} and no *.json here; give the folder of an unpacked record", Place(path))
    tables = [_web_table(file) for file in files if not _lists_tables(file)]
    return _checked(Record(path, "", tables, mapping))


def _checked(record: Record) -> Record:
    names: dict[str, HepTable] = {}
    for table in record.tables:
        if table.name in names:
            raise InputError(f"table '{table.name}' is also in {names[table.name].file.path}; rename one", table.place)
        names[table.name] = table
    if not names:
        raise InputError("the record has no tables", Place(record.path))
    return record


def _submission(path: Path, file: Path, mapping: Path | None) -> Record:
    tables, comment = [], ""
    for document in load_documents(file):
        if document.data is None:
            continue
        if not isinstance(document.data, dict):
            raise document.error(f"expected a table or a comment, found {document.data!r:.60}")
        if "data_file" in document.data:
            tables.append(_listed_table(document))
        else:
            comment = str(document.data.get("comment", comment))
    return Record(path, comment, tables, mapping)


def _listed_table(entry: YamlFile) -> HepTable:
    """The table that a document of ``submission.yaml`` names."""
    name, data_file = entry.data.get("name"), entry.data["data_file"]
    if not isinstance(name, str) or not isinstance(data_file, str):
        raise entry.error("a table needs a name and a data_file", "data_file")
    path = entry.path.parent / data_file
    if not is_file(path):
        known = [file.name for file in entry.path.parent.glob("*.yaml")]
        raise entry.error(f"no data file '{data_file}' beside this file{suggestion(data_file, known)}", "data_file")
    file = _single(path)
    axes = [
        axis_of(file, block.get("header"), block.get("values"), "independent_variables", i, "values")
        for i, block in enumerate(_blocks(file, "independent_variables"))
    ]
    dependents = [
        dependent_of(
            file, block.get("header"), block.get("values"), _qualifiers(block), "dependent_variables", i, "values"
        )
        for i, block in enumerate(_blocks(file, "dependent_variables"))
    ]
    table = HepTable(name, str(entry.data.get("description", "")), _energies(entry.data), axes, dependents, file)
    return _even(table)


def _single(path: Path) -> YamlFile:
    documents = load_documents(path)
    if len(documents) != 1 or not isinstance(documents[0].data, dict):
        raise InputError("expected one table with independent_variables and dependent_variables", Place(path))
    return documents[0]


def _blocks(file: YamlFile, key: str) -> list[dict[str, Any]]:
    blocks = file.data.get(key)
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise file.error(f"'{key}' must be a list of variables", key)
    return blocks


def _qualifiers(block: Mapping[str, Any]) -> dict[str, str]:
    listed = block.get("qualifiers")
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    return {str(e.get("name")): f"{e.get('value')} {e.get('units') or ''}".strip() for e in entries}


def _energies(entry: Mapping[str, Any]) -> list[float]:
    keywords = entry.get("keywords")
    blocks = [block for block in keywords if isinstance(block, dict)] if isinstance(keywords, list) else []
    lists = [block.get("values") for block in blocks if block.get("name") == "cmenergies"]
    values = [value for listed in lists if isinstance(listed, list) for value in listed]
    return [float(value) for value in values if re.fullmatch(r"[0-9]+(\.[0-9]*)?", str(value))]


def _even(table: HepTable) -> HepTable:
    """Checked to have as many rows in each variable."""
    lengths = {f"'{axis.name}'": len(axis.labels) for axis in table.axes}
    lengths |= {f"'{variable.name}'": len(variable.values) for variable in table.dependents}
    if len(set(lengths.values())) > 1:
        counts = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise table.file.error(f"the variables have different numbers of values: {counts}")
    return table


def _lists_tables(path: Path) -> bool:
    """Whether a file is the list of a record, which holds no values, or our own sort of file."""
    document = load_documents(path)[0].data
    return isinstance(document, dict) and "values" not in document and "data_tables" in document


def _web_table(path: Path) -> HepTable:
    """A table of ``hepdata.net/...?format=json``: JSON is YAML, so lines are known."""
    file = load_documents(path)[0]
    data = file.data
    if (
        not isinstance(data, dict)
        or not isinstance(data.get("values"), list)
        or not isinstance(data.get("headers"), list)
    ):
        raise file.error("no table of HEPData: it needs 'headers' and 'values'; download tables with ?format=json")
    rows = data["values"]
    if not rows or not all(_is_web_row(row) for row in rows):
        raise file.error("each of 'values' needs lists 'x' and 'y'", "values")
    counts = {(len(row["x"]), len(row["y"])) for row in rows}
    if len(counts) != 1:
        raise file.error("the rows have different numbers of x and y", "values")
    (n_axes, n_dependents), headers = counts.pop(), _web_headers(file)
    if len(headers) != n_axes + n_dependents:
        raise file.error(f"{len(headers)} headers for {n_axes} + {n_dependents} columns", "headers")
    axes = [axis_of(file, headers[i], [row["x"][i] for row in rows], "values") for i in range(n_axes)]
    dependents = [
        dependent_of(
            file,
            headers[n_axes + i],
            [row["y"][i] for row in rows],
            _web_qualifiers(data.get("qualifiers"), i),
            "values",
        )
        for i in range(n_dependents)
    ]
    name = data.get("name") if isinstance(data.get("name"), str) else path.stem
    description = str(data.get("description", ""))
    return HepTable(str(name), description, _web_energies(data), axes, dependents, file)


def _is_web_row(row: Any) -> bool:
    return (
        isinstance(row, dict)
        and all(isinstance(row.get(key), list) for key in "xy")
        and all(isinstance(cell, dict) for cell in (*row["x"], *row["y"]))
    )


def _web_headers(file: YamlFile) -> list[dict[str, Any]]:
    """One a column: a header may span several."""
    headers: list[dict[str, Any]] = []
    for i, header in enumerate(file.data["headers"]):
        span = header.get("colspan", 1) if isinstance(header, dict) else None
        if not isinstance(span, int) or not 0 < span < 10_000:
            raise file.error(f"expected a header with a name, found {header!r:.60}", "headers", i)
        headers += [header] * span
    return headers


def _web_qualifiers(stated: Any, group: int) -> dict[str, str]:
    """Name to value with its unit; a dependent variable has those of its group, or the first."""
    if not isinstance(stated, dict):
        return {}
    found = {}
    for name, listed in stated.items():
        entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
        own = [entry for entry in entries if entry.get("group") == group] or entries[:1]
        if own:
            found[str(name)] = str(own[0].get("value"))
    return found


def _web_energies(data: Mapping[str, Any]) -> list[float]:
    keywords = data.get("keywords")
    values = keywords.get("cmenergies") if isinstance(keywords, dict) else None
    block = {"name": "cmenergies", "values": values if isinstance(values, list) else []}
    return _energies({"keywords": [block]})
