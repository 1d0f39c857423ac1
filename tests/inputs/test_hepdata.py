"""HEPData records as measurements: made-up ones, the layout of the CMS record, and what is wrong with damaged ones."""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hepdata_record import (
    EDGES,
    STATISTICAL,
    VALUES,
    Table,
    cms_record,
    matrix,
    small_record,
    spectrum,
    table,
    words,
    write_json,
    write_yaml,
)
from ttjroofit.errors import InputError, Place
from ttjroofit.inputs.hepdata.mapping import RecordMapping, guess_mapping, read_mapping
from ttjroofit.inputs.hepdata.measurement import Conversion, convert_record
from ttjroofit.inputs.hepdata.record import read_record
from ttjroofit.inputs.hepdata.systematics import eigen_sources
from ttjroofit.inputs.measurement import Measurement
from ttjroofit.inputs.measurement_file import read_measurement

INPUTS = Path(__file__).parents[2] / "inputs"
WRITERS = {"yaml": write_yaml, "json": write_json}

Writer = Callable[[Path, list[Table]], Path]


@lru_cache
def cms() -> Measurement:
    """The shipped measurement with 16 of its nuisances and 10 of its sources: the whole record takes 10 s to read."""
    whole = read_measurement(INPUTS / "cms_13tev_dilepton.yaml")
    n, kept = len(whole.bins), [*range(15), whole.profiled.index("CMS_modelling_ttbar_mass")]
    rows = [*range(n), *(n + i for i in kept)]
    return replace(
        whole,
        profiled=tuple(whole.profiled[i] for i in kept),
        profiled_values=whole.profiled_values[kept],
        covariance=whole.covariance[np.ix_(rows, rows)],
        sources=whole.sources[:10],
        shifts=whole.shifts[:, :10],
    )


def mapping_of(**entries: Any) -> RecordMapping:
    return RecordMapping.model_validate(
        {"schema": "ttjroofit/hepdata_mapping/1", "measurements": [{"name": "M", **entries}]}
    )


def converted(folder: Path, mapping: RecordMapping | None = None) -> Conversion:
    record = read_record(folder)
    return convert_record(record, mapping or guess_mapping(record), Place(folder))


@pytest.mark.parametrize("form", WRITERS)
def test_labelled_errors_become_sources(tmp_path: Path, form: str) -> None:
    found = converted(WRITERS[form](tmp_path, small_record()), None).measurements[0]
    np.testing.assert_array_equal(found.values, VALUES)
    np.testing.assert_array_equal(found.edges, EDGES)
    np.testing.assert_array_equal(found.covariance, STATISTICAL)
    lumi, scale, pdf = found.sources
    assert [name.rpartition("sys")[2] for name in found.sources] == ["_lumi", "_JES", "_PDF"]
    np.testing.assert_allclose(found.shifts[:, 0], 0.02 * np.array(VALUES), rtol=1e-12)
    np.testing.assert_array_equal(found.shifts[:, 1], [6, 10, -4])
    assert set(found.responses) == {pdf}
    np.testing.assert_array_equal(found.responses[pdf].up, [3, 4, -1])
    np.testing.assert_array_equal(found.responses[pdf].down, [-5, -2, 2.5])
    assert (found.experiment, found.energy_TeV, found.unit, found.per_unit) == ("CMS", 13.0, "PB", True)
    assert lumi != scale


def test_json_and_yaml_say_the_same(tmp_path: Path) -> None:
    for form, write in WRITERS.items():
        (tmp_path / form / "record").mkdir(parents=True)
        write(tmp_path / form / "record", small_record())
    one, other = (converted(tmp_path / form / "record").measurements[0] for form in WRITERS)
    for name in ("values", "edges", "covariance", "shifts"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert (one.name, one.sources, one.bins, one.energy_TeV) == (
        other.name,
        other.sources,
        other.bins,
        other.energy_TeV,
    )


CMS_TABLES = {
    "table": "Absolute",
    "covariance": "Covariance of the fit",
    "nuisances": "Post-fit values",
    "nuisance_correlation": "Post-fit correlation",
    "shifts": "Extrapolation uncertainties",
}


@pytest.mark.parametrize("form", WRITERS)
def test_layout_of_the_cms_record_gives_the_shipped_measurement(tmp_path: Path, form: str) -> None:
    record = WRITERS[form](tmp_path, cms_record(cms()))
    chosen = mapping_of(**CMS_TABLES, without_prior=["CMS_modelling_ttbar_mass"], experiment="CMS")
    found, shipped = converted(record, chosen).measurements[0], cms()
    assert found.profiled == shipped.profiled
    assert found.sources == tuple(shipped.sources)
    assert found.without_prior == shipped.without_prior
    np.testing.assert_array_equal(found.profiled_values, shipped.profiled_values)
    # products of square roots: a few units of rounding
    np.testing.assert_allclose(found.covariance, shipped.covariance, rtol=1e-13)
    np.testing.assert_array_equal(found.shifts, shipped.shifts)
    np.testing.assert_array_equal(found.values, shipped.values)


def test_tables_of_the_cms_record_are_found_by_their_names(tmp_path: Path) -> None:
    record = read_record(write_yaml(tmp_path, cms_record(cms())[1:]))
    guessed = guess_mapping(record).measurements[0].model_dump(exclude_none=True)
    assert {key: guessed[key] for key in CMS_TABLES} == CMS_TABLES
    assert "statistical_covariance" not in guessed


def test_several_tables_that_can_be_the_cross_sections_are_named(tmp_path: Path) -> None:
    record = read_record(write_yaml(tmp_path, cms_record(cms())))
    with pytest.raises(InputError, match=r"2 tables can be the cross sections: 'Normalised', 'Absolute'; .*--mapping"):
        guess_mapping(record)


@pytest.mark.parametrize("triangle", ["whole", "lower"])
@pytest.mark.parametrize(
    "labels", ["ranges", "numbers", "from 0", "names", "words", "words that are numbers to Python"]
)
def test_bins_of_a_matrix_may_be_called_anything(tmp_path: Path, labels: str, triangle: str) -> None:
    called = {
        "numbers": [1, 2, 3],
        "from 0": [0, 1, 2],
        "names": ["M_rho_0_0p4", "M_rho_0p4_0p6", "M_rho_0p6_1"],
        "words": ["low", "middle", "high"],
        "words that are numbers to Python": ["nan", "inf", "1"],
        "ranges": [{"low": low, "high": high} for low, high in pairwise(EDGES)],
    }[labels]
    pairs = [(i, j) for i in range(3) for j in range(3) if triangle == "whole" or j <= i]
    if labels in ("numbers", "from 0", "names"):
        pairs = pairs[::-1]  # the order must not matter

    def axis(k: int) -> Table:
        cells: list[Any] = [called[pair[k]] for pair in pairs]
        return {"header": {"name": "B"}, "values": [c if isinstance(c, dict) else {"value": c} for c in cells]}

    values = [{"value": STATISTICAL[i][j]} for i, j in pairs]
    tables = small_record()
    tables[1] = table("Cov stat", [axis(0), axis(1)], [{"header": {"name": "Covariance"}, "values": values}])
    write_yaml(tmp_path, tables)
    found = converted(tmp_path, mapping_of(table="Table 1", statistical_covariance="Cov stat")).measurements[0]
    np.testing.assert_array_equal(found.covariance, STATISTICAL)


def test_correlation_goes_with_the_statistical_errors(tmp_path: Path) -> None:
    sigma = np.sqrt(np.diag(STATISTICAL))
    tables = small_record()
    tables[1] = matrix("Rho stat", [1, 2, 3], STATISTICAL / np.outer(sigma, sigma), "Correlation")
    found = converted(write_yaml(tmp_path, tables), mapping_of(table="Table 1", statistical_correlation="Rho stat"))
    np.testing.assert_allclose(found.measurements[0].covariance, STATISTICAL, rtol=1e-14)


def test_sources_as_rows_or_columns(tmp_path: Path) -> None:
    shifts = {"a": [1.0, 2.0, 3.0], "b": [-1.0, 0.0, 0.5]}
    long = [(source, i, value) for source, values in shifts.items() for i, value in enumerate(values)]
    axes = [words("Source", [s for s, _, _ in long]), words("Bin", [i + 1 for _, i, _ in long])]
    forms = {
        "long": table("S", axes, [{"header": {"name": "shift"}, "values": [{"value": v} for _, _, v in long]}]),
        "turned": table("S", axes[::-1], [{"header": {"name": "shift"}, "values": [{"value": v} for _, _, v in long]}]),
        "wide": table(
            "S",
            [words("Bin", [1, 2, 3])],
            [{"header": {"name": s}, "values": [{"value": v} for v in values]} for s, values in shifts.items()],
        ),
    }
    statistical = [[{"symerror": 1.0, "label": "stat"}]] * 3
    for name, form in forms.items():
        (tmp_path / name).mkdir()
        write_yaml(tmp_path / name, [spectrum("X", VALUES, EDGES, statistical), form])
        found = converted(tmp_path / name, mapping_of(table="X", shifts="S")).measurements[0]
        assert found.sources == ("M_a", "M_b")
        np.testing.assert_array_equal(found.shifts.T, list(shifts.values()))


def test_total_less_statistical_covariance_becomes_sources(tmp_path: Path) -> None:
    total = np.array(STATISTICAL) + np.outer([6, 10, -4], [6, 10, -4])
    tables = [
        spectrum("X", VALUES, EDGES),
        matrix("Statistical covariance", [1, 2, 3], STATISTICAL, "Covariance"),
        matrix("Total covariance", [1, 2, 3], total, "Covariance"),
    ]
    conversion = converted(write_yaml(tmp_path, tables))
    found = conversion.measurements[0]
    np.testing.assert_array_equal(found.covariance, STATISTICAL)
    assert len(found.sources) == 1
    np.testing.assert_allclose(found.covariance + found.shifts @ found.shifts.T, total, rtol=1e-12)
    assert any("carried over as 1 eigenvectors" in remark for remark in conversion.remarks)


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_eigen_sources_sum_up_to_the_difference(bins: int, sources: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scale = 10.0 ** rng.integers(-3, 4, bins)
    shifts = rng.normal(size=(bins, sources)) * scale[:, None]
    statistical = np.diag(scale**2)
    total = statistical + shifts @ shifts.T
    found = eigen_sources(total, statistical, Place(Path("here")))
    assert found.shape[1] <= min(bins, sources)
    # what eigenvalues below 1e-11 take away, and rounding
    np.testing.assert_allclose(
        (statistical + found @ found.T) / np.outer(scale, scale), total / np.outer(scale, scale), atol=1e-8
    )


def test_mixed_up_covariances_are_an_error() -> None:
    with pytest.raises(InputError, match=r"here:.* exceeds the total one: the smallest eigenvalue .* is -0\.5"):
        eigen_sources(np.eye(2), 1.5 * np.eye(2), Place(Path("here:3")))


def test_what_is_assumed_is_said(tmp_path: Path) -> None:
    errors = [[{"symerror": 10.0, "label": "stat"}, {"symerror": 5.0, "label": "sys"}]] * 3
    conversion = converted(write_yaml(tmp_path, [spectrum("X", VALUES, EDGES, errors, header="SIG")]))
    said = " ".join(conversion.remarks)
    assert "taken as one source, fully correlated" in said
    assert "taken as per bin" in said
    np.testing.assert_array_equal(conversion.measurements[0].shifts, [[5.0]] * 3)


def test_a_total_that_is_not_the_sum_is_said(tmp_path: Path) -> None:
    tables = small_record()
    tables.append(matrix("Total covariance", [1, 2, 3], 4 * np.array(STATISTICAL), "Covariance"))
    assert "the stated total is" in " ".join(converted(write_yaml(tmp_path, tables)).remarks)


def test_equal_labels_are_numbered_as_on_the_web(tmp_path: Path) -> None:
    errors = [[{"symerror": 1.0, "label": "stat"}, *({"symerror": x, "label": "sys"} for x in (2.0, 3.0))]] * 3
    found = converted(write_yaml(tmp_path, [spectrum("X", VALUES, EDGES, errors)]), mapping_of(table="X"))
    assert found.measurements[0].sources == ("M_sys_1", "M_sys_2")


def test_energy_from_keywords_of_the_web_interface(tmp_path: Path) -> None:
    tables = small_record()
    tables[0]["dependent"][0].pop("qualifiers")
    write_json(tmp_path, tables)
    file = tmp_path / "table_1.json"
    text = file.read_text(encoding="utf-8").replace('"headers"', '"keywords": {"cmenergies": ["8000.0"]}, "headers"', 1)
    file.write_text(text, encoding="utf-8")
    assert converted(tmp_path).measurements[0].energy_TeV == 8.0


def edited(change: Callable[[list[Table]], Any]) -> list[Table]:
    tables = copy.deepcopy(small_record())
    change(tables)
    return tables


def rows(tables: list[Table], number: int = 0) -> list[Any]:
    found: list[Any] = tables[number]["dependent"][0]["values"]
    return found


def bins(tables: list[Table]) -> list[Any]:
    found: list[Any] = tables[0]["independent"][0]["values"]
    return found


DAMAGES: dict[str, tuple[Callable[[list[Table]], Any], str]] = {
    "a word for a value": (lambda t: rows(t)[1].update(value="many"), r"t1\.yaml:\d+: expected a number, found 'many'"),
    "no value": (lambda t: rows(t)[1].update(value="-"), r"t1\.yaml:\d+: a cross section without a value"),
    "infinite": (lambda t: rows(t)[1].update(value=float("inf")), r"t1\.yaml:\d+: expected a number, found inf"),
    "a gap": (lambda t: bins(t)[1].update(low=0.45), r"bins must rise without gaps, found 0-0\.4 then 0\.45-0\.6"),
    "turned bins": (lambda t: bins(t).reverse(), r"bins must rise without gaps"),
    "a row less": (lambda t: rows(t).pop(), r"t1\.yaml:1: the variables have different numbers of values: 'RHO' 3"),
    "errors in words": (lambda t: rows(t)[0].update(errors="none"), r"t1\.yaml:\d+: expected a list of errors"),
    "an error without size": (lambda t: rows(t)[0].update(errors=[{"label": "a"}]), "an error needs 'symerror'"),
    "no energy": (lambda t: t[0]["dependent"][0].pop("qualifiers"), "centre-of-mass energy; write energy_TeV in a map"),
    "two variables": (lambda t: t[0]["dependent"].append(t[0]["dependent"][0]), "choose one with 'variable'"),
    "not symmetric": (lambda t: rows(t, 1)[1].update(value=41.0), r"t2\.yaml:\d+: table .* must be symmetric"),
    "an entry less": (
        lambda t: [rows(t, 1)[0].update(value="-")],
        r"t2\.yaml:1: table .* has no entry for \w+_0p4 and \w+_0p4 \(1 of 9",
    ),
    "a bin too many": (
        lambda t: t[1]["independent"][0]["values"][8].update(value="bin 4"),
        "has 4 labels for 3 bins: 'bin 1', 'bin 2', 'bin 3', 'bin 4'",
    ),
    "no header": (lambda t: t[0]["dependent"][0].update(header="SIG"), "expected a header with a name, found 'SIG'"),
    "no bins": (lambda t: bins(t).clear() or rows(t).clear(), "no table has bins"),
    "a name twice": (lambda t: t[1].update(name="Table 1"), "table 'Table 1' is also in"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_record_names_place_and_cure(tmp_path: Path, damage: str) -> None:
    change, message = DAMAGES[damage]
    with pytest.raises(InputError, match=message):
        converted(write_yaml(tmp_path, edited(change)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "submission.yaml: the file is empty"),
        ("- a\n", r"submission.yaml:1: expected a table or a comment"),
        ("name: T\ndata_file: t3.yaml\n", r"submission.yaml:2: no data file 't3.yaml' beside this file; nearest: t"),
        ("name: T\ndata_file: [1]\n", r"submission.yaml:2: a table needs a name and a data_file"),
        ("comment: nothing\n", "the record has no tables"),
        ("name: [\n", r"submission.yaml:\d: not YAML"),
        ("a: &x [*x]\ndata_file: t1.yaml", "aliases .* that refer to themselves"),
    ],
)
def test_damaged_submission(tmp_path: Path, text: str, message: str) -> None:
    write_yaml(tmp_path, small_record())
    (tmp_path / "submission.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_record(tmp_path)


def test_aliases_are_read_as_others_write_them(tmp_path: Path) -> None:
    write_yaml(tmp_path, small_record())
    text = (tmp_path / "submission.yaml").read_text(encoding="utf-8")
    text = text.replace("keywords: []", "keywords: &k [{name: cmenergies, values: [8000.0]}]", 1)
    (tmp_path / "submission.yaml").write_text(text + "related: &r [1]\nagain: *r\n", encoding="utf-8")
    assert read_record(tmp_path).tables[0].energies == [8000.0]


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no submission.yaml and no \*.json here; give the folder"):
        read_record(tmp_path)
    with pytest.raises(InputError, match=r"no submission\.yaml and no"):
        read_record(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not YAML"),
        ("[1]", "no table of HEPData"),
        ('{"headers": [], "values": [{"x": [], "y": 3}]}', "needs lists 'x' and 'y'"),
        (
            '{"headers": [{"name": "a"}], "values": [{"x": [{"value": 1}], "y": [{"value": 1}]}]}',
            "1 headers for 1 [+] 1",
        ),
        ('{"headers": [3], "values": [{"x": [{"value": 1}], "y": []}]}', "expected a header with a name"),
        ('{"headers": [{"name": "a", "colspan": 100000000}], "values": [{"x": [{"value": 1}], "y": []}]}', "a header"),
    ],
)
def test_damaged_json(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "t.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_record(tmp_path)


def test_mapping_file_errors(tmp_path: Path) -> None:
    file = tmp_path / "mapping.yaml"
    head = "schema: ttjroofit/hepdata_mapping/1\nmeasurements:\n"
    file.write_text(head + "- {name: M, table: X, covarience: Y}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"mapping.yaml:3: unknown key 'covarience'; nearest: covariance"):
        read_mapping(file)
    file.write_text(head + "- {name: M, table: X}\n- {name: M, table: Y}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"mapping.yaml:4: two measurements 'M'"):
        read_mapping(file)
    write_yaml(tmp_path, small_record())
    with pytest.raises(InputError, match=r"no table 'Tabel 1' in .*; nearest: Table 1"):
        converted(tmp_path, mapping_of(table="Tabel 1"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_damage_is_an_input_error(tmp_path: Path, data: st.DataObject) -> None:
    """Cut, overwritten or doubled pieces: read, or an InputError; nothing else."""
    write_yaml(tmp_path, small_record())
    name = data.draw(st.sampled_from(["submission.yaml", "t1.yaml", "t2.yaml"]))
    text = (tmp_path / name).read_text(encoding="utf-8")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    piece = data.draw(
        st.sampled_from(["", "{", "]", "- ", ": ", "\n", "null", "1e999", "'", "&a", "*a", "\t", "-", "[]", "{}"])
    )
    (tmp_path / name).write_text(text[:start] + piece + text[end:], encoding="utf-8")
    with suppress(InputError):
        assert converted(tmp_path).measurements


def test_every_key_of_a_mapping_is_described_and_documented(tmp_path: Path) -> None:
    docs = (INPUTS.parent / "docs" / "hepdata.md").read_text(encoding="utf-8")
    schema = RecordMapping.model_json_schema()
    keys = {**schema["properties"], **schema["$defs"]["MeasurementMapping"]["properties"]}
    assert [key for key, entry in keys.items() if not entry.get("description")] == []
    formats = (INPUTS.parent / "docs" / "reference" / "file_formats.md").read_text(encoding="utf-8")
    assert [key for key in keys if f"`{key}`" not in formats] == []
    example = docs.split("```yaml\n")[1].split("```")[0]
    (tmp_path / "mapping.yaml").write_text(example, encoding="utf-8")
    measurement = read_mapping(tmp_path / "mapping.yaml").measurements[0]
    assert (measurement.energy, measurement.without_prior) == (13.0, ["CMS_modelling_ttbar_mass"])


def test_joint_covariance_needs_the_statistical_one_too(tmp_path: Path) -> None:
    record = read_record(write_yaml(tmp_path, small_record()))
    mapping = RecordMapping.model_validate(
        {
            "schema": "ttjroofit/hepdata_mapping/1",
            "covariance": "Table 2, statistical covariance",
            "measurements": [{"name": "M", "table": "Table 1"}],
        }
    )
    with pytest.raises(InputError, match="needs a statistical_covariance beside it"):
        convert_record(record, mapping, Place(tmp_path))


def test_nuisances_without_correlation_are_left_out_and_said(tmp_path: Path) -> None:
    post_fit = [{"value": 0.1, "errors": [{"symerror": 0.9}]}]
    nuisances = table("Post-fit values", [words("N", ["jes"])], [{"header": {"name": "value"}, "values": post_fit}])
    conversion = converted(write_yaml(tmp_path, [*small_record(), nuisances]))
    assert conversion.measurements[0].profiled == ()
    assert len(conversion.measurements[0].sources) == 3
    assert "there is no correlation of the nuisances with the bins" in " ".join(conversion.remarks)


@pytest.mark.parametrize(("value", "sigma"), [("-", 1.0), (0.1, -1.0), (0.1, 0.0)])
def test_nuisances_need_values_and_standard_deviations(tmp_path: Path, value: Any, sigma: float) -> None:
    tables = cms_record(cms())[1:]
    tables[3]["dependent"][0]["values"][2] = {"value": value, "errors": [{"symerror": sigma, "label": "post-fit"}]}
    name = cms().profiled[2]
    with pytest.raises(InputError, match=rf"t4\.yaml:\d+: nuisance '{name}' needs a value and a positive standard dev"):
        converted(write_yaml(tmp_path, tables))
