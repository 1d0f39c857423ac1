"""Fits: the two models agree, all minimisers agree, a failed fit says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from built import Builder, Built
from synthetic import make_measurement, small
from ttjroofit.card.parser import read_card
from ttjroofit.card.statements import TheoryOptions
from ttjroofit.errors import OptionError
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.options import ModelOptions
from ttjroofit.roofit.minimise import MINIMIZERS, FitPlan, Minimised, Minimizer, minimise, parse_minimizer
from ttjroofit.roofit.workspace import build_workspace

LINEAR = TheoryOptions(order=1, pdf="off", tnp=False)

PAIRS = [Minimizer(name, algorithm) for name, algorithms in MINIMIZERS.items() for algorithm in algorithms]


def both(built: Built, mass: str = "m_t") -> tuple[Minimised, Minimised]:
    reduced, full = (built.fit(FitPlan(engine=engine, minos=(mass,))) for engine in ("reduced", "full"))  # type: ignore[arg-type]
    assert reduced.status.good
    assert full.status.good
    assert len(full.names) > len(reduced.names)
    return reduced, full


def assert_agree(reduced: Minimised, full: Minimised, *, value: float, hesse: float, minos: float) -> None:
    """``value`` in units of sigma, ``hesse`` and ``minos`` relative."""
    for name in reduced.names:
        assert full.value(name) == pytest.approx(reduced.value(name), abs=value * reduced.sigma(name)), name
        assert full.sigma(name) == pytest.approx(reduced.sigma(name), rel=hesse), name
    assert full.minos["m_t"] == pytest.approx(reduced.minos["m_t"], rel=minos)
    assert full.minos["m_t"][0] < 0.0 < full.minos["m_t"][1]


@pytest.mark.parametrize(("seed", "hesse"), [(2, 1e-6), (1, 2e-5), (3, 2e-5), (4, 2e-5)])
def test_full_and_reduced_agree_on_a_small_card(tmp_path: Path, build: Builder, seed: int, hesse: float) -> None:
    """All agree to 1e-6 for seed 2. The numerical derivatives of Minuit's HESSE are seldom that good: 5e-6 was seen."""
    pair = small(
        tmp_path, make_measurement("A", seed=seed, sources=3), make_measurement("B", seed=seed + 10, profiled=3)
    )
    tied = ("correlation x A_s0 B_p0 0.5", "correlation x A_s1 B_s0 0.4")
    options = ModelOptions(freeze_parameters=("norm_*",))
    built = build(pair.combine("interpolation 1", "pdf off", "tnp off", *tied, options=options))
    reduced, full = both(built)
    assert reduced.names == ("m_t",)
    assert_agree(reduced, full, value=1e-6, hesse=hesse, minos=1e-6)
    assert full.sigma("m_t") == pytest.approx(built.posterior.sigma("m_t"), rel=hesse)


def test_full_and_reduced_agree(linear: Built) -> None:
    """Normalisation times shape has a third derivative: Minuit's HESSE is off by 2e-5 in both models, MINOS is not."""
    assert_agree(*both(linear), value=1e-6, hesse=5e-5, minos=1e-6)


@pytest.mark.parametrize("engine", ["reduced", "full"])
def test_from_the_prefit_values(linear: Built, engine: Literal["reduced", "full"]) -> None:
    """MIGRAD stops at an EDM below 1e-7, that is at sqrt(2 EDM) = 5e-4 sigma from the minimum."""
    linear.workspace.loadSnapshot("prefit")
    fitted = minimise(linear.workspace, FitPlan(engine=engine))
    assert fitted.status.good
    assert fitted.value("m_t") == pytest.approx(linear.posterior.values[0], abs=5e-4 * linear.posterior.sigma("m_t"))


def test_full_and_reduced_agree_with_theory_nuisances(atlas8: Built) -> None:
    """Products of shifts are not quadratic: one-sided differences, the off-diagonals of HESSE, are good to 5e-5."""
    assert_agree(*both(atlas8), value=1e-4, hesse=2e-4, minos=2e-6)


def test_hesse_and_minos_against_the_analytic_covariance(linear: Built) -> None:
    fitted = linear.fit(FitPlan(minos=("m_t",)))
    assert fitted.value("m_t") == pytest.approx(linear.posterior.values[0], abs=1e-6 * linear.posterior.sigma("m_t"))
    for name in fitted.names:
        assert fitted.sigma(name) == pytest.approx(linear.posterior.sigma(name), rel=5e-5), name
    # the likelihood is asymmetric by some per cent only
    assert np.ptp(np.abs(fitted.minos["m_t"])) < 0.2 * fitted.sigma("m_t")
    assert np.mean(np.abs(fitted.minos["m_t"])) == pytest.approx(fitted.sigma("m_t"), rel=0.05)


def test_full_fit_pulls_nuisances_as_conditioning_says(linear: Built) -> None:
    full = linear.fit(FitPlan(engine="full"))
    assert set(full.names) == set(linear.posterior.names)
    for name, value in zip(linear.posterior.names, linear.posterior.values, strict=True):
        assert full.value(name) == pytest.approx(value, abs=1e-5 * linear.posterior.sigma(name)), name
        assert full.sigma(name) == pytest.approx(linear.posterior.sigma(name), rel=1e-4), name


@pytest.mark.parametrize("tie", ["A_p0 B_p0 0.6", "A_p0 B_p0 -1", "A_p0 B_s0 0.7", "A_s0 B_s0 -0.6"])
def test_tied_measurements_agree(tmp_path: Path, build: Builder, tie: str) -> None:
    """Joint, merged, conditional and correlated priors; pulls of one measurement move the bins of the other."""
    parts = small(
        tmp_path,
        make_measurement("A", bins=4, sources=1, profiled=1, seed=3),
        make_measurement("B", bins=4, sources=1, profiled=1, seed=4),
    )
    built = build(parts.combine(f"correlation b {tie}", "interpolation 1", "pdf off", "tnp off"))
    assert_agree(*both(built), value=1e-5, hesse=1e-4, minos=1e-5)


@pytest.mark.slow
def test_full_and_reduced_agree_on_all_three(three: Built) -> None:
    """618 against 11 parameters. Measured: 1e-8 GeV, HESSE 5e-5 (its one-sided off-diagonals), MINOS 1e-6.

    The other 607 against the posterior: 2.4e-4 for the constraint of the stiffest pair.
    """
    reduced, full = both(three)
    assert full.value("m_t") == pytest.approx(reduced.value("m_t"), abs=1e-4 * reduced.sigma("m_t"))
    assert full.sigma("m_t") == pytest.approx(reduced.sigma("m_t"), rel=1e-4)
    assert full.minos["m_t"] == pytest.approx(reduced.minos["m_t"], rel=1e-4)
    assert set(full.names) == set(three.posterior.names)
    sigmas = np.sqrt(np.diag(three.posterior.covariance))
    for name, value, sigma in zip(three.posterior.names, three.posterior.values, sigmas, strict=True):
        assert full.value(name) == pytest.approx(value, abs=1e-4 * sigma), name
        assert full.sigma(name) == pytest.approx(sigma, rel=1e-3), name


@pytest.mark.parametrize("minimizer", PAIRS, ids=str)
def test_all_minimizers_agree(atlas8: Built, minimizer: Minimizer) -> None:
    """From the prefit values, not from the minimum; the simplex stops at its first small triangle, by its nature."""
    expected = atlas8.posterior
    atlas8.workspace.loadSnapshot("prefit")
    fitted = minimise(atlas8.workspace, FitPlan(minimizer=minimizer))
    tolerance = 0.1 if minimizer.algorithm == "simplex" else 1e-3
    assert fitted.value("m_t") == pytest.approx(expected.values[0], abs=tolerance * expected.sigma("m_t"))
    assert fitted.status.minimizer == str(minimizer)
    if minimizer.algorithm != "simplex":
        assert fitted.status.good
        assert fitted.sigma("m_t") == pytest.approx(expected.sigma("m_t"), rel=1e-3)


def test_what_a_fit_reports(linear: Built) -> None:
    fitted = linear.fit(FitPlan())
    status = fitted.status
    assert (status.migrad, status.hesse, status.minos, status.cov_quality) == (0, 0, None, 3)
    assert (status.strategy, status.attempts) == (1, 1)
    assert 0.0 <= status.edm < 1e-5
    assert status.calls > 10
    assert fitted.minos == {}
    assert fitted.seconds > 0.0
    assert fitted.covariance.shape == (2, 2)
    np.testing.assert_allclose(fitted.covariance, fitted.covariance.T, rtol=1e-12)
    assert set(fitted.names) == {"m_t", "norm_ATLAS_8TeV"}
    assert linear.workspace.var("m_t").getVal() == fitted.value("m_t")


def test_without_hesse(linear: Built) -> None:
    fitted = linear.fit(FitPlan(hesse=False))
    assert fitted.status.hesse == 0
    assert fitted.value("m_t") == pytest.approx(linear.posterior.values[0], abs=1e-3 * linear.posterior.sigma("m_t"))


def test_a_minimum_outside_the_range_is_a_failed_fit(cards: Path) -> None:
    card = read_card(cards / "atlas8.txt")
    card = replace(card, pois=(replace(card.pois[0], start=150.0, low=150.0, high=150.001),))
    combination = load_combination(card)
    workspace = build_workspace(combination, eliminate(combination))
    fitted = minimise(workspace, FitPlan(minos=("m_t",)))
    assert not fitted.status.good
    assert fitted.status.attempts == 3
    assert fitted.status.strategy == 2
    assert fitted.value("m_t") <= 150.001


def test_a_prediction_that_is_no_number_is_a_failed_fit(linear: Built) -> None:
    linear.workspace.loadSnapshot("prefit")
    variable = linear.workspace.var("scale_ATLAS_8TeV_rho_0p0_0p25")
    variable.setVal(float("nan"))
    try:
        fitted = minimise(linear.workspace, FitPlan(minos=("m_t",)))
    finally:
        variable.setVal(1.0)
    assert not fitted.status.good


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Minuit2", Minimizer("Minuit2", "migrad")),
        ("minuit2,SIMPLEX", Minimizer("Minuit2", "simplex")),
        ("Minuit", Minimizer("Minuit", "migrad")),
        ("Minuit2,combined", Minimizer("Minuit2", "combined")),
    ],
)
def test_parse_minimizer(text: str, expected: Minimizer) -> None:
    assert parse_minimizer(text) == expected
    assert parse_minimizer(str(expected)) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Migrad", "--minimizer Migrad: no minimiser Migrad; choose among Minuit2, Minuit"),
        (
            "Minuit2,migrat",
            "--minimizer Minuit2,migrat: Minuit2 has no algorithm migrat; .*choose among migrad",
        ),
        ("Minuit,combined", "--minimizer Minuit,combined: Minuit has no algorithm combined"),
        ("", "no minimiser ; choose among"),
    ],
)
def test_unknown_minimizers(text: str, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        parse_minimizer(text)
