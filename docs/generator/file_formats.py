"""Formats of YAML files, from the JSON schemas of the pydantic models that read them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from generator.markdown import code, page, plain, table
from ttjroofit.inputs.calculation.nnlo import NnloFile
from ttjroofit.inputs.fit_matrix import FitMatrixFile
from ttjroofit.inputs.hepdata.mapping import RecordMapping
from ttjroofit.inputs.published import PublishedFile
from ttjroofit.inputs.schema import MeasurementFile, PredictionFile

__all__ = ["FORMATS", "file_formats_page"]

FORMATS: Mapping[str, tuple[type[BaseModel], str]] = {
    "Measurement": (MeasurementFile, "Named by `measurement` in a card. Examples: [input files](../inputs.md)."),
    "Prediction": (PredictionFile, "Named by `theory` in a card. Examples: [input files](../inputs.md#prediction)."),
    "HEPData mapping": (RecordMapping, "Given to `ttjroofit convert hepdata --mapping`: [HEPData](../hepdata.md)."),
    "NNLO histograms": (NnloFile, "Given to `ttjroofit convert stripper`: [predictions](../predictions.md)."),
    "Matrix of fits": (FitMatrixFile, "Given to `ttjroofit matrix`: [matrix](../matrix.md)."),
    "Published masses": (PublishedFile, "Given to `ttjroofit plot summary --published`: [figures](../figures.md)."),
}
"""Title to the model and where it is used."""


def file_formats_page() -> str:
    """Every key of every format."""
    parts = [part for title, (model, use) in FORMATS.items() for part in _format(title, model, use)]
    return page(
        "File formats",
        "the pydantic models in python/ttjroofit/inputs",
        "Keys that a format does not know are errors, keys that occur twice too. A key without a default must be "
        "written. `NAME` is a name of letters, digits and underscores.",
        *parts,
    )


def _format(title: str, model: type[BaseModel], use: str) -> Iterator[str]:
    schema = model.model_json_schema()
    yield f"## {title}"
    yield f"{plain(schema.get('description', ''))} {use}".strip()
    yield _keys(schema, title)
    for name, block in schema.get("$defs", {}).items():
        yield f"### {title}: {name.strip('_')}"
        if "description" in block:
            yield plain(block["description"])
        yield _keys(block, title)


def _keys(block: Mapping[str, Any], title: str) -> str:
    """The keys of a block; blocks that it names stand under the same title."""
    required = block.get("required", [])
    place = "#" + title.lower().replace(" ", "-")
    rows = (
        [
            code(key),
            re.sub(r"\{(\w+)\}", lambda name: f"[{name[1]}]({place}-{name[1].lower()})", _type(entry)),
            "" if key in required else _default(entry),
            plain(entry.get("description", "")),
        ]
        for key, entry in block["properties"].items()
    )
    return table(["key", "value", "default", "meaning"], rows)


def _default(entry: Mapping[str, Any]) -> str:
    value = entry.get("default")
    return "none" if value is None else code(str(value))


def _type(entry: Mapping[str, Any]) -> str:
    """A JSON schema in words; names of blocks stand in braces."""
    several = entry.get("anyOf") or entry.get("oneOf")
    if several:
        return " or ".join(_type(one) for one in several if one.get("type") != "null")
    if "$ref" in entry:
        return "{" + str(entry["$ref"]).rpartition("/")[2].strip("_") + "}"
    words = [entry["const"]] if "const" in entry else entry.get("enum")
    if words:
        return ", ".join(code(str(word)) for word in words)
    return _plain_type(entry)


def _plain_type(entry: Mapping[str, Any]) -> str:
    if entry.get("type") == "array":
        return "list of " + _type(entry["items"])
    if entry.get("type") == "object":
        return "mapping" + _value_type(entry)
    if "pattern" in entry:
        return "NAME"
    words = {"string": "text", "integer": "integer", "number": "number", "boolean": "true or false"}
    return words.get(entry.get("type", ""), "any")


def _value_type(entry: Mapping[str, Any]) -> str:
    values = [*entry.get("patternProperties", {}).values(), entry.get("additionalProperties")]
    inner = [_type(value) for value in values if isinstance(value, dict)]
    return f" to {inner[0]}" if inner and inner[0] != "any" else ""
