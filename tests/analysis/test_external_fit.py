"""Fits with likelihoods of workspaces: both engines, closed forms, and what follows from the minimum."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from external import (
    COUNTING,
    GAUSSIAN,
    OWN,
    combine,
    gaussian_chi2,
    with_workspaces,
    write_gaussian,
)
from synthetic import Small, make_measurement, small
from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.fit import FitOptions, Fitted, fit_masses
from ttjroofit.errors import CardError
from ttjroofit.model.blinding import Blinding
from ttjroofit.model.combination import Combination
from ttjroofit.model.likelihood import explicit_chi2, theory_of
from ttjroofit.model.options import ModelOptions
from ttjroofit.results.fit import FitResult
from ttjroofit.results.store import from_json, to_json
from ttjroofit.show.figures import fit_figures
from ttjroofit.show.summary import fit_summary

TIES = ("correlation block gamma B_p0 0.5", "correlation block CMS_lumi A_s1 0.7", "correlation block bkg_norm A_s0 -1")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return with_workspaces(tmp_path_factory.mktemp("external"))


def fit(combination: Combination, engine: str = "reduced") -> Fitted:
    options = FitOptions(engine="full") if engine == "full" else FitOptions()
    return fit_masses(combination, options, Clock())


@pytest.fixture(scope="module")
def reduced(data: Small) -> Fitted:
    return fit(combine(data, GAUSSIAN, COUNTING, OWN, *TIES))


@pytest.fixture(scope="module")
def full(data: Small) -> Fitted:
    return fit(combine(data, GAUSSIAN, COUNTING, OWN, *TIES), "full")


def test_engines_agree(reduced: Fitted, full: Fitted) -> None:
    """Values, errors, pulls, constraints and impacts; MIGRAD leaves 2e-4 sigma, HESSE 1e-4."""
    short, long = reduced.result, full.result
    assert short.status.good
    assert long.status.good
    for name, found in short.parameters.items():
        expected = long.parameters[name]
        sigma = float(expected.hesse or 0.0)
        assert found.value == pytest.approx(expected.value, abs=1e-3 * sigma), name
        assert found.hesse == pytest.approx(sigma, rel=1e-3), name
    for one, other in zip(short.nuisances, long.nuisances, strict=True):
        assert one.value == pytest.approx(other.value, abs=1e-3), one.name
        assert one.constraint == pytest.approx(other.constraint, rel=1e-3), one.name
        assert one.impact["m_t"] == pytest.approx(other.impact["m_t"], abs=1e-3), one.name
    mass, twin = short.parameters["m_t"], long.parameters["m_t"]
    assert mass.minos is not None
    assert twin.minos is not None
    assert mass.minos.hi == pytest.approx(twin.minos.hi, rel=1e-3)
    assert mass.minos.lo == pytest.approx(twin.minos.lo, rel=1e-3)
    assert mass.breakdown is not None
    assert twin.breakdown is not None
    for part in ("total", "exp", "stat", "pdf", "interpolation", "data", "estimator"):
        assert getattr(mass.breakdown, part) == pytest.approx(getattr(twin.breakdown, part), rel=2e-3), part


def test_the_posterior_is_that_of_hesse_of_everything(reduced: Fitted, full: Fitted) -> None:
    """The joint Hessian of the reduced fit, carried to the eliminated nuisances, against 25 explicit parameters."""
    found, long = reduced.posterior, full.roofit_result
    names = [str(item.GetName()) for item in long.floatParsFinal()]
    assert set(names) == set(found.names)
    matrix = long.covarianceMatrix()
    expected = np.array([[matrix(i, j) for j in range(len(names))] for i in range(len(names))])
    where = [found.names.index(name) for name in names]
    sigma = np.sqrt(np.diag(expected))
    scaled = found.covariance[np.ix_(where, where)] / np.outer(sigma, sigma)
    # Minuit's off-diagonal second derivatives are one-sided
    np.testing.assert_allclose(scaled, expected / np.outer(sigma, sigma), atol=1e-3)


def test_breakdown_is_that_of_refits(data: Small) -> None:
    """Freezing a group at the minimum and fitting again gives what the joint Hessian says."""
    lines = (COUNTING, *TIES[1:], "jes group = CMS_lumi A_s1")
    fitted = fit(combine(data, *lines)).result
    mass = fitted.parameters["m_t"]
    assert mass.breakdown is not None
    assert mass.hesse is not None
    assert mass.breakdown.total == pytest.approx(mass.hesse, rel=1e-6)
    at = {n.name: n.value for n in fitted.nuisances}
    options = ModelOptions(freeze_groups=("jes",), set_parameters=at)
    frozen = fit(combine(data, *lines, options=options)).result.parameters["m_t"].hesse
    assert frozen is not None
    # HESSE of either fit is good to 1e-5, so the small difference of the two is not
    assert np.sqrt(mass.breakdown.total**2 - mass.breakdown.groups["jes"] ** 2) == pytest.approx(frozen, rel=1e-4)
    assert frozen < 0.9995 * mass.hesse
    assert mass.breakdown.groups["TTX"] > 0.0


def test_a_shared_prior_counts_once(data: Small, tmp_path: Path) -> None:
    """A workspace that knows A_s0 by its constraint alone, and the mass to 1000 GeV, changes nothing."""
    write_gaussian(tmp_path / "blunt.root", width=1000.0, shared=0.0)
    blunt = GAUSSIAN.replace("gaussian.root", str(tmp_path / "blunt.root"))
    without, with_it = fit(data.combine()).result, fit(combine(data, blunt)).result
    mass, expected = with_it.parameters["m_t"], without.parameters["m_t"]
    # 1000 GeV against 1 GeV: 1e-6 of the information
    assert mass.value == pytest.approx(expected.value, abs=5e-4)
    assert mass.hesse == pytest.approx(expected.hesse, rel=1e-3)
    before = {nuisance.name: nuisance for nuisance in without.nuisances}
    for nuisance in with_it.nuisances:
        if nuisance.name in before:
            assert nuisance.constraint == pytest.approx(before[nuisance.name].constraint, rel=1e-3), nuisance.name
        else:
            assert (nuisance.name, nuisance.measurement) == ("gamma", "X")
            assert nuisance.constraint == pytest.approx(1.0, abs=1e-3)


def test_goodness_of_fit_of_a_gaussian(data: Small) -> None:
    """chi2 is that of every factor at the minimum; one more observable, no more free parameter."""
    combination = combine(data, GAUSSIAN)
    fitted = fit(combination)
    found, after = fitted.result.known_goodness, fitted.posterior
    theory = theory_of(combination)
    explicit, eta, phi = np.split(
        after.values, np.cumsum([len(theory.parameters.names), len(theory.interpolation_names)])
    )
    values = dict(zip(after.names, after.values.tolist(), strict=True))
    expected = explicit_chi2(combination, explicit, eta, phi) + gaussian_chi2(values)
    assert found.chi2 == pytest.approx(expected, rel=1e-9)
    assert found.ndf == fit(data.combine()).result.known_goodness.ndf + 1
    assert fitted.result.external[0].shared == ["A_s0", "m_t"]


def test_no_chi2_with_a_constraint_that_stays(tmp_path: Path) -> None:
    """A_p1 has no prior of ours, so that of the workspace stays in its pdf; chi2 used to leave it out."""
    data = small(tmp_path, make_measurement("A", profiled=2, free=("A_p1",)))
    write_gaussian(tmp_path / "gaussian.root", shared=0.0)
    assert fit(combine(data, f"{GAUSSIAN} gamma=A_p1")).result.goodness_of_fit is None


def test_counts_have_no_chi2(reduced: Fitted) -> None:
    result = reduced.result
    assert result.goodness_of_fit is None
    assert {name for name, item in result.parameters.items() if item.kind == "external"} == {"scale", "width"}
    assert [external.parameters for external in result.external] == [[], [], ["scale", "width"]]
    assert [external.nuisances for external in result.external] == [["gamma"], ["CMS_lumi", "bkg_norm"], []]
    text = fit_summary(result)
    assert "no chi2: a likelihood of a workspace is not Gaussian" in text
    assert "TTX (counting.root, w:model_s, w:data_obs, entries: 8): shares m_t; nuisances: 2" in " ".join(text.split())
    # its constraint is 0.003: two decimals would show nothing, and it is not in units of a prior
    assert re.search(r"^  scale +(0\.99|1\.00)\d\d \+- 0\.00\d\d +of a workspace$", text, re.MULTILINE)
    assert from_json(FitResult, to_json(result)) == result
    assert {"spectra", "breakdown", "correlation"} <= set(fit_figures(result))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ModelOptions(blind=Blinding("salt")),
            "a workspace knows the true mass, so the fit cannot be blinded: leave X",
        ),
        (ModelOptions(asimov=True), "-t -1: the data of a workspace are not replaced by Asimov data"),
        (ModelOptions(split="measurement"), "its parameter m_t is a mass of the card that is not fitted here"),
    ],
)
def test_options_that_do_not_go_together(data: Small, options: ModelOptions, message: str) -> None:
    with pytest.raises(CardError, match=message):
        combine(data, GAUSSIAN, options=options)


def test_no_pearson(data: Small) -> None:
    with pytest.raises(CardError, match=r"card\.txt:6: --chi2 pearson does not know the likelihood of a workspace"):
        fit_masses(combine(data, GAUSSIAN), FitOptions(chi2_form="pearson"), Clock())
