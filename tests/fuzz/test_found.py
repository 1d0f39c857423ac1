"""One test a fault that fuzzing found and that no test of a module covers; each said another thing before."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import yaml
from example_cross_sections import combined
from example_results import fit_result

from fuzz import job_folders, seeds
from hepdata_record import small_record, write_yaml
from program import call
from synthetic import make_measurement, small
from ttjroofit.analysis.cross_sections import combine_cross_sections
from ttjroofit.card.parser import read_card
from ttjroofit.errors import CardError, InputError, ModelError
from ttjroofit.inputs.convino.names import plain_name
from ttjroofit.inputs.measurement_file import read_measurement
from ttjroofit.inputs.prediction_file import read_prediction
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.gaussian import inverse_positive
from ttjroofit.model.options import ToyOptions
from ttjroofit.results.nuisance_correlation import read_nuisance_correlation
from ttjroofit.results.store import to_json
from ttjroofit.run.convert.hepdata_card import card_from_hepdata
from ttjroofit.run.export.hepdata import submission
from ttjroofit.run.jobs.plan import read_plan
from ttjroofit.run.jobs.stage import stages_of
from ttjroofit.run.jobs.status import status_of
from ttjroofit.run.table.kinds import table_of
from ttjroofit.run.toys_file import read_toys


def test_a_damaged_archive_of_nuisances(tmp_path: Path) -> None:
    """zlib.error and NotImplementedError used to pass."""
    path = tmp_path / "nuisance_correlation.npz"
    content = seeds.correlation_of_nuisances()
    unknown_method = bytearray(content)
    directory = content.index(b"PK\x01\x02")
    unknown_method[directory + 10] = unknown_method[8] = 99
    for damaged in (content[:60] + b"\xff" * 60 + content[120:], bytes(unknown_method)):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match=r"nuisance_correlation\.npz: (holds no names|cannot be read)"):
            read_nuisance_correlation(path)


@pytest.mark.parametrize("damage", [b"", b"root", b"root" + bytes(200), b"\x00" * 1000])
def test_a_damaged_file_of_toys(tmp_path: Path, damage: bytes) -> None:
    """A dozen sorts of errors of uproot used to pass."""
    parts = small(tmp_path, make_measurement("A", bins=3))
    (tmp_path / "toys.root").write_bytes(damage)
    with pytest.raises(InputError, match=r"toys\.root: toys cannot be read"):
        read_toys(tmp_path / "toys.root", parts.combine(), ToyOptions(0, 1))


def test_a_result_whose_lists_differ_in_length(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ValueError, IndexError and KeyError of tables, exports and figures used to pass."""
    document = json.loads(to_json(combined()))
    (tmp_path / "result.json").write_text(json.dumps(document | {"bins": document["bins"][:-1]}), encoding="utf-8")
    match = r"result\.json: its numbers do not go together \(\w+Error: .*\); was it edited\?"
    for make in (lambda path: table_of("nuisances", path), lambda path: submission([path])):
        with pytest.raises(InputError, match=match):
            make(tmp_path / "result.json")
    assert call(monkeypatch, "plot", "all", tmp_path) == 2
    assert not (tmp_path / "plots").exists()


def test_a_result_of_the_wrong_sort_is_no_damaged_one(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text(to_json(fit_result(["ATLAS_8TeV"])), encoding="utf-8")
    assert table_of("breakdown", tmp_path).rows


@pytest.mark.parametrize("energy", [". TeV", "1.2.3 TeV", "..", "9" * 400])
def test_an_energy_that_is_no_number(tmp_path: Path, energy: str) -> None:
    """float('.') used to pass its ValueError on."""
    tables = small_record()
    for variable in tables[0]["dependent"]:
        variable["qualifiers"] = [{"name": "SQRT(S)", "value": energy}]
    try:
        texts, _ = card_from_hepdata(write_yaml(tmp_path, tables), None)
    except InputError as error:
        assert "centre-of-mass energy" in str(error)  # noqa: PT017 -- a version that reads 1.2 of 1.2.3 is as good
    else:
        assert float(yaml.safe_load(next(text for name, text in texts.items() if name != "card.txt"))["energy_TeV"]) > 0


def test_a_table_cannot_write_statements_of_the_card(tmp_path: Path) -> None:
    """A line feed in the name of a table used to end the comment that quotes it."""
    tables = small_record()
    tables[0]["name"] = "Table 1\nmeasurement evil ../../evil.yaml"
    texts, _ = card_from_hepdata(write_yaml(tmp_path, tables), None)
    assert [line for line in texts["card.txt"].splitlines() if line.startswith("measurement evil")] == []


def test_a_name_that_is_too_long_for_a_file(tmp_path: Path) -> None:
    """OSError used to pass when the converted measurement was written."""
    name = "A" * 151
    (tmp_path / "card.txt").write_text(f"measurement {name} A.yaml\n", encoding="utf-8")
    with pytest.raises(CardError, match=r"card\.txt:1: a measurement cannot have a name of 151 characters"):
        read_card(tmp_path / "card.txt")
    document = json.loads(seeds.measurements()[0]["A.yaml"])
    (tmp_path / "A.yaml").write_text(json.dumps(document | {"name": name}), encoding="utf-8")
    with pytest.raises(InputError, match="at most 150 characters"):
        read_measurement(tmp_path / "A.yaml")
    assert len(plain_name("1" * 300)) == 150
    assert plain_name("") == "_"


@pytest.mark.parametrize(("place", "value"), [("shift", 1e308), ("shift", -1e51)])
def test_numbers_whose_products_are_infinite(tmp_path: Path, place: str, value: float) -> None:
    """Used to give warnings of numpy, and infinite shifts."""
    document = json.loads(seeds.measurements()[0]["A.yaml"])
    document["sources"]["A_s1"][place][0] = value
    (tmp_path / "A.yaml").write_text(json.dumps(document, indent=1), encoding="utf-8")
    with pytest.raises(InputError, match=r"A\.yaml:\d+: .*at most 1e\+50 in size, found"):
        read_measurement(tmp_path / "A.yaml")


def test_a_monte_carlo_error_whose_weight_is_infinite(tmp_path: Path) -> None:
    document = json.loads(seeds.predictions()[1]["A_theory.yaml"])
    document["fraction_sigma"][0][0] = 1e-200
    (tmp_path / "A_theory.yaml").write_text(json.dumps(document, indent=1), encoding="utf-8")
    with pytest.raises(InputError, match=r"at least 1e-50, found 1e-200"):
        read_prediction(tmp_path / "A_theory.yaml")


def test_a_free_source_that_no_data_hold(tmp_path: Path) -> None:
    """With sources that are not linear LinAlgError used to pass."""
    for file, content in seeds.combinations()[2].items():
        (tmp_path / file).write_bytes(content)
    document = json.loads((tmp_path / "A.yaml").read_text(encoding="utf-8"))
    document["sources"]["A_s2"]["prior"] = "free"
    (tmp_path / "A.yaml").write_text(json.dumps(document), encoding="utf-8")
    combination = load_combination(read_card(tmp_path / "card.txt"))
    with pytest.raises(ModelError, match=r"not positive definite|degenerate|singular"):
        combine_cross_sections(combination)


@lru_cache
def _folder_of_jobs() -> dict[str, bytes]:
    return dict(job_folders.folders()[1])


@pytest.fixture
def of_jobs(tmp_path: Path) -> Path:
    """A folder of jobs of which one seems to be at work."""
    for file, content in _folder_of_jobs().items():
        (tmp_path / "jobs" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "jobs" / file).write_bytes(content)
    return tmp_path / "jobs"


def change(path: Path, **values: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | values), encoding="utf-8")


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"name": "../../../evil"}, "name: String should match"),
        ({"name": "a\x00b"}, "name: String should match"),
        ({"merge": 0}, "merge: Input should be greater than or equal to 1"),
        ({"tasks": []}, "0 jobs of 1 tasks do not hold 2 tasks"),
        ({"sizes": [10**4000] * 2}, "sizes.0: Input should be less than or equal to"),
    ],
)
def test_a_stage_that_cannot_be(of_jobs: Path, changes: dict[str, object], match: str) -> None:
    """A name used to make a folder anywhere, and jobs without tasks were done."""
    before = sorted(of_jobs.parents[1].iterdir())
    change(of_jobs / "stage_1" / "stage.json", **changes)
    with pytest.raises(InputError, match=rf"stage_1/stage\.json: .*{match}"):
        stages_of(of_jobs, read_plan(of_jobs))
    assert sorted(of_jobs.parents[1].iterdir()) == before


@pytest.mark.parametrize(
    ("changes", "states"),
    [
        ({"host": "elsewhere"}, ["done", "running"]),
        ({"pid": 10**30}, ["done", "failed"]),
        ({"heard": float("nan")}, ["done", "missing"]),
    ],
)
def test_a_record_that_cannot_be(of_jobs: Path, changes: dict[str, object], states: list[str]) -> None:
    """The number of a process used to end the program, and a time that is none kept a job alive for ever."""
    change(of_jobs / "stage_1" / "status" / "job_1.json", **changes)
    (of_jobs / "stage_1" / "submissions.json").unlink()
    assert [job.state for job in status_of(stages_of(of_jobs, read_plan(of_jobs))[1]).jobs] == states


def test_a_job_cannot_move_the_cursor(of_jobs: Path) -> None:
    changes = {"state": "failed", "error": "\x1b[2J", "host": "\x9b1m"}
    change(of_jobs / "stage_1" / "status" / "job_1.json", **changes)
    (of_jobs / "stage_1" / "submissions.json").unlink()
    job = status_of(stages_of(of_jobs, read_plan(of_jobs))[1]).jobs[1]
    assert (job.why, job.host) == (r"\x1b[2J", r"\x9b1m")


def test_a_plan_is_not_waited_for(of_jobs: Path) -> None:
    (of_jobs / "plan.json").unlink()
    os.mkfifo(of_jobs / "plan.json")
    with pytest.raises(InputError, match=r"plan\.json: cannot be read: no regular file"):
        read_plan(of_jobs)


def test_a_number_of_a_batch_system_is_one(of_jobs: Path) -> None:
    """It becomes an argument of a program: an option of it used to pass, and ValueError of a zero byte."""
    for wrong in ("17\x00", "--help"):
        submission = {"mode": "condor", "jobs": [1], "blocks": [{"id": wrong, "offset": 0}]}
        (of_jobs / "stage_1" / "submissions.json").write_text(json.dumps({"submissions": [submission]}))
        with pytest.raises(InputError, match=r"submissions\.json: .*id: String should match"):
            status_of(stages_of(of_jobs, read_plan(of_jobs))[1])


def test_the_inverse_of_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """LAPACK used to say on the terminal that the fourth parameter had an illegal value."""
    assert inverse_positive(np.zeros((0, 0))).shape == (0, 0)
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""


def test_a_line_feed_in_the_call_is_no_statement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """card.txt quotes the call in a comment."""
    for file, content in seeds.combinations()[1].items():
        (tmp_path / file).write_bytes(content)
    out = tmp_path / "out\ninclude evil"
    assert call(monkeypatch, tmp_path / "card.txt", "-M", "CrossSections", "--no-plots", "-o", out) == 0
    assert [line for line in (out / "card.txt").read_text(encoding="utf-8").splitlines() if "evil" in line[:20]] == []
