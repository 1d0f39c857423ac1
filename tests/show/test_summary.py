"""The printed summary against golden texts, and what each state of a fit must say."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from example_results import QUALITY, STATES, failed_result, fit_result
from regenerate import GOLDEN

from ttjroofit.results.fit import Interval
from ttjroofit.show.summary import WIDTH, failure_text, fit_summary


@pytest.mark.parametrize("state", sorted(STATES))
def test_summary_is_the_golden_text(state: str) -> None:
    assert fit_summary(STATES[state]()) == (GOLDEN / f"{state}.txt").read_text(encoding="utf-8")


def test_every_golden_text_has_a_state() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(STATES)


@pytest.mark.parametrize("state", sorted(STATES))
def test_lines_fit_the_width_and_have_no_blanks_at_the_end(state: str) -> None:
    lines = fit_summary(STATES[state]()).splitlines()
    assert [line for line in lines if len(line) > WIDTH or line != line.rstrip()] == []


def test_mass_is_written_as_in_a_talk() -> None:
    text = fit_summary(fit_result())
    assert "m_t = 171.49 +0.98 -1.00 GeV (MINOS), +-0.99 (HESSE)" in text
    assert "m_t = 171.49 +- 0.65 (exp) +- 0.23 (PDF) +- 0.70 (TNP) +- 0.22 (interpolation) GeV" in text
    assert "scale envelope, not in the total: +0.18 -0.19 (correlated), +0.14 -0.18 (uncorrelated) GeV" in text


def test_quality_stands_between_the_title_of_the_masses_and_the_first_mass() -> None:
    text = " ".join(fit_summary(fit_result()).split())
    assert text.index("Top-quark mass") < text.index(QUALITY) < text.index("m_t = 171.49")


def test_failed_fit_is_marked_before_any_number() -> None:
    lines = fit_summary(failed_result()).splitlines()
    assert lines[3] == "*** FIT FAILED (migrad 4, hesse 302, covariance quality 1 of 3): do not use these numbers ***"
    assert not any("converged:" in line for line in lines)


def test_numbers_a_failed_fit_does_not_have_are_not_available() -> None:
    text = fit_summary(failed_result())
    assert "m_t = 171.49 +0.98 -n/a GeV (MINOS), +-n/a (HESSE)" in text
    assert "chi2/ndf = n/a/15, p = n/a" in text
    assert "nan" not in text
    assert "some refits of the scale envelope FAILED" in text


def test_failure_with_good_codes_is_that_of_the_scale_refits() -> None:
    status = replace(fit_result().status, good=False)
    assert failure_text(status) == "a refit for the scale envelope did not converge"


def test_groups_stand_by_three_definitions() -> None:
    lines = fit_summary(fit_result()).splitlines()
    kinds, measurements = (next(i for i, line in enumerate(lines) if text in line) for text in ("ordinary", "all nuis"))
    row = next(line for line in lines[kinds:measurements] if "modelling_ttbar  " in line)
    assert row.split() == ["modelling_ttbar", "0.43", "0.47", "0.34"]
    row = next(line for line in lines[measurements:] if "ATLAS_13TeV  " in line)
    assert row.split() == ["ATLAS_13TeV", "0.70", "0.77", "0.56"]


def test_groups_of_the_prediction_are_in_no_list_of_groups() -> None:
    assert "theory_tnp" not in fit_summary(fit_result())


@pytest.mark.parametrize(("chi2", "poor"), [(12.0, False), (12.1, True)])
def test_poor_interpolation_is_remarked_above_twice_ndf(chi2: float, poor: bool) -> None:
    good = fit_result(["CMS_13TeV"])
    text = fit_summary(replace(good, spectra=[replace(good.spectra[0], interpolation_chi2=chi2)]))
    assert ("poor: more than 2 ndf" in text) is poor


def test_an_interpolation_through_all_mass_points_is_not_poor() -> None:
    """This used to say "chi2/ndf = 0.0/0  poor" for the rounding in a chi2 of 0."""
    good = fit_result(["CMS_13TeV"])
    spectrum = replace(good.spectra[0], interpolation_chi2=1e-22, interpolation_ndf=0)
    lines = fit_summary(replace(good, spectra=[spectrum])).splitlines()
    assert "  interpolation in the mass, CMS_13TeV: no degrees of freedom" in lines


def test_frozen_nuisance_is_no_strong_constraint() -> None:
    good = fit_result()
    frozen = next(nuisance for nuisance in good.nuisances if nuisance.constraint == 0)
    largest = replace(frozen, value=9.0)
    text = fit_summary(replace(good, nuisances=[largest, *good.nuisances]))
    assert f"{frozen.name} " not in text


def test_largest_pull_comes_first() -> None:
    good = fit_result()
    pulled = replace(good.nuisances[5], name="pulled", value=-4.56)
    lines = fit_summary(replace(good, nuisances=[*good.nuisances, pulled])).splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("Largest pulls")) + 1
    assert lines[first].split()[0] == "pulled"
    assert "-4.56" in lines[first]


def test_masses_without_minos_errors_and_frozen_masses() -> None:
    good = fit_result()
    mass = good.parameters["m_t"]
    without = replace(good, parameters={"m_t": replace(mass, minos=None)})
    assert "m_t = 171.49 +-0.99 GeV (HESSE), MINOS not run" in fit_summary(without)
    frozen = replace(mass, hesse=0.0, minos=None, breakdown=None, scale=None)
    assert "m_t = 171.49 GeV (fixed)" in fit_summary(replace(good, parameters={"m_t": frozen}))


def test_failed_minos_on_both_sides() -> None:
    good = fit_result()
    mass = replace(good.parameters["m_t"], minos=Interval(None, None), hesse=math.inf)
    assert "m_t = 171.49 +n/a -n/a GeV (MINOS), +-n/a (HESSE)" in fit_summary(replace(good, parameters={"m_t": mass}))


def test_correlation_of_two_masses_is_that_of_the_matrix() -> None:
    result = fit_result(masses=("m_t_CMS", "m_t_ATLAS"))
    expected = f"correlation of m_t_CMS and m_t_ATLAS: {result.correlation.matrix[0][1]:.2f}"
    assert expected in fit_summary(result)


def test_asimov_data_are_named() -> None:
    assert "data          Asimov data set" in fit_summary(failed_result())
    assert "data          as published" in fit_summary(fit_result())
