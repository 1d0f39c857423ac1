"""Masses in toys over shifts: against linear propagation, and by both ways of making the combination."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nonlinear import CURVED, curved_parts
from synthetic import Small, make_measurement, small, three_parts
from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.shift_statistics import ShiftPlan, estimate_rms, shift_statistics
from ttjroofit.errors import ModelError
from ttjroofit.inputs.measurement import Response
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.likelihood import reduce_likelihood
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.newton import Problems, minimise_all
from ttjroofit.model.options import ModelOptions
from ttjroofit.model.posterior import posterior
from ttjroofit.model.shift_toys import uncertain_shifts, with_moved_shifts
from ttjroofit.results.shift_statistics import ShiftStatistic, ShiftStatisticsResult
from uncertain import with_shift_sigma


def study(combination: Combination, toys: int, seed: int = 11) -> ShiftStatisticsResult:
    return shift_statistics(combination, ShiftPlan(toys, seed), Clock())


def row(result: ShiftStatisticsResult, name: str, mass: str = "m_t") -> ShiftStatistic:
    (found,) = (entry for entry in result.masses[mass].rows if entry.name == name)
    return found


def value(number: float | None) -> float:
    assert number is not None
    return number


def uncertain_small(parts: Small, relative: float) -> Small:
    return parts.with_measurements(*(with_shift_sigma(m, relative) for m in parts.measurements))


def mass_of(combination: Combination) -> tuple[float, float]:
    """Mass and its standard deviation by the slow path: eliminate, reduce, minimise."""
    likelihood = reduce_likelihood(combination, eliminate(combination))
    start = find_minimum(likelihood)[None]
    problem = Problems(likelihood.mean[None], likelihood.precision, start, np.zeros(start.shape, dtype=bool))
    minima = minimise_all(likelihood, problem)
    at = likelihood.parameters.position("m_t")
    return float(minima.values[0, at]), float(minima.sigma(at)[0])


def propagated(combination: Combination) -> dict[str, float]:
    """sqrt(sum_b (dm/dE_b sigma_b)^2) of every source, by central finite differences."""
    sigmas = {}
    for shift in uncertain_shifts(combination):
        squares = 0.0
        for b, sigma in enumerate(shift.sigma.tolist()):
            step = np.zeros(len(shift.sigma))
            step[b] = sigma
            up, down = (mass_of(with_moved_shifts(combination, {shift.source: s * step}))[0] for s in (1.0, -1.0))
            squares += ((up - down) / 2.0) ** 2
        sigmas[shift.source] = float(np.sqrt(squares))
    return sigmas


def test_root_mean_square_is_linear_propagation_where_sigma_is_small(tmp_path: Path) -> None:
    combination = uncertain_small(three_parts(tmp_path), 2e-4).combine("correlation b A_p0 B_s0 0.5")
    result = study(combination, 3000)
    expected = propagated(combination)
    assert set(expected) == {"A_s0", "A_s1", "B_s0", "B_s1", "B_s2", "C_s0"}
    assert min(expected.values()) > 1e-4
    for name, sigma in expected.items():
        found = row(result, name).mc_stat
        # errors of 1.3%; the widest of six and three sums is within 4
        assert abs(value(found.value) - sigma) < 4.0 * value(found.error)
        assert value(found.error) == pytest.approx(sigma / np.sqrt(6000), rel=0.1)
    total = np.sqrt(sum(sigma**2 for sigma in expected.values()))
    assert abs(value(row(result, "all").mc_stat.value) - total) < 4.0 * value(row(result, "all").mc_stat.error)
    group = np.hypot(expected["A_s0"], expected["A_s1"])
    assert row(result, "A_outside").mc_stat.value == pytest.approx(group, rel=0.06)


def test_curved_sources_by_linear_propagation(tmp_path: Path) -> None:
    combination = uncertain_small(curved_parts(tmp_path), 2e-4).combine()
    result = study(combination, 100)
    assert result.method == "rebuilt"
    assert result.good
    for name, sigma in propagated(combination).items():
        # errors of 7%; seven sources within 3.5
        assert row(result, name).mc_stat.value == pytest.approx(sigma, rel=0.25)
    assert all(row(result, name).impact != 0.0 for name in CURVED if name in combination.measurements[1].sources)


def test_made_anew_is_the_same_as_explicit(tmp_path: Path) -> None:
    parts = small(tmp_path, with_shift_sigma(make_measurement("A", bins=5, sources=3), 0.02))
    (linear,) = parts.measurements
    straight = Response("absolute", linear.shifts[:, 0], -linear.shifts[:, 0], "kinked")
    written_otherwise = parts.with_measurements(replace(linear, responses={"A_s0": straight}))
    one, other = study(parts.combine(), 20), study(written_otherwise.combine(), 20)
    assert (one.method, other.method) == ("explicit", "rebuilt")
    for a in one.masses["m_t"].rows:
        b = row(other, a.name)
        # moves of 0.1 GeV; both minimised to 1e-9 GeV
        assert b.mc_stat.value == pytest.approx(a.mc_stat.value, abs=1e-7)
        assert b.mean_move.value == pytest.approx(a.mean_move.value, abs=1e-7)
        assert b.sigma_rms.value == pytest.approx(a.sigma_rms.value, abs=1e-6)
        assert b.impact == pytest.approx(a.impact, abs=1e-6)


def test_nominal_value_sigma_and_impacts_are_those_of_the_fit(tmp_path: Path) -> None:
    combination = uncertain_small(three_parts(tmp_path), 0.02).combine()
    result = study(combination, 30)
    mass = result.masses["m_t"]
    slow = mass_of(combination)
    assert (mass.value, mass.sigma) == pytest.approx(slow, abs=1e-7)
    elimination = eliminate(combination)
    after = posterior(combination, elimination, find_minimum(reduce_likelihood(combination, elimination)))
    assert mass.sigma == pytest.approx(after.sigma("m_t"), rel=1e-6)
    everything = row(result, "all")
    assert (everything.fluctuated, everything.members) == (6, 11)
    # the groups named after the measurements hold every nuisance once
    parts = [row(result, name).impact for name in ("A", "B", "C")]
    assert everything.impact == pytest.approx(np.linalg.norm(parts), rel=1e-12)
    kinds = [entry.kind for entry in mass.rows]
    assert kinds == ["source"] * 6 + ["group"] * 6 + ["all"]
    sizes = [value(entry.mc_stat.value) for entry in mass.rows[:6]]
    assert sizes == sorted(sizes, reverse=True)


def test_only_weights_change_where_no_source_is_pulled(tmp_path: Path) -> None:
    parts = small(tmp_path, with_shift_sigma(make_measurement("A", bins=4, sources=2), 0.02))
    combination = parts.combine()
    moved = with_moved_shifts(combination, {"A_s0": uncertain_shifts(combination)[0].sigma})
    one, other = eliminate(combination).reduced, eliminate(moved).reduced
    np.testing.assert_allclose(other.mean, one.mean, rtol=1e-12)
    assert np.max(np.abs(other.covariance / one.covariance - 1.0)) > 0.05
    found = row(study(combination, 200), "A_s0")
    assert value(found.mc_stat.value) > 0.01
    assert value(found.sigma_rms.value) > 0.01


def test_toys_that_cannot_be_made_are_counted(tmp_path: Path) -> None:
    parts = uncertain_small(curved_parts(tmp_path), 0.3)
    result = study(parts.combine(), 20)
    lost = row(result, "B_s1")
    # sigma is 90% of the last value: a lognormal shift below -100% is likely
    assert 0 < lost.unconverged < 20
    assert row(result, "all").unconverged >= lost.unconverged
    assert np.isfinite(value(lost.mc_stat.value))
    assert not result.good


def test_toys_are_numbered(tmp_path: Path) -> None:
    combination = uncertain_small(three_parts(tmp_path), 0.02).combine()
    one, again, other = study(combination, 50), study(combination, 50), study(combination, 50, seed=12)
    assert one == again
    assert row(one, "all").mc_stat != row(other, "all").mc_stat


def test_several_masses(tmp_path: Path) -> None:
    parts = uncertain_small(three_parts(tmp_path), 0.02)
    combination = parts.combine(options=ModelOptions(split="measurement"))
    result = study(combination, 50)
    assert set(result.masses) == {"m_t_A", "m_t_B", "m_t_C"}
    own, foreign = (value(row(result, name, "m_t_B").mc_stat.value) for name in ("B_s0", "A_s0"))
    assert foreign < 0.2 * own


def test_frozen_sources_move_nothing(tmp_path: Path) -> None:
    parts = uncertain_small(three_parts(tmp_path), 0.02)
    result = study(parts.combine(options=ModelOptions(freeze_parameters=("B_s0",))), 20)
    assert value(row(result, "B_s0").mc_stat.value) == pytest.approx(0.0, abs=1e-9)
    assert row(result, "B_s0").impact == 0.0


def test_refused(tmp_path: Path) -> None:
    plain = three_parts(tmp_path)
    with pytest.raises(
        ModelError, match=r"no source of A, B, C has a Monte Carlo uncertainty .*`shift_sigma: .* A\.yaml"
    ):
        study(plain.combine(), 10)
    with pytest.raises(ModelError, match="all masses are frozen"):
        study(uncertain_small(plain, 0.02).combine(options=ModelOptions(freeze_parameters=("m_t",))), 10)


def test_root_mean_square() -> None:
    moves = np.random.default_rng(1).normal(0.0, 0.3, 100_000)
    found = estimate_rms(moves)
    assert found.value == pytest.approx(0.3, abs=4 * 0.3 / np.sqrt(200_000))
    assert found.error == pytest.approx(0.3 / np.sqrt(200_000), rel=0.02)
    assert estimate_rms(moves + 0.4).value == pytest.approx(0.5, rel=0.01)
    assert estimate_rms(np.zeros(5)).error is None
    assert estimate_rms(np.ones(1)).value is None
