"""A HEPData submission as text: tables of independent and dependent variables, and the file that lists them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

__all__ = ["RecordTable", "Variable", "binned", "dependent", "error", "labelled", "number", "submission_texts"]

_DIGITS = 12
"""Significant digits: enough for a covariance to stay positive definite, few enough to be read."""
_LICENCE = {
    "name": "CC0",
    "url": "https://creativecommons.org/publicdomain/zero/1.0/",
    "description": "The figures may be used in any way without asking.",
}

Variable = dict[str, Any]
"""A variable in the words of HEPData's data schema."""


@dataclass(frozen=True)
class RecordTable:
    """A table of a record.

    Attributes:
        name: unique in the record, at most 64 characters.
        description: what the table shows.
        independent, dependent: variables with as many values each.
        energies: centre-of-mass energies in GeV.
        observables: keywords, for instance ``DSIG/DX``.
    """

    name: str
    description: str
    independent: Sequence[Variable]
    dependent: Sequence[Variable]
    energies: Sequence[float]
    observables: Sequence[str] = field(default_factory=tuple)

    @property
    def file(self) -> str:
        """Name of its file."""
        return re.sub(r"[^a-z0-9]+", "_", self.name.lower()) + ".yaml"


class _Dumper(yaml.SafeDumper):
    """Writes what occurs twice twice, not as an alias."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 -- the hook that PyYAML offers
        return True


def number(value: float) -> float:
    """The value with the digits that are written."""
    return float(f"{value:.{_DIGITS}g}")


def binned(name: str, edges: Sequence[tuple[float, float]], units: str = "") -> Variable:
    """An independent variable of bins, each with its lower and upper edge."""
    values = [{"low": number(low), "high": number(high)} for low, high in edges]
    return {"header": _header(name, units), "values": values}


def labelled(name: str, labels: Iterable[str]) -> Variable:
    """An independent variable of words."""
    return {"header": {"name": name}, "values": [{"value": label} for label in labels]}


def dependent(
    name: str,
    values: Sequence[float | None],
    *,
    units: str = "",
    errors: Sequence[Sequence[dict[str, Any]]] = (),
    qualifiers: Mapping[str, str | float] | None = None,
) -> Variable:
    """A dependent variable; a value that is None or not a number is written as ``-``.

    Args:
        name: of the header.
        values: one a row.
        units: of values and errors.
        errors: for each row what ``error`` gives, or nothing at all.
        qualifiers: name to value; ``NAME [UNIT]`` gives the unit.
    """
    rows: list[dict[str, Any]] = [{"value": _value(value)} for value in values]
    for row, found in zip(rows, errors, strict=False):
        # HEPData refuses a value whose errors are all 0: it is one without errors
        if any(_sizes(entry) != {0.0} for entry in found):
            row["errors"] = list(found)
    stated = [_qualifier(key, value) for key, value in (qualifiers or {}).items()]
    return {"header": _header(name, units), **({"qualifiers": stated} if stated else {}), "values": rows}


def error(label: str, up: float, down: float | None = None) -> dict[str, Any]:
    """One uncertainty of a value; ``down`` is a signed change, left out if it is -up."""
    if down is None or number(down) == -number(up):
        return {"symerror": number(up), "label": label}
    return {"asymerror": {"plus": number(up), "minus": number(down)}, "label": label}


def submission_texts(tables: Sequence[RecordTable], comment: str, resources: Mapping[str, str]) -> dict[str, str]:
    """All files of a submission.

    Args:
        tables: in order.
        comment: abstract of the record.
        resources: name of a file that comes with the record to what it is.

    Returns:
        File name to text, ``submission.yaml`` first.
    """
    added = [{"location": name, "description": words} for name, words in resources.items()]
    head = {"comment": comment, "data_license": _LICENCE, **({"additional_resources": added} if added else {})}
    documents = [head, *(_entry(table) for table in tables)]
    texts = {"submission.yaml": "".join(f"---\n{_yaml(document)}" for document in documents)}
    for table in tables:
        content = {"independent_variables": list(table.independent), "dependent_variables": list(table.dependent)}
        texts[table.file] = _yaml(content)
    return texts


def _entry(table: RecordTable) -> dict[str, Any]:
    keywords: dict[str, Sequence[str | float]] = {
        "cmenergies": list(table.energies),
        "reactions": ["P P --> TOP TOPBAR JET X"],
        "observables": list(table.observables),
    }
    return {
        "name": table.name,
        "description": table.description,
        "location": "ttjroofit",
        "keywords": [{"name": name, "values": values} for name, values in keywords.items() if values],
        "data_file": table.file,
    }


def _header(name: str, units: str) -> dict[str, str]:
    return {"name": name, **({"units": units} if units else {})}


def _qualifier(key: str, value: str | float) -> dict[str, str | float]:
    name, _, units = key.partition(" [")
    return {"name": name, "value": value, **({"units": units.rstrip("]")} if units else {})}


def _sizes(entry: Mapping[str, Any]) -> set[float]:
    return set(entry["asymerror"].values()) if "asymerror" in entry else {entry["symerror"]}


def _value(value: float | None) -> float | str:
    return "-" if value is None or math.isnan(value) else number(value)


def _yaml(content: Any) -> str:
    return str(yaml.dump(content, Dumper=_Dumper, sort_keys=False, default_flow_style=None, width=110))
