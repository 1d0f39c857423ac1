"""Our measurement format: the examples of the docs, and everything that can be wrong with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ttjroofit.errors import InputError, Place
from ttjroofit.inputs.matrix import MatrixRows, check_positive_definite, symmetric
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.inputs.measurement_file import read_measurement


def write(folder: Path, text: str, *edits: tuple[str, str]) -> Path:
    """Write ``text`` with each edit made exactly once."""
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = folder / "toy.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_statistical_example(tmp_path: Path, examples: dict[str, str]) -> None:
    toy = read_measurement(write(tmp_path, examples["TOY_8TeV"]))
    assert (toy.name, toy.experiment, toy.energy_TeV, toy.unit, toy.per_unit) == ("TOY_8TeV", "ATLAS", 8, "fb", False)
    assert toy.total == 1000
    assert np.array_equal(toy.edges, [0, 0.4, 0.6, 1.0])
    # sigma 10, 20, 10 with correlations -0.2, 0.1, -0.3; products are exact but for rounding
    assert toy.covariance == pytest.approx(np.array([[100, -40, 10], [-40, 400, -60], [10, -60, 100]]), rel=1e-14)
    assert toy.profiled == ()
    assert toy.profiled_values.shape == (0,)
    assert toy.sources == ("TOY_8TeV_scale_j_1", "TOY_8TeV_scale_j_2", "TOY_8TeV_lumi")
    assert np.array_equal(toy.shifts, [[6, -3, 6], [10, 0, 10], [-4, 2, 4]])
    assert toy.groups == {"scale_j": toy.sources[:2], "lumi": toy.sources[2:]}


def test_profiled_example(tmp_path: Path, examples: dict[str, str]) -> None:
    toy = read_measurement(write(tmp_path, examples["TOY_13TeV"]))
    assert toy.per_unit
    assert toy.total == 300
    assert toy.profiled == ("TOY_13TeV_scale_j", "TOY_13TeV_mass")
    assert np.array_equal(toy.profiled_values, [0.3, -0.6])
    assert toy.without_prior == {"TOY_13TeV_mass"}
    # products of sigmas 20, 15, 0.8, 0.5 with the correlations, exact but for rounding
    assert toy.covariance[np.tril_indices(4)] == pytest.approx(
        [400, 120, 225, 3.2, -1.2, 0.64, 0, 0.75, 0.12, 0.25], rel=1e-14
    )
    assert np.array_equal(toy.covariance, toy.covariance.T)
    assert toy.nuisances == (*toy.profiled, "TOY_13TeV_extrapolation")


@pytest.mark.parametrize(
    "rows",
    [
        "[[100], [-40, 400], [10, -60, 100]]",
        "[[100, -40, 10], [-40, 400, -60], [10, -60, 100]]",
        "{file: covariance.txt}",
    ],
)
def test_the_same_covariance_in_other_forms(tmp_path: Path, examples: dict[str, str], rows: str) -> None:
    (tmp_path / "covariance.txt").write_text("# fb^2\n100\n-40 400 # middle\n\n10 -60 1e2\n", encoding="utf-8")
    text = examples["TOY_8TeV"]
    block = text[text.index("  sigma:") : text.index("sources:")]
    toy = read_measurement(write(tmp_path, text, (block, f"  covariance: {rows}\n")))
    assert np.array_equal(toy.covariance, [[100, -40, 10], [-40, 400, -60], [10, -60, 100]])


def test_a_measurement_without_nuisances(tmp_path: Path, examples: dict[str, str]) -> None:
    text = examples["TOY_8TeV"]
    toy = read_measurement(write(tmp_path, text[: text.index("sources:")] + "sources: {}\ngroups: {}\n"))
    assert toy.shifts.shape == (3, 0)
    assert toy.groups == {}


def test_the_first_group_that_matches_wins(tmp_path: Path, examples: dict[str, str]) -> None:
    edit = ('scale_j: ["TOY_8TeV_scale_j_*"]', 'first: ["*_1"]\n  scale_j: ["TOY_8TeV_scale_j_*"]')
    toy = read_measurement(write(tmp_path, examples["TOY_8TeV"], edit))
    assert toy.groups == {
        "first": ("TOY_8TeV_scale_j_1",),
        "scale_j": ("TOY_8TeV_scale_j_2",),
        "lumi": ("TOY_8TeV_lumi",),
    }


BAD_STATISTICAL = {
    "unknown key": (("channel:", "chanel:"), r"toy\.yaml:6: unknown key 'chanel'; nearest: channel"),
    "unknown inner key": (("  sigma:", "  sgima:"), r"toy\.yaml:17: unknown key 'sgima'; nearest: sigma$"),
    "missing key": (("unit: fb\n", ""), r"toy\.yaml:1: key 'unit' is missing: unit of the values"),
    "other schema": (
        ("measurement/1", "prediction/1"),
        r"toy\.yaml:1: 'schema': input should be 'ttjroofit/measurement/1', found 'ttjroofit/prediction/1'",
    ),
    "bad name": (("name: TOY_8TeV\n", "name: TOY 8 TeV\n"), r"toy\.yaml:2: 'name': .*found 'TOY 8 TeV'"),
    "bad source name": (("TOY_8TeV_lumi: ", "TOY-lumi: "), r"toy\.yaml:25: .*should match pattern.*found 'TOY-lumi'"),
    "number as text": (("energy_TeV: 8", "energy_TeV: '8'"), r"toy\.yaml:4: 'energy_TeV': .*valid number, found '8'"),
    "energy": (("energy_TeV: 8", "energy_TeV: -8"), r"toy\.yaml:4: .*greater than 0, found -8 \(centre-of-mass"),
    "quantity": (
        ("per bin", "per GeV"),
        r"toy\.yaml:12: 'quantity': .*'per bin' or 'per unit of rho', found 'per GeV'",
    ),
    "word for number": (("[300, 500", "[300, x500"), r"toy\.yaml:15: 'values item 2': .*found 'x500'"),
    "not a number": (("[300, 500", "[300, .nan"), r"toy\.yaml:15: 'values item 2': .*finite number, found nan"),
    "infinite": (("[6, 10, -4]", "[6, 1e999, -4]"), r"toy\.yaml:23: .*TOY_8TeV_scale_j_1 item 2': .*finite.*found inf"),
    "empty value": (("unit: fb", "unit:"), r"toy\.yaml:11: 'unit': .*valid string, found None"),
    "edges fall": (("0.4, 0.6", "0.6, 0.4"), r"toy\.yaml:13: 'edges' must rise, found 0\.6 then 0\.4$"),
    "edges equal": (("0.4, 0.6", "0.4, 0.4"), r"toy\.yaml:13: 'edges' must rise, found 0\.4 then 0\.4$"),
    "no bins": (("[0, 0.4, 0.6, 1.0]", "[0]"), r"toy\.yaml:13: 'edges' has 1 entries, expected at least 2"),
    "edges and bins": (
        ("0.4, 0.6, ", "0.4, "),
        r"toy\.yaml:14: 'bins' has 3 entries, expected 2, one fewer than edges",
    ),
    "values": (("[300, 500, 200]", "[300, 500]"), r"toy\.yaml:15: 'values' has 2 entries, expected 3, one a bin"),
    "shifts": (("[-3, 0, 2]", "[-3, 0]"), r"toy\.yaml:24: 'TOY_8TeV_scale_j_2' has 2 entries, expected 3"),
    "bin twice": (("rho_middle", "rho_low"), r"toy\.yaml:14: name 'TOY_8TeV_rho_low' occurs twice, first in line 14"),
    "source twice": (
        ("scale_j_2:", "scale_j_1:"),
        r"toy\.yaml:24: key 'TOY_8TeV_scale_j_1' occurs twice, first in line 23",
    ),
    "source is a bin": (("TOY_8TeV_lumi: ", "TOY_8TeV_rho_low: "), r"toy\.yaml:25: .*occurs twice, first in line 14"),
    "sigma zero": (("[10, 20, 10]", "[10, 0, 10]"), r"toy\.yaml:17: 'statistical sigma item 2': .*than 0, found 0"),
    "sigma length": (("[10, 20, 10]", "[10, 20]"), r"toy\.yaml:17: 'sigma' has 2 entries, expected 3, one a bin"),
    "triangle short": (
        ("[0.1, -0.3, 1]", "[0.1, 1]"),
        r"toy\.yaml:21: row 3 of the matrix \(TOY_8TeV_rho_high\) has 2",
    ),
    "triangle rows": (("    - [0.1, -0.3, 1]\n", ""), r"toy\.yaml:18: the matrix has 2 rows, expected 3"),
    "diagonal": (
        ("[-0.2, 1]", "[-0.2, 1.1]"),
        r"toy\.yaml:20: correlation of 'TOY_8TeV_rho_middle' with itself is 1\.1",
    ),
    "beyond one": (("[-0.2, 1]", "[-1.2, 1]"), r"toy\.yaml:20: correlation of .*'TOY_8TeV_rho_low' is -1\.2, beyond"),
    "not definite": (
        ("[0.1, -0.3, 1]", "[0.9, 0.9, 1]"),
        r"toy\.yaml:18: the matrix is not positive definite: the smallest eigenvalue .* is -0\.377.*TOY_8TeV_rho_high",
    ),
    "singular": (("[-0.2, 1]", "[1, 1]"), r"toy\.yaml:18: the matrix is not positive definite"),
    "no matrix": (("sigma: [10, 20, 10]", "covariance: [[1]]"), r"toy\.yaml:16: give either 'sigma' and 'correlation'"),
    "group misspelt": (
        ("[TOY_8TeV_lumi]", "[TOY_8TeV_luni]"),
        r"toy\.yaml:28: 'TOY_8TeV_luni' in group 'lumi' matches no nuisance; nearest: TOY_8TeV_lumi",
    ),
    "group shadowed": (
        ("[TOY_8TeV_lumi]", '["*_scale_j_1"]'),
        r"toy\.yaml:28: .*matches only what is already in group 'scale_j'; the first match wins",
    ),
    "group empty": (("[TOY_8TeV_lumi]", "[]"), r"toy\.yaml:28: group 'lumi' is empty"),
    "no group": (('_scale_j_*"]', '_scale_j_1"]'), r"toy\.yaml:26: nuisance 'TOY_8TeV_scale_j_2' is in no group"),
}


@pytest.mark.parametrize("case", BAD_STATISTICAL)
def test_bad_measurement(tmp_path: Path, examples: dict[str, str], case: str) -> None:
    edit, message = BAD_STATISTICAL[case]
    with pytest.raises(InputError, match=message):
        read_measurement(write(tmp_path, examples["TOY_8TeV"], edit))


BAD_PROFILED = {
    "both": (
        ("profiled:\n", "statistical: {covariance: [[1], [0, 1]]}\nprofiled:\n"),
        r"toy\.yaml:15: give either .*both",
    ),
    "parameter twice": (
        ("name: TOY_13TeV_mass", "name: TOY_13TeV_scale_j"),
        r"toy\.yaml:18: name .* occurs twice.*line 17",
    ),
    "source is a parameter": (
        ("  TOY_13TeV_extrapolation:", "  TOY_13TeV_mass:"),
        r"toy\.yaml:25: .*occurs twice.*line 18",
    ),
    "unknown parameter key": (("sigma: 0.8", "sigmas: 0.8"), r"toy\.yaml:17: unknown key 'sigmas'; nearest: sigma"),
    "parameter sigma": (
        ("sigma: 0.8", "sigma: 0"),
        r"toy\.yaml:17: 'profiled parameters item 1 sigma': .*than 0, found 0",
    ),
    "prior": (("prior: none", "prior: flat"), r"toy\.yaml:18: .*'normal' or 'none', found 'flat'"),
    "bin sigma": (("[20, 15]", "[20]"), r"toy\.yaml:15: 'bin_sigma' has 1 entries, expected 2"),
    "triangle": (("    - [0.0, 0.1, 0.3, 1]\n", ""), r"toy\.yaml:19: the matrix has 3 rows, expected 4"),
}


@pytest.mark.parametrize("case", BAD_PROFILED)
def test_bad_profiled_measurement(tmp_path: Path, examples: dict[str, str], case: str) -> None:
    edit, message = BAD_PROFILED[case]
    with pytest.raises(InputError, match=message):
        read_measurement(write(tmp_path, examples["TOY_13TeV"], edit))


def test_neither_statistical_nor_profiled(tmp_path: Path, examples: dict[str, str]) -> None:
    text = examples["TOY_8TeV"]
    block = text[text.index("statistical:") : text.index("sources:")]
    with pytest.raises(InputError, match=r"toy\.yaml:1: give either 'statistical' or 'profiled', found neither"):
        read_measurement(write(tmp_path, text, (block, "")))


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ("1\n-0.2 1\n0.1 -0.3x 1\n", r"matrix\.txt:3: expected a number, found '-0\.3x'"),
        ("1\n-0.2 1\n0.1 nan 1\n", r"matrix\.txt:3: expected a finite number, found 'nan'"),
        (
            "1\n\n-0.2\n0.1 -0.3 1\n",
            r"matrix\.txt:3: row 2 of the matrix \(TOY_8TeV_rho_middle\) has 1 entries, expected 2",
        ),
        ("1\n-0.2 1\n0.1 -0", r"matrix\.txt:3: row 3 .* has 2 entries, expected 3 \(lower triangle\)"),
        ("1\n-0.2 1\n", r"matrix\.txt: the matrix has 2 rows, expected 3"),
        ("1 -0.2 0.1\n-0.2 1 -0.3\n0.1 0.3 1\n", r"matrix\.txt:3: the matrix is not symmetric: 'TOY_8TeV_rho_high', "),
        (None, r"toy\.yaml:18: no matrix file 'matrix\.txt' beside this file"),
    ],
)
def test_bad_matrix_file(tmp_path: Path, examples: dict[str, str], matrix: str | None, message: str) -> None:
    if matrix is not None:
        (tmp_path / "matrix.txt").write_text(matrix, encoding="utf-8")
    text = examples["TOY_8TeV"]
    rows = text[text.index("  correlation:\n") : text.index("sources:")]
    with pytest.raises(InputError, match=message):
        read_measurement(write(tmp_path, text, (rows, "  correlation: {file: matrix.txt}\n")))


def test_covariance_that_is_not_symmetric(tmp_path: Path, examples: dict[str, str]) -> None:
    text = examples["TOY_8TeV"]
    block = text[text.index("  sigma:") : text.index("sources:")]
    rows = "  covariance:\n  - [100, -40, 10]\n  - [-40, 400, -60]\n  - [10, -61, 100]\n"
    message = (
        r"toy\.yaml:20: the matrix is not symmetric: 'TOY_8TeV_rho_high', 'TOY_8TeV_rho_middle' is -61 "
        r"but 'TOY_8TeV_rho_middle', 'TOY_8TeV_rho_high' is -60"
    )
    with pytest.raises(InputError, match=message):
        read_measurement(write(tmp_path, text, (block, rows)))


def test_covariance_with_a_negative_variance(tmp_path: Path, examples: dict[str, str]) -> None:
    text = examples["TOY_8TeV"]
    block = text[text.index("  sigma:") : text.index("sources:")]
    rows = "  covariance:\n  - [100]\n  - [-40, -400]\n  - [10, -60, 100]\n"
    with pytest.raises(InputError, match=r"toy\.yaml:19: variance of 'TOY_8TeV_rho_middle' is -400, must be > 0"):
        read_measurement(write(tmp_path, text, (block, rows)))


@pytest.mark.parametrize("name", ["TOY_8TeV", "TOY_13TeV"])
def test_a_file_cut_anywhere_is_one_error(tmp_path: Path, examples: dict[str, str], name: str) -> None:
    text = examples[name]
    last = text.rindex("\n  ")  # the last entry; behind it the file may still be whole
    for end in range(0, last, 7):
        with pytest.raises(InputError, match=r"toy\.yaml"):
            read_measurement(write(tmp_path, text[:end]))


@pytest.mark.parametrize("text", ["just words", "- a\n- b\n", "12"])
def test_a_file_that_is_no_mapping(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"toy\.yaml:1: expected 'key: value' lines, found"):
        read_measurement(write(tmp_path, text))


roots = arrays(np.float64, (4, 4), elements=st.floats(-3, 3).map(lambda x: round(x, 3)))


@given(roots, st.booleans())
def test_triangle_and_square_are_the_same_matrix(root: FloatArray, square: bool) -> None:
    matrix = root @ root.T
    matrix = np.tril(matrix) + np.tril(matrix, -1).T
    place = Place(Path("m"))
    rows = [list(row) if square else list(row[: i + 1]) for i, row in enumerate(matrix)]
    read = symmetric(MatrixRows(rows, [place] * 4, place), ["a", "b", "c", "d"])
    assert np.array_equal(read, matrix)


@given(roots)
def test_definite_matrices_pass_and_their_negatives_fail(root: FloatArray) -> None:
    place = Place(Path("m"))
    names, rows = ["a", "b", "c", "d"], MatrixRows([], [place] * 4, place)
    matrix = root @ root.T + np.eye(4)
    check_positive_definite(matrix, rows, names)
    indefinite = matrix - 2 * np.linalg.eigvalsh(matrix)[-1] * np.eye(4)
    with pytest.raises(InputError, match="must be > 0"):
        check_positive_definite(indefinite, rows, names)
