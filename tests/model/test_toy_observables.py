"""Toys: their distribution, their numbering, and the way from zhat to observables and back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2 as chi2_distribution

from synthetic import TIES, Small, three_parts
from toy_cases import Thrown
from ttjroofit.card.parser import read_card
from ttjroofit.errors import ModelError
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.combination import Combination
from ttjroofit.model.factors import factorise
from ttjroofit.model.options import ModelOptions
from ttjroofit.model.toy_observables import from_observables, observable_names
from ttjroofit.model.toys import toy_model

COUNT = 20_000


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return three_parts(tmp_path_factory.mktemp("parts"))


def tied(parts: Small, ties: str, options: ModelOptions | None = None) -> Combination:
    lines = [f"correlation t{i} {a} {b} {rho}" for i, (a, b, rho) in enumerate(TIES[ties])]
    return parts.combine(*lines, options=options)


FROZEN = ModelOptions(freeze_parameters=("A_p0", "B_s1", "pdf_a"), set_parameters={"B_s1": 0.5, "A_p0": 0.3})


@pytest.mark.parametrize("frequentist", [True, False], ids=["frequentist", "drawn"])
@pytest.mark.parametrize("options", [ModelOptions(), FROZEN], ids=["floating", "frozen"])
@pytest.mark.parametrize("ties", TIES)
def test_observables_and_back(parts: Small, ties: str, options: ModelOptions, frequentist: bool) -> None:
    thrown = Thrown.of(tied(parts, ties, options), 5, frequentist=frequentist)
    observed = thrown.observables
    assert set(observable_names(thrown.combination)) <= set(observed)
    back = from_observables(thrown.combination, thrown.elimination, observed)
    assert back.constrained == thrown.toys.constrained
    # 633 sums of double precision
    for name in ("means", "centres", "eta"):
        np.testing.assert_allclose(getattr(back, name), getattr(thrown.toys, name), rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(back.offset, thrown.likelihood.offset, atol=1e-9)


def test_equal_names_and_back(parts: Small) -> None:
    thrown = Thrown.of(parts.combine("correlation x A_p0 B_s0 1", "correlation y B_s1 C_s0 -1"), 5)
    back = from_observables(thrown.combination, thrown.elimination, thrown.observables)
    np.testing.assert_allclose(back.means, thrown.toys.means, rtol=1e-10)


def test_all_measurements_and_back() -> None:
    combination = load_combination(read_card(Path(__file__).parents[2] / "cards" / "atlas_cms.txt"))
    thrown = Thrown.of(combination, 3)
    back = from_observables(combination, thrown.elimination, thrown.observables)
    np.testing.assert_allclose(back.means, thrown.toys.means, rtol=1e-9)
    assert len(observable_names(combination)) == 19 + 614 + 7 + len(combination.theory.interpolation_names)  # type: ignore[union-attr]


def test_fewer_nuisances_give_each_toy_its_own_offset(parts: Small) -> None:
    """Toys of the whole model, fitted with a nuisance frozen: what it pulled becomes chi2 of the combination."""
    thrown = Thrown.of(tied(parts, "independent"), 50)
    frozen = Thrown.of(tied(parts, "independent", ModelOptions(freeze_parameters=("B_s0",))), 1)
    back = from_observables(frozen.combination, frozen.elimination, thrown.observables)
    # the only observable of an externalised source is N(0, 1) about it, and it is frozen at 0
    np.testing.assert_allclose(back.offset, thrown.observables["B_s0_In"] ** 2, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("ties", TIES)
def test_covariance_of_frequentist_observables(parts: Small, ties: str) -> None:
    """Observables of a factor have the covariance of its pdf, the auxiliary ones that it depends on taken off."""
    thrown = Thrown.of(tied(parts, ties), COUNT, seed=5)
    observed, truth = thrown.observables, thrown.model.truth
    phi = np.zeros(len(thrown.combination.prior.parameters))
    phi[thrown.elimination.floating] = truth.phi
    theory = thrown.combination.theory
    assert theory is not None
    x = thrown.likelihood.spectrum.value(truth.values) + theory.interpolation @ truth.eta
    residuals, covariances = [], []
    auxiliary = np.zeros((COUNT, len(phi)))
    factors = sorted(factorise(thrown.combination), key=lambda factor: factor.kind in ("measurement", "joint"))
    for factor in factors:
        inner = factor.kind in ("auxiliary", "prior")
        values = np.array([observed[f"{name}_In" if inner else name] for name in factor.observed_names]).T
        if factor.kind == "auxiliary":
            auxiliary[:, [thrown.combination.prior.parameters.index(name) for name in factor.observed_names]] = values
        if factor.kind == "joint":
            values = values + factor.observed - thrown.combination.observed_values
        residuals.append(values - factor.on_bins @ x - factor.on_parameters @ phi - auxiliary @ factor.on_auxiliary.T)
        covariances.append(factor.covariance)
    for residual, covariance in zip(residuals, covariances, strict=True):
        assert_gaussian(residual, covariance)
    # factors are independent of each other
    every = np.concatenate(residuals, axis=1)
    correlation = np.corrcoef(every.T)
    start = 0
    for covariance in covariances:
        stop = start + len(covariance)
        correlation[start:stop, start:stop] = 0.0
        start = stop
    # 5.5 sigma for each of a few hundred pairs
    assert np.abs(correlation).max() < 5.5 / np.sqrt(COUNT)


def assert_gaussian(residual: np.ndarray, covariance: np.ndarray) -> None:
    """Mean 0 and the covariance stated: chi2 of the mean, and of the sample covariance in units of its own errors."""
    count, size = residual.shape
    root = np.linalg.cholesky(covariance)
    white = np.linalg.solve(root, residual.T).T
    assert 1e-4 < chi2_distribution.cdf(count * np.sum(white.mean(axis=0) ** 2), size) < 1.0 - 1e-4
    sample = white.T @ white / count - np.eye(size)
    # variance of an element of the sample covariance: 2 / N on the diagonal, 1 / N elsewhere
    upper = np.triu_indices(size, 1)
    chi2 = count * (np.sum(np.diag(sample) ** 2) / 2.0 + np.sum(sample[upper] ** 2))
    assert 1e-4 < chi2_distribution.cdf(chi2, size * (size + 1) / 2) < 1.0 - 1e-4


def test_sample_covariance_test_would_see_a_tenth(parts: Small) -> None:
    thrown = Thrown.of(tied(parts, "independent"), COUNT, seed=5)
    factor = next(f for f in factorise(thrown.combination) if f.name == "measurement_B")
    rng = np.random.default_rng(1)
    residual = rng.multivariate_normal(np.zeros(len(factor.covariance)), 1.1 * factor.covariance, COUNT)
    with pytest.raises(AssertionError, match=r"1\.0 - 0\.0001"):
        assert_gaussian(residual, factor.covariance)


def test_drawn_toys_have_the_predictive_distribution(tmp_path: Path) -> None:
    """Without ``--toysFrequentist`` bins vary with everything, auxiliary observables not at all."""
    thrown = Thrown.of(
        three_parts(tmp_path).combine(*["correlation t A_p0 B_s0 0.5"]), COUNT, seed=6, frequentist=False
    )
    observed = thrown.observables
    for factor in factorise(thrown.combination):
        if factor.kind in ("auxiliary", "prior"):
            for name, value in zip(factor.observed_names, factor.observed, strict=True):
                assert np.ptp(observed[f"{name}_In"]) == 0.0
                assert observed[f"{name}_In"][0] == value
    theory = thrown.combination.theory
    assert theory is not None
    values = thrown.model.truth.values
    first = thrown.likelihood.spectrum.jet(values).first
    where = [thrown.likelihood.parameters.position(name) for name in thrown.toys.constrained]
    expected = thrown.likelihood.covariance + first[:, where] @ first[:, where].T
    residual = thrown.toys.means - thrown.likelihood.spectrum.value(values)
    # 5 sigma of an element of the sample covariance; shapes bend by a percent of their shift over a sigma of theory
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    assert np.abs((np.cov(residual.T) - expected) / scale).max() < 5.0 * np.sqrt(2.0 / COUNT) + 0.01


def test_a_toy_is_the_same_in_any_company(parts: Small) -> None:
    thrown = Thrown.of(tied(parts, "independent"), 10)
    model = thrown.model
    again = model.throw(3, 4)
    np.testing.assert_allclose(again.means, thrown.toys.means[3:7], rtol=1e-14)
    np.testing.assert_allclose(again.centres, thrown.toys.centres[3:7], rtol=1e-14)


@pytest.mark.parametrize("frequentist", [True, False], ids=["frequentist", "drawn"])
def test_frozen_theory_nuisances_do_not_fluctuate(parts: Small, frequentist: bool) -> None:
    """Toys used to vary the auxiliary observables of frozen theory nuisances: a chi2 of 1 too much for each."""
    options = ModelOptions(freeze_parameters=("allConstrainedNuisances",))
    thrown = Thrown.of(parts.combine(options=options), 4000, seed=3, frequentist=frequentist)
    assert thrown.toys.constrained == ()
    chi2 = thrown.minima.chi2
    assert chi2.mean() == pytest.approx(thrown.likelihood.ndf, abs=5.0 * np.sqrt(2.0 * thrown.likelihood.ndf / 4000))


def test_errors_on_errors_have_no_toys(parts: Small) -> None:
    """They would be thrown with a variance that is known."""
    thrown = Thrown.of(tied(parts, "independent"), 1)
    beyond = replace(thrown.combination, errors_on_errors={"A_s0": 0.3})
    with pytest.raises(ModelError, match="A_s0 has an error on its error"):
        toy_model(beyond, thrown.elimination, thrown.likelihood, thrown.model.truth, 1)
    with pytest.raises(ModelError, match="A_s0 has an error on its error"):
        from_observables(beyond, thrown.elimination, thrown.observables)
