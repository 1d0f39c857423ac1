"""Masses by split: names, start values, one mass made of several; difference and ratio against toys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthetic import Small, make_measurement, small
from ttjroofit.card.statements import PoiStatement
from ttjroofit.errors import OptionError, Place
from ttjroofit.inputs.measurement import Measurement
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.likelihood import reduce_likelihood, theory_of
from ttjroofit.model.masses import choose_masses, difference, ratio, tie_masses
from ttjroofit.model.options import ModelOptions

A8, A13, C13 = (
    replace(make_measurement(name, bins=bins, seed=bins), experiment=experiment, energy_TeV=energy)
    for name, bins, experiment, energy in (("A8", 3, "ATLAS", 8.0), ("A13", 4, "ATLAS", 13.0), ("C13", 5, "CMS", 13.0))
)
ALL = (C13, A8, A13)


def poi(name: str, *measurements: str, start: float = 172.5, low: float = 150.0) -> PoiStatement:
    return PoiStatement(name, measurements, start, low, 195.0, Place(Path("card.txt"), 1))


@pytest.mark.parametrize(
    ("split", "of"),
    [
        (None, {"C13": "mass", "A8": "mass", "A13": "mass"}),
        ("experiment", {"C13": "m_t_CMS", "A8": "m_t_ATLAS", "A13": "m_t_ATLAS"}),
        ("energy", {"C13": "m_t_13TeV", "A8": "m_t_8TeV", "A13": "m_t_13TeV"}),
        ("measurement", {"C13": "m_t_C13", "A8": "m_t_A8", "A13": "m_t_A13"}),
    ],
)
def test_names(split: str | None, of: dict[str, str]) -> None:
    masses = choose_masses([poi("mass", "C13", "A8", "A13")], ALL, split)
    assert masses.of == of
    assert [item.name for item in masses.parameters] == list(dict.fromkeys(of.values()))
    assert {item.kind for item in masses.parameters} == {"mass"}


def test_start_and_range_are_those_of_the_first_measurement() -> None:
    pois = [poi("m_t_CMS", "C13", start=171.0, low=160.0), poi("m_t_8", "A8", start=173.0), poi("m_t_13", "A13")]
    masses = choose_masses(pois, ALL, "experiment").parameters
    assert [(item.name, item.start, item.low) for item in masses] == [
        ("m_t_CMS", 171.0, 160.0),
        ("m_t_ATLAS", 173.0, 150.0),
    ]


def test_masses_of_measurements_that_are_not_used_are_left_out() -> None:
    pois = [poi("m_t_CMS", "C13"), poi("m_t_ATLAS", "A8", "A13")]
    assert [item.name for item in choose_masses(pois, [A8], None).parameters] == ["m_t_ATLAS"]


@pytest.mark.parametrize(
    ("measurement", "split", "name"),
    [
        (replace(A13, energy_TeV=13.6), "energy", "m_t_13p6TeV"),
        (replace(A13, experiment="ATLAS+CMS"), "experiment", "m_t_ATLAS_CMS"),
    ],
)
def test_names_are_fit_for_a_workspace(measurement: Measurement, split: str, name: str) -> None:
    assert choose_masses([poi("m_t", "A13")], [measurement], split).of == {"A13": name}


def test_unknown_split_is_an_option_error() -> None:
    with pytest.raises(OptionError, match=r"--split energie: .*nearest: energy"):
        choose_masses([poi("m_t", "A8")], [A8], "energie")


@pytest.fixture
def data(tmp_path: Path) -> Small:
    return small(tmp_path, *ALL)


def test_tied_masses_are_the_single_mass_of_the_card(data: Small) -> None:
    """Same likelihood at a point far from the start, with every parameter at a value of its own."""
    single = data.combine()
    several = data.combine(options=ModelOptions(split="measurement"))
    tied = replace(several, theory=tie_masses(theory_of(several)))
    assert theory_of(tied).parameters.items == theory_of(single).parameters.items
    rng = np.random.default_rng(5)
    point = np.array([item.start + item.step * rng.normal() for item in theory_of(single).parameters.items])
    chi2 = [reduce_likelihood(one, eliminate(one)).chi2(point) for one in (single, tied)]
    # the same matrices, so only the order of sums may differ
    assert chi2[0] == pytest.approx(chi2[1], rel=1e-12)


def test_several_equal_masses_predict_what_one_does(data: Small) -> None:
    single, several = theory_of(data.combine()), theory_of(data.combine(options=ModelOptions(split="measurement")))
    given = {"norm_A8": 350.0, "pdf_a": 0.3, "tnp_1": -0.7}
    one = single.spectrum.value(single.parameters.values({"m_t": 169.0, **given}))
    masses = {mass.name: 169.0 for mass in several.parameters.masses}
    np.testing.assert_allclose(several.spectrum.value(several.parameters.values({**masses, **given})), one, rtol=1e-14)


def test_a_split_mass_moves_its_own_measurement_only(data: Small) -> None:
    combination = data.combine(options=ModelOptions(split="measurement"))
    theory = theory_of(combination)
    moved = theory.spectrum.value(theory.parameters.values({"m_t_A8": 169.0}))
    changed = moved != theory.spectrum.value(theory.parameters.start)
    assert changed[combination.slices["A8"]].all()
    assert changed.sum() == len(A8.bins)


def test_tied_mass_starts_at_the_mean_and_has_all_ranges(data: Small) -> None:
    ranges = {"m_t_A8": (165.0, 180.0), "m_t_A13": (160.0, 170.0), "m_t_C13": (170.0, 190.0)}
    options = ModelOptions(split="measurement", set_parameters={"m_t_A13": 169.0}, ranges=ranges)
    tied = tie_masses(theory_of(data.combine(options=options))).parameters.masses
    assert [(item.name, item.low, item.high) for item in tied] == [("m_t", 160.0, 190.0)]
    assert tied[0].start == pytest.approx((169.0 + 172.5 + 172.5) / 3.0, rel=1e-15)


TALK = np.array([172.19, 172.47])
"""CMS and ATLAS 8 TeV: exp and PDF errors 1.28, 0.40 and 1.16, 0.24, correlation 12.1%."""


def talk_covariance() -> np.ndarray:
    sigma = np.array([np.hypot(1.28, 0.40), np.hypot(1.16, 0.24)])
    return np.array([[1.0, 0.121], [0.121, 1.0]]) * np.outer(sigma, sigma)


def test_difference_and_ratio_are_those_of_the_talk() -> None:
    value, error = difference(TALK, talk_covariance())
    assert (round(value, 1), round(error, 1)) == (-0.3, 1.7)
    value, error = ratio(TALK, talk_covariance())
    assert (round(value, 3), round(error, 3)) == (0.998, 0.010)


def test_errors_are_the_spread_of_toys() -> None:
    values, covariance = np.array([171.0, 86.0]), np.array([[2.0, -1.1], [-1.1, 1.5]])
    toys = np.random.default_rng(20251111).multivariate_normal(values, covariance, size=200_000)
    # the spread of N toys is known to 1/sqrt(2 N) = 0.16%; four of these
    assert difference(values, covariance)[1] == pytest.approx(np.std(toys[:, 0] - toys[:, 1]), rel=0.0064)
    # curvature of the ratio: (1.2/86)^2 = 2e-4 of its error, below the noise
    assert ratio(values, covariance)[1] == pytest.approx(np.std(toys[:, 0] / toys[:, 1]), rel=0.0064)


@given(
    st.floats(100.0, 300.0), st.floats(100.0, 300.0), st.floats(0.1, 3.0), st.floats(0.1, 3.0), st.floats(-0.95, 0.95)
)
def test_order_of_the_two_only_turns_signs(a: float, b: float, first: float, second: float, rho: float) -> None:
    covariance = np.array([[first**2, rho * first * second], [rho * first * second, second**2]])
    there, back = difference(np.array([a, b]), covariance), difference(np.array([b, a]), covariance[::-1, ::-1])
    assert (there[0], there[1]) == pytest.approx((-back[0], back[1]), rel=1e-12)
    quotient, inverse = ratio(np.array([a, b]), covariance), ratio(np.array([b, a]), covariance[::-1, ::-1])
    assert quotient[0] * inverse[0] == pytest.approx(1.0, rel=1e-12)
    # relative errors of a quotient and its inverse agree to first order, which is all there is
    assert quotient[1] / quotient[0] == pytest.approx(inverse[1] / inverse[0], rel=1e-9)
