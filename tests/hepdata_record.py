"""Records as HEPData has them, made up or from the CMS measurement, as YAML and as JSON of the web interface."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from ttjroofit.inputs.measurement import Measurement

try:
    from yaml import CSafeDumper as SafeDumper
except ImportError:  # slower, the same text
    from yaml import SafeDumper  # type: ignore[assignment]

__all__ = ["cms_record", "matrix", "small_record", "spectrum", "table", "words", "write_json", "write_yaml"]

EDGES = (0.0, 0.4, 0.6, 1.0)
VALUES = (300.0, 500.0, 200.0)
STATISTICAL = [[100.0, -40.0, 10.0], [-40.0, 400.0, -60.0], [10.0, -60.0, 100.0]]

Table = dict[str, Any]


def words(name: str, labels: Sequence[object]) -> Table:
    """An independent variable of words or numbers."""
    return {"header": {"name": name}, "values": [{"value": label} for label in labels]}


def table(name: str, independent: Sequence[Table], dependent: Sequence[Table], description: str = "") -> Table:
    return {"name": name, "description": description, "independent": independent, "dependent": dependent}


def spectrum(
    name: str,
    values: Sequence[float],
    edges: Sequence[float],
    errors: Sequence[Sequence[Table]] = (),
    header: str = "d(SIG)/d(RHO)",
) -> Table:
    """Cross sections in bins with errors a row."""
    bins = [{"low": low, "high": high} for low, high in pairwise(edges)]
    rows: list[Table] = [{"value": value} for value in values]
    for row, found in zip(rows, errors, strict=False):
        row["errors"] = list(found)
    energy = {"name": "SQRT(S)", "value": 13000, "units": "GeV"}
    return table(
        name,
        [{"header": {"name": "RHO"}, "values": bins}],
        [{"header": {"name": header, "units": "PB"}, "qualifiers": [energy], "values": rows}],
        "Absolute cross section of CMS",
    )


def matrix(name: str, labels: Sequence[object], entries: Any, header: str) -> Table:
    """A square in the long form of two labels and a value."""
    rows = [(a, b, float(entries[i][j])) for i, a in enumerate(labels) for j, b in enumerate(labels)]
    values = [{"value": value} for _, _, value in rows]
    axes = [words("X", [a for a, _, _ in rows]), words("Y", [b for _, b, _ in rows])]
    return table(name, axes, [{"header": {"name": header}, "values": values}])


def small_record() -> list[Table]:
    """Three bins, statistical covariance, two symmetric sources and one with two ends, in per cent too."""
    errors = [
        [
            {"symerror": float(np.sqrt(STATISTICAL[i][i])), "label": "stat"},
            {"symerror": "2%", "label": "sys,lumi"},
            {"symerror": [6.0, 10.0, -4.0][i], "label": "sys,JES"},
            {"asymerror": {"plus": [3.0, 4.0, "-1"][i], "minus": [-5.0, -2.0, 2.5][i]}, "label": "sys,PDF"},
        ]
        for i in range(3)
    ]
    return [
        spectrum("Table 1", VALUES, EDGES, errors),
        matrix("Table 2, statistical covariance", ["bin 1", "bin 2", "bin 3"], STATISTICAL, "Covariance"),
    ]


def cms_record(measurement: Measurement) -> list[Table]:
    """The layout of ins2106483: values, covariance of the fit, post-fit nuisances, their correlation, extrapolation."""
    n = len(measurement.bins)
    covariance = measurement.covariance
    sigma = np.sqrt(np.diag(covariance))
    errors = [[{"symerror": float(width), "label": "fit"}] for width in sigma[:n]]
    ranges = list(pairwise(measurement.edges.tolist()))
    pairs = [(i, j) for i in range(n) for j in range(n)]
    nuisances = words("Nuisance parameter", measurement.profiled)
    post_fit = [
        {"value": float(value), "errors": [{"symerror": float(width), "label": "post-fit"}]}
        for value, width in zip(measurement.profiled_values, sigma[n:], strict=True)
    ]
    shifts = [
        {
            "header": {"name": f"bin {i + 1}", "units": "PB"},
            "values": [{"value": float(x)} for x in measurement.shifts[i]],
        }
        for i in range(n)
    ]
    axes = [
        {
            "header": {"name": "RHO"},
            "values": [dict(zip(("low", "high"), ranges[pair[k]], strict=True)) for pair in pairs],
        }
        for k in (0, 1)
    ]
    labels = [*(f"signal_bin_{i}" for i in range(n)), *measurement.profiled]
    of_extrapolation = measurement.shifts @ measurement.shifts.T
    return [
        spectrum("Normalised", [0.1, 0.6, 0.2, 0.1], measurement.edges.tolist()),
        spectrum("Absolute", measurement.values.tolist(), measurement.edges.tolist(), errors),
        table(
            "Covariance of the fit",
            axes,
            [{"header": {"name": "Covariance"}, "values": [{"value": float(covariance[pair])} for pair in pairs]}],
        ),
        matrix("Covariance, extrapolation", [1, 2, 3, 4], of_extrapolation, "Covariance"),
        table("Post-fit values", [nuisances], [{"header": {"name": "Post-fit value"}, "values": post_fit}]),
        matrix("Post-fit correlation", labels, covariance / np.outer(sigma, sigma), "Correlation"),
        table("Extrapolation uncertainties", [words("Source", measurement.sources)], shifts),
    ]


def write_yaml(folder: Path, tables: Sequence[Table]) -> Path:
    """``submission.yaml`` with one data file a table."""
    documents: list[Table] = [{"comment": "A made-up record.", "additional_resources": []}]
    for i, content in enumerate(tables, start=1):
        entry = {"name": content["name"], "description": content["description"], "keywords": []}
        documents.append({**entry, "location": "", "data_file": f"t{i}.yaml"})
        data = {"independent_variables": content["independent"], "dependent_variables": content["dependent"]}
        (folder / f"t{i}.yaml").write_text(yaml.dump(data, Dumper=SafeDumper, sort_keys=False), encoding="utf-8")
    text = yaml.safe_dump_all(documents, sort_keys=False, explicit_start=True)
    (folder / "submission.yaml").write_text(text, encoding="utf-8")
    return folder


def write_json(folder: Path, tables: Sequence[Table]) -> Path:
    """One file a table, as the web interface gives them, and the list of the record.

    The layout is that of ``generate_table_structure`` in the sources of HEPData: units in brackets behind the name of
    a header and behind the value of a qualifier, a hidden error of 0 where there is none.
    """
    (folder / "record.json").write_text(json.dumps({"data_tables": [{"name": t["name"]} for t in tables]}), "utf-8")
    for i, content in enumerate(tables, start=1):
        axes, dependents = content["independent"], content["dependent"]
        headers = [{"name": axis["header"]["name"]} for axis in axes]
        for variable in dependents:
            units = variable["header"].get("units")
            headers.append({"name": variable["header"]["name"] + (f" [{units}]" if units else ""), "colspan": 1})
        rows = [
            {
                "x": [axis["values"][row] for axis in axes],
                "y": [
                    {"group": k, "errors": [{"symerror": 0, "hide": True}], **variable["values"][row]}
                    for k, variable in enumerate(dependents)
                ],
            }
            for row in range(len(axes[0]["values"]))
        ]
        stated = [q for variable in dependents for q in variable.get("qualifiers", [])]
        qualifiers = {
            q["name"]: [{"type": q["name"], "value": f"{q['value']} {q['units']}", "colspan": 1, "group": 0}]
            for q in stated
        }
        document = {
            "name": content["name"],
            "description": content["description"],
            "headers": headers,
            "qualifiers": qualifiers,
            "values": rows,
        }
        (folder / f"table_{i}.json").write_text(json.dumps(document), encoding="utf-8")
    return folder
