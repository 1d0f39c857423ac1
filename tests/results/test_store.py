"""Results survive JSON, and what is no result is refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ttjroofit.errors import InputError
from ttjroofit.results.store import from_json, read_result, to_json
from ttjroofit.results.validation import SCHEMA, Finding, MeasurementSummary, Validation


@pytest.fixture
def validation() -> Validation:
    summary = MeasurementSummary("A", "none", 2, 0, 1, 3.5, "pb", [0.1, 0.2])
    warning = Finding("shift-large", "warning", "large shifts", "a.yaml:3", "A", ["s"], [0.7], 0.5, "check them")
    return Validation(SCHEMA, "card", [summary], 2, 1, {"g": 1}, 0, [], 1.0, None, ["toy"], [], [warning])


def test_round_trip(validation: Validation) -> None:
    assert from_json(Validation, to_json(validation)) == validation


def test_keys_are_sorted(validation: Validation) -> None:
    keys = list(json.loads(to_json(validation)))
    assert keys == sorted(keys)


def test_numbers_that_are_not_finite_become_null() -> None:
    summary = MeasurementSummary("A", "none", 1, 0, 0, float("nan"), "pb", [float("inf")])
    assert json.loads(to_json(summary))["total"] is None


def test_what_is_no_result_is_refused() -> None:
    with pytest.raises(TypeError, match="no result dataclass"):
        to_json({"schema": "x"})


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.json: cannot be read"):
        read_result(Validation, tmp_path / "nowhere.json")


def test_wrong_content_is_named(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text('{"schema": 3}')
    with pytest.raises(InputError, match=r"result\.json: no Validation"):
        read_result(Validation, path)
