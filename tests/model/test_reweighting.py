"""Statistical variances that follow the fitted expectation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nonlinear import curved_parts
from synthetic import TIES, make_measurement, small, three_parts
from ttjroofit.errors import InputError
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.factors import factorise
from ttjroofit.model.likelihood import reduce_likelihood, theory_of
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.options import ModelOptions
from ttjroofit.model.reweighting import expectation, reweighted
from ttjroofit.model.tangent import make_tangent
from ttjroofit.model.toys import Truth, truth_after

NO_NUISANCES = ModelOptions(freeze_parameters=("allConstrainedNuisances",))


def minimum(combination: Combination) -> Truth:
    elimination = eliminate(combination)
    likelihood = reduce_likelihood(combination, elimination)
    values = find_minimum(likelihood)
    return truth_after(combination, make_tangent(combination, elimination, likelihood, values).after, values)


def counts(folder: Path, bins: int, options: ModelOptions) -> Combination:
    """Variances equal to the values, and nothing but statistics."""
    one = make_measurement("A", bins=bins, sources=0, seed=8)
    return small(folder, replace(one, covariance=np.diag(one.values))).combine(options=options)


def test_total_of_counts(tmp_path: Path) -> None:
    """With the shape known, N = sum x; Neyman's form gives 1 / sum(f^2 / x)."""
    frozen = replace(NO_NUISANCES, freeze_parameters=(*NO_NUISANCES.freeze_parameters, "m_t"))
    combination = counts(tmp_path, 4, frozen)
    x = combination.observed_values
    start = theory_of(combination).parameters.start
    shares = theory_of(combination).spectrum.value(start) / start[1]
    # find_minimum stops at 1e-7 standard deviations
    assert minimum(combination).values[1] == pytest.approx(1.0 / np.sum(shares**2 / x), rel=1e-7)
    changed = reweighted(combination)
    assert minimum(changed).values[1] == pytest.approx(x.sum(), rel=1e-7)
    np.testing.assert_allclose(np.diag(changed.measurements[0].covariance), x.sum() * shares, rtol=1e-9)


def test_total_of_counts_with_a_mass(tmp_path: Path) -> None:
    """The quasi-score of the normalisation is the sum of all residuals, whatever the shape."""
    combination = counts(tmp_path, 5, NO_NUISANCES)
    at = minimum(reweighted(combination))
    assert at.values[1] == pytest.approx(combination.observed_values.sum(), rel=1e-7)
    assert minimum(combination).values[1] < combination.observed_values.sum() * (1.0 - 1e-6)


@pytest.mark.parametrize("ties", TIES)
def test_fixed_point(tmp_path: Path, ties: str) -> None:
    lines = [f"correlation t{i} {a} {b} {rho}" for i, (a, b, rho) in enumerate(TIES[ties])]
    assert_fixed_point(three_parts(tmp_path).combine(*lines))


@pytest.mark.parametrize("interpolation", ["smooth", "kinked"])
def test_fixed_point_of_curves(tmp_path: Path, interpolation: str) -> None:
    assert_fixed_point(
        curved_parts(tmp_path, free=True, interpolation=interpolation).combine("correlation b A_p0 B_s0 0.6")
    )


def assert_fixed_point(combination: Combination) -> None:
    changed = reweighted(combination)
    expected = expectation(changed, eliminate(changed), minimum(changed))
    for before, after in zip(combination.measurements, changed.measurements, strict=True):
        count = len(before.bins)
        # the profiled nuisances are as published
        np.testing.assert_array_equal(after.covariance[count:], before.covariance[count:])
        precise = [np.linalg.inv(m.covariance)[:count, :count] for m in (before, after)]
        scale = np.sqrt(expected[before.name] / combination.observed[before.name][:count])
        # the inverse of a covariance has the inverse of the conditional one as its block
        np.testing.assert_allclose(precise[1], precise[0] / np.outer(scale, scale), rtol=1e-6)
        assert np.max(np.abs(scale - 1.0)) > 1e-4


def test_expectation_is_that_of_the_factors(tmp_path: Path) -> None:
    combination = three_parts(tmp_path).combine("correlation b A_p0 B_s0 0.5")
    at, elimination = minimum(combination), eliminate(combination)
    theory = theory_of(combination)
    x = theory.spectrum.value(at.values) + theory.interpolation @ at.eta
    phi = combination.starts.copy()
    phi[elimination.floating] = at.phi
    found = expectation(combination, elimination, at)
    for factor in factorise(combination):
        if factor.kind == "measurement":
            mean = factor.observed - factor.residual(x, phi)
            np.testing.assert_allclose(found[factor.name.removeprefix("measurement_")], mean, rtol=1e-12)


def test_data_on_the_prediction_change_nothing(tmp_path: Path) -> None:
    combination = three_parts(tmp_path).combine(options=ModelOptions(asimov=True, pulls="zero"))
    for before, after in zip(combination.measurements, reweighted(combination).measurements, strict=True):
        np.testing.assert_allclose(after.covariance, before.covariance, rtol=1e-8, atol=1e-10)


def test_values_must_be_positive(tmp_path: Path) -> None:
    combination = three_parts(tmp_path).combine()
    observed = {name: values.copy() for name, values in combination.observed.items()}
    observed["B"][1] = -3.0
    with pytest.raises(InputError, match=r"--chi2 pearson: B_bin1 is -3, .* use --chi2 neyman"):
        reweighted(combination.observing(observed))
