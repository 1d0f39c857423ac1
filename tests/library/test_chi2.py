"""The likelihood as a function: that of the fit, with its derivatives, for whatever minimiser there is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize

import ttjroofit as tr
from synthetic import Small
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.likelihood import explicit_chi2, theory_of
from ttjroofit.model.posterior import posterior

CARDS = Path(__file__).parents[2] / "cards"


@pytest.fixture(scope="module")
def tailed(made: Small, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A card with an error on an error, so that a prior is no parabola, and a nuisance that is frozen."""
    path = tmp_path_factory.mktemp("tailed") / "card.txt"
    lines = [
        *(f"measurement {name} {made.folder / name}.yaml" for name in "AB"),
        *(f"theory {name} {made.folder / name}_theory.yaml" for name in "AB"),
        "poi m_t * 172.5 [150,195]",
        "A_s0 errorOnError 0.4",
        "nuisance edit freeze tnp_1",
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def random_points(chi2: tr.Chi2, count: int) -> np.ndarray:
    rng = np.random.default_rng(7)
    return np.asarray(chi2.start + chi2.step * rng.normal(size=(count, len(chi2.names))))


def test_names_and_ranges_are_those_of_the_floating_parameters(tailed: Path) -> None:
    chi2 = tr.likelihood(tailed)
    assert chi2.names == ("m_t", "norm_A", "norm_B", "pdf_a", "pdf_b", "A_s0")
    assert [chi2.start[0], chi2.low[0], chi2.high[0]] == [172.5, 150.0, 195.0]
    assert np.all(chi2.step > 0.0)
    assert chi2.errordef == 1.0
    assert chi2.ndf == 9 - 3


@pytest.mark.parametrize("which", ["card", "tailed"])
def test_gradient_is_the_numerical_derivative(which: str, request: pytest.FixtureRequest) -> None:
    chi2 = tr.likelihood(request.getfixturevalue(which))
    for values in random_points(chi2, 5):
        steps = np.diag(1e-5 * chi2.step)
        slow = np.array([(chi2(values + step) - chi2(values - step)) / (2.0 * np.sum(step)) for step in steps])
        # rounding of chi2 (1e-16 of about 100) over the step, and its third derivative times the step squared
        np.testing.assert_allclose(chi2.gradient(values) * chi2.step, slow * chi2.step, rtol=1e-6, atol=1e-6)


def test_it_is_the_likelihood_with_all_nuisances_at_their_profile(card: Path) -> None:
    """The slow twin: chi2 spelt out factor by factor, at the nuisances that minimise it."""
    model = tr.load(card)
    chi2, combination = tr.likelihood(model), model.combination
    elimination, interpolation = eliminate(combination), theory_of(combination).interpolation_names
    for values in random_points(chi2, 3):
        after = posterior(combination, elimination, values)
        named = dict(zip(after.names, after.values.tolist(), strict=True))
        eta = np.array([named[name] for name in interpolation])
        phi = np.array([named[name] for name in combination.prior.parameters])
        assert chi2(values) == pytest.approx(explicit_chi2(combination, values, eta, phi), rel=1e-10)


def test_another_minimiser_finds_the_fit() -> None:
    model = tr.load(CARDS / "atlas8_cms13.txt")
    chi2, best = tr.likelihood(model), tr.intervals(model)
    found = minimize(chi2, chi2.start, jac=chi2.gradient)
    sigma = best.parameters["m_t"].hesse
    assert sigma is not None
    assert found.x[0] == pytest.approx(best.parameters["m_t"].value, abs=1e-4 * sigma)
    assert found.fun == pytest.approx(best.goodness_of_fit.chi2, abs=1e-6)
    assert chi2(chi2.values(best.minimum)) == pytest.approx(best.goodness_of_fit.chi2, rel=1e-12)


def test_values_by_name(card: Path) -> None:
    chi2 = tr.likelihood(card)
    values = chi2.values({"m_t": 170.0})
    assert values[0] == 170.0
    assert values[1:].tolist() == chi2.start[1:].tolist()
    with pytest.raises(ValueError, match="mt is none of the floating parameters: m_t, "):
        chi2.values({"mt": 170.0})


@pytest.mark.parametrize("shape", [(0,), (3,), (2, 6)])
def test_values_of_another_shape(card: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"values of shape .*, expected \(6,\)"):
        tr.likelihood(card)(np.zeros(shape))


def test_a_call_changes_nothing(card: Path) -> None:
    chi2 = tr.likelihood(card)
    start, first = chi2.start.copy(), chi2(chi2.start)
    chi2(chi2.start + chi2.step)
    chi2.gradient(chi2.start + chi2.step)
    assert chi2(chi2.start) == first
    assert chi2.start.tolist() == start.tolist()
