"""The combination alone: impacts against freezing, normalised distributions against toys, closed forms."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy.optimize import minimize_scalar

from synthetic import make_measurement, small
from ttjroofit.analysis.bin_impacts import signed_impacts
from ttjroofit.analysis.cross_sections import Combined, combine_cross_sections
from ttjroofit.analysis.normalisation import share_jacobian, shares
from ttjroofit.card import read_card
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.options import ModelOptions
from ttjroofit.results.cross_sections import CrossSections
from ttjroofit.results.store import from_json, to_json

CARDS = Path(__file__).parents[2] / "cards"
FloatArray = npt.NDArray[np.float64]

EXACT = 1e-9
"""Of the variance: two ways through the same linear algebra, condition number about 1e5."""


@lru_cache
def load(card: str, scenario: str | None = None, frozen: tuple[str, ...] = ()) -> Combination:
    return load_combination(read_card(CARDS / f"{card}.txt"), ModelOptions(scenario=scenario, freeze_groups=frozen))


@lru_cache
def combined(card: str, scenario: str | None = None, frozen: tuple[str, ...] = ()) -> Combined:
    return combine_cross_sections(load(card, scenario, frozen), scenario=scenario)


def variance_when_frozen(card: str, scenario: str, groups: tuple[str, ...]) -> FloatArray:
    return np.diag(eliminate(load(card, scenario, groups)).reduced.covariance)


@pytest.mark.parametrize(
    ("card", "scenario", "groups"),
    [
        ("atlas_cms", "jes_modelling", ("scale_j", "CMS_13TeV")),
        ("atlas_cms", "none", ("scale_j",)),
        # correlations of exactly 1 make names of both measurements one parameter
        ("atlas8_atlas13", "strong", ("scale_j", "ATLAS_8TeV")),
    ],
)
def test_group_impact_is_what_freezing_takes_off(card: str, scenario: str, groups: tuple[str, ...]) -> None:
    result = combined(card, scenario).result
    total = np.square(result.sigma)
    for group in groups:
        impact = np.multiply(result.impacts[group], result.values)
        frozen = variance_when_frozen(card, scenario, (group,))
        assert np.max(np.abs(total - impact**2 - frozen) / total) < EXACT, group
        assert np.max(impact**2 / total) > 0.01, group


def test_merged_names_freeze_each_other() -> None:
    prior = load("atlas8_atlas13", "strong").prior
    assert len(prior.parameters) < len(prior.names)
    result = combined("atlas8_atlas13", "strong", ("ATLAS_8TeV",)).result
    twins = [name for name, (parent, _) in prior.parents.items() if name.startswith("ATLAS_13") and parent != name]
    assert twins
    states = {nuisance.name: nuisance for nuisance in result.nuisances}
    assert all(states[name].constraint == 0.0 for name in twins)
    assert all(result.source_impacts[name] == [0.0] * 15 for name in twins)


def test_statistical_covariance_is_all_frozen() -> None:
    result = combined("atlas8_cms13").result
    frozen = combined("atlas8_cms13", None, ("CMS_13TeV", "ATLAS_8TeV")).result
    np.testing.assert_allclose(result.stat_covariance, frozen.covariance, rtol=0, atol=1e-9 * np.max(frozen.covariance))
    assert {nuisance.constraint for nuisance in frozen.nuisances} == {0.0}
    assert np.max(np.abs(list(frozen.impacts.values()))) == 0.0
    assert combined("atlas8_cms13", None, ("CMS_13TeV", "ATLAS_8TeV")).nuisances == ()
    # without systematics the combination changes nothing
    np.testing.assert_allclose(frozen.values, frozen.observed, rtol=1e-9)


def test_statistical_covariance_of_an_externalised_measurement_is_the_published_one() -> None:
    published = load("atlas13").measurements[0].covariance
    np.testing.assert_allclose(combined("atlas13").result.stat_covariance, published, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["ATLAS_8TeV_scale_j_flavorresponse", "CMS_lumi", "ATLAS_13TeV_scale_b_prop"])
def test_source_impact_is_the_shift_when_the_nuisance_moves(name: str) -> None:
    result, elimination = combined("atlas_cms").result, eliminate(load("atlas_cms"))
    state = next(nuisance for nuisance in result.nuisances if nuisance.name == name)
    position = np.array([elimination.bins + load("atlas_cms").prior.parameters.index(name)])
    moved = elimination.information.fix(position, np.array([state.value + state.constraint])).gaussian()
    shift = moved.mean[: elimination.bins] - result.values
    expected = np.multiply(result.source_impacts[name], result.values)
    # the scale is the uncertainty: tiny shifts carry the rounding of the cross sections
    np.testing.assert_allclose(shift / result.sigma, expected / result.sigma, rtol=0, atol=1e-8)
    assert np.max(np.abs(shift) / result.sigma) > 0.01


def test_group_of_one_has_the_size_of_its_source(tmp_path: Path) -> None:
    made = small(tmp_path, make_measurement("A", profiled=1, sources=0), make_measurement("B", sources=1, seed=2))
    combination = made.combine("correlation x A_p0 B_s0 (0.6 & 0 : 1)")
    result = combine_cross_sections(combination).result
    for group, name in (("A_fit", "A_p0"), ("B_outside", "B_s0")):
        np.testing.assert_allclose(np.abs(result.impacts[group]), np.abs(result.source_impacts[name]), rtol=1e-9)


def test_sign_follows_the_largest_bin_of_each_measurement() -> None:
    up, alone = np.array([1.0, -2.0, 0.5, -0.1, 0.0]), np.array([0.0, 0.0, 0.0, 0.0, 0.3])
    slices = [slice(0, 2), slice(2, 4), slice(4, 5)]
    impacts = signed_impacts(np.outer(up, up) + np.outer(alone, alone), slices)
    # bin 1 is the largest and counts positive; bin 4 has no covariance with it
    np.testing.assert_allclose(impacts, [-1.0, 2.0, -0.5, 0.1, 0.3], rtol=1e-12)


def test_signs_without_covariance_do_not_follow_rounding() -> None:
    rng = np.random.default_rng(5)
    noise = 1e-14 * rng.normal(size=(4, 4))
    assert np.all(signed_impacts(np.eye(4) + noise + noise.T, [slice(0, 2), slice(2, 4)]) > 0)


def test_impacts_leave_the_prediction_out() -> None:
    groups = set(combined("atlas_cms").result.impacts)
    assert {"scale_j", "CMS_13TeV"} <= groups
    assert not groups & {"theory_pdf", "theory_tnp", "interpolation"}


def test_prediction_plays_no_role(tmp_path: Path) -> None:
    text = (CARDS / "atlas8_atlas13.txt").read_text().replace("../inputs", str(CARDS.parent / "inputs"))
    text = text.replace("include       correlations", f"include {CARDS / 'correlations'}")
    path = tmp_path / "bare.txt"
    gone = ("theory", "poi", "interpolation", "pdf", "tnp", "scale ", "jmax")
    path.write_text("\n".join(line for line in text.splitlines() if not line.startswith(gone)) + "\n")
    bare = load_combination(read_card(path))
    assert bare.theory is None
    expected = combined("atlas8_atlas13").result
    assert combine_cross_sections(bare).result.covariance == expected.covariance


def test_shares_against_toys() -> None:
    measurements = load("atlas8_cms13").measurements
    result = combined("atlas8_cms13").result
    densities = np.concatenate([m.densities for m in measurements])
    slices = list(result.slices.values())
    # a tenth of the uncertainty, so that the curvature of the shares is below the error of the toys
    rng, count = np.random.default_rng(20250711), 40_000
    toys = rng.multivariate_normal(result.values, np.array(result.covariance) / 100.0, count)
    toy_shares = np.array([shares(toy, densities, slices) for toy in toys])
    expected = np.array(result.shares.covariance) / 100.0
    scale = np.outer(result.shares.sigma, result.shares.sigma) / 100.0
    # covariances of toys scatter by sqrt((1 + rho^2) / count) <= 0.0071 of sigma_i sigma_j: five of these
    assert np.max(np.abs(np.cov(toy_shares.T) - expected) / scale) < 5 * np.sqrt(2.0 / count)
    np.testing.assert_allclose(toy_shares.mean(axis=0), result.shares.values, rtol=2e-3)


def test_jacobian_is_the_derivative() -> None:
    values, densities = np.array([3.0, 5.0, 2.0, 7.0, 1.0]), np.array([0.3, 0.1, 0.6, 1.0, 1.0])
    slices, step = [slice(0, 3), slice(3, 5)], 1e-6
    columns = [
        (shares(values + unit, densities, slices) - shares(values - unit, densities, slices)) / (2 * step)
        for unit in step * np.eye(5)
    ]
    # central differences: rounding 1e-16 / step
    np.testing.assert_allclose(share_jacobian(values, densities, slices), np.transpose(columns), rtol=0, atol=1e-9)


def test_normalised_distributions_sum_to_one() -> None:
    result = combined("atlas_cms").result
    widths = np.concatenate([np.diff(m.edges) for m in result.measurements])
    for where in result.slices.values():
        assert sum(result.shares.values[where]) == pytest.approx(1.0, rel=1e-12)
        assert np.dot(result.densities.values[where], widths[where]) == pytest.approx(1.0, rel=1e-12)
        rows = np.array(result.shares.covariance)[where]
        assert np.max(np.abs(rows.sum(axis=0))) < 1e-9 * np.max(np.abs(rows))
    np.testing.assert_allclose(np.multiply(result.densities.sigma, widths), result.shares.sigma, rtol=1e-12)


def test_no_degrees_of_freedom() -> None:
    for card, scenario in (("atlas_cms", "jes_modelling"), ("atlas8_atlas13", "strong")):
        result = combined(card, scenario).result
        assert result.ndf == 0
        # a difference of numbers of the size of sum (x / sigma)^2, about 1e4
        assert abs(result.chi2) < 1e-6


def test_merged_profiled_nuisances_are_measured_twice(tmp_path: Path) -> None:
    first, second = (make_measurement(name, profiled=2, seed=seed) for name, seed in (("A", 3), ("B", 4)))
    result = combine_cross_sections(
        small(tmp_path, first, second).combine("correlation x A_p0 B_p1 (-1 & -1 : 1)")
    ).result
    assert result.ndf == 0

    def chi2(value: float) -> float:
        """Of the two published values, less the prior that both hold."""
        terms = ((first, 0, value), (second, 1, -value))
        variances = [(m, i, t, m.covariance[len(m.bins) + i, len(m.bins) + i]) for m, i, t in terms]
        return sum((t - m.profiled_values[i]) ** 2 / v for m, i, t, v in variances) - value**2

    best = minimize_scalar(chi2)
    # the other profiled nuisances have priors of their own that stay, and follow freely: a marginal is enough
    assert result.chi2 == pytest.approx(best.fun, abs=1e-6)
    states = {nuisance.name: nuisance for nuisance in result.nuisances}
    assert states["A_p0"].value == pytest.approx(best.x, abs=1e-6)
    assert states["B_p1"].value == -states["A_p0"].value
    np.testing.assert_allclose(result.source_impacts["B_p1"], -np.array(result.source_impacts["A_p0"]), rtol=1e-12)


def test_correlation_of_all_nuisances(tmp_path: Path) -> None:
    made = small(tmp_path, make_measurement("A", profiled=2), make_measurement("B", seed=2))
    lines = "correlation x A_p0 B_s0 (-1 & -1 : 1)", "correlation x A_s1 B_s1 (0.5 & 0 : 1)"
    found = combine_cross_sections(made.combine(*lines, options=ModelOptions(freeze_parameters=("A_s0",))))
    assert found.nuisances == ("A_p0", "A_p1", "A_s1", "B_s0", "B_s1")
    matrix = found.nuisance_correlation
    np.testing.assert_allclose(np.diag(matrix), 1.0, rtol=1e-12)
    assert matrix[0, 3] == pytest.approx(-1.0, rel=1e-12)
    published = made.measurements[0].covariance[4:, 4:]
    rho = published[0, 1] / np.sqrt(published[0, 0] * published[1, 1])
    assert matrix[0, 1] == pytest.approx(rho, rel=1e-9)
    # nothing measures the externalised sources: their prior correlation stays
    assert matrix[2, 4] == pytest.approx(0.5, abs=1e-9)


def test_all_nuisances_of_all_three() -> None:
    found = combined("atlas_cms")
    assert len(found.nuisances) == len(found.result.nuisances) == len(found.result.source_impacts) == 614
    assert found.nuisance_correlation.shape == (614, 614)
    assert np.max(np.abs(found.nuisance_correlation)) < 1 + 1e-9
    assert all("CMS_13TeV" in nuisance.groups for nuisance in found.result.nuisances[:348])
    assert {nuisance.measurement for nuisance in found.result.nuisances} == {"CMS_13TeV", "ATLAS_8TeV", "ATLAS_13TeV"}


def test_repair_is_told() -> None:
    repair = combined("atlas_cms", "jes_modelling").result.prior_repair
    assert repair is not None
    assert repair.method == "shrink"
    assert combined("atlas_cms", "none").result.prior_repair is None


def test_json_and_back() -> None:
    result = combined("atlas_cms").result
    assert from_json(CrossSections, to_json(result)) == result


def test_chi2_of_merged_profiled_nuisances_is_no_test(tmp_path: Path) -> None:
    """This used to have one degree of freedom and a p-value: over toys of the original fits its mean is 0, not 1."""
    rng = np.random.default_rng(11)
    parts = [make_measurement(name, bins=2, sources=1, profiled=1, seed=seed) for name, seed in (("A", 1), ("B", 2))]
    prior = np.diag([0.0, 0.0, 1.0])
    data = [np.linalg.inv(m.covariance) for m in parts]  # what the data alone know, without the prior
    published = [np.linalg.inv(information + prior) for information in data]
    known = [replace(m, covariance=v) for m, v in zip(parts, published, strict=True)]
    combination = small(tmp_path, *known).combine("correlation x A_p0 B_p0 1")
    chi2 = []
    for _ in range(1000):
        auxiliary = prior @ np.array([0.0, 0.0, rng.standard_normal()])
        truth = [np.append(m.values, 0.0) for m in parts]
        seen = [t + rng.multivariate_normal(np.zeros(3), m.covariance) for t, m in zip(truth, parts, strict=True)]
        fits = [v @ (i @ x + auxiliary) for v, i, x in zip(published, data, seen, strict=True)]
        # nuisances are counted from their auxiliary observable, which is where the prior is centred
        moved = [fit - np.array([0.0, 0.0, auxiliary[2]]) for fit in fits]
        observed = {m.name: x for m, x in zip(parts, moved, strict=True)}
        chi2.append(eliminate(combination.observing(observed)).joint.chi2)
    assert abs(np.mean(chi2)) < 5.0 * np.std(chi2) / np.sqrt(len(chi2))
    assert np.std(chi2) / np.sqrt(len(chi2)) < 0.1
