"""A measurement that is written and read again is the same."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from ttjroofit.inputs.measurement import Measurement
from ttjroofit.inputs.measurement_file import read_measurement
from ttjroofit.inputs.measurement_text import measurement_texts


def check_written(folder: Path, measurement: Measurement) -> dict[str, str]:
    files = measurement_texts(measurement, year="2016", notes=['a "quoted": note'])
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    again = read_measurement(folder / f"{measurement.name}.yaml")
    for field in fields(Measurement):
        before, after = getattr(measurement, field.name), getattr(again, field.name)
        if field.name == "covariance":
            # correlations are divided and multiplied by the same sigmas
            np.testing.assert_allclose(after, before, rtol=1e-14)
        elif isinstance(before, np.ndarray):
            assert np.array_equal(before, after), field.name
        elif field.name not in ("path", "responses"):
            assert before == after, field.name
    assert list(measurement.responses) == list(again.responses)
    for name, response in measurement.responses.items():
        other = again.responses[name]
        assert (response.kind, response.interpolation) == (other.kind, other.interpolation)
        assert np.array_equal(response.up, other.up)
        assert np.array_equal(response.down, other.down)
    return files


@pytest.mark.parametrize("name", ["TOY_8TeV", "TOY_13TeV", "TOY_sources"])
def test_examples_of_the_docs(tmp_path: Path, examples: dict[str, str], name: str) -> None:
    path = tmp_path / "example.yaml"
    path.write_text(examples[name], encoding="utf-8")
    assert list(check_written(tmp_path, read_measurement(path))) == [f"{name}.yaml"]


@pytest.mark.parametrize("stem", ["cms_13tev_dilepton", "atlas_8tev_ljets", "atlas_13tev_dilepton"])
def test_shipped_measurements(tmp_path: Path, shipped: Path, stem: str) -> None:
    files = check_written(tmp_path, read_measurement(shipped / f"{stem}.yaml"))
    assert len(files) == (2 if stem.startswith("cms") else 1)
