"""``ttjroofit export hepdata`` and ``convert hepdata``: valid records, and the same numbers back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from example_results import failed_result, fit_result
from table_cases import cross_sections, pearson

from hepdata_record import small_record, write_json, write_yaml
from program import call
from ttjroofit.analysis.cross_sections import combine_cross_sections
from ttjroofit.card import read_card
from ttjroofit.inputs.measurement_file import read_measurement
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.blinding import NOTE
from ttjroofit.results.cross_sections import CrossSections
from ttjroofit.results.fit import FitStatus, GoodnessOfFit
from ttjroofit.results.impacts import SCHEMA, ImpactMass, ImpactParameter, ImpactsResult
from ttjroofit.results.store import to_json

CARDS = Path(__file__).parents[2] / "cards"
STATUS = FitStatus(True, "Minuit2/migrad", 1, 1, 0, 0, 0, 3, 1e-6, 312)


@lru_cache
def combined(card: str) -> CrossSections:
    return combine_cross_sections(load_combination(read_card(CARDS / f"{card}.txt"))).result


def impacts() -> ImpactsResult:
    parameter = ImpactParameter(
        name="jes",
        type="Gaussian",
        groups=["scale_j"],
        prefit=(-1.0, 0.0, 1.0),
        fit=(-0.7, 0.2, 1.1),
        values={"m_t": (171.1, 171.5, None)},
        impact={"m_t": 0.4},
        ordinary={"m_t": 0.39},
        global_impact={"m_t": 0.3},
    )
    mass = ImpactMass("m_t", "GeV", (170.5, 171.5, 172.5), 0.4, 1.0)
    return ImpactsResult(
        schema=SCHEMA,
        card="two",
        version="1.2.3",
        timing_s={},
        measurements=["A"],
        quality=["LO"],
        asimov=False,
        method="analytic",
        masses=[mass],
        parameters=[parameter],
        status=STATUS,
    )


def stored(folder: Path, **results: Any) -> list[Path]:
    paths = []
    for name, result in results.items():
        (folder / name).mkdir()
        (folder / name / "result.json").write_text(to_json(result), encoding="utf-8")
        paths.append(folder / name)
    return paths


def tables_of(record: Path) -> dict[str, Any]:
    documents = list(yaml.safe_load_all((record / "submission.yaml").read_text(encoding="utf-8")))
    return {d["name"]: yaml.safe_load((record / d["data_file"]).read_text("utf-8")) for d in documents if "name" in d}


def valid_for_hepdata(record: Path) -> bool:
    """What the program of hepdata-validator says; in a process of its own, since it leaves files open."""
    command = [sys.executable, "-W", "ignore", "-c", "from hepdata_validator.cli import validate; validate()"]
    done = subprocess.run([*command, "-d", str(record)], capture_output=True, text=True, check=False, timeout=60)
    assert "is valid" in done.stdout or "error" in done.stdout.lower(), done.stdout + done.stderr
    return done.returncode == 0 and f"{record} is valid." in done.stdout


@pytest.mark.parametrize("form", [cross_sections, pearson])
def test_submission_is_valid_for_hepdata(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, form: Callable[[], CrossSections]
) -> None:
    combination = replace(form(), asimov=False, values=[1.0, 2.0, 3.0])
    results = stored(tmp_path, xs=combination, fit=fit_result(), impacts=impacts())
    record = tmp_path / "record"
    assert call(monkeypatch, "export", "hepdata", *results, "-o", record) == 0
    assert len(tables_of(record)) == 9
    assert valid_for_hepdata(record)
    (record / "top_quark_pole_mass.yaml").write_text("dependent_variables: []\n", encoding="utf-8")
    assert not valid_for_hepdata(record)


def test_masses_and_impacts_in_the_record(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fit = fit_result(masses=("m_t_CMS_13TeV", "m_t_ATLAS_8TeV"))
    results = stored(tmp_path, fit=fit, impacts=impacts())
    assert call(monkeypatch, "export", "hepdata", *results, "-o", tmp_path / "record") == 0
    tables = tables_of(tmp_path / "record")
    mass = tables["Top-quark pole mass"]["dependent_variables"][0]["values"][0]
    assert mass["value"] == fit.parameters["m_t_CMS_13TeV"].value
    errors = {error["label"]: error for error in mass["errors"]}
    assert errors["total"]["asymerror"] == {"plus": 0.98, "minus": -1.0}
    assert errors["exp"]["symerror"] == 0.65
    assert errors["scale"]["asymerror"] == {"plus": 0.18, "minus": -0.19}
    assert len(tables["Correlations of the masses"]["dependent_variables"][0]["values"]) == 4
    nuisance = tables["Impacts on the mass"]
    assert [variable["values"][0]["value"] for variable in nuisance["dependent_variables"]] == [0.2, 0.39, 0.3]
    assert nuisance["dependent_variables"][0]["values"][0]["errors"] == [{"symerror": 0.9, "label": "sigma"}]


@pytest.mark.parametrize("card", ["atlas_cms", "cms13"])
def test_round_trip_of_a_combination(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, card: str) -> None:
    """Written, read, combined again: the same to the 12 digits written; differences of them lose a few."""
    first = combined(card)
    (path,) = stored(tmp_path, xs=first)
    assert call(monkeypatch, "export", "hepdata", path, "-o", tmp_path / "record") == 0
    assert call(monkeypatch, "convert", "hepdata", tmp_path / "record", "-o", tmp_path / "back") == 0
    again = combine_cross_sections(load_combination(read_card(tmp_path / "back" / "card.txt"))).result
    assert again.bins == first.bins
    np.testing.assert_allclose(again.values, first.values, rtol=1e-11)
    sigma, stat = np.array(first.sigma), np.array(first.stat_sigma)
    np.testing.assert_allclose(
        np.array(again.covariance) / np.outer(sigma, sigma),
        np.array(first.covariance) / np.outer(sigma, sigma),
        rtol=0,
        atol=1e-10,
    )
    np.testing.assert_allclose(
        np.array(again.stat_covariance) / np.outer(stat, stat),
        np.array(first.stat_covariance) / np.outer(stat, stat),
        rtol=0,
        atol=1e-10,
    )
    for one, other in zip(first.measurements, again.measurements, strict=True):
        labels = ("measurement", "experiment", "energy_TeV", "channel", "observable", "unit", "per_unit", "edges")
        assert {name: getattr(one, name) for name in labels} == {name: getattr(other, name) for name in labels}


def test_a_cross_section_of_two_measurements_is_in_the_record_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stat = np.array(cross_sections().stat_sigma)
    shared = np.outer(stat, stat) * np.array([[1.0, 0.2, 0.0], [0.2, 1.0, 0.3], [0.0, 0.3, 1.0]])
    (path,) = stored(tmp_path, xs=replace(cross_sections(), stat_covariance=shared.tolist()))
    assert call(monkeypatch, "export", "hepdata", path, "-o", tmp_path / "record") == 0
    assert call(monkeypatch, "convert", "hepdata", tmp_path / "record", "-o", tmp_path / "back") == 0
    cms, atlas = (read_measurement(tmp_path / "back" / f"{name}.yaml") for name in ("CMS_13TeV", "ATLAS_8TeV"))
    assert cms.bins + atlas.bins == tuple(cross_sections().bins)
    assert atlas.edges.tolist() == [0.5, 1.0]
    # what the statistical uncertainties of different measurements share is among the sources
    again = combine_cross_sections(load_combination(read_card(tmp_path / "back" / "card.txt"))).result
    sigma = np.array(cross_sections().sigma)
    scale = np.outer(sigma, sigma)
    np.testing.assert_allclose(again.covariance / scale, cross_sections().covariance / scale, rtol=0, atol=1e-10)


def test_impacts_of_groups_are_in_per_cent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (path,) = stored(tmp_path, xs=cross_sections())
    assert call(monkeypatch, "export", "hepdata", path, "-o", tmp_path / "record") == 0
    table = tables_of(tmp_path / "record")["Impacts of groups of uncertainties"]
    groups, bins = ([row["value"] for row in axis["values"]] for axis in table["independent_variables"])
    values = table["dependent_variables"][0]
    assert values["header"]["units"] == "%"
    found = dict(zip(zip(groups, bins, strict=True), (row["value"] for row in values["values"]), strict=True))
    assert found["scale_j", "CMS_13TeV_rho_low"] == 2.0
    assert found["lumi", "ATLAS_8TeV_rho_low"] == 0.1
    assert len(found) == 6


def test_converted_record_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for form, write in {"yaml": write_yaml, "json": write_json}.items():
        (tmp_path / form).mkdir()
        write(tmp_path / form, small_record())
        assert call(monkeypatch, "convert", "hepdata", tmp_path / form, "-o", tmp_path / "out" / form) == 0
        assert "Warning: tables found by their names: table 'Table 1'" in capsys.readouterr().err
        found = load_combination(read_card(tmp_path / "out" / form / "card.txt")).measurements[0]
        assert found.values.tolist() == [300.0, 500.0, 200.0]
        assert found.name == form


def test_mapping_file_of_the_user_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write_yaml(tmp_path, small_record())
    mapping = tmp_path / "mine.yaml"
    mapping.write_text(
        "schema: ttjroofit/hepdata_mapping/1\n"
        "measurements:\n"
        "  - {name: MINE, table: Table 1, energy_TeV: 8, channel: dilepton, unit: pb, year: 2012}\n",
        encoding="utf-8",
    )
    out = tmp_path / "out"
    assert call(monkeypatch, "convert", "hepdata", tmp_path, "-o", out, "--mapping", mapping) == 0
    found = read_measurement(out / "MINE.yaml")
    assert (found.energy_TeV, found.channel, found.unit) == (8.0, "dilepton", "pb")
    # without the table of the covariance the statistical errors stand alone
    np.testing.assert_allclose(found.covariance, np.diag([100.0, 400.0, 100.0]))


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (failed_result, "the fit failed"),
        (pearson, "Asimov data set is none to publish"),
        (lambda: replace(fit_result(), quality=[f"{NOTE} somehow"]), "the result is blinded"),
    ],
)
def test_what_is_not_to_be_published_is_not_written(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    result: Callable[[], Any],
    message: str,
) -> None:
    made = result()
    if not made.asimov:
        made = replace(made, goodness_of_fit=GoodnessOfFit(1.0, 2, 0.5))
    if message == "the fit failed":
        made = replace(fit_result(), status=replace(STATUS, good=False))
    paths = stored(tmp_path, result=made)
    assert call(monkeypatch, "export", "hepdata", *paths, "-o", tmp_path / "record") == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "record").exists()


def test_two_results_of_a_kind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = stored(tmp_path, one=cross_sections(), two=cross_sections())
    assert call(monkeypatch, "export", "hepdata", *paths, "-o", tmp_path / "record") == 2
    assert "a second result of schema ttjroofit/cross_sections/1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda tables: tables[1]["dependent"][0]["values"][0].update(value=-1.0), "variance of 'record_rho_0_0p4' is"),
        (lambda tables: tables[0]["dependent"][0]["values"][0].update(value="x"), "t1.yaml:"),
    ],
)
def test_damaged_record_writes_nothing(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[list[Any]], None],
    message: str,
) -> None:
    (tmp_path / "record").mkdir()
    tables = small_record()
    damage(tables)
    write_yaml(tmp_path / "record", tables)
    assert call(monkeypatch, "convert", "hepdata", tmp_path / "record", "-o", tmp_path / "back") == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "back").exists()
