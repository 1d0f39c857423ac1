from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthetic import Small, three_parts
from ttjroofit.errors import CardError, OptionError
from ttjroofit.model.blinding import MAX_OFFSET, NOTE, Blinding
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.interpolation import Interpolation, interpolate
from ttjroofit.model.likelihood import ReducedLikelihood, reduce_likelihood, theory_of
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.options import ModelOptions
from ttjroofit.model.posterior import posterior

SPLIT = ModelOptions(split="measurement")
SALT = Blinding("a salt for tests")


@pytest.fixture
def parts(tmp_path: Path) -> Small:
    return three_parts(tmp_path)


def test_the_offset_is_that_of_every_machine() -> None:
    # written down once: results blinded today must be unblinded by every later version
    assert Blinding("other").offset == -3.583016428663232
    assert Blinding("other").note.endswith("(salt a38b6a)")


def test_offsets_fill_their_range() -> None:
    offsets = np.array([Blinding(f"salt {number}").offset for number in range(60)])
    assert np.all(np.abs(offsets) <= MAX_OFFSET)
    # 60 of them: each quarter of the range stays empty with a probability of 3e-8
    assert np.all(np.histogram(offsets, bins=4, range=(-MAX_OFFSET, MAX_OFFSET))[0] > 0)
    assert len(set(offsets)) == 60


def test_the_salt_is_in_no_text() -> None:
    assert "tests" not in repr(SALT)
    assert "tests" not in repr(ModelOptions(blind=SALT))
    assert "tests" not in SALT.note
    assert f"{SALT.offset:.3f}" not in SALT.note


@pytest.mark.parametrize("salt", ["", "  "])
def test_an_empty_salt_is_an_error(salt: str) -> None:
    with pytest.raises(OptionError, match="the salt is empty"):
        Blinding(salt)


@settings(deadline=None, max_examples=30)
@given(
    order=st.integers(1, 3),
    offset=st.floats(-MAX_OFFSET, MAX_OFFSET),
    mass=st.floats(160.0, 185.0),
    seed=st.integers(0, 1000),
)
def test_moved_polynomials_take_the_shifted_mass(order: int, offset: float, mass: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = order + 1
    root = rng.normal(size=(3 * count, 3 * count))
    covariance = (root @ root.T).reshape(3, count, 3, count)
    plain = Interpolation(172.5, rng.normal(size=(3, count)), covariance, 0.0, 0)
    moved = plain.moved(offset)
    assert moved.reference == plain.reference
    # powers up to 15^3 of coefficients of about 1, and 15^6 for covariances: 1e-16 of the largest term
    np.testing.assert_allclose(moved.value(mass + offset), plain.value(mass), rtol=1e-9, atol=1e-10)
    for new, old in zip(moved.slopes(mass + offset), plain.slopes(mass), strict=True):
        np.testing.assert_allclose(new, old, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(
        moved.value_covariance(mass + offset), plain.value_covariance(mass), rtol=1e-7, atol=1e-7
    )


def test_a_fitted_polynomial_keeps_its_quality(parts: Small) -> None:
    fit = interpolate(next(iter(parts.predictions.values())), 2)
    moved = fit.moved(1.5)
    assert (moved.chi2, moved.ndf) == (fit.chi2, fit.ndf)
    assert not np.allclose(moved.coefficients[:, 0], fit.coefficients[:, 0], rtol=1e-4)


def fit(
    parts: Small, options: ModelOptions, *lines: str
) -> tuple[ReducedLikelihood, np.ndarray, np.ndarray, np.ndarray]:
    """Likelihood, minimum, and values and covariance of all parameters about it."""
    combination = parts.combine(*lines, options=options)
    elimination = eliminate(combination)
    likelihood = reduce_likelihood(combination, elimination)
    values = find_minimum(likelihood)
    after = posterior(combination, elimination, values)
    return likelihood, values, np.array(after.values), np.array(after.covariance)


def test_only_masses_are_shifted(parts: Small) -> None:
    plain, values, after, covariance = fit(parts, SPLIT)
    blind, blind_values, blind_after, blind_covariance = fit(parts, ModelOptions(split="measurement", blind=SALT))
    shift = np.array([SALT.offset if item.kind == "mass" else 0.0 for item in plain.parameters.items])
    assert np.count_nonzero(shift) == 3
    # both stop at a gradient of rounding: 1e-9 of a standard deviation
    np.testing.assert_allclose(blind_values, values + shift, rtol=1e-8, atol=1e-7)
    assert blind.chi2(blind_values) == pytest.approx(plain.chi2(values), rel=1e-9)
    np.testing.assert_allclose(blind_covariance, covariance, rtol=1e-6, atol=1e-6 * np.max(np.abs(covariance)))
    shifts = np.concatenate([shift, np.zeros(len(after) - len(shift))])
    np.testing.assert_allclose(blind_after, after + shifts, rtol=1e-8, atol=1e-7)


def test_nothing_in_the_model_is_a_true_mass_and_its_offset(parts: Small) -> None:
    plain = theory_of(parts.combine())
    blind = theory_of(parts.combine(options=ModelOptions(blind=SALT)))
    mass = blind.parameters.masses[0]
    assert (mass.start, mass.low, mass.high) == (172.5, 150.0 - MAX_OFFSET, 195.0 + MAX_OFFSET)
    assert [term.shape.interpolation.reference for term in blind.spectrum.terms] == [172.5] * 3
    np.testing.assert_array_equal(blind.interpolation, plain.interpolation)
    assert blind.quality == (SALT.note, *plain.quality)
    assert (blind.blinded, plain.blinded) == (True, False)
    assert blind.quality[0].startswith(NOTE)


def test_given_masses_are_blinded_ones(parts: Small) -> None:
    given = ModelOptions(blind=SALT, asimov=True, set_parameters={"m_t": 174.0}, ranges={"m_t": (170.0, 178.0)})
    likelihood, values, *_ = fit(parts, given)
    mass = likelihood.parameters.masses[0]
    assert (mass.low, mass.high) == (170.0, 178.0)
    assert values[0] == pytest.approx(174.0, abs=1e-6)


def test_a_prior_on_a_mass_cannot_be_blinded(parts: Small) -> None:
    line = "m_t param 172.5 1.0"
    assert parts.combine(line).theory is not None
    with pytest.raises(CardError, match=r"card\.txt:\d+: .*prior of the mass m_t would give the offset"):
        parts.combine(line, options=ModelOptions(blind=SALT))
    assert parts.combine("m_t flatParam", options=ModelOptions(blind=SALT)).theory is not None


def test_a_card_can_ask_for_blinding(parts: Small) -> None:
    with pytest.raises(CardError, match=r"card\.txt:\d+: .*--blind SALT or set TTJROOFIT_BLIND"):
        parts.combine("blind")
    assert theory_of(parts.combine("blind", options=ModelOptions(blind=SALT))).blinded
    assert not theory_of(parts.combine("blind", options=ModelOptions(asimov=True))).blinded


def test_a_salt_in_a_card_is_refused_and_not_repeated(parts: Small) -> None:
    with pytest.raises(CardError, match="`blind` stands alone") as caught:
        parts.card("blind sesame")
    assert "sesame" not in str(caught.value)
    with pytest.raises(CardError, match="'blind' is stated twice"):
        parts.card("blind", "blind")
