"""Fluctuating shifts: the explicit combination against one made anew, and the toys themselves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nonlinear import curved_parts
from synthetic import TIES, Small, make_measurement, small, three_parts
from ttjroofit.errors import ModelError
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.likelihood import reduce_likelihood
from ttjroofit.model.options import ModelOptions
from ttjroofit.model.shift_toys import shift_moves, throw_shifts, uncertain_shifts, with_moved_shifts
from uncertain import with_shift_sigma


def uncertain_parts(folder: Path, relative: float = 0.02) -> Small:
    parts = three_parts(folder)
    return parts.with_measurements(*(with_shift_sigma(m, relative) for m in parts.measurements))


def assert_the_same_made_anew(combination: Combination) -> None:
    """Mean and covariance of five toys, all sources and one alone, against elimination of the changed combination."""
    elimination, uncertain = eliminate(combination), uncertain_shifts(combination)
    moves = throw_shifts(uncertain, len(combination.bins), 5, range(5))
    explicit = shift_moves(combination, elimination, uncertain)
    for columns in (range(len(uncertain)), [1]):
        means, covariances = explicit.of(columns).combined(moves[:, :, list(columns)])
        for toy in range(5):
            named = {uncertain[i].source: moves[toy, uncertain[i].bins, i] for i in columns}
            anew = eliminate(with_moved_shifts(combination, named))
            scale = np.sqrt(np.diag(anew.reduced.covariance))
            np.testing.assert_allclose(means[toy] / scale, anew.reduced.mean / scale, rtol=0, atol=1e-10)
            unit = np.outer(scale, scale)
            np.testing.assert_allclose(covariances[toy] / unit, anew.reduced.covariance / unit, rtol=0, atol=1e-10)
            # the true values absorb every move
            assert anew.reduced.chi2 == pytest.approx(elimination.reduced.chi2, abs=1e-9)


@pytest.mark.parametrize("ties", TIES.values(), ids=TIES)
def test_explicit_is_what_elimination_gives(tmp_path: Path, ties: list[tuple[str, str, float]]) -> None:
    lines = [f"correlation b {first} {second} {value}" for first, second, value in ties]
    assert_the_same_made_anew(uncertain_parts(tmp_path).combine(*lines))


def test_with_one_parameter_of_two_names_and_frozen_values(tmp_path: Path) -> None:
    lines = ("correlation b A_s0 B_s1 -1", "correlation b A_p0 B_s0 0.5")
    options = ModelOptions(set_parameters={"B_s2": 1.5, "A_p1": -0.7}, freeze_parameters=("B_s2", "A_p1"))
    assert_the_same_made_anew(uncertain_parts(tmp_path).combine(*lines, options=options))


def test_toys_have_the_stated_width_and_their_own_seed(tmp_path: Path) -> None:
    combination = uncertain_parts(tmp_path).combine()
    uncertain, bins = uncertain_shifts(combination), len(combination.bins)
    many = throw_shifts(uncertain, bins, 5, range(2000))
    np.testing.assert_array_equal(throw_shifts(uncertain, bins, 5, range(7, 9)), many[7:9])
    assert not np.array_equal(throw_shifts(uncertain, bins, 6, range(1)), many[:1])
    for column, shift in enumerate(uncertain):
        inside = many[:, shift.bins, column]
        # each ratio has an error of 1/sqrt(2 * 2000) = 0.016, and there are some 20
        np.testing.assert_allclose(inside.std(axis=0) / shift.sigma, 1.0, atol=0.07)
        outside = np.delete(many[:, :, column], np.arange(bins)[shift.bins], axis=1)
        np.testing.assert_array_equal(outside, 0.0)
    flat = np.concatenate([many[:, shift.bins, i] for i, shift in enumerate(uncertain)], axis=1)
    correlation = np.corrcoef(flat.T) - np.eye(flat.shape[1])
    # 200 correlations of error 0.022
    assert np.max(np.abs(correlation)) < 0.1


def test_sources_without_uncertainty_are_left_out(tmp_path: Path) -> None:
    first = with_shift_sigma(make_measurement("A", sources=3), 0.02, known=2)
    parts = small(tmp_path, first, make_measurement("B", seed=2))
    assert [shift.source for shift in uncertain_shifts(parts.combine())] == ["A_s0", "A_s1"]


def test_fluctuations_are_smoothed_as_the_shifts_were(tmp_path: Path) -> None:
    parts = small(tmp_path, with_shift_sigma(make_measurement("A", bins=5), 0.02))
    smooth = parts.combine("smooth A_s0 polynomial 1")
    (shift, plain) = uncertain_shifts(smooth)
    np.testing.assert_array_equal(plain.projection, np.eye(5))
    (raw,) = parts.measurements
    draw = shift.sigma * np.random.default_rng(3).normal(size=5)
    fluctuated = raw.shifts.copy()
    fluctuated[:, 0] += draw
    anew = parts.with_measurements(replace(raw, shifts=fluctuated)).combine("smooth A_s0 polynomial 1")
    moved = with_moved_shifts(smooth, {"A_s0": shift.projection @ draw})
    np.testing.assert_allclose(moved.measurements[0].shifts, anew.measurements[0].shifts, rtol=1e-11)
    # 5 bins have 2 coefficients left: the sum of squares over sigma^2 falls from 5 to 2
    toys = throw_shifts((shift,), 5, 1, range(4000))[:, :, 0] / shift.sigma
    assert np.mean(np.sum(toys**2, axis=1)) == pytest.approx(2.0, abs=0.15)


def test_curved_sources_keep_their_kind_and_move_with_their_shift(tmp_path: Path) -> None:
    parts = curved_parts(tmp_path)
    combination = parts.combine()
    measurement = combination.measurements[1]
    move = 0.01 * measurement.values
    moved = with_moved_shifts(combination, {"B_s1": move, "B_s4": move})
    new, old = moved.measurements[1].responses["B_s1"], measurement.responses["B_s1"]
    np.testing.assert_allclose([new.up, new.down], [old.up + move, old.down - move])
    assert (new.kind, new.interpolation) == (old.kind, old.interpolation)
    np.testing.assert_allclose(moved.measurements[1].shifts[:, 4], measurement.shifts[:, 4] + move)
    # the curve of the prediction is that of the new shift: equal to a combination made of changed inputs
    anew = parts.with_measurements(*moved.measurements).combine()
    one, other = (reduce_likelihood(c, eliminate(c)) for c in (moved, anew))
    at = one.parameters.start + 0.3
    assert one.chi2(at) == pytest.approx(other.chi2(at), rel=1e-12)
    assert one.chi2(at) != pytest.approx(reduce_likelihood(combination, eliminate(combination)).chi2(at), rel=1e-6)


def test_lognormal_moves_leave_something(tmp_path: Path) -> None:
    combination = curved_parts(tmp_path).combine()
    move = -1.2 * combination.measurements[1].values
    with pytest.raises(ModelError, match="lognormal source B_s1 leaves nothing of a value"):
        with_moved_shifts(combination, {"B_s1": move})
