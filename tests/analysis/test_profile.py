"""The profile likelihood: Minuit's conditional minima, freezing and holding."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from synthetic import TIES, three_parts
from ttjroofit.analysis.crossing import UNREACHED, Ray, find_crossing, interval_rays
from ttjroofit.analysis.profile import (
    Profile,
    conditional_minima,
    fit_profile,
    freeze,
    hold,
    make_profile,
    profile_at,
)
from ttjroofit.analysis.scan_conditions import everything
from ttjroofit.analysis.singles import find_intervals
from ttjroofit.card.parser import read_card
from ttjroofit.errors import OptionError
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.combination import Combination
from ttjroofit.model.likelihood import explicit_chi2, theory_of
from ttjroofit.model.options import ModelOptions
from ttjroofit.model.posterior import posterior
from ttjroofit.roofit.minimise import FINE_TOLERANCE, FitPlan
from ttjroofit.roofit.profile import HeldFits
from ttjroofit.roofit.workspace import build_reduced

CARDS = Path(__file__).resolve().parents[2] / "cards"

KINDS = {
    "mass": ["m_t"],
    "normalisation": ["norm_A"],
    "theory": ["pdf_a"],
    "profiled": ["A_p0"],
    "external": ["B_s0"],
    "interpolation": ["interpolation_B_1"],
    "mass and nuisance": ["m_t", "B_s0"],
}
"""One or two parameters of each kind."""


def combine(folder: Path, ties: str = "profiled with external", options: ModelOptions | None = None) -> Combination:
    lines = [f"correlation b {first} {second} {value}" for first, second, value in TIES[ties]]
    return three_parts(folder).combine(*lines, options=options)


def fitted(combination: Combination, *names: str) -> Profile:
    return fit_profile(make_profile(combination, names))[0]


def around(profile: Profile, steps: int = 5) -> np.ndarray:
    """Points up to 2.5 sigma from the best fit, shape (B, d)."""
    sigma = np.sqrt(np.diag(profile.covariance()))
    shifts = np.linspace(-2.5, 2.5, steps)[:, None] * np.array([1.0, -0.6])[: len(sigma)]
    return profile.best[profile.where] + shifts * sigma


@pytest.mark.parametrize("names", KINDS.values(), ids=KINDS)
def test_minuit_and_numpy_have_the_same_profile(tmp_path: Path, names: list[str]) -> None:
    profile = fitted(combine(tmp_path), *names)
    points = around(profile)
    found, expected = profile_at(profile, points), conditional_minima(profile, points)
    assert np.all(expected.converged)
    assert found.status.tolist() == [0] * len(points)
    np.testing.assert_allclose(found.values[:, profile.where], points, rtol=0, atol=0)
    # the EDM of Minuit2 is below 3e-8, that of chi2 twice as large
    np.testing.assert_allclose(found.delta, expected.chi2 + profile.likelihood.offset - profile.chi2, atol=1e-6)
    assert np.min(found.delta) == pytest.approx(0.0, abs=1e-7)


@pytest.mark.parametrize("ties", TIES)
def test_minuit_finds_the_conditional_minimum_from_elsewhere(tmp_path: Path, ties: str) -> None:
    """Independent of numpy's minimum: Minuit starts from the best fit, not from the conditional one."""
    profile = fitted(combine(tmp_path, ties), "m_t")
    fits = HeldFits(build_reduced(profile.combination, profile.elimination), profile.values)
    points = around(profile)
    expected = conditional_minima(profile, points)
    for point, chi2 in zip(points[:, 0].tolist(), expected.chi2.tolist(), strict=True):
        minimised = fits.minimise({"m_t": point}, profile.values, FitPlan(hesse=False, tolerance=FINE_TOLERANCE))
        assert minimised.status.good
        values = {**dict(zip(minimised.names, minimised.values.tolist(), strict=True)), "m_t": point}
        reached = profile.likelihood.chi2(np.array([values[name] for name in profile.names]))
        # an EDM of 3e-8 in the negative log-likelihood
        assert reached == pytest.approx(chi2 + profile.likelihood.offset, abs=1e-6)


def test_points_do_not_depend_on_each_other(tmp_path: Path) -> None:
    profile = fitted(combine(tmp_path), "m_t", "A_p0")
    points = around(profile, 6)
    together, backwards = profile_at(profile, points), profile_at(profile, points[::-1])
    alone = profile_at(replace(profile), points[2:3])  # a copy has a workspace of its own, as another process has
    assert together.values.tobytes() == np.ascontiguousarray(backwards.values[::-1]).tobytes()
    assert together.delta.tobytes() == np.ascontiguousarray(backwards.delta[::-1]).tobytes()
    assert alone.values.tobytes() == together.values[2:3].tobytes()


@pytest.mark.parametrize("ties", TIES)
def test_freezing_leaves_the_minimum_and_is_conditioning(tmp_path: Path, ties: str) -> None:
    """The width with parameters frozen at their post-fit values is that of the posterior given them."""
    combination = combine(tmp_path, ties)
    profile = fitted(combination, "m_t")
    after = posterior(combination, profile.elimination, profile.best)
    theory = theory_of(combination)
    groups = {
        "measurement": set(combination.groups["A"]),
        "theory": {"pdf_a", "pdf_b", "tnp_1"},
        "interpolation": set(theory.interpolation_names),
        "all nuisances": {*everything(combination)} - {"m_t", "norm_A", "norm_B", "norm_C"},
    }
    for label, names in groups.items():
        frozen = freeze(profile, names)
        # the offset of the elimination is a difference of sums of 1e4
        assert frozen.chi2 == pytest.approx(profile.chi2, abs=1e-7), label
        expected = after.sigma("m_t", combination.prior.parameters_of(names))
        assert np.sqrt(frozen.covariance()[0, 0]) == pytest.approx(expected, rel=1e-6), label
        refitted, minimised = fit_profile(frozen)
        assert minimised.status.good
        np.testing.assert_allclose(refitted.best, frozen.best, atol=1e-4 * expected)


def test_everything_frozen_is_the_likelihood_itself(tmp_path: Path) -> None:
    """Against the likelihood written out term by term, at fixed nuisances."""
    combination = combine(tmp_path, "profiled with profiled")
    profile = fitted(combination, "m_t")
    after = posterior(combination, profile.elimination, profile.best)
    values = dict(zip(after.names, after.values.tolist(), strict=True))
    eta = np.array([values[name] for name in theory_of(combination).interpolation_names])
    phi = np.array([values[name] for name in combination.prior.parameters])
    points = around(profile)
    found = profile_at(freeze(profile, everything(combination)), points)
    chi2 = []
    for point in [profile.best[0], *points[:, 0]]:
        explicit = profile.best.copy()
        explicit[0] = point
        chi2.append(explicit_chi2(combination, explicit, eta, phi))
    np.testing.assert_allclose(found.delta, np.array(chi2[1:]) - chi2[0], rtol=1e-8, atol=1e-7)


def test_holding_a_parameter_is_its_profile(tmp_path: Path) -> None:
    combination = combine(tmp_path)
    both = fitted(combination, "m_t", "pdf_a")
    profile = replace(both, scanned=("m_t",))
    single = replace(both, scanned=("pdf_a",))
    for value in (-1.0, 0.3, 2.0):
        start = hold(profile, {"pdf_a": value})
        held, minimised = fit_profile(start)
        assert minimised.status.good
        assert held.values["pdf_a"] == value
        height = profile_at(single, np.array([[value]])).delta[0]
        for found in (start, held):
            assert found.chi2 - both.chi2 == pytest.approx(height, abs=1e-6)


@pytest.mark.parametrize("names", list(KINDS.values())[:-1], ids=list(KINDS)[:-1])
def test_intervals_are_those_of_minos(tmp_path: Path, names: list[str]) -> None:
    profile, minimised = fit_profile(make_profile(combine(tmp_path), names), minos=names)
    intervals, good = find_intervals(profile)
    low, high = minimised.minos[names[0]]
    best, sigma = minimised.value(names[0]), minimised.sigma(names[0])
    assert good
    # the tolerance of MINOS on its crossing is 1e-3 sigma
    np.testing.assert_allclose(intervals["68"], [best + low, best + high], rtol=0, atol=1e-3 * sigma)
    heights = profile_at(profile, np.array([intervals["95"]]).T).delta
    np.testing.assert_allclose(heights, 3.841458820694124, atol=1e-5)


def test_interval_of_a_nuisance_is_its_posterior(tmp_path: Path) -> None:
    """A linear nuisance has a Gaussian profile up to the curvature of the prediction."""
    combination = combine(tmp_path)
    for name in ("A_p0", "B_s0"):
        profile = fitted(combination, name)
        after = posterior(combination, profile.elimination, profile.best[:-1])
        intervals, _ = find_intervals(profile)
        low, high = intervals["68"]
        assert low is not None
        assert high is not None
        assert (high - low) / 2.0 == pytest.approx(after.sigma(name), rel=2e-3)
        assert (high + low) / 2.0 == pytest.approx(after.values[after.names.index(name)], abs=2e-2 * after.sigma(name))


def test_an_interval_that_leaves_the_range_is_open(tmp_path: Path) -> None:
    free = fitted(combine(tmp_path), "m_t")
    best, sigma = free.values["m_t"], np.sqrt(free.covariance()[0, 0])
    options = ModelOptions(ranges={"m_t": (best - 0.5 * sigma, best + 1.5 * sigma)})
    intervals, good = find_intervals(fitted(combine(tmp_path, options=options), "m_t"))
    assert good
    assert intervals["68"][0] is None
    assert intervals["68"][1] is not None
    assert intervals["95"] == (None, None)


def test_a_level_out_of_reach(tmp_path: Path) -> None:
    profile = fitted(combine(tmp_path), "m_t")
    ray = interval_rays(profile)[0]
    crossing = find_crossing(profile, Ray(ray.direction * 1e-3, 1.0))
    assert crossing.status == UNREACHED
    assert np.all(np.isnan(crossing.point))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("B_s9", "no parameter of this name.*B_s0"),
        ("B_s1", "equals -A_s0, use that name"),
        ("B_s2", "is frozen"),
        ("tnp_1", "is frozen"),
    ],
)
def test_what_cannot_be_scanned(tmp_path: Path, name: str, message: str) -> None:
    options = ModelOptions(freeze_parameters=("B_s2", "tnp_1"))
    combination = three_parts(tmp_path).combine("correlation b A_s0 B_s1 -1", options=options)
    with pytest.raises(OptionError, match=message):
        make_profile(combination, [name])


def test_the_real_card_agrees_with_minos() -> None:
    """All three measurements: m_t, a theory nuisance, one that CMS profiled and one of ATLAS."""
    combination = load_combination(read_card(CARDS / "atlas_cms.txt"))
    cms = next(m for m in combination.measurements if m.profiled)
    atlas = next(m for m in combination.measurements if not m.profiled)
    for name in ("m_t", "pdf_CTEQ66", cms.profiled[0], atlas.sources[0]):
        parent = combination.prior.parents.get(name, (name, 1.0))[0]
        profile, minimised = fit_profile(make_profile(combination, [parent]), minos=[parent])
        intervals, good = find_intervals(profile)
        assert good
        errors = np.array(intervals["68"]) - minimised.value(parent)
        np.testing.assert_allclose(errors, minimised.minos[parent], rtol=0, atol=1e-3 * minimised.sigma(parent))
