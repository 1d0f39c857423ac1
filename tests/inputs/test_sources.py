"""Sources of a measurement that are more than a list of shifts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ttjroofit.card.statements import EditStatement
from ttjroofit.errors import InputError, Place
from ttjroofit.inputs.measurement import Measurement, Response
from ttjroofit.inputs.measurement_file import read_measurement
from ttjroofit.model.edits import apply_edits

LINEAR = "TOY_sources_linear: [6, -4]"


@pytest.fixture(scope="module")
def text(examples: dict[str, str]) -> str:
    return examples["TOY_sources"]


def read(folder: Path, text: str) -> Measurement:
    path = folder / "toy.yaml"
    path.write_text(text, encoding="utf-8")
    return read_measurement(path)


def with_linear(text: str, block: str) -> str:
    assert text.count(LINEAR) == 1
    return text.replace(LINEAR, f"TOY_sources_linear: {block}")


def same(response: Response, kind: str, up: list[float], down: list[float], interpolation: str) -> bool:
    return (
        (response.kind, response.interpolation) == (kind, interpolation)
        and np.array_equal(response.up, up)
        and np.array_equal(response.down, down)
    )


def test_the_documented_example(tmp_path: Path, text: str) -> None:
    toy = read(tmp_path, text)
    names = {name.removeprefix("TOY_sources_"): i for i, name in enumerate(toy.sources)}
    responses = {name.removeprefix("TOY_sources_"): response for name, response in toy.responses.items()}
    assert list(names) == ["linear", "asymmetric", "kinked", "lumi", "norm", "rate", "scale_j"]
    assert list(responses) == ["asymmetric", "kinked", "lumi", "norm"]
    assert same(responses["asymmetric"], "absolute", [6, -4], [-3, 5], "smooth")
    assert same(responses["kinked"], "absolute", [6, -4], [-3, 5], "kinked")
    assert same(responses["lumi"], "relative", [6, 4], [-6, -4], "smooth")
    # the factor 1.1 down is 300 / 1.1 - 300, and 200 / 1.25 - 200 = -40; exact but for rounding
    assert responses["norm"].down == pytest.approx(np.array([300 / 1.1 - 300, -40]), rel=1e-14)
    assert np.array_equal(toy.shifts[:, names["asymmetric"]], [4.5, -4.5])
    assert np.array_equal(toy.shifts[:, names["linear"]], [6, -4])
    assert toy.shifts[1, names["norm"]] == pytest.approx(45, rel=1e-14)
    assert toy.without_prior == {"TOY_sources_rate"}
    assert toy.shift_sigma is not None
    assert np.array_equal(toy.shift_sigma[:, names["scale_j"]], [1.5, 2])
    assert np.count_nonzero(toy.shift_sigma) == 2


@pytest.mark.parametrize(
    "block", ["{shift: [6, -4]}", "{up: [6, -4], down: [-6, 4]}", "{up: [6, -4], down: [-6, 4], interpolation: kinked}"]
)
def test_symmetric_absolute_shifts_stay_linear(tmp_path: Path, text: str, block: str) -> None:
    plain, other = read(tmp_path, text), read(tmp_path, with_linear(text, block))
    assert np.array_equal(plain.shifts, other.shifts)
    assert list(plain.responses) == list(other.responses)


def test_no_source_has_a_shift_sigma(tmp_path: Path, examples: dict[str, str]) -> None:
    toy = read(tmp_path, examples["TOY_8TeV"])
    assert toy.shift_sigma is None
    assert toy.responses == {}


BAD = {
    "no shifts": ("{type: relative}", r"toy\.yaml:16: source 'TOY_sources_linear' has no shifts; give either 'shift'"),
    "up alone": ("{up: [6, 4]}", r"toy\.yaml:16: source 'TOY_sources_linear' has up; give either 'shift' or 'up'"),
    "all three": ("{shift: [1, 1], up: [1, 1], down: [1, 1]}", r"toy\.yaml:16: source .* has shift, up, down; give"),
    "length": ("{up: [6, 4], down: [6]}", r"toy\.yaml:16: 'down' has 1 entries, expected 2, one a bin"),
    "list length": ("[6]", r"toy\.yaml:16: 'TOY_sources_linear' has 1 entries, expected 2, one a bin"),
    "sigma length": ("{shift: [1, 1], shift_sigma: [1]}", r"toy\.yaml:16: 'shift_sigma' has 1 entries, expected 2"),
    "sigma negative": (
        "{shift: [1, 1], shift_sigma: [1, -1]}",
        r"toy\.yaml:16: 'sources TOY_sources_linear shift_sigma item 2': .*greater than or equal to 0, found -1",
    ),
    "type": ("{shift: [1, 1], type: lognorm}", r"toy\.yaml:16: .*'relative' or 'lognormal', found 'lognorm'"),
    "interpolation": (
        "{shift: [1, 1], interpolation: linear}",
        r"toy\.yaml:16: .*'smooth' or 'kinked', found 'linear'",
    ),
    "prior": ("{shift: [1, 1], prior: none}", r"toy\.yaml:16: .*'normal' or 'free', found 'none'"),
    "key": ("{shift: [1, 1], shift_sgima: [1, 1]}", r"toy\.yaml:16: unknown key 'shift_sgima'; nearest: shift_sigma"),
    "number": ("3", r"toy\.yaml:16: 'sources TOY_sources_linear': input should be a valid list, found 3"),
    "word": ("{shift: [1, x]}", r"toy\.yaml:16: 'sources TOY_sources_linear shift item 2': .*number, found 'x'"),
    "lognormal": (
        "{shift: [-300, 1], type: lognormal}",
        r"toy\.yaml:16: the lognormal shift -300 of 'TOY_sources_linear' leaves nothing of the value 300",
    ),
    "lognormal down": (
        "{up: [1, 1], down: [1, -201], type: lognormal}",
        r"toy\.yaml:16: the lognormal shift -201 of 'TOY_sources_linear' leaves nothing of the value 200",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_source(tmp_path: Path, text: str, case: str) -> None:
    block, message = BAD[case]
    with pytest.raises(InputError, match=message):
        read(tmp_path, with_linear(text, block))


@pytest.mark.parametrize("kind", ["relative", "lognormal"])
def test_scaled_shifts_need_positive_values(tmp_path: Path, text: str, kind: str) -> None:
    text = with_linear(text, f"{{shift: [1, 1], type: {kind}}}").replace("values: [300, 200]", "values: [300, -200]")
    with pytest.raises(InputError, match=rf"toy\.yaml:16: a {kind} source needs positive values, found -200; use type"):
        read(tmp_path, text)


def test_edits_carry_what_is_not_linear(tmp_path: Path, text: str) -> None:
    place = Place(tmp_path / "card.txt", 1)
    edits = [
        EditStatement("drop", "TOY_sources_asymmetric", None, place),
        EditStatement("drop", "TOY_sources_rate", None, place),
        EditStatement("rename", "TOY_sources_kinked", "kink", place),
    ]
    toy = read(tmp_path, text)
    (edited,) = apply_edits([toy], edits)
    assert list(edited.responses) == ["kink", "TOY_sources_lumi", "TOY_sources_norm"]
    assert edited.without_prior == frozenset()
    assert toy.shift_sigma is not None
    assert edited.shift_sigma is not None
    assert np.array_equal(edited.shift_sigma, np.delete(toy.shift_sigma, [1, 5], axis=1))
