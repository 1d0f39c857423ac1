"""Bins of several measurements that measure one cross section."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from combined import combine
from synthetic import make_measurement
from ttjroofit.analysis.cross_sections import combine_cross_sections
from ttjroofit.errors import CardError, ModelError
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.options import ModelOptions

A = make_measurement("A", bins=3, sources=2, profiled=2, seed=1)
B = make_measurement("B", bins=3, sources=2, seed=2)
C = make_measurement("C", bins=2, sources=1, profiled=1, seed=3)


ALL = (A, B, C)


def test_truths_are_in_the_order_of_the_bins(tmp_path: Path) -> None:
    combination = combine(tmp_path, "combine middle = B_bin1 A_bin1 C_*", "combine alone = B_bin2", measurements=ALL)
    assert combination.truths == ("A_bin0", "middle", "A_bin2", "B_bin0", "alone")
    assert combination.truths_at(C).tolist() == [1, 1]
    assert combination.truths_at(B).tolist() == [3, 1, 4]


def test_a_combination_is_the_weighted_mean_of_its_bins(tmp_path: Path) -> None:
    """The slow twin: BLUE (Lyons, Gibaut, Clifford, NIM A 270 (1988) 110) with the total covariance of all bins."""
    lines = ["correlation b A_s0 B_s1 0.5", "correlation b A_p1 B_s0 -0.3", "pulls zero"]
    apart = eliminate(combine(tmp_path, *lines, measurements=ALL)).reduced
    tied = eliminate(
        combine(tmp_path, *lines, "combine x = A_bin0 B_bin0 C_bin1", "combine y = A_bin2 B_bin1", measurements=ALL)
    )
    unite = np.zeros((8, 5))
    unite[range(8), [0, 1, 2, 0, 2, 3, 4, 0]] = 1.0
    precise = np.linalg.inv(apart.covariance)
    covariance = np.linalg.inv(unite.T @ precise @ unite)
    mean = covariance @ unite.T @ precise @ apart.mean
    residual = apart.mean - unite @ mean
    # two ways through 13 x 13 matrices of condition about 1e4
    np.testing.assert_allclose(tied.reduced.covariance, covariance, rtol=1e-9, atol=1e-9 * np.max(covariance))
    np.testing.assert_allclose(tied.reduced.mean, mean, rtol=1e-9)
    assert tied.joint.chi2 - apart.chi2 == pytest.approx(residual @ precise @ residual, rel=1e-9)


def test_result_has_truths_and_measured_bins(tmp_path: Path) -> None:
    combination = combine(tmp_path, "combine x = A_bin0 B_bin0", "combine y = A_bin1 B_bin1", measurements=(A, B))
    result = combine_cross_sections(combination).result
    assert result.bins == ["x", "y", "A_bin2", "B_bin2"]
    assert [m.truths for m in result.measurements] == [["x", "y", "A_bin2"], ["x", "y", "B_bin2"]]
    assert result.where(result.measurements[1]) == [0, 1, 3]
    assert len(result.observed) == len(result.shares.values) == 6
    assert len(result.values) == len(result.impacts["A"]) == 4
    assert result.ndf == 2
    assert result.p_value == pytest.approx(np.exp(-result.chi2 / 2), rel=1e-12)  # of two degrees of freedom
    measured = np.array(result.values)[result.where(result.measurements[1])]
    np.testing.assert_allclose(result.shares.values[3:], measured / measured.sum(), rtol=1e-14)
    # shares of one measurement sum to 1 whatever moves
    assert np.abs(np.sum(np.array(result.shares.covariance)[3:, 3:])) < 1e-12 * np.max(result.shares.covariance)


def test_a_measurement_that_is_left_out_leaves_the_rest(tmp_path: Path) -> None:
    combination = combine(
        tmp_path, "combine x = A_bin0 B_bin0", measurements=ALL, options=ModelOptions(measurements=("B", "C"))
    )
    assert combination.truths == ("x", "B_bin1", "B_bin2", "C_bin0", "C_bin1")


BAD = [
    ("combine x = A_bni0 B_bin0", r"card\.txt:4: no bin matches 'A_bni0'; nearest: A_bin0"),
    ("combine x = A_bin0 B_bin0\ncombine y = A_*", r"card\.txt:5: bin A_bin0 is combined twice, first into x at .*:4"),
    ("combine B_bin1 = A_bin0 B_bin0", r"card\.txt:4: the name B_bin1 belongs to another bin or nuisance"),
    ("combine A_p0 = A_bin0 B_bin0", r"card\.txt:4: the name A_p0 belongs to another bin or nuisance"),
]


@pytest.mark.parametrize(("lines", "message"), BAD)
def test_bad_lines(tmp_path: Path, lines: str, message: str) -> None:
    with pytest.raises(CardError, match=message):
        combine(tmp_path, lines, measurements=ALL)


def test_bins_of_different_units_are_refused(tmp_path: Path) -> None:
    message = r"card\.txt:4: x combines pb per bin of A with fb per bin of B: give both measurements in the same unit"
    with pytest.raises(CardError, match=message):
        combine(tmp_path, "combine x = A_bin0 B_bin0", measurements=(A, replace(B, unit="fb"), C))


def test_a_mass_fit_with_combined_bins_is_refused(tmp_path: Path) -> None:
    from synthetic import small  # noqa: PLC0415

    made = small(tmp_path, A, B)
    made.combine("combine x = A_bin0")  # one bin under another name is no obstacle
    with pytest.raises(ModelError, match=r"card\.txt:6: a prediction is made for every bin.*remove"):
        made.combine("combine x = A_bin0 B_bin0")
