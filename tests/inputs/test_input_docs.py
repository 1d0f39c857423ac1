"""The docs name every key of the formats, and the formats describe themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from ttjroofit.inputs.schema import MeasurementFile, PredictionFile

ROOT = Path(__file__).parents[2]


def properties(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """All keys of a JSON schema, inner blocks included."""
    found = dict(schema["properties"])
    for block in schema.get("$defs", {}).values():
        found.update(block.get("properties", {}))
    return found


@pytest.mark.parametrize("model", [MeasurementFile, PredictionFile])
def test_every_key_is_described_and_documented(model: type[BaseModel]) -> None:
    docs = (ROOT / "docs" / "reference" / "file_formats.md").read_text(encoding="utf-8")
    keys = properties(model.model_json_schema())
    assert [key for key, schema in keys.items() if not schema.get("description")] == []
    assert [key for key in keys if f"| `{key}` |" not in docs] == []


def test_examples_use_every_required_key(examples: dict[str, str]) -> None:
    for model, names in ((MeasurementFile, ("TOY_8TeV", "TOY_13TeV")), (PredictionFile, ("TOY",))):
        required = model.model_json_schema()["required"]
        assert [(n, key) for n in names for key in required if f"\n{key}:" not in "\n" + examples[n]] == []
