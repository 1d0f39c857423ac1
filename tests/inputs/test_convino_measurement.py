"""Measurement files of Convino, as read and as converted to measurements."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ttjroofit.errors import InputError
from ttjroofit.inputs.convino.conversion import remarks_of, to_measurement
from ttjroofit.inputs.convino.measurement import ConvinoMeasurement, read_convino_measurement
from ttjroofit.inputs.convino.names import plain_names
from ttjroofit.inputs.measurement_file import read_measurement
from ttjroofit.inputs.measurement_text import measurement_texts

ESTIMATES = """[estimates]
  n_estimates = 2
  name_0 = est_a
  value_0 = 810;
  name_1 = est_b
  value_1 = 2.1e2
[end estimates]
"""
NOT_FITTED = """[not fitted]
  s1 s2 s3 s4 stat
  est_b 4 (-3+4) (+1e-3-2e-3) 0 7
  est_a 6.1 (+5-3) (-5-3) (+5+3) 20
[end not fitted]
"""
HESSIAN = """[hessian]
  n1 2
  est_a 0.02 0.0025
  n2 -0.1 0 1.5
  est_b 0.001 0.0005 0.01 0.02
[end hessian]
"""
CORRELATION = """[correlation matrix]
  est_b (7.5) 1
  n1 (0.8) 0.3 1
  est_a (20) -0.2 0.1 1
[end correlation matrix]
"""


def read(folder: Path, *blocks: str) -> ConvinoMeasurement:
    path = folder / "input.txt"
    path.write_text("".join(blocks), encoding="utf-8")
    return read_convino_measurement(path)


def test_not_fitted_alone(tmp_path: Path) -> None:
    read_ = read(tmp_path, NOT_FITTED, ESTIMATES)
    assert read_.estimates == ("est_a", "est_b")
    assert read_.values.tolist() == [810, 210]
    assert np.array_equal(read_.covariance, [[400, 0], [0, 49]])
    assert read_.sources == ("s1", "s2", "s3", "s4")
    assert np.array_equal(read_.up, [[6.1, 5, -5, 5], [4, -3, 1e-3, 0]])
    assert np.array_equal(read_.down, [[-6.1, -3, -3, 3], [-4, 4, -2e-3, 0]])
    assert read_.fitted == ()


def test_stat_may_be_any_column(tmp_path: Path) -> None:
    text = "[not fitted]\nstat s1\nest_a 20 1\nest_b 7 2\n[end not fitted]\n"
    read_ = read(tmp_path, text, ESTIMATES)
    assert read_.sources == ("s1",)
    assert np.array_equal(np.diag(read_.covariance), [400, 49])


def test_hessian_is_inverted_and_ordered(tmp_path: Path) -> None:
    hessian = np.array([[2, 0.02, -0.1, 0.001], [0, 0.0025, 0, 0.0005], [0, 0, 1.5, 0.01], [0, 0, 0, 0.02]])
    hessian = hessian + np.triu(hessian, 1).T
    read_ = read(tmp_path, HESSIAN, ESTIMATES, NOT_FITTED)
    assert read_.fitted == ("n1", "n2")
    order = np.ix_([1, 3, 0, 2], [1, 3, 0, 2])
    # numbers of order 1e-3 to 1e3, condition 1e3
    np.testing.assert_allclose(read_.covariance, np.linalg.inv(hessian)[order], rtol=1e-12, atol=1e-12)
    assert read_.pulls.tolist() == [0, 0]


def test_correlation_matrix_is_scaled_and_ordered(tmp_path: Path) -> None:
    read_ = read(tmp_path, CORRELATION, ESTIMATES, "[nuisance values]\nn1 = -0.4\n[end nuisance values]\n")
    assert read_.fitted == ("n1",)
    expected = [[400, -30, 1.6], [-30, 56.25, 1.8], [1.6, 1.8, 0.64]]
    np.testing.assert_allclose(read_.covariance, expected, rtol=1e-14)
    assert read_.pulls.tolist() == [-0.4]


@pytest.mark.parametrize("row", ["n1(0.8) 0.3 1", "n1 ( 0.8 )0.3 1", "n1 (8e-1)  0.3\t1"])
def test_blanks_around_the_constraint(tmp_path: Path, row: str) -> None:
    read_ = read(tmp_path, CORRELATION.replace("n1 (0.8) 0.3 1", row), ESTIMATES)
    assert read_.covariance[2, 2] == pytest.approx(0.64, rel=1e-14)


def test_a_square_matrix_is_accepted(tmp_path: Path) -> None:
    text = "[hessian]\nest_a 2 0.5\nest_b 0.5 1\n[end hessian]\n"
    assert read(tmp_path, text, ESTIMATES).covariance[0, 1] == pytest.approx(-0.5 / 1.75, rel=1e-12)


def test_conversion(tmp_path: Path) -> None:
    kinds = "[systematics]\ns1 = relative\ns2 = absolute\ns4 = lognormal\ns3 = free\nn1 = free\n[end systematics]\n"
    source = read(tmp_path, HESSIAN, ESTIMATES, NOT_FITTED.replace("(+5+3)", "5"), kinds)
    made = to_measurement(source, "M", plain_names([source]))
    assert np.array_equal(made.covariance, source.covariance)
    assert (made.profiled, made.sources, made.bins) == (("n1", "n2"), ("s1", "s2", "s3", "s4"), ("est_a", "est_b"))
    assert made.without_prior == {"n1", "s3"}
    assert {name: (r.kind, r.interpolation) for name, r in made.responses.items()} == {
        "s1": ("relative", "smooth"),
        "s2": ("absolute", "kinked"),
        "s3": ("absolute", "kinked"),
        "s4": ("lognormal", "smooth"),
    }
    assert made.responses["s2"].up.tolist() == [5, -3]
    assert made.responses["s2"].down.tolist() == [-3, 4]
    assert made.shifts[:, 1].tolist() == [4, -3.5]
    assert made.responses["s4"].down == pytest.approx(np.array([-5 * 810 / 815, 0.0]), rel=1e-14)


def test_conversion_survives_the_yaml(tmp_path: Path) -> None:
    kinds = "[systematics]\ns1 = relative\ns3 = free\nn1 = free\nn2 = relative\n[end systematics]\n"
    source = read(tmp_path, HESSIAN, ESTIMATES, NOT_FITTED, kinds)
    made = to_measurement(source, "M", plain_names([source]))
    for name, text in measurement_texts(made, notes=["a: note"]).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    again = read_measurement(tmp_path / "M.yaml")
    np.testing.assert_allclose(again.covariance, made.covariance, rtol=1e-14)
    assert np.array_equal(again.shifts, made.shifts)
    assert (again.without_prior, again.groups) == (made.without_prior, made.groups)
    assert list(again.responses) == list(made.responses)
    for name, response in again.responses.items():
        expected = made.responses[name]
        assert (response.kind, response.interpolation) == (expected.kind, expected.interpolation)
        # those of fitted nuisances come from the covariance, which is written as sigmas and correlations
        np.testing.assert_allclose(response.up, expected.up, rtol=1e-12)
        np.testing.assert_allclose(response.down, expected.down, rtol=1e-12)


def test_a_large_matrix_gets_a_file(tmp_path: Path) -> None:
    rows = "".join(f"n{i} (0.5) {'0.01 ' * (i + 2)}1\n" for i in range(40))
    text = f"[correlation matrix]\nest_a (20) 1\nest_b (7) 0.1 1\n{rows}[end correlation matrix]\n"
    source = read(tmp_path, text, ESTIMATES)
    files = measurement_texts(to_measurement(source, "M", plain_names([source])))
    assert list(files) == ["M.yaml", "M_correlation.txt"]
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    np.testing.assert_allclose(read_measurement(tmp_path / "M.yaml").covariance, source.covariance, rtol=1e-14)


def test_relative_fitted_nuisances(tmp_path: Path) -> None:
    """Their effect at fixed other nuisances is -M^-1 kappa, M and kappa blocks of the Hessian, as in Convino."""
    source = read(tmp_path, HESSIAN, ESTIMATES, "[systematics]\nn2 = relative\n[end systematics]\n")
    assert remarks_of(source, plain_names([source])) == []
    made = to_measurement(source, "M", plain_names([source]))
    hessian = np.linalg.inv(source.covariance)
    effect = -np.linalg.solve(hessian[:2, :2], hessian[:2, 2 + source.fitted.index("n2")])
    assert made.responses["n2"].kind == "relative"
    np.testing.assert_allclose(made.responses["n2"].up, effect, rtol=1e-10)
    np.testing.assert_array_equal(made.responses["n2"].down, -made.responses["n2"].up)


def test_lognormal_fitted_nuisances_are_remarked(tmp_path: Path) -> None:
    source = read(tmp_path, HESSIAN, ESTIMATES, "[systematics]\nn2 = lognormal\n[end systematics]\n")
    (remark,) = remarks_of(source, plain_names([source]))
    assert remark.startswith("input.txt: fitted nuisance 'n2' is lognormal, converted as absolute")


def test_names_become_plain_and_stay_unique(tmp_path: Path) -> None:
    source = read(tmp_path, NOT_FITTED.replace("s1", "JES-1"), ESTIMATES)
    names = plain_names([source])
    assert names["JES-1"] == "JES_1"
    assert remarks_of(source, names) == ["input.txt: 'JES-1' is now JES_1"]
    with pytest.raises(InputError, match=r"input\.txt: 'est_a' is also in .*input\.txt: .*need different names"):
        plain_names([source, source])
    clash = read(tmp_path, NOT_FITTED.replace("s1", "J-1").replace("s2", "J.1"), ESTIMATES)
    with pytest.raises(InputError, match=r"'J\.1' and 'J-1' both become 'J_1'"):
        plain_names([clash])


BAD_FILES = {
    "no estimates": ((NOT_FITTED,), r"input\.txt: block \[estimates\] is missing"),
    "nothing statistical": (
        (ESTIMATES,),
        r"input\.txt: the statistical uncertainty is missing: add a block",
    ),
    "no stat": (
        (ESTIMATES, "[not fitted]\ns1\nest_a 1\nest_b 2\n[end not fitted]\n"),
        r"input\.txt: the statistical uncertainty is missing",
    ),
    "two matrices": ((HESSIAN, CORRELATION, ESTIMATES), r"input\.txt:7: the file has \[hessian\] and \[correlation"),
    "fitted and not": (
        (HESSIAN, NOT_FITTED.replace("s1", "n1"), ESTIMATES),
        r"input\.txt:7: nuisance 'n1' is in \[not fitted\] and in the matrix",
    ),
    "unknown type": (
        (NOT_FITTED, ESTIMATES, "[systematics]\ns1 = relativ\n[end systematics]\n"),
        r"input\.txt:14: 'relativ' is no type of uncertainty; nearest: relative",
    ),
    "type of nothing": (
        (NOT_FITTED, ESTIMATES, "[systematics]\ns9 = relative\n[end systematics]\n"),
        r"input\.txt:14: 's9' in \[systematics\] is no nuisance of this file; nearest: s",
    ),
    "two types": (
        (NOT_FITTED, ESTIMATES, "[systematics]\ns1 = relative\ns1 = free\n[end systematics]\n"),
        r"input\.txt:15: 's1' has two types",
    ),
    "value of nothing": (
        (HESSIAN, ESTIMATES, "[nuisance values]\nn3 = 1\n[end nuisance values]\n"),
        r"input\.txt:15: 'n3' in \[nuisance values\] is no fitted nuisance; nearest: n",
    ),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_files(tmp_path: Path, case: str) -> None:
    blocks, message = BAD_FILES[case]
    with pytest.raises(InputError, match=message):
        read(tmp_path, *blocks)


BAD_LINES = {
    "value": ("value_0 = 810;", "value_0 = many", r"input\.txt:20: the value of 'est_a' 'many' is not a number"),
    "huge": ("value_0 = 810;", "value_0 = 1e999", r"input\.txt:20: the value of 'est_a' '1e999' is too large"),
    "count": ("n_estimates = 2", "n_estimates = 3", r"input\.txt:18: n_estimates is 3 but name_2 is missing"),
    "beyond": ("n_estimates = 2", "n_estimates = 1", r"input\.txt:21: name_1 is beyond n_estimates = 1"),
    "estimate twice": (
        "name_1 = est_b",
        "name_1 = est_a",
        r"input\.txt:21: 'est_a' cannot name an estimate",
    ),
    "no row": (
        "  est_b 0.001 0.0005 0.01 0.02\n",
        "",
        r"input\.txt:1: estimate 'est_b' has no row in \[hessian\]",
    ),
    "short row": (
        "n2 -0.1 0 1.5",
        "n2 -0.1 1.5",
        r"input\.txt:4: row 3 of the matrix \(n2\) has 2 entries, expected 3",
    ),
    "two rows": ("n2 -0.1 0 1.5", "n1 -0.1 0 1.5", r"input\.txt:4: 'n1' has two rows, the first in line 2"),
    "word": ("n2 -0.1 0 1.5", "n2 -0.1 x 1.5", r"input\.txt:4: the entry 'x' is not a number"),
    "indefinite": (
        "n2 -0.1 0 1.5",
        "n2 -5 0 1.5",
        r"input\.txt:1: the matrix is not positive definite",
    ),
    "negative": ("n1 2", "n1 -2", r"input\.txt:2: variance of 'n1' is -2, must be > 0"),
    "stat zero": (
        "(+5+3) 20",
        "(+5+3) 0",
        r"input\.txt:15: the statistical uncertainty of 'est_a' must be one",
    ),
    "few cells": ("(+5+3) 20", "20", r"input\.txt:15: the row of 'est_a' has 4 entries, expected 5, one a column"),
    "cell": (
        "(+5-3)",
        "(+5)",
        r"input\.txt:15: '\(\+5\)' of 's2' is not two numbers",
    ),
    "cell word": ("6.1", "6,1", r"input\.txt:15: the entry of 's1' '6,1' is not a number"),
    "open cell": ("(+5-3)", "(+5-3", r"input\.txt:15: the row of 'est_a' has \d+ entries, expected 5"),
    "column twice": ("s1 s2", "s1 s1", r"input\.txt:13: 's1' is the name of two columns of \[not fitted\]"),
    "no estimate": ("est_b 4", "est_c 4", r"input\.txt:14: 'est_c' is no estimate of this file; nearest: est_"),
    "row twice": ("est_b 4", "est_a 4", r"input\.txt:15: estimate 'est_a' has two rows in \[not fitted\]"),
}
WHOLE = HESSIAN + "comment\n" * 4 + "\n" + NOT_FITTED + ESTIMATES


@pytest.mark.parametrize("case", BAD_LINES)
def test_bad_lines(tmp_path: Path, case: str) -> None:
    old, new, message = BAD_LINES[case]
    assert WHOLE.count(old) == 1
    with pytest.raises(InputError, match=message):
        read(tmp_path, WHOLE.replace(old, new))


BAD_MATRICES = {
    "asymmetric": ("n1 (0.8) 0.3 1\n", "n1 (0.8) 0.4 1 0.1\n", r"input\.txt:3: row 2 of the matrix \(n1\) has 3"),
    "no constraint": ("n1 (0.8) 0.3 1", "n1 0.3 1", r"input\.txt:3: the row of 'n1' has no constraint: write n1 \(con"),
    "constraint zero": ("(0.8)", "(0)", r"input\.txt:3: the constraint of 'n1' is 0, must be > 0"),
    "diagonal": ("0.3 1", "0.3 0.9", r"input\.txt:3: correlation of 'n1' with itself is 0\.9, must be 1"),
    "beyond": ("0.3 1", "1.3 1", r"input\.txt:3: correlation of 'n1' and 'est_b' is 1\.3, beyond \+-1"),
}


@pytest.mark.parametrize("case", BAD_MATRICES)
def test_bad_correlation_matrix(tmp_path: Path, case: str) -> None:
    old, new, message = BAD_MATRICES[case]
    with pytest.raises(InputError, match=message):
        read(tmp_path, CORRELATION.replace(old, new), ESTIMATES)


def test_asymmetric_square(tmp_path: Path) -> None:
    text = "[hessian]\nest_a 2 0.5\nest_b 0.4 1\n[end hessian]\n"
    message = r"input\.txt:3: the matrix is not symmetric: 'est_b', 'est_a' is 0\.4 but 'est_a', 'est_b' is 0\.5"
    with pytest.raises(InputError, match=message):
        read(tmp_path, text, ESTIMATES)


@pytest.mark.parametrize("kind", ["relative", "lognormal"])
def test_scaled_uncertainties_need_positive_estimates(tmp_path: Path, kind: str) -> None:
    text = ESTIMATES.replace("810;", "-810;")
    source = read(tmp_path, NOT_FITTED, text, f"[systematics]\ns1 = {kind}\n[end systematics]\n")
    with pytest.raises(InputError, match=rf"input\.txt: 's1' is {kind} but the estimate -810 is not positive"):
        to_measurement(source, "M", plain_names([source]))


def test_lognormal_that_takes_all(tmp_path: Path) -> None:
    text = NOT_FITTED.replace("6.1", "-900")
    source = read(tmp_path, text, ESTIMATES, "[systematics]\ns1 = lognormal\n[end systematics]\n")
    with pytest.raises(InputError, match=r"input\.txt: the lognormal uncertainty 's1' takes all of an estimate away"):
        to_measurement(source, "M", plain_names([source]))


def test_a_file_cut_anywhere_is_an_error_of_a_place(tmp_path: Path) -> None:
    whole = HESSIAN + ESTIMATES
    for end in range(0, whole.index("[end estimates]"), 5):
        with pytest.raises(InputError, match=r"input\.txt"):
            read(tmp_path, whole[:end])
