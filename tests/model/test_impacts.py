"""Impacts by their three definitions, against refits, numerical derivatives and toys of the linear algebra."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from synthetic import make_measurement, small
from ttjroofit.card import read_card
from ttjroofit.errors import ModelError
from ttjroofit.model.assemble import assemble, load_combination
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.impacts import global_impacts, ordinary_impact, profiled_impacts
from ttjroofit.model.likelihood import reduce_likelihood, theory_of
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.newton import Problems, minimise_all
from ttjroofit.model.options import ModelOptions
from ttjroofit.model.posterior import Posterior, posterior
from ttjroofit.model.tangent import make_tangent

LEAST_SQUARES = 2e-6
"""Accuracy in GeV of the minimum that scipy's least squares finds, which stops on relative changes of 1e-14."""


def solve(combination: Combination) -> tuple[Posterior, float]:
    elimination = eliminate(combination)
    values = find_minimum(reduce_likelihood(combination, elimination))
    return posterior(combination, elimination, values), float(values[0])


def refit(combination: Combination, after: Posterior, name: str, direction: float) -> float:
    """The mass when a nuisance is frozen at its post-fit value moved by ``direction`` sigmas, in a model made anew."""
    where = after.names.index(name)
    value = after.values[where] + direction * np.sqrt(after.covariance[where, where])
    options = ModelOptions(
        scenario="jes_modelling" if combination.prior.stated else "none",
        freeze_parameters=(name,),
        set_parameters={name: float(value)},
    )
    return solve(assemble(read_card(combination.card), combination.measurements, options))[1]


@pytest.fixture(scope="module", params=["none", "jes_modelling"])
def combination(request: pytest.FixtureRequest) -> Combination:
    cards = Path(__file__).parents[2] / "cards"
    return load_combination(read_card(cards / "atlas_cms.txt"), ModelOptions(scenario=request.param))


def test_profiled_impacts_are_those_of_refits(combination: Combination) -> None:
    """A random sample of 20 nuisances and two of the theory, each moved up or down."""
    after, mass = solve(combination)
    rng = np.random.default_rng(20251111)
    names = [*rng.choice(combination.prior.parameters, 20, replace=False).tolist(), "tnp_3", "pdf_MSTW2008_nlo"]
    shifts = profiled_impacts(combination, eliminate(combination), after, names)
    for number, name in enumerate(names):
        down = number % 2
        expected = refit(combination, after, name, -1.0 if down else 1.0) - mass
        assert shifts[name][down][0] == pytest.approx(expected, rel=1e-4, abs=LEAST_SQUARES), name


def test_profiled_impact_of_interpolation_is_that_of_a_shifted_prediction(combination: Combination) -> None:
    """Holding an interpolation nuisance is the same as moving the data the other way and dropping its response."""
    after, mass = solve(combination)
    name = "interpolation_ATLAS_8TeV_7"
    theory = theory_of(combination)
    column = theory.interpolation_names.index(name)
    where = after.names.index(name)
    value = after.values[where] + np.sqrt(after.covariance[where, where])
    likelihood = reduce_likelihood(combination, eliminate(combination))
    response = theory.interpolation[:, column]
    moved = replace(
        likelihood,
        mean=likelihood.mean - value * response,
        covariance=likelihood.covariance - np.outer(response, response),
    )
    up, _ = profiled_impacts(combination, eliminate(combination), after, [name])[name]
    assert up[0] == pytest.approx(find_minimum(moved)[0] - mass, rel=1e-4, abs=LEAST_SQUARES)


def test_global_impacts_add_up(combination: Combination) -> None:
    after, _ = solve(combination)
    split = global_impacts(combination, after, "m_t")
    row = after.covariance[after.names.index("m_t")]
    squares = sum(impact**2 for impact in split.impacts.values())
    assert split.total**2 == pytest.approx(row @ after.expected @ row, rel=1e-9)
    assert squares + split.data**2 == pytest.approx(split.total**2, rel=1e-12)
    assert len(split.impacts) == 614 + 7 + 16


def test_global_impacts_of_a_linear_model_add_up_to_the_posterior(combination: Combination) -> None:
    """Without the curvature of the prediction the variance of the estimator is the inverse Hessian."""
    elimination = eliminate(combination)
    values = find_minimum(reduce_likelihood(combination, elimination))
    after = posterior(combination, elimination, values, hessian="expected")
    split = global_impacts(combination, after, "m_t")
    assert split.total == pytest.approx(after.sigma("m_t"), rel=1e-9)


def test_uncorrelated_global_impact_is_the_covariance_with_the_nuisance() -> None:
    cards = Path(__file__).parents[2] / "cards"
    combination = load_combination(read_card(cards / "atlas8.txt"))
    after, _ = solve(combination)
    split = global_impacts(combination, after, "m_t")
    row = after.covariance[after.names.index("m_t")]
    for name in ("ATLAS_8TeV_scale_j_Model1", "tnp_1", "interpolation_ATLAS_8TeV_2"):
        assert split.impacts[name] == pytest.approx(row[after.names.index(name)], rel=1e-9)


def test_data_part_is_what_the_bins_do(tmp_path: Path) -> None:
    """For externalised sources the data part is dm/dx V_stat dm/dx, with the derivative from refits of moved data."""
    combination = small(tmp_path, make_measurement("A", sources=4)).combine("interpolation 1", "pdf off", "tnp off")
    after, _ = solve(combination)
    split = global_impacts(combination, after, "m_t")
    measurement = combination.measurements[0]
    step = 1e-3 * np.sqrt(np.diag(measurement.covariance))
    slope = []
    for b, h in enumerate(step):
        masses = []
        for direction in (1.0, -1.0):
            observed = combination.observed["A"].copy()
            observed[b] += direction * h
            masses.append(solve(combination.observing({"A": observed}))[1])
        slope.append((masses[0] - masses[1]) / (2.0 * h))
    expected = np.sqrt(np.array(slope) @ measurement.covariance @ np.array(slope))
    # least squares ends within 1e-6 GeV, over a step of 1e-3 sigma
    assert split.data == pytest.approx(expected, rel=5e-3)


def test_correlated_auxiliary_observables_are_decorrelated(tmp_path: Path) -> None:
    """Squares of a correlated pair add up to cov C^-1 cov of the pair; the symmetric root of two has a closed form."""
    pair = small(tmp_path, make_measurement("A", sources=3), make_measurement("B", sources=3, seed=2))
    first, second = "A_s0", "B_s1"
    combination = pair.combine(f"correlation x {first} {second} 0.6")
    after, _ = solve(combination)
    split = global_impacts(combination, after, "m_t")
    row = after.covariance[after.names.index("m_t"), [after.names.index(first), after.names.index(second)]]
    part = row @ np.linalg.inv([[1.0, 0.6], [0.6, 1.0]]) @ row
    assert split.impacts[first] ** 2 + split.impacts[second] ** 2 == pytest.approx(part, rel=1e-9)
    # eigenvectors (1, 1) and (1, -1) over the root of 2, with eigenvalues 1.6 and 0.4
    even, odd = np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([[1.0, -1.0], [-1.0, 1.0]])
    inverse_root = (even / np.sqrt(1.6) + odd / np.sqrt(0.4)) / 2.0
    found = split.impacts[first], split.impacts[second]
    np.testing.assert_allclose(found, row @ inverse_root, rtol=1e-9)


def test_global_impacts_with_an_error_on_an_error_add_up(tmp_path: Path) -> None:
    """The prior is a Gaussian of another width there, which used to be taken for its inverse: 0.51 for 0.61 GeV."""
    parts = small(tmp_path, make_measurement("A"), make_measurement("B", seed=2, sources=3))
    combination = parts.combine("B_s0 errorOnError 0.5", "interpolation 1", "pdf off", "tnp off")
    pulled = combination.observed["B"] + 3.0 * combination.measurements[1].shifts[:, 0]
    combination = combination.observing({**combination.observed, "B": pulled})
    elimination = eliminate(combination)
    likelihood = reduce_likelihood(combination, elimination)
    tangent = make_tangent(combination, elimination, likelihood, find_minimum(likelihood))
    after, prior = tangent.after, tangent.combination.prior
    split = global_impacts(tangent.combination, after, "m_t")
    row, at = after.covariance[after.names.index("m_t")], after.names.index("B_s0")
    assert split.total**2 == pytest.approx(row @ after.expected @ row, rel=1e-9)
    variance = prior.correlation[(prior.parameters.index("B_s0"),) * 2]
    assert variance > 2.0, "the outlier is let go"
    assert split.impacts["B_s0"] == pytest.approx(row[at] / np.sqrt(variance), rel=1e-12)


def test_global_impact_of_a_theory_prior_of_another_width(tmp_path: Path) -> None:
    """Published priors are 1 wide, so that a factor of the width for its inverse is not seen."""
    combination = small(tmp_path, make_measurement("A"), make_measurement("B", seed=2)).combine("pdf_a param 0.2 0.4")
    after, _ = solve(combination)
    split = global_impacts(combination, after, "m_t")
    row = after.covariance[after.names.index("m_t")]
    assert split.impacts["pdf_a"] == pytest.approx(row[after.names.index("pdf_a")] / 0.4, rel=1e-12)
    assert split.total**2 == pytest.approx(row @ after.expected @ row, rel=1e-9)


def test_a_merged_name_is_counted_once(tmp_path: Path) -> None:
    pair = small(tmp_path, make_measurement("A"), make_measurement("B", seed=2))
    combination = pair.combine("correlation x A_s0 B_s0 1")
    after, _ = solve(combination)
    split = global_impacts(combination, after, "m_t")
    assert split.impacts["B_s0"] == 0.0
    assert split.impacts["A_s0"] == pytest.approx(after.covariance[after.names.index("m_t"), after.names.index("A_s0")])


def test_frozen_mass_has_no_variance_to_split(tmp_path: Path) -> None:
    one = small(tmp_path, make_measurement("A"))
    combination = one.combine(options=ModelOptions(freeze_parameters=("m_t",)))
    after, _ = solve(combination)
    with pytest.raises(ModelError, match="m_t is frozen"):
        global_impacts(combination, after, "m_t")
    assert ordinary_impact(after, "m_t", "A_s0") == 0.0


def test_many_minima_equal_single_ones(combination: Combination) -> None:
    """Toys of the combined cross sections, each fitted alone by least squares and all at once by Newton steps."""
    likelihood = reduce_likelihood(combination, eliminate(combination))
    rng = np.random.default_rng(7)
    root = np.linalg.cholesky(likelihood.covariance)
    best = find_minimum(likelihood)
    means = likelihood.spectrum.value(best) + 0.3 * rng.standard_normal((8, len(root))) @ root.T
    precisions = np.broadcast_to(np.linalg.inv(likelihood.covariance), (8, *root.shape))
    problems = Problems(means, precisions, np.tile(best, (8, 1)), np.zeros((8, len(best)), dtype=bool))
    minima = minimise_all(likelihood, problems)
    assert minima.converged.all()
    for mean, values in zip(means, minima.values, strict=True):
        alone = find_minimum(replace(likelihood, mean=mean))
        assert values[0] == pytest.approx(alone[0], abs=LEAST_SQUARES)


def test_jets_at_many_points_are_those_of_single_points(combination: Combination) -> None:
    theory = theory_of(combination)
    rng = np.random.default_rng(8)
    steps = np.array([item.step for item in theory.parameters.items])
    points = theory.parameters.start + rng.standard_normal((2, 3, len(steps))) * steps
    jets = theory.spectrum.jet(points)
    for index in np.ndindex(2, 3):
        jet = theory.spectrum.jet(points[index])
        np.testing.assert_allclose(jets.value[index], jet.value, rtol=1e-13)
        np.testing.assert_allclose(jets.first[index], jet.first, rtol=1e-12, atol=1e-12 * np.abs(jet.first).max())
        np.testing.assert_allclose(jets.second[index], jet.second, rtol=1e-12, atol=1e-12 * np.abs(jet.second).max())
