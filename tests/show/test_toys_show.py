"""Summaries and figures of toys: failed fits, no toy beyond the data, few toys."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ttjroofit.results.compatibility import MassEstimate, MassShift, MeasurementTension, Tension
from ttjroofit.results.fit import FitStatus
from ttjroofit.results.goodness_of_fit import GoodnessOfFitResult
from ttjroofit.results.toys import Estimate, GeneratedToys, MassOfToys, ToyFitsResult
from ttjroofit.show.goodness_of_fit import goodness_of_fit_summary
from ttjroofit.show.goodness_of_fit_figures import goodness_of_fit_figures
from ttjroofit.show.style import Heading
from ttjroofit.show.tension import tension_lines
from ttjroofit.show.tension_figure import TensionRows, tension_figure
from ttjroofit.show.toys import generated_summary, toy_fits_summary
from ttjroofit.show.toys_figures import toy_fits_figures

STATUS = FitStatus(
    good=True,
    minimizer="Minuit2,migrad",
    strategy=1,
    migrad=0,
    hesse=0,
    minos=None,
    cov_quality=3,
    edm=1e-9,
    calls=300,
    attempts=1,
)

GOODNESS = GoodnessOfFitResult(
    schema="ttjroofit/goodness_of_fit/1",
    card="example",
    version="0",
    engine="reduced",
    measurements=["A", "B"],
    scenario=None,
    pulls="published",
    asimov=False,
    quality=["made up"],
    algorithm="saturated",
    chi2=40.0,
    ndf=3,
    p_value_asymptotic=1.1e-8,
    p_value_toys=0.0,
    p_value_toys_error=0.125,
    toys=4,
    seed=7,
    toys_frequentist=True,
    toys_file=None,
    toys_unconverged=1,
    chi2_toys=[2.5, None, 3.5, 1.0],
    status=STATUS,
    good=False,
    timing_s={"fit": 0.1},
)

MASS = MassOfToys(
    truth=172.5,
    unit="GeV",
    mean=Estimate(172.4, 0.2),
    width=Estimate(1.0, 0.3),
    mean_hesse=1.1,
    pull_mean=Estimate(-0.1, 0.3),
    pull_width=Estimate(0.9, 0.3),
    values=[171.0, None, 173.0, 172.0],
    hesse=[1.0, None, 1.1, 1.2],
)

FITS = ToyFitsResult(
    schema="ttjroofit/toy_fits/1",
    card="example",
    version="0",
    measurements=["A"],
    scenario=None,
    pulls="published",
    quality=["made up"],
    toys=4,
    seed=None,
    toys_frequentist=False,
    toys_file="toys.root",
    toys_unconverged=1,
    masses={"m_t": MASS},
    chi2_toys=[2.5, None, 3.5, 1.0],
    ndf=3,
    chi2_mean=Estimate(2.3, 0.7),
    good=False,
    timing_s={},
)


def texts(figure: object) -> list[str]:
    return [text.get_text() for text in figure.texts]  # type: ignore[attr-defined]


def test_goodness_of_fit_with_failures() -> None:
    summary = goodness_of_fit_summary(GOODNESS)
    assert "*** the fits of 1 of 4 toys failed and are left out" in summary
    assert "p = 0.0000 +- 0.1250 (4 frequentist toys, seed 7)" in summary
    assert "p = 1.1e-08 (chi2 distribution)" in summary
    assert max(len(line) for line in summary.splitlines()) <= 100
    failed = replace(GOODNESS, status=replace(STATUS, good=False, migrad=3), toys_unconverged=4, p_value_toys=None)
    assert "*** FIT FAILED (migrad 3): do not use these numbers ***" in goodness_of_fit_summary(failed)
    assert "p = n/a (4 frequentist toys" in goodness_of_fit_summary(failed)


def test_goodness_of_fit_without_toys() -> None:
    nothing = dict.fromkeys(
        ("toys", "seed", "chi2_toys", "p_value_toys", "p_value_toys_error", "toys_unconverged", "toys_frequentist")
    )
    plain = replace(GOODNESS, good=True, **nothing)
    assert "toys" not in goodness_of_fit_summary(plain)
    assert goodness_of_fit_figures(plain) == {}


def test_goodness_of_fit_figure_holds_the_value_observed() -> None:
    figure = goodness_of_fit_figures(GOODNESS)["goodness_of_fit"]
    axes = figure.axes[0]
    assert axes.get_xlim()[0] == 0.0
    assert axes.get_xlim()[1] > GOODNESS.chi2
    assert any("1 of 4 toys failed" in text for text in texts(figure))
    # all toys are failed ones: still a figure
    assert goodness_of_fit_figures(replace(GOODNESS, chi2_toys=[None] * 4))


def test_toy_fits() -> None:
    summary = toy_fits_summary(FITS)
    assert "*** the fits of 1 of 4 toys failed" in summary
    assert "4 toys with nuisances drawn from their priors, from toys.root" in summary
    assert "width       1.000 +- 0.300 GeV, mean HESSE error 1.100" in summary
    figures = toy_fits_figures(FITS)
    assert set(figures) == {"m_t", "pull_m_t"}
    few = replace(FITS, masses={"m_t": replace(MASS, width=Estimate(None, None))})
    assert toy_fits_figures(few) == {}
    assert "width       n/a +- n/a" in toy_fits_summary(few)


def test_generated() -> None:
    result = GeneratedToys(
        schema="ttjroofit/toys/1",
        card="example",
        version="0",
        measurements=["A"],
        scenario=None,
        pulls="published",
        quality=["made up"],
        toys=5,
        seed=1,
        frequentist=True,
        truth={"m_t": 172.5, "norm_A": 400.0},
        observables=12,
        file="toys.root",
        timing_s={},
    )
    assert "5 frequentist toys, seed 1\n12 observables each, in toys.root\ntruth: m_t = 172.50\n" in generated_summary(
        result
    )


def test_tension_with_a_fit_that_failed() -> None:
    every = MassEstimate(172.0, 1.0, 10.0, 8)
    good = MeasurementTension(
        "A", 4, -0.2, 3.0, every, every, MassShift(0.1, 0.2, 0.5), MassShift(-0.3, 1.5, -0.2), 4.0, 3, 0.26
    )
    bad = MeasurementTension("a_measurement_with_a_long_name", 5, 9.0, 9.5, every, *(None,) * 6)
    lines = tension_lines(Tension(every, [good, bad], 0.7, 0.5))
    assert max(len(line) for line in lines) <= 100
    assert any("n/a" in line and "a_measur" in line for line in lines)
    assert any("chi2/ndf = 4.00/3, p = 0.26" in line for line in lines)
    assert any(line.split() == ["combination", "0.50"] for line in lines)


@pytest.mark.parametrize("hole", [0, 1])
def test_tension_figure_with_holes(hole: int) -> None:
    points = np.array([[172.0, 1.0], [173.0, 1.5]])
    points[hole] = np.nan
    rows = TensionRows(["A", "B"], (172.2, 0.8), points, points, ["x", "not fitted"], "GeV")
    figure = tension_figure(rows, Heading("t"))
    assert [text.get_text() for text in figure.axes[0].texts] == ["x", "not fitted"]
