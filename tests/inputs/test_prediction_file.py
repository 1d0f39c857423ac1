"""Our prediction format: the example of the docs, and everything that can be wrong with it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from ttjroofit.errors import InputError
from ttjroofit.inputs.prediction_file import read_prediction
from ttjroofit.model.interpolation import interpolate


def write(folder: Path, text: str, *edits: tuple[str, str]) -> Path:
    """Write ``text`` with each edit made exactly once."""
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = folder / "theory.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def pdf_edit(text: str, block: str) -> tuple[str, str]:
    """An edit that puts another pdf block in place of that of the example."""
    return text[text.index("pdf:\n") : text.index("tnp:")], block


@pytest.fixture
def toy(examples: dict[str, str]) -> str:
    return examples["TOY"]


def test_example(tmp_path: Path, toy: str) -> None:
    prediction = read_prediction(write(tmp_path, toy))
    assert (prediction.name, prediction.measurement, prediction.nominal_mass) == ("TOY", "TOY_8TeV", 172.5)
    assert prediction.quality == "invented: not for physics results"
    assert prediction.monte_carlo == "multinomial"
    assert np.array_equal(prediction.masses, [170, 172.5, 175])
    assert np.array_equal(prediction.fractions[1], [0.3, 0.5, 0.2])
    assert prediction.fraction_sigma.shape == (3, 3)
    assert {key: list(ratios) for key, ratios in prediction.scales.items()} == {
        (0.5, 1.0): [1.05, 1.0, 0.95],
        (2.0, 1.0): [0.96, 1.0, 1.04],
    }
    assert prediction.pdf_names == ("pdf_1",)
    # (S+ - S-) / 2 / S0 / 1.645, exact but for rounding
    assert prediction.pdf_shifts == pytest.approx(np.array([[0.05 / 0.6, -0.02, -0.03 / 0.4]]) / 1.645, rel=1e-12)
    assert prediction.tnp_names == ("tnp_1",)
    assert np.array_equal(prediction.tnp_shifts, [[-0.04, 0, 0.04]])


def test_nothing_varied(tmp_path: Path, toy: str) -> None:
    text = toy[: toy.index("scale:")] + "scale: {}\npdf: null\ntnp: null\n"
    prediction = read_prediction(write(tmp_path, text))
    assert prediction.scales == {}
    assert (prediction.pdf_names, prediction.tnp_names) == ((), ())
    assert prediction.pdf_shifts.shape == prediction.tnp_shifts.shape == (0, 3)


def test_scale_keys_need_no_quotes(tmp_path: Path, toy: str) -> None:
    prediction = read_prediction(write(tmp_path, toy, ('"2_1"', "1_2")))
    assert set(prediction.scales) == {(0.5, 1.0), (1.0, 2.0)}


@pytest.mark.parametrize(("level", "divisor"), [(68, 1.0), (90, 1.645)])
def test_symmetric_set(tmp_path: Path, toy: str, level: int, divisor: float) -> None:
    block = (
        f"pdf:\n  kind: symmetric\n  confidence_level: {level}\n  names: [e1, e2]\n"
        "  members: [[0.33, 0.48, 0.19], [0.27, 0.52, 0.21]]\n"
    )
    prediction = read_prediction(write(tmp_path, toy, pdf_edit(toy, block)))
    expected = np.array([[0.1, -0.04, -0.05], [-0.1, 0.04, 0.05]]) / divisor
    assert prediction.pdf_shifts == pytest.approx(expected, abs=1e-14)


def test_shifts_are_taken_as_they_are(tmp_path: Path, toy: str) -> None:
    block = "pdf:\n  kind: shifts\n  confidence_level: 68\n  names: [e1]\n  members: [[0.02, 0.0, -0.03]]\n"
    prediction = read_prediction(write(tmp_path, toy, pdf_edit(toy, block)))
    assert np.array_equal(prediction.pdf_shifts, [[0.02, 0, -0.03]])


def test_replicas(tmp_path: Path, toy: str) -> None:
    block = (
        "pdf:\n  kind: replicas\n  confidence_level: 68\n  names: [nn]\n  central: [0.25, 0.5, 0.25]\n"
        "  members: [[0.30, 0.48, 0.22], [0.20, 0.52, 0.28], [0.25, 0.47, 0.28]]\n"
    )
    prediction = read_prediction(write(tmp_path, toy, pdf_edit(toy, block)))
    relative = np.array([[0.30, 0.48, 0.22], [0.20, 0.52, 0.28], [0.25, 0.47, 0.28]]) / [0.25, 0.5, 0.25]
    assert prediction.pdf_names == ("nn_1", "nn_2")
    # eigenvectors rebuild the sample covariance, exact but for rounding
    rebuilt = prediction.pdf_shifts.T @ prediction.pdf_shifts
    assert rebuilt == pytest.approx(np.cov(relative, rowvar=False), abs=1e-14)


def test_sum_of_shares_may_be_off_by_rounding(tmp_path: Path, toy: str) -> None:
    prediction = read_prediction(write(tmp_path, toy, ("[0.28, 0.50, 0.22]", "[0.2800001, 0.5000001, 0.2199999]")))
    assert prediction.fractions[0].sum() == pytest.approx(1.0000001, abs=1e-12)


BAD = {
    "unknown key": (("quality:", "qualty:"), r"theory\.yaml:4: unknown key 'qualty'; nearest: quality$"),
    "cut off": (
        ("tnp:\n  names: [tnp_1]\n  shifts:\n    - [-0.04, 0.0, 0.04]\n", ""),
        r"key 'tnp' is missing: .*`null`",
    ),
    "other schema": (("prediction/1", "measurement/1"), r"theory\.yaml:1: 'schema': .*found 'ttjroofit/measurement/1'"),
    "empty quality": (
        ('"invented: not for physics results"', '""'),
        r"theory\.yaml:4: 'quality': .*at least 1 character",
    ),
    "edges fall": (("0.4, 0.6", "0.6, 0.4"), r"theory\.yaml:7: 'edges' must rise, found 0\.6 then 0\.4"),
    "masses fall": (("170.0, 172.5", "172.5, 170.0"), r"theory\.yaml:8: 'masses' must rise, found 172\.5 then 170"),
    "one mass": (("[170.0, 172.5, 175.0]", "[172.5]"), r"theory\.yaml:8: 'masses' has 1 entries, expected at least 2"),
    "nominal": (
        ("mass: 172.5", "mass: 180"),
        r"theory\.yaml:9: nominal_mass 180 is outside the masses, 170 to 175 GeV",
    ),
    "no central": (("mass: 172.5", "mass: 173"), r"theory\.yaml:23: no mass point at nominal_mass 173: add 'central'"),
    "rows": (
        ("  - [0.28, 0.50, 0.22]\n", ""),
        r"theory\.yaml:10: 'fractions' has 2 entries, expected 3, one row a mass",
    ),
    "columns": (
        ("[0.28, 0.50, 0.22]", "[0.28, 0.72]"),
        r"theory\.yaml:11: row 1 of 'fractions' has 2 entries, expected 3",
    ),
    "negative share": (
        ("[0.28, 0.50, 0.22]", "[-0.1, 0.9, 0.2]"),
        r"theory\.yaml:11: 'fractions item 1 item 1': .*-0\.1",
    ),
    "sum": (("[0.28, 0.50,", "[0.280001, 0.50,"), r"theory\.yaml:11: shares of row 1 sum to 1\.000001, not 1; divide"),
    "sigma": (("cross_section_pb: [48.2, 45.9", "cross_section_pb: [48.2, 0"), r"theory\.yaml:19: .*than 0, found 0"),
    "cross sections": (
        ("[48.2, 45.9, 43.1]", "[48.2]"),
        r"theory\.yaml:19: 'cross_section_pb' has 1 entries, expected 3",
    ),
    "correlation": (("multinomial", "poisson"), r"theory\.yaml:18: 'monte_carlo': .*found 'poisson'"),
    "scale key": (('"2_1"', '"2-1"'), r"theory\.yaml:22: scale '2-1' must be two positive factors muR_muF"),
    "scale zero": (('"2_1"', '"0_1"'), r"theory\.yaml:22: scale '0_1' must be two positive factors"),
    "scale twice": (('"2_1"', '"0.5_1.0"'), r"theory\.yaml:22: scale '0\.5_1\.0' is given twice"),
    "scale length": (
        ("[0.96, 1.0, 1.04]", "[0.96, 1.0]"),
        r"theory\.yaml:22: '2_1' has 2 entries, expected 3, one a bin",
    ),
    "pdf kind": (("kind: pairs", "kind: pair"), r"theory\.yaml:24: 'pdf kind': .*found 'pair'"),
    "level": (("level: 90", "level: 95"), r"theory\.yaml:25: 'pdf confidence_level': .*68 or 90, found 95"),
    "half a pair": (
        ("    - [0.28, 0.51, 0.21]\n", ""),
        r"theory\.yaml:27: 'members' has 1 entries, expected 2, two rows",
    ),
    "member sum": (("[0.33, 0.49, 0.18]", "[0.33, 0.49, 0.19]"), r"theory\.yaml:28: shares of row 1 sum to 1\.01"),
    "member sign": (
        ("[0.33, 0.49, 0.18]", "[1.33, -0.49, 0.16]"),
        r"theory\.yaml:28: shares must be positive, found -0\.49",
    ),
    "replica level": (("kind: pairs", "kind: replicas"), r"theory\.yaml:25: replicas have no confidence level of 90"),
    "name twice": (("[tnp_1]", "[pdf_1]"), r"theory\.yaml:31: name 'pdf_1' occurs twice, first in line 26; rename one"),
    "tnp rows": (("[tnp_1]", "[tnp_1, tnp_2]"), r"theory\.yaml:32: 'shifts' has 1 entries, expected 2, one row a name"),
    "tnp per cent": (("[-0.04, 0.0, 0.04]", "[-4, 0.0, 4]"), r"theory\.yaml:33: relative shift -4 would empty a bin"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_prediction(tmp_path: Path, toy: str, case: str) -> None:
    edit, message = BAD[case]
    with pytest.raises(InputError, match=message):
        read_prediction(write(tmp_path, toy, edit))


@pytest.mark.parametrize(
    ("names", "members", "message"),
    [
        ("[a, b]", "[[0.3, 0.5, 0.2], [0.3, 0.4, 0.3]]", "replicas need one name, the prefix, found 2"),
        ("[a]", "[[0.3, 0.5, 0.2]]", "'members' has 1 entries, expected 2, at least two replicas"),
        ("[a]", "[[0.3, 0.5, 0.2], [0.3, 0.5, 0.2]]", "the replicas are all the same"),
        ("[a]", "[[0.98, 0.01, 0.01], [0.01, 0.01, 0.98]]", "would empty a bin"),
    ],
)
def test_bad_replicas(tmp_path: Path, toy: str, names: str, members: str, message: str) -> None:
    block = f"pdf:\n  kind: replicas\n  confidence_level: 68\n  names: {names}\n  members: {members}\n"
    with pytest.raises(InputError, match=message):
        read_prediction(write(tmp_path, toy, pdf_edit(toy, block)))


def test_a_file_cut_anywhere_is_one_error(tmp_path: Path, toy: str) -> None:
    for end in range(0, len(toy) - 2, 7):  # the last two characters close the last list
        with pytest.raises(InputError, match=r"theory\.yaml"):
            read_prediction(write(tmp_path, toy[:end]))


TRIANGLE = "  - [[1], [-0.6546536707, 1], [-0.3273268354, -0.5, 1]]\n"
CORRELATED = "monte_carlo: correlated\nfraction_correlation:\n" + 3 * TRIANGLE


def test_correlated_fractions(tmp_path: Path, toy: str) -> None:
    """The correlation of counts, written out, gives the covariance of `multinomial`."""
    flat = re.sub(r"^  - \[0.(28|32), 0.50, 0.(22|18)\]$", "  - [0.30, 0.50, 0.20]", toy, flags=re.M)
    counts = read_prediction(write(tmp_path, flat))
    stated = read_prediction(write(tmp_path, flat, ("monte_carlo: multinomial\n", CORRELATED)))
    assert counts.fraction_correlation is None
    assert stated.fraction_correlation is not None
    assert stated.fraction_correlation.shape == (3, 3, 3)
    expected, found = (interpolate(prediction, 1).covariance for prediction in (counts, stated))
    # ten digits of the correlation
    np.testing.assert_allclose(found, expected, atol=1e-9 * np.max(np.abs(expected)))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "monte_carlo: correlated",
            "monte_carlo: independent",
            "`monte_carlo: correlated` and 'fraction_correlation' bel",
        ),
        (CORRELATED.partition("\n")[2], "", "`monte_carlo: correlated` and 'fraction_correlation' belong together"),
        (
            "fraction_correlation:\n" + TRIANGLE,
            "fraction_correlation:\n",
            "'fraction_correlation' has 2 entries, expected 3, one matrix a mass",
        ),
        (
            "fraction_correlation:\n  - [[1], ",
            "fraction_correlation:\n  - [[1], [1], ",
            "the matrix has 4 rows, expected 3",
        ),
        (
            "fraction_correlation:\n  - [[1]",
            "fraction_correlation:\n  - [[2]",
            "'fraction 1' with itself is 2, must be 1",
        ),
        (
            "fraction_correlation:\n  - [[1], [-0.65",
            "fraction_correlation:\n  - [[1], [-0.75",
            r"yaml:2\d: the correlation is not positive semi-definite, smallest eigenvalue -0.0\d+: give more digits",
        ),
    ],
)
def test_bad_correlations_of_fractions(old: str, new: str, message: str, tmp_path: Path, toy: str) -> None:
    assert CORRELATED.count(old) == 1
    text = toy.replace("monte_carlo: multinomial\n", CORRELATED.replace(old, new))
    with pytest.raises(InputError, match=message):
        read_prediction(write(tmp_path, text))
