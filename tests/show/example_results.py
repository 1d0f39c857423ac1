"""Fit results made up for the tests of figures and summaries; no fit stands behind the numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ttjroofit.results.fit import (
    SCHEMA,
    Breakdown,
    CorrelationMatrix,
    Envelope,
    FitResult,
    FitStatus,
    GoodnessOfFit,
    Interval,
    NuisanceResult,
    ParameterResult,
    PriorRepair,
    RepairedCorrelation,
    ScaleUncertainty,
    SpectrumResult,
)

QUALITY = "LO + parton shower (Pythia 8.317.2): a stand-in for NLO predictions, not for physics results"
MEASUREMENTS = ("CMS_13TeV", "ATLAS_8TeV", "ATLAS_13TeV")

# Group to number of nuisances in each measurement, about as in the real inputs.
GROUPS = {
    "modelling_ttbar": 24,
    "scale_j": 60,
    "res_j": 24,
    "eff_b": 44,
    "extrapolation": 6,
    "pdf": 14,
    "eff_j": 4,
    "scale_e": 3,
    "scale_m": 4,
    "eff_e": 4,
    "eff_m": 6,
    "met": 3,
    "pileup": 1,
    "lumi": 2,
    "trigger": 2,
    "fake_j": 1,
    "norm": 3,
}
TAILS = ("EtaIntercalibrationNonClosure2018data", "ShowerHadronization", "bfragPythiaDefault", "ColorReconnection")


def fit_result(measurements: Sequence[str] = MEASUREMENTS, masses: Sequence[str] = ("m_t",)) -> FitResult:
    """A good fit of the given measurements with the given masses."""
    parameters = _parameters(measurements, masses)
    return FitResult(
        schema=SCHEMA,
        card="atlas_cms",
        version="1.2.3",
        engine="reduced",
        measurements=list(measurements),
        scenario="jes_modelling" if len(measurements) > 1 else None,
        pulls="published",
        asimov=False,
        quality=[QUALITY],
        parameters=parameters,
        correlation=_correlation(list(parameters)),
        goodness_of_fit=GoodnessOfFit(chi2=14.237, ndf=6 * len(measurements) - len(masses), p_value=0.5123),
        nuisances=_nuisances(measurements, masses),
        interpolation_nuisances=[
            _nuisance(f"interpolation_{measurement}_{number}", "prediction", "interpolation", 90 + number, masses)
            for measurement in measurements
            for number in (1, 2, 3)
        ],
        spectra=[SPECTRA[measurement] for measurement in measurements],
        prior_repair=_repair() if len(measurements) > 1 else None,
        status=FitStatus(True, "Minuit2/migrad", 1, 1, 0, 0, 0, 3, 1.234e-6, 312),
        timing_s={"read": 0.61, "model": 0.22, "workspace": 0.84, "fit": 0.031, "total": 4.87},
    )


def failed_result() -> FitResult:
    """A fit of an Asimov data set that did not converge, and has no errors to show for it."""
    good = fit_result()
    mass = good.parameters["m_t"]
    scale = replace(_scale(0.0), converged=False)
    failed = replace(mass, hesse=math.nan, minos=Interval(lo=None, hi=0.98), breakdown=None, scale=scale)
    return replace(
        good,
        asimov=True,
        parameters={**good.parameters, "m_t": failed},
        goodness_of_fit=GoodnessOfFit(chi2=math.nan, ndf=15, p_value=math.nan),
        spectra=[replace(good.spectra[0], theory_sigma=[math.nan] * 4), *good.spectra[1:]],
        status=FitStatus(False, "Minuit2/migrad", 2, 3, 4, 302, None, 1, 0.0321, 2961),
    )


def long_named_result() -> FitResult:
    """Names and quality lines longer than the space there is."""
    good = fit_result(masses=("m_t_of_the_first_experiment_in_the_list", "m_t_of_all_others"))
    long = "with_a_name_that_goes_on_and_on_until_it_does_not_fit_into_any_column_of_the_summary"
    parts = good.parameters["m_t_of_all_others"].breakdown
    assert parts is not None
    other = replace(
        good.parameters["m_t_of_all_others"],
        breakdown=replace(parts, groups={**parts.groups, f"group_{long}": 0.777}),
    )
    return replace(
        good,
        card=f"card_{long}",
        quality=[QUALITY + "; " + QUALITY, "NNLO in $alpha_s$ for one of the measurements"],
        parameters={**good.parameters, "m_t_of_all_others": other},
        nuisances=[replace(item, name=f"{item.name}_{long}") for item in good.nuisances],
        prior_repair=PriorRepair(
            "nearest", None, -0.06123, 1e-8, [RepairedCorrelation((f"a_{long}", f"b_{long}"), 0.5, 0.4471)]
        ),
    )


def _wave(number: float, size: float = 1.0) -> float:
    """A number in [-size, size] that looks random and is the same everywhere."""
    return size * math.sin(12.9898 * number + 0.37 * number * number)


def _parameters(measurements: Sequence[str], masses: Sequence[str]) -> dict[str, ParameterResult]:
    parameters = {name: _mass(171.487 + 0.41 * number, number, measurements) for number, name in enumerate(masses)}
    for number, measurement in enumerate(measurements):
        norm = 262.1 + 31.7 * number
        parameters[f"norm_{measurement}"] = ParameterResult(
            "norm", norm, SPECTRA[measurement].unit, 5.3, None, None, None
        )
    for number, name in enumerate(("pdf_NNPDF23_nlo", "pdf_MSTW2008_nlo", "pdf_CTEQ66", "pdf_NNPDF31sx_nlonllx")):
        parameters[name] = ParameterResult("pdf", _wave(number, 0.5), "", 0.97, None, None, None)
    for number in (1, 2, 3):
        parameters[f"tnp_{number}"] = ParameterResult("tnp", _wave(number, 1.4), "", 0.31 * number, None, None, None)
    return parameters


def _mass(value: float, number: int, measurements: Sequence[str]) -> ParameterResult:
    groups = {name: 0.43 / (1 + place) for place, name in enumerate(GROUPS)}
    groups.update({name: 0.5 + 0.1 * place for place, name in enumerate(measurements)})
    groups.update({"theory_pdf": 0.23, "theory_tnp": 0.70, "interpolation": 0.22})
    ordinary = {name: 1.1 * sigma for name, sigma in groups.items()}
    shared = {name: 0.8 * sigma for name, sigma in groups.items()}
    breakdown = Breakdown(
        total=0.99,
        exp=0.65 + 0.1 * number,
        stat=0.35,
        syst=0.55,
        pdf=0.23,
        tnp=0.70,
        theory=0.74,
        interpolation=0.22,
        groups=groups,
        groups_ordinary=ordinary,
        groups_global=shared,
        data=0.41,
        estimator=1.01,
    )
    return ParameterResult("mass", value, "GeV", 0.991, Interval(-1.0, 0.98), breakdown, _scale(number))


def _scale(number: float) -> ScaleUncertainty:
    correlated, uncorrelated = Envelope(0.18 + 0.05 * number, -0.19), Envelope(0.14, -0.18)
    return ScaleUncertainty(correlated, uncorrelated, {"0.5_0.5": 0.18, "2_2": -0.19}, True)


def _correlation(names: list[str]) -> CorrelationMatrix:
    vectors = np.array([[_wave(7 * row + column) for column in range(5)] for row in range(len(names))])
    covariance = vectors @ vectors.T + np.eye(len(names))
    sigma = np.sqrt(np.diag(covariance))
    return CorrelationMatrix(names, (covariance / np.outer(sigma, sigma)).tolist())


def _nuisances(measurements: Sequence[str], masses: Sequence[str]) -> list[NuisanceResult]:
    rows: list[NuisanceResult] = []
    for first, measurement in enumerate(measurements):
        for group, count in GROUPS.items():
            for number in range(count):
                tail = TAILS[number] if number < len(TAILS) else f"source{number:02d}"
                name = f"{measurement}_{group}_{tail}"
                rows.append(_nuisance(name, measurement, group, 1000 * first + len(rows), masses))
    return rows


def _nuisance(name: str, measurement: str, group: str, seed: int, masses: Sequence[str]) -> NuisanceResult:
    profiled = measurement == "CMS_13TeV"
    prefit = _wave(seed + 0.3, 1.1) if profiled else 0.0
    return NuisanceResult(
        name=name,
        measurement=measurement,
        prefit=prefit,
        value=prefit + _wave(seed + 0.7) ** 3 * 0.9,
        constraint=0.0 if seed % 97 == 0 else 1.02 - 0.6 * _wave(seed + 0.1) ** 8,
        impact={mass: _wave(seed + place) ** 15 * 0.3 for place, mass in enumerate(masses)},
        global_impact={mass: _wave(seed + place) ** 15 * 0.2 for place, mass in enumerate(masses)},
        groups=[group, measurement],
    )


def _repair() -> PriorRepair:
    changes = [
        RepairedCorrelation(
            ("CMS_scale_j_absoluteMPFBias", f"ATLAS_{energy}TeV_scale_j_EtaIntercalibrationSource{number:02d}"),
            0.5 + 0.01 * number,
            0.83 * (0.5 + 0.01 * number),
        )
        for number in range(15, 0, -1)
        for energy in (8, 13)
    ]
    return PriorRepair("shrink", 0.8301, -0.0612, 1.0e-8, changes)


def _spectrum(
    name: str,
    channel: str,
    unit: str,
    edges: Sequence[float],
    observed: Sequence[float],
    *,
    move: float,
    chi2: float,
) -> SpectrumResult:
    experiment, energy = name.split("_")
    values = np.array(observed)
    wiggle = np.array([_wave(number + len(edges)) for number in range(len(values))])
    jet = "30 GeV, |eta| < 2.4" if experiment == "CMS" else "50 GeV, |eta| < 2.5"
    return SpectrumResult(
        measurement=name,
        experiment=experiment,
        energy_TeV=float(energy.removesuffix("TeV")),
        channel=channel,
        observable=f"rho = 340 GeV / m(ttbar+jet), parton level, additional jet pT > {jet}",
        unit=unit,
        per_unit=unit == "pb",
        edges=list(edges),
        observed=values.tolist(),
        combined=(values * (1 + move * wiggle)).tolist(),
        sigma=(0.05 * values + 0.01 * values.max()).tolist(),
        stat_sigma=(0.02 * values + 0.004 * values.max()).tolist(),
        predicted=(values * (1 + 0.05 * wiggle[::-1])).tolist(),
        theory_sigma=(0.03 * values).tolist(),
        interpolation_chi2=chi2,
        interpolation_ndf=6,
    )


SPECTRA: Mapping[str, SpectrumResult] = {
    "CMS_13TeV": _spectrum(
        "CMS_13TeV", "dilepton", "pb", (0, 0.3, 0.45, 0.7, 1), (101.2, 489.1, 590.3, 121.5), move=0.03, chi2=5.13
    ),
    "ATLAS_8TeV": _spectrum(
        "ATLAS_8TeV",
        "lepton+jets",
        "fb",
        (0, 0.25, 0.325, 0.425, 0.525, 0.675, 0.725, 0.775, 1),
        (748.7, 1988.2, 4850.8, 5793.8, 7780.2, 1441.1, 723.5, 248.5),
        move=0.0,
        chi2=13.7,
    ),
    "ATLAS_13TeV": _spectrum(
        "ATLAS_13TeV",
        "dilepton",
        "fb",
        (0, 0.25, 0.4, 0.5, 0.6, 0.7, 0.8, 1),
        (1049.0, 3388.0, 3850.0, 4493.0, 3780.0, 1441.0, 223.5),
        move=0.02,
        chi2=6.2,
    ),
}

STATES = {
    "good": fit_result,
    "one_measurement": lambda: fit_result(["CMS_13TeV"]),
    "several_masses": lambda: fit_result(masses=("m_t_CMS_13TeV", "m_t_ATLAS_8TeV", "m_t_ATLAS_13TeV")),
    "failed": failed_result,
    "long_names": long_named_result,
}
"""Name of a golden file to the result it is about."""
