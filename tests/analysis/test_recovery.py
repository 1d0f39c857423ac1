"""``-M Validate`` goes on after the first error: what else is wrong is told, what only follows from it is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from synthetic import make_measurement, make_prediction
from ttjroofit.analysis.recovery.problems import ERRORS
from ttjroofit.analysis.validation import examine
from ttjroofit.errors import CardError
from ttjroofit.model.options import ModelOptions
from ttjroofit.results.validation import Finding

MEASUREMENTS = ("A", "B", "C")

CARD = """\
imax *
kmax *
measurement A A.yaml
measurement B B.yaml
measurement C C.yaml
theory * $MEASUREMENT_theory.yaml
poi m_t * 172.5 [166,179]
correlation ab A_s0 B_s0 0.5
correlation bc B_s1 C_s0 0.5
scenario ab = ab
scenario all = ab bc
correlations all
mine group = *_s0 tnp_1
"""
"""Lines of the card by their numbers, from 1."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A card of three measurements with their predictions, nothing wrong with it."""
    for seed, name in enumerate(MEASUREMENTS):
        made = make_measurement(name, seed=seed)
        content = {
            "schema": "ttjroofit/measurement/1",
            "name": name,
            "experiment": name,
            "energy_TeV": 13,
            "year": 2016,
            "channel": "dilepton",
            "reference": "made up",
            "observable": "rho",
            "unit": "pb",
            "quantity": "per bin",
            "edges": made.edges.tolist(),
            "bins": list(made.bins),
            "values": made.values.tolist(),
            "statistical": {"covariance": made.covariance.tolist()},
            "sources": {source: shift.tolist() for source, shift in zip(made.sources, made.shifts.T, strict=True)},
            "groups": {f"{name}_all": ["*"]},
        }
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        make_prediction(tmp_path, made, seed)
    (tmp_path / "card.txt").write_text(CARD, encoding="utf-8")
    return tmp_path


def replace_line(folder: Path, number: int, text: str) -> None:
    lines = (folder / "card.txt").read_text(encoding="utf-8").splitlines()
    lines[number - 1] = text
    (folder / "card.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def add_lines(folder: Path, *lines: str) -> None:
    with (folder / "card.txt").open("a", encoding="utf-8") as card:
        card.writelines(f"{line}\n" for line in lines)


def spoil(folder: Path, name: str, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / name
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def errors(folder: Path, options: ModelOptions | None = None) -> list[Finding]:
    validation = examine(folder / "card.txt", options or ModelOptions()).validation
    assert validation.warnings == [] or validation.errors == []
    assert all(error.severity == "error" and error.cure == ERRORS[error.code][1] for error in validation.errors)
    return validation.errors


def told(folder: Path, options: ModelOptions | None = None) -> list[tuple[str, str]]:
    """Code and ``file:line`` of each error, sorted."""
    places = ((error.code, Path(error.place or "").name) for error in errors(folder, options))
    return sorted(places)


def test_good_card(folder: Path) -> None:
    examined = examine(folder / "card.txt", ModelOptions())
    assert examined.validation.errors == []
    assert examined.card is not None


def test_missing_card_is_no_report(tmp_path: Path) -> None:
    with pytest.raises(CardError, match="the card does not exist"):
        examine(tmp_path / "card.txt", ModelOptions())


def test_the_example_of_the_documents(folder: Path) -> None:
    """Two misspelt nuisances in two lines, a covariance that is not symmetric and a missing file."""
    replace_line(folder, 8, "correlation ab A_t0 B_s0 0.5")
    replace_line(folder, 9, "correlation bc B_s1 C_s7 0.5")
    spoil(folder, "B.yaml", lambda content: content["statistical"]["covariance"][0].__setitem__(1, 3.0))
    (folder / "C_theory.yaml").unlink()
    codes = [code for code, _ in told(folder)]
    assert codes == ["file-missing", "input-impossible", "name-unknown", "name-unknown"]
    assert [place for code, place in told(folder) if code == "name-unknown"] == ["card.txt:8", "card.txt:9"]


LINES = {
    "keyword": (1, "imaxx *", [("card-line", "card.txt:1")]),
    "count": (1, "imax 13", [("card-contradiction", "card.txt:1")]),
    "measurement": (4, "measurement B", [("card-line", "card.txt:4")]),
    "file": (4, "measurement B nowhere.yaml", [("file-missing", "card.txt:4")]),
    "name": (4, "measurement D B.yaml", [("inputs-conflict", "card.txt:4")]),
    "theory": (6, "theory A", [("card-line", "card.txt:6")]),
    "prediction": (6, "theory * A_theory.yaml", [("inputs-conflict", "card.txt:6")] * 2),
    "poi": (7, "poi m_t * 172.5", [("card-line", "card.txt:7")]),
    "correlation": (8, "correlation ab A_s0 B_s0 1.5", [("card-line", "card.txt:8")]),
    "nuisance": (8, "correlation ab A_s0 B_s9 0.5", [("name-unknown", "card.txt:8")]),
    "scenario": (11, "scenario all = ab bd", [("card-contradiction", "card.txt:11")]),
    "in force": (12, "correlations everything", [("card-contradiction", "card.txt:12")]),
    "group": (13, "mine group = *_t0", [("card-contradiction", "card.txt:13")]),
}


@pytest.mark.parametrize("what", LINES)
def test_one_wrong_line_is_told_and_nothing_that_follows(what: str, folder: Path) -> None:
    number, line, expected = LINES[what]
    replace_line(folder, number, line)
    assert told(folder) == expected


def test_independent_lines(folder: Path) -> None:
    add_lines(folder, "smooth A_s9 polynomial 1", "B_s9 errorOnError 0.2", "nuisance edit drop C_s9", "interpolation 7")
    expected = [("card-line", 17), ("name-unknown", 14), ("name-unknown", 15), ("name-unknown", 16)]
    assert told(folder) == [(code, f"card.txt:{number}") for code, number in expected]


def test_contradictions_of_the_model_come_one_by_one(folder: Path) -> None:
    add_lines(
        folder, "correlation bc A_s0 B_s0 0.4", "correlation bc A_s1 A_s1* 0.4", "mine group = A_s0", "X param 0 1"
    )
    expected = [(line, "card-contradiction") for line in (14, 15, 16, 17)]
    assert told(folder) == sorted((code, f"card.txt:{line}") for line, code in expected)


def test_parts_of_one_file(folder: Path) -> None:
    def change(content: dict[str, Any]) -> None:
        content["sources"]["A_s0"].append(1.0)
        content["sources"]["A_s1"].append(1.0)
        content["statistical"]["covariance"] = (-np.eye(4)).tolist()
        content["groups"]["extra"] = ["nothing"]
        content["edges"] = [0.0, 0.5, 0.4, 0.8, 1.0]

    spoil(folder, "A.yaml", change)
    add_lines(folder, "smooth A_s9 polynomial 1")
    found = errors(folder)
    assert [error.code for error in found] == ["input-impossible"] * 5 + ["name-unknown"]
    assert {error.measurement for error in found} == {"A", None}


def test_names_of_a_file_are_known_though_parts_are_wrong(folder: Path) -> None:
    """The first fault of the file is told, what nothing can stand for ends it."""
    spoil(folder, "A.yaml", lambda content: content["groups"].clear())
    replace_line(folder, 8, "correlation ab A_s7 B_s0 0.5")
    assert told(folder) == [("input-impossible", "A.yaml:56"), ("name-unknown", "card.txt:8")]
    spoil(folder, "A.yaml", lambda content: content["values"].append(1.0))
    assert [code for code, _ in told(folder)] == ["input-impossible"]


def test_schema_errors_of_one_file_are_told_together(folder: Path) -> None:
    spoil(folder, "A.yaml", lambda content: content.update(energy="x", values=["y"], more=1))
    assert [code for code, _ in told(folder)] == ["input-format"] * 3


def test_prediction(folder: Path) -> None:
    spoil(folder, "A_theory.yaml", lambda content: content.update(nominal_mass=100))
    spoil(folder, "B_theory.yaml", lambda content: content.update(edges=[0, 0.1, 0.2, 0.3, 1]))
    spoil(folder, "C_theory.yaml", lambda content: content.update(name="no name", energy_TeV="x"))
    assert [code for code, _ in told(folder)] == ["input-format"] * 2 + ["input-impossible", "inputs-conflict"]


def test_too_few_masses_name_the_line_of_the_prediction(folder: Path) -> None:
    def change(content: dict[str, Any]) -> None:
        for key in ("masses", "fractions", "fraction_sigma"):
            content[key] = content[key][1:3]

    spoil(folder, "B_theory.yaml", change)
    assert told(folder) == [("model-impossible", "card.txt:6")]


def test_unknown_names_may_belong_to_what_is_missing(folder: Path) -> None:
    (folder / "B.yaml").unlink()
    replace_line(folder, 9, "correlation bc B_s1 C_s7 0.5")
    add_lines(folder, "smooth B_s9 polynomial 1", "smooth D polynomial 1")
    assert told(folder) == [("file-missing", "card.txt:4"), ("name-unknown", "card.txt:9")]


def test_a_failed_rename_leaves_names_unknown(folder: Path) -> None:
    add_lines(folder, "nuisance edit rename A_s9 A_new", "nuisance edit rename A_s0 B_s0", "new_s0 errorOnError 0.2")
    assert told(folder) == [("card-contradiction", "card.txt:15"), ("name-unknown", "card.txt:14")]


def test_impossible_correlations(folder: Path) -> None:
    replace_line(folder, 9, "correlation bc A_s1 B_s0 0.9")
    replace_line(folder, 8, "correlation ab A_s0 B_s0 0.9")
    (error,) = errors(folder)
    assert (error.code, error.place) == ("model-impossible", None)
    assert "-0.272792" in error.message
    # 1 - 0.9 sqrt(2): what is known of the matrix without a misspelt line is nothing
    replace_line(folder, 9, "correlation bc A_s1 B_s9 0.9")
    assert told(folder) == [("name-unknown", "card.txt:9")]


def test_options(folder: Path) -> None:
    assert told(folder, ModelOptions(scenario="alll")) == [("option", "card.txt")]
    assert told(folder, ModelOptions(freeze_parameters=("A_s9",))) == [("option", "")]


def test_include(folder: Path) -> None:
    add_lines(folder, "include nowhere.txt")
    assert told(folder) == [("card-unreadable", "card.txt:14")]


def test_cut_card(folder: Path) -> None:
    (folder / "card.txt").write_text(CARD.rstrip() + "\ncorrelation ab A_s0", encoding="utf-8")
    (error,) = errors(folder)
    assert error.message.endswith("it seems to be cut")


def test_yaml_syntax(folder: Path) -> None:
    (folder / "A.yaml").write_text("a: [1, 2", encoding="utf-8")
    assert [code for code, _ in told(folder)] == ["input-format"]


def test_what_could_be_read_is_summarised(folder: Path) -> None:
    (folder / "B.yaml").unlink()
    validation = examine(folder / "card.txt", ModelOptions()).validation
    assert [measurement.name for measurement in validation.measurements] == ["A", "C"]
    assert (validation.bins, validation.nuisances) == (8, 4)


def test_every_code_can_be_met() -> None:
    """By the tests above: a code that nothing gives has no place in the documents."""
    source = Path(__file__).read_text(encoding="utf-8")
    assert all(f'"{code}"' in source for code in ERRORS)
