"""Summary and figures of several masses: lines as in the talk, marks of failed fits, what ellipses hold."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from example_results import QUALITY, failed_result, fit_result
from matplotlib.figure import Figure

from ttjroofit.results.compatibility import SCHEMA, Comparison, CompatibilityResult, Hypothesis, MassCovariance
from ttjroofit.results.fit import CorrelationMatrix, FitResult
from ttjroofit.show.compatibility import compatibility_summary
from ttjroofit.show.compatibility_ellipse import ellipse
from ttjroofit.show.compatibility_figures import compatibility_figures
from ttjroofit.show.summary import WIDTH

SIGMA = {"m_t": (0.9, 0.3), "m_t_CMS": (1.28, 0.40), "m_t_ATLAS": (1.16, 0.24)}
"""Experimental and PDF errors of the talk."""


def hypothesis(fit: FitResult, values: dict[str, float], p_value: float) -> Hypothesis:
    names = list(values)
    parameters = dict(fit.parameters)
    for name, value in values.items():
        exp, pdf = SIGMA.get(name, (1.0, 0.5))
        mass = parameters[name]
        assert mass.breakdown is not None
        parts = replace(mass.breakdown, exp=exp, pdf=pdf, tnp=0.0, interpolation=0.0, total=float(np.hypot(exp, pdf)))
        parameters[name] = replace(mass, value=value, hesse=parts.total, breakdown=parts)
    matrix = 0.121 * np.ones((len(names), len(names))) + 0.879 * np.eye(len(names))
    sigma = np.array([np.hypot(*SIGMA.get(name, (1.0, 0.5))) for name in names])
    exp = np.diag([SIGMA.get(name, (1.0, 0.5))[0] ** 2 for name in names])
    total = matrix * np.outer(sigma, sigma)
    return Hypothesis(
        masses=values,
        errors=dict(zip(names, sigma.tolist(), strict=True)),
        correlation=CorrelationMatrix(names, matrix.tolist()),
        covariance=MassCovariance(names, total.tolist(), exp.tolist(), exp.tolist(), (total - exp).tolist()),
        parameters=parameters,
        chi2=9.9,
        ndf=9,
        p_value=p_value,
        status=fit.status,
    )


def talk() -> CompatibilityResult:
    """The numbers that the talk shows for CMS 13 TeV and ATLAS 8 TeV."""
    several = fit_result(["CMS_13TeV", "ATLAS_8TeV"], masses=("m_t_CMS", "m_t_ATLAS"))
    pair = ("m_t_CMS", "m_t_ATLAS")
    return CompatibilityResult(
        schema=SCHEMA,
        card="atlas8_cms13",
        version="1.2.3",
        engine="reduced",
        measurements=["CMS_13TeV", "ATLAS_8TeV"],
        split="experiment",
        scenario="jes",
        pulls="published",
        asimov=False,
        quality=[QUALITY],
        hypotheses=[
            hypothesis(fit_result(), {"m_t": 172.25}, 0.60),
            hypothesis(several, {"m_t_CMS": 172.19, "m_t_ATLAS": 172.47}, 0.27),
        ],
        delta_chi2=0.03,
        delta_ndf=1,
        p_value=0.8625,
        differences=[Comparison(pair, -0.28, 1.68, -0.17)],
        ratios=[Comparison(pair, 0.9984, 0.0097, -0.17)],
        good=True,
        timing_s={"fit": 0.03},
    )


def failed() -> CompatibilityResult:
    """The fit with one mass failed and has no errors."""
    good, broken = talk(), failed_result()
    single = replace(
        good.hypotheses[0],
        errors={"m_t": None},
        correlation=CorrelationMatrix(["m_t"], [[None]]),
        covariance=None,
        parameters={**broken.parameters, "m_t": replace(broken.parameters["m_t"], minos=None, hesse=None)},
        status=broken.status,
    )
    several = replace(good.hypotheses[1], covariance=None)
    return replace(good, hypotheses=[single, several], good=False)


def test_summary_reads_as_the_talk() -> None:
    lines = [line.strip() for line in compatibility_summary(talk()).splitlines()]
    assert "m_t CMS = 172.19 +- 1.28 (exp) +- 0.40 (PDF) GeV" in lines
    assert "m_t ATLAS = 172.47 +- 1.16 (exp) +- 0.24 (PDF) GeV" in lines
    assert "Correlation = 12.1 % (experimental part alone: 0.0 %)" in lines
    assert "Difference = -0.3 +- 1.7 GeV (0.2 sigma)" in lines
    assert "Ratio = 0.998 +- 0.010" in lines
    assert "p = 0.27 (2 POI) vs. 0.60 (1 POI)" in lines
    assert "delta chi2/ndf = 0.03/1, p = 0.86" in lines


@pytest.mark.parametrize("result", [talk(), failed()], ids=["good", "failed"])
def test_lines_fit_the_width(result: CompatibilityResult) -> None:
    long = replace(result, card="card_" * 30, quality=[QUALITY * 3])
    lines = compatibility_summary(long).splitlines()
    # wrapping breaks no names, so a name longer than a line is cut at the width
    assert [line for line in lines if len(line) > WIDTH or line != line.rstrip()] == []


def test_quality_stands_before_the_first_mass() -> None:
    text = " ".join(compatibility_summary(talk()).split())
    assert text.index(QUALITY) < text.index("m_t = 172.25")


def test_failed_fit_is_marked_before_any_number() -> None:
    text = compatibility_summary(failed())
    assert text.splitlines()[3].startswith("*** FIT FAILED (one mass: migrad 4, hesse 302")
    assert "m_t = 172.25" not in text
    assert "+- n/a" in text
    assert "nan" not in text
    assert "experimental part" not in text


def test_larger_model_that_fits_worse_is_a_failure() -> None:
    assert "FIT FAILED (several masses fit worse than one" in compatibility_summary(replace(talk(), good=False))


def texts(figure: Figure) -> str:
    found = [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        found += [text.get_text() for text in axes.texts]
        found += [axes.get_xlabel(), axes.get_ylabel(), *(label.get_text() for label in axes.get_yticklabels())]
        legend = axes.get_legend()
        found += [text.get_text() for text in legend.get_texts()] + [legend.get_title().get_text()] if legend else []
    return "\n".join(found)


def test_masses_and_one_ellipse_a_pair() -> None:
    figures = compatibility_figures(talk())
    assert list(figures) == ["masses", "ellipse_m_t_CMS_m_t_ATLAS"]
    masses, pair = (texts(figure) for figure in figures.values())
    assert all(QUALITY[:40] in text for text in (masses, pair))
    assert re.findall(r"172\.\d\d", masses) == ["172.25", "172.19", "172.47"]
    assert "p = 0.27 (2 POI) vs. 0.60 (1 POI)" in masses
    assert "[GeV]" in masses
    assert pair.count("[GeV]") == 2
    assert "parabolic approximation" in pair


def test_failed_fit_has_marked_figures_and_no_ellipse() -> None:
    figures = compatibility_figures(failed())
    assert list(figures) == ["masses"]
    assert "FIT FAILED" in texts(figures["masses"])


def test_axis_of_the_masses_holds_all_errors() -> None:
    result = talk()
    axes = compatibility_figures(result)["masses"].axes[0]
    low, high = axes.get_xlim()
    for fit in result.hypotheses:
        for name, value in fit.masses.items():
            minos = fit.parameters[name].minos
            assert minos is not None
            assert minos.lo is not None
            assert minos.hi is not None
            assert low < value + minos.lo < value + minos.hi < high


def test_diagonal_of_the_ellipse_is_one() -> None:
    axes = compatibility_figures(talk())["ellipse_m_t_CMS_m_t_ATLAS"].axes[0]
    assert axes.get_xlim() == axes.get_ylim()
    equal = next(line for line in axes.lines if line.get_label() == "equal masses")
    np.testing.assert_array_equal(equal.get_xdata(), equal.get_ydata())


@pytest.mark.parametrize("probability", [0.68, 0.95])
def test_ellipse_holds_its_probability(probability: float) -> None:
    values, covariance = np.array([172.0, 171.0]), np.array([[1.8, -0.9], [-0.9, 1.1]])
    weight = np.linalg.inv(covariance)
    points = ellipse(values, covariance, probability) - values[:, None]
    radius = np.einsum("ip,ij,jp->p", points, weight, points)
    np.testing.assert_allclose(radius, radius[0], rtol=1e-9)
    toys = np.random.default_rng(3).multivariate_normal(np.zeros(2), covariance, size=40_000)
    inside = np.mean(np.einsum("pi,ij,pj->p", toys, weight, toys) < radius[0])
    # binomial error below 0.0024
    assert inside == pytest.approx(probability, abs=0.0096)
