"""Values and covariance of everything, against a minimiser, numerical second derivatives and rebuilt models."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from synthetic import Small, make_measurement, small
from ttjroofit.errors import ModelError
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.likelihood import explicit_chi2, reduce_likelihood, theory_of
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.options import ModelOptions
from ttjroofit.model.posterior import Posterior, posterior
from twin import FloatArray

LINES = ("correlation b A_p0 B_s0 0.5", "correlation b A_s0 B_s1 -1", "correlation b A_p1 B_s0 -0.3")


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return small(
        tmp_path_factory.mktemp("posterior"),
        make_measurement("A", bins=3, sources=1, profiled=2, seed=1, per_unit=True),
        make_measurement("B", bins=4, sources=2, seed=2),
    )


@pytest.fixture(scope="module")
def combination(parts: Small) -> Combination:
    return parts.combine(*LINES)


def at_minimum(combination: Combination, **choices: str) -> Posterior:
    elimination = eliminate(combination)
    values = find_minimum(reduce_likelihood(combination, elimination))
    return posterior(combination, elimination, values, **choices)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def found(combination: Combination) -> Posterior:
    return at_minimum(combination)


def chi2_of(combination: Combination, u: FloatArray) -> float:
    """chi2 over (explicit, interpolation, phi) of a combination in which everything floats."""
    theory = theory_of(combination)
    explicit, r = len(theory.parameters.items), len(theory.interpolation_names)
    return explicit_chi2(combination, u[:explicit], u[explicit : explicit + r], u[explicit + r :])


def second_derivative(function, at: FloatArray, step: FloatArray) -> FloatArray:  # type: ignore[no-untyped-def]
    """Half the second derivative, by central differences of two step sizes extrapolated to fourth order."""

    def central(size: float) -> FloatArray:
        h = np.diag(size * step)
        matrix = np.array(
            [
                [function(at + a + b) - function(at + a - b) - function(at - a + b) + function(at - a - b) for b in h]
                for a in h
            ]
        )
        return matrix / (8.0 * np.outer(size * step, size * step))

    return (4.0 * central(0.5) - central(1.0)) / 3.0


def test_names(found: Posterior) -> None:
    assert found.names[:6] == ("m_t", "norm_A", "norm_B", "pdf_a", "pdf_b", "tnp_1")
    assert found.names[6:11] == tuple(f"interpolation_{name}" for name in ("A_1", "A_2", "B_1", "B_2", "B_3"))
    assert found.names[11:] == ("A_p0", "A_p1", "A_s0", "B_s0"), "B_s1 is A_s0 with the other sign"


def test_values_are_those_of_a_minimiser(combination: Combination, found: Posterior) -> None:
    """BFGS from elsewhere, in units of sigma; it stops at a gradient of 1e-6, so 1e-5 sigma from the minimum."""
    sigma = np.sqrt(np.diag(found.covariance))
    start = (np.concatenate([theory_of(combination).parameters.start, np.zeros(9)]) - found.values) / sigma
    assert np.max(np.abs(start)) > 0.1
    solution = minimize(
        lambda t: chi2_of(combination, found.values + sigma * t), start, method="BFGS", options={"gtol": 1e-6}
    )
    np.testing.assert_allclose(solution.x, 0.0, atol=1e-4)
    assert chi2_of(combination, found.values) <= solution.fun + 1e-9


def test_covariance_is_the_inverse_of_the_second_derivative(combination: Combination, found: Posterior) -> None:
    sigma = np.sqrt(np.diag(found.covariance))
    hessian = second_derivative(lambda u: chi2_of(combination, u), found.values, 0.1 * sigma)
    scale = np.outer(sigma, sigma)
    # rounding of a chi2 of 10 in steps of 0.1 sigma: 1e-13 of the Hessian, times its condition number of some 1e3
    np.testing.assert_allclose(np.linalg.inv(hessian) / scale, found.covariance / scale, atol=1e-7)


def test_expected_hessian_leaves_out_the_curvature_of_the_prediction(
    combination: Combination, found: Posterior
) -> None:
    """Second derivative of a chi2 whose spectrum is its tangent: first derivatives alone."""
    theory = theory_of(combination)
    expected = at_minimum(combination, hessian="expected")
    explicit, r = len(theory.parameters.items), len(theory.interpolation_names)
    first = theory.spectrum.jet(found.values[:explicit]).first
    rows = np.zeros((len(combination.bins) + len(combination.prior.parameters), len(found.names)))
    rows[:7, :explicit], rows[:7, explicit : explicit + r] = first, theory.interpolation
    rows[7:, explicit + r :] = np.eye(4)
    hessian = rows.T @ eliminate(combination).information.hessian @ rows
    hessian[3 : explicit + r, 3 : explicit + r] += np.eye(explicit + r - 3)
    sigma = np.sqrt(np.diag(expected.covariance))
    np.testing.assert_allclose(
        np.linalg.inv(hessian) / np.outer(sigma, sigma), expected.covariance / np.outer(sigma, sigma), atol=1e-8
    )
    np.testing.assert_array_equal(expected.values, found.values)
    assert abs(expected.sigma("m_t") / found.sigma("m_t") - 1.0) > 1e-6


def test_explicit_block_is_the_inverse_hessian_of_the_reduced_chi2(combination: Combination, found: Posterior) -> None:
    likelihood = reduce_likelihood(combination, eliminate(combination))
    sigma = np.sqrt(np.diag(found.covariance))[:6]
    hessian = second_derivative(likelihood.chi2, found.values[:6], 0.1 * sigma)
    scale = np.outer(sigma, sigma)
    np.testing.assert_allclose(np.linalg.inv(hessian) / scale, found.covariance[:6, :6] / scale, atol=1e-7)


def test_sigma_with_frozen_is_a_rebuilt_model(parts: Small, found: Posterior) -> None:
    """Freeze at the post-fit values: the minimum stays, the error is the conditional one."""
    frozen = ("A_p0", "B_s0", "pdf_a", "tnp_1")
    values = {name: float(found.values[found.names.index(name)]) for name in frozen}
    rebuilt = at_minimum(parts.combine(*LINES, options=ModelOptions(freeze_parameters=frozen, set_parameters=values)))
    assert set(rebuilt.names) == set(found.names) - set(frozen)
    # the minimum is found to 1e-8 sigma or better
    assert rebuilt.values[0] == pytest.approx(found.values[0], abs=1e-6 * found.sigma("m_t"))
    assert rebuilt.sigma("m_t") == pytest.approx(found.sigma("m_t", frozen), rel=1e-7)
    assert found.sigma("m_t", frozen) < 0.999 * found.sigma("m_t")


@pytest.mark.parametrize("group", ["A", "B_outside", "theory_pdf", "theory_tnp", "interpolation"])
def test_groups_of_an_asimov_fit(parts: Small, group: str) -> None:
    """All values are zero in the minimum, so freezing at zero is freezing at the minimum, for interpolation too."""
    whole = parts.combine(*LINES, options=ModelOptions(asimov=True))
    rebuilt = at_minimum(parts.combine(*LINES, options=ModelOptions(asimov=True, freeze_groups=(group,))))
    members = [whole.prior.parents[name][0] if name in whole.prior.names else name for name in whole.groups[group]]
    assert rebuilt.sigma("m_t") == pytest.approx(at_minimum(whole).sigma("m_t", members), rel=1e-6)


def test_asimov_data_are_the_expectation(parts: Small) -> None:
    """Bins are x - E theta, profiled values theta; the sources of B are tied to nothing that was set."""
    truth = {"m_t": 170.0, "norm_A": 350.0, "pdf_a": 0.5, "A_p0": -0.4, "A_s0": 0.8}
    combination = parts.combine(options=ModelOptions(asimov=True, set_parameters=truth))
    theory = theory_of(combination)
    x = theory.spectrum.value(theory.parameters.values(truth))
    expected = x - 0.8 * np.concatenate([parts.measurements[0].shifts[:, 0], np.zeros(4)])
    np.testing.assert_allclose(combination.observed_values, expected, rtol=1e-12)
    np.testing.assert_array_equal(combination.observed["A"][3:], [-0.4, 0.0])


def test_asimov_fit_finds_the_truth(parts: Small) -> None:
    options = ModelOptions(asimov=True, set_parameters={"m_t": 170.0, "norm_A": 350.0})
    found = at_minimum(parts.combine(*LINES, options=options))
    # least squares stops when a step changes chi2 or the parameters by less than 1e-12 of itself
    assert found.values[0] == pytest.approx(170.0, abs=1e-5)
    assert found.values[1] == pytest.approx(350.0, abs=1e-4)
    np.testing.assert_allclose(found.values[3:], 0.0, atol=1e-5)


def test_conditional_sigma_obeys_quadrature(found: Posterior) -> None:
    """sigma^2 = sigma^2(frozen) + the variance that the frozen ones explain."""
    frozen = found.where(["pdf_a", "B_s0"])
    m = found.where(["m_t"])
    cross = found.covariance[np.ix_(m, frozen)]
    explained = (cross @ np.linalg.solve(found.covariance[np.ix_(frozen, frozen)], cross.T))[0, 0]
    assert found.sigma("m_t") ** 2 == pytest.approx(found.sigma("m_t", ["pdf_a", "B_s0"]) ** 2 + explained, rel=1e-10)
    assert found.sigma("m_t", ["m_t", "unknown"]) == found.sigma("m_t"), "itself and strangers do not count"


def test_no_minimum_is_an_error(combination: Combination) -> None:
    """Where almost nothing is predicted the data pull on mass times normalisation, a saddle."""
    values = theory_of(combination).parameters.values({"norm_A": 1.0, "norm_B": 1.0})
    with pytest.raises(ModelError, match="not positive definite: smallest eigenvalue -"):
        posterior(combination, eliminate(combination), values)
    expected = posterior(combination, eliminate(combination), values, hessian="expected")
    assert np.linalg.eigvalsh(expected.covariance)[0] > 0.0
