"""Toys: thrown from the right distribution, one by one the same in whatever company."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2 as chi2_distribution

from synthetic import TIES, three_parts
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.factors import factorise
from ttjroofit.model.likelihood import reduce_likelihood, theory_of
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.newton import minimise_all
from ttjroofit.model.posterior import posterior
from ttjroofit.model.toy_observables import observables
from ttjroofit.model.toys import ToyModel, Truth, toy_model, truth_after, truth_before

COUNT = 4000

ties_of_names = pytest.mark.parametrize("ties", TIES.values(), ids=TIES)


def toys_of(
    folder: Path, ties: list[tuple[str, str, float]], *more: str, frequentist: bool = True
) -> tuple[Combination, ToyModel]:
    lines = [f"correlation b {first} {second} {value}" for first, second, value in ties]
    combination = three_parts(folder).combine(*lines, *more)
    elimination = eliminate(combination)
    likelihood = reduce_likelihood(combination, elimination)
    best = find_minimum(likelihood)
    truth = (
        truth_after(combination, posterior(combination, elimination, best), best)
        if frequentist
        else truth_before(combination, elimination)
    )
    return combination, toy_model(combination, elimination, likelihood, truth, seed=77)


def test_a_toy_is_the_same_in_any_company(tmp_path: Path) -> None:
    _, model = toys_of(tmp_path, [])
    many, one = model.throw(0, 10), model.throw(7, 1)
    np.testing.assert_allclose(one.means[0], many.means[7], rtol=1e-13)
    np.testing.assert_array_equal(one.centres[0], many.centres[7])
    whole = model.throw(7, 1, whole=True)
    np.testing.assert_allclose(whole.means[0], many.means[7], rtol=1e-13)
    assert not np.array_equal(replace(model, seed=78).throw(7, 1).means, one.means)


def test_auxiliary_observables_of_the_theory_are_as_wide_as_their_prior(tmp_path: Path) -> None:
    """Published priors are 1 wide, so that a variance for a width is not seen."""
    _, model = toys_of(tmp_path, [], "pdf_a param 0.2 0.4")
    toys = model.throw(0, COUNT)
    centres = toys.centres[:, toys.constrained.index("pdf_a")]
    assert centres.mean() == pytest.approx(model.truth.values[model.likelihood.parameters.position("pdf_a")], abs=0.04)
    assert centres.std() == pytest.approx(0.4, rel=5.0 / np.sqrt(2.0 * COUNT))


def assert_covariance(sample: np.ndarray, covariance: np.ndarray) -> None:
    """Whitened, every entry of the sample covariance is 1 or 0 with errors of sqrt(2/N) and sqrt(1/N)."""
    white = np.linalg.solve(np.linalg.cholesky(covariance), (sample - sample.mean(axis=0)).T)
    spread = white @ white.T / (len(sample) - 1)
    error = np.sqrt((1.0 + np.eye(len(covariance))) / len(sample))
    # 5 sigma for the largest of some hundred entries
    assert np.max(np.abs(spread - np.eye(len(covariance))) / error) < 5.0


@ties_of_names
def test_observables_have_the_distribution_of_their_factors(tmp_path: Path, ties: list[tuple[str, str, float]]) -> None:
    """Residuals of every factor of the likelihood, at the truth, have its covariance, and are independent."""
    combination, model = toys_of(tmp_path, ties)
    elimination = eliminate(combination)
    truth, theory = model.truth, theory_of(combination)
    found = observables(combination, elimination, model.throw(0, COUNT, whole=True), truth)
    x = theory.spectrum.value(truth.values) + theory.interpolation @ truth.eta
    phi = combination.starts.copy()
    phi[elimination.floating] = truth.phi
    names = combination.prior.parameters
    auxiliary = np.array([found.get(f"{name}_In", np.zeros(COUNT)) for name in names]).T
    residuals, blocks = [], []
    for factor in factorise(combination):
        inner = factor.kind in ("auxiliary", "prior")
        observed = np.array([found[f"{name}_In" if inner else name] for name in factor.observed_names]).T
        if factor.kind == "joint":
            observed = observed + factor.observed - combination.observed_values
        expected = x @ factor.on_bins.T + phi @ factor.on_parameters.T + auxiliary @ factor.on_auxiliary.T
        residual = observed - expected
        root = np.linalg.inv(np.linalg.cholesky(factor.covariance))
        residuals.append(residual @ root.T)
        blocks.append(residual)
        assert np.max(np.abs(residuals[-1].mean(axis=0))) < 5.0 / np.sqrt(COUNT)
    together = np.concatenate(residuals, axis=1)
    assert_covariance(together, np.eye(together.shape[1]))


@pytest.mark.parametrize("frequentist", [True, False])
def test_chi2_of_the_truth_is_distributed_as_chi2(tmp_path: Path, frequentist: bool) -> None:
    """Thrown either way, chi2 at the true masses and norms, theory nuisances fitted, has n degrees of freedom."""
    combination, model = toys_of(tmp_path, TIES["profiled with external"], frequentist=frequentist)
    likelihood = model.likelihood
    problems = model.throw(0, COUNT).problems(likelihood, model.truth.values)
    problems.held[:] = np.diag(likelihood.prior.precision) == 0.0
    minima = minimise_all(likelihood, problems)
    assert minima.converged.all()
    bins = len(combination.bins)
    assert minima.chi2.mean() == pytest.approx(bins, abs=5.0 * np.sqrt(2.0 * bins / COUNT))
    p_values = chi2_distribution.sf(minima.chi2, bins)
    assert np.mean(p_values < 0.1) == pytest.approx(0.1, abs=5.0 * np.sqrt(0.09 / COUNT))


def test_observed_bins_of_prior_predictive_toys_keep_the_auxiliary_observables(tmp_path: Path) -> None:
    combination, model = toys_of(tmp_path, TIES["profiled with external"], frequentist=False)
    elimination = eliminate(combination)
    toys = model.throw(0, 3)
    found = observables(combination, elimination, toys, model.truth)
    pulls = combination.observed["A"][len(combination.measurements[0].bins) :]
    np.testing.assert_array_equal(found["A_p0_In"], np.full(3, pulls[0]))
    # a refit of the bins with these auxiliary observables gives the combined cross sections of the toy
    where = combination.slices["B"]
    observed = dict(combination.observed)
    for m in combination.measurements:
        values = np.array([found[name][1] for name in m.bins])
        observed[m.name] = np.concatenate([values, combination.observed[m.name][len(m.bins) :]])
    again = eliminate(combination.observing(observed)).reduced.mean
    np.testing.assert_allclose(again[where], toys.means[1, where], rtol=1e-10)


def test_not_whole_toys_have_no_auxiliary_observables(tmp_path: Path) -> None:
    combination, model = toys_of(tmp_path, [])
    truth: Truth = model.truth
    with pytest.raises(ValueError, match="not thrown whole"):
        observables(combination, eliminate(combination), model.throw(0, 1), truth)
