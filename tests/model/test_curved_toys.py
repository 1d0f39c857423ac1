"""Toys of cards whose sources are not linear."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2 as chi2_distribution
from scipy.stats import kstest

from nonlinear import curved_parts
from toy_cases import Thrown
from ttjroofit.model.newton import minimise_all
from ttjroofit.model.toy_observables import from_observables, observable_names

COUNT = 4000

LINES = {
    "apart": [],
    "tied to a profiled one": ["correlation b A_p0 B_s0 0.6"],
    "tied to others": ["correlation b A_s0 B_s1 -1", "correlation b B_s4 B_s2 0.4"],
}

each_card = pytest.mark.parametrize("lines", LINES.values(), ids=LINES)
either_way = pytest.mark.parametrize("frequentist", [True, False], ids=["frequentist", "drawn"])
with_free = pytest.mark.parametrize("free", [False, True], ids=["priors", "free"])


def throw(folder: Path, lines: list[str], count: int, *, free: bool, frequentist: bool) -> Thrown:
    combination = curved_parts(folder, free=free, interpolation="smooth").combine(*lines)
    return Thrown.of(combination, count, seed=7, frequentist=frequentist)


@each_card
@either_way
@with_free
def test_chi2_of_the_truth(tmp_path: Path, lines: list[str], free: bool, frequentist: bool) -> None:
    """Frequentist: one degree of freedom an observable. Drawn: nuisances are fitted, the rest is held: bins."""
    thrown = throw(tmp_path, lines, COUNT, free=free, frequentist=frequentist)
    likelihood, toys = thrown.likelihood, thrown.toys
    problems = toys.problems(likelihood, thrown.model.truth.values)
    bins = len(thrown.combination.bins)
    problems.held[:] = True if frequentist else ~likelihood.prior.constrained
    minima = minimise_all(likelihood, problems)
    assert minima.converged.all()
    if not frequentist:
        # exact where sources are linear; curves bend by a third over a sigma
        assert minima.chi2.mean() == pytest.approx(bins, abs=5.0 * np.sqrt(2.0 * bins / COUNT) + 0.03 * bins)
        return
    size = bins + len(toys.kept) + len(toys.constrained)
    assert kstest(minima.chi2, chi2_distribution(size).cdf).pvalue > 1e-3
    # a degree of freedom more or less would be seen
    for wrong in (size - 1, size + 1):
        assert kstest(minima.chi2, chi2_distribution(wrong).cdf).pvalue < 1e-6


@each_card
def test_drawn_toys_are_the_predictive_distribution(tmp_path: Path, lines: list[str]) -> None:
    """Draw everything from its prior, then the observables one by one: the slow twin of drawing the estimates."""
    thrown = throw(tmp_path, lines, COUNT, free=False, frequentist=False)
    combination, likelihood, toys = thrown.combination, thrown.likelihood, thrown.toys
    names, rng = likelihood.parameters.names, np.random.default_rng(3)
    count = thrown.elimination.bins
    values = np.tile(thrown.model.truth.values, (COUNT, 1))
    where = [names.index(name) for name in toys.constrained]
    values[:, where] = rng.standard_normal((COUNT, len(where)))
    joint = thrown.elimination.joint
    # the posterior of the nuisances without cross sections is their prior given the auxiliary observables
    phi = rng.multivariate_normal(joint.mean[count:], joint.covariance[count:, count:], COUNT)
    positions = thrown.model.reduction.where - count
    values[:, [names.index(name) for name in toys.kept]] = phi[:, positions]
    gain = joint.covariance[:count, count:] @ np.linalg.inv(joint.covariance[count:, count:])
    spread = joint.covariance[:count, :count] - gain @ joint.covariance[count:, :count]
    interpolation = thrown.model.interpolation
    combined = thrown.model._expected(values, rng.standard_normal((COUNT, interpolation.shape[1])))
    combined = combined - (phi - joint.mean[count:]) @ gain.T + rng.multivariate_normal(np.zeros(count), spread, COUNT)
    moved = thrown.elimination.reduced.mean - combination.observed_values
    for b, name in enumerate(combination.bins):
        assert kstest(thrown.observables[name], combined[:, b] - moved[b]).pvalue > 1e-4
    mine = np.array([thrown.observables[name] for name in combination.bins])
    scale = np.sqrt(np.outer(*[np.diag(np.cov(combined.T))] * 2))
    # 5 sigma of the difference of two sample covariances
    assert np.abs((np.cov(mine) - np.cov(combined.T)) / scale).max() < 10.0 / np.sqrt(COUNT)


@each_card
@with_free
def test_pulls_of_the_mass(tmp_path: Path, lines: list[str], free: bool) -> None:
    thrown = throw(tmp_path, lines, COUNT, free=free, frequentist=True)
    minima = thrown.minima
    assert minima.converged.all()
    mass = thrown.likelihood.parameters.position("m_t")
    pulls = (minima.values[:, mass] - thrown.model.truth.values[mass]) / minima.sigma(mass)
    # 4 sigma of statistics and the curvature of prediction and sources
    assert pulls.std() == pytest.approx(1.0, abs=4.0 / np.sqrt(2.0 * COUNT) + 0.03)
    assert pulls.mean() == pytest.approx(0.0, abs=4.0 / np.sqrt(COUNT) + 0.05)
    ndf = thrown.likelihood.ndf
    assert minima.chi2.mean() == pytest.approx(ndf, abs=5.0 * np.sqrt(2.0 * ndf / COUNT) + 0.03 * ndf)


@each_card
@either_way
@with_free
def test_observables_and_back(tmp_path: Path, lines: list[str], free: bool, frequentist: bool) -> None:
    thrown = throw(tmp_path, lines, 5, free=free, frequentist=frequentist)
    observed = thrown.observables
    assert set(observable_names(thrown.combination)) <= set(observed)
    back = from_observables(thrown.combination, thrown.elimination, observed)
    assert (back.constrained, back.kept) == (thrown.toys.constrained, thrown.toys.kept)
    for name in ("means", "centres", "estimates", "eta", "joint"):
        np.testing.assert_allclose(getattr(back, name), getattr(thrown.toys, name), rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(back.offset, thrown.likelihood.offset, atol=1e-9)


def test_toys_of_a_kink_find_their_minimum(tmp_path: Path) -> None:
    """Plain Newton steps jump over a minimum in a kink, or stop at a maximum in one."""
    combination = curved_parts(tmp_path, interpolation="kinked").combine()
    thrown = Thrown.of(combination, 1000, seed=1, frequentist=False)
    minima, names = thrown.minima, thrown.likelihood.parameters.names
    assert minima.converged.all()
    assert np.count_nonzero(np.abs(minima.values[:, names.index("B_s2")]) < 1e-3) > 0
    # no neighbour is lower; the valley on the other side of a kink may be
    problems = thrown.toys.problems(thrown.likelihood, thrown.model.truth.values)
    for side in (-1e-4, 1e-4):
        start, held = minima.values.copy(), problems.held.copy()
        start[:, names.index("B_s2")] += side
        held[:, names.index("B_s2")] = True
        near = minimise_all(thrown.likelihood, replace(problems, start=start, held=held))
        assert np.min(near.chi2 - minima.chi2) > -1e-9


def test_a_toy_without_a_minimum_has_no_sigma(tmp_path: Path) -> None:
    """It used to have the root of a negative number, with a warning."""
    thrown = Thrown.of(curved_parts(tmp_path, interpolation="smooth").combine(), 3)
    minima = thrown.minima
    hessian = minima.hessian.copy()
    hessian[1] *= -1.0
    failed = replace(minima, hessian=hessian, converged=np.array([True, False, True]))
    assert np.isnan(failed.sigma(0)).tolist() == [False, True, False]
    np.testing.assert_array_equal(failed.sigma(0)[::2], minima.sigma(0)[::2])
