"""Everything frozen but masses and normalisations: an independent fit to the statistical covariance alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.fit import FitOptions, fit_masses
from ttjroofit.card import read_card
from ttjroofit.inputs.measurement_file import read_measurement
from ttjroofit.inputs.prediction_file import read_prediction
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.options import ModelOptions
from ttjroofit.results.fit import FitResult
from twin import shares

ROOT = Path(__file__).parents[2]


def fit(**options: object) -> FitResult:
    combination = load_combination(read_card(ROOT / "cards" / "atlas8.txt"), ModelOptions(**options))  # type: ignore[arg-type]
    return fit_masses(combination, FitOptions(), Clock()).result


def numpy_fit(with_systematics: bool) -> tuple[float, float, float]:
    """Mass, its error from the change of chi2 by 1 in the curvature, and chi2."""
    measurement = read_measurement(ROOT / "inputs" / "atlas_8tev_ljets.yaml")
    prediction = read_prediction(ROOT / "inputs" / "theory" / "ATLAS_8TeV_lo_ps.yaml")
    covariance = measurement.covariance + (measurement.shifts @ measurement.shifts.T if with_systematics else 0.0)
    weight = np.linalg.inv(covariance)

    def chi2(mass: float) -> float:
        """Minimum over the normalisation, which is linear."""
        share = shares(prediction, mass, {})
        norm = (share @ weight @ measurement.values) / (share @ weight @ share)
        residual = measurement.values - norm * share
        return float(residual @ weight @ residual)

    best = minimize(lambda mass: chi2(mass[0]), [172.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-12})
    mass, step = float(best.x[0]), 0.01
    curvature = (chi2(mass + step) - 2.0 * chi2(mass) + chi2(mass - step)) / step**2
    return mass, float(np.sqrt(2.0 / curvature)), float(best.fun)


@pytest.mark.parametrize(
    ("with_systematics", "options"),
    [
        (False, {"freeze_parameters": ("allConstrainedNuisances",)}),
        (True, {"freeze_groups": ("theory_pdf", "theory_tnp", "interpolation")}),
    ],
    ids=["statistical", "statistical and systematic"],
)
def test_frozen_fits_are_those_of_a_covariance(with_systematics: bool, options: dict[str, object]) -> None:
    result = fit(**options)
    mass, error, chi2 = numpy_fit(with_systematics)
    assert result.parameters["m_t"].value == pytest.approx(mass, abs=1e-5)
    # step of 0.01 GeV in a second derivative, and Minuit's own to 1e-4
    assert result.parameters["m_t"].hesse == pytest.approx(error, rel=5e-4)
    assert result.goodness_of_fit.chi2 == pytest.approx(chi2, abs=1e-7)


def test_systematics_move_the_mass_by_weighting_the_bins_anew() -> None:
    """The study of the talk (171.1 against 172.1 with its prediction), which is in docs/compatibility.md with ours."""
    statistical, everything = numpy_fit(False), numpy_fit(True)
    assert abs(statistical[0] - everything[0]) > statistical[1]
