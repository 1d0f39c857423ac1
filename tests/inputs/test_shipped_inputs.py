"""The shipped files against figures published with the measurements, and against their own Monte Carlo counts."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.inputs.measurement_file import read_measurement
from ttjroofit.inputs.prediction import Prediction
from ttjroofit.inputs.prediction_file import read_prediction
from ttjroofit.inputs.yaml_file import load_yaml

STEMS = {"CMS_13TeV": "cms_13tev_dilepton", "ATLAS_8TeV": "atlas_8tev_ljets", "ATLAS_13TeV": "atlas_13tev_dilepton"}


@pytest.fixture(scope="module")
def measurements(shipped: Path) -> dict[str, Measurement]:
    return {name: read_measurement(shipped / f"{stem}.yaml") for name, stem in STEMS.items()}


@pytest.fixture(scope="module")
def predictions(shipped: Path) -> dict[str, Prediction]:
    return {name: read_prediction(shipped / "theory" / f"{name}_lo_ps.yaml") for name in STEMS}


def bin_covariances(measurement: Measurement) -> tuple[FloatArray, FloatArray]:
    """Covariance of the bins from the fit or the statistics, and from the sources."""
    n_bins = len(measurement.bins)
    return measurement.covariance[:n_bins, :n_bins], measurement.shifts @ measurement.shifts.T


def test_size_of_the_combination(measurements: dict[str, Measurement]) -> None:
    assert {name: (len(m.bins), len(m.profiled), len(m.sources)) for name, m in measurements.items()} == {
        "CMS_13TeV": (4, 234, 114),
        "ATLAS_8TeV": (8, 0, 123),
        "ATLAS_13TeV": (7, 0, 143),
    }
    names = [name for measurement in measurements.values() for name in measurement.nuisances]
    assert len(set(names)) == len(names) == 614


def test_cms_fit_covariance_is_the_published_table(measurements: dict[str, Measurement]) -> None:
    fit, _ = bin_covariances(measurements["CMS_13TeV"])
    # sigmas have 7 digits, correlations 6 decimals: 1e-6 relative
    assert fit[np.tril_indices(2)] == pytest.approx([31.874923, 92.993924, 478.567193], rel=1e-6)


def test_cms_extrapolation_is_the_published_table(measurements: dict[str, Measurement]) -> None:
    _, extrapolation = bin_covariances(measurements["CMS_13TeV"])
    # the table has 6 decimals
    assert extrapolation[np.tril_indices(2)] == pytest.approx([118.012462, 204.265077, 442.231882], abs=6e-7)


def test_cms_sum_of_the_published_tables(measurements: dict[str, Measurement]) -> None:
    fit, extrapolation = bin_covariances(measurements["CMS_13TeV"])
    # 6 digits: rounding of the sigmas and correlations of the fit
    assert np.diag(fit + extrapolation)[[0, -1]] == pytest.approx([149.887385, 78.234192], rel=1e-6)


@pytest.mark.parametrize(
    ("name", "errors", "rounding"),
    [
        ("CMS_13TeV", [12.2429, 30.3447, 25.9544, 8.845], 5.1e-5),
        ("ATLAS_8TeV", [122.37, 160.40, 226.89, 192.82, 266.20, 105.36, 82.90, 44.30], 5.1e-3),
        ("ATLAS_13TeV", [94.21, 131.41, 134.15, 144.51, 141.29, 104.37, 68.75], 5.1e-3),
    ],
)
def test_total_errors(measurements: dict[str, Measurement], name: str, errors: list[float], rounding: float) -> None:
    statistical, systematic = bin_covariances(measurements[name])
    assert np.sqrt(np.diag(statistical + systematic)) == pytest.approx(errors, abs=rounding)


def test_total_cross_sections(measurements: dict[str, Measurement]) -> None:
    cms, atlas = measurements["CMS_13TeV"], measurements["ATLAS_8TeV"]
    assert cms.per_unit
    assert cms.total == pytest.approx(331, abs=0.5)  # the integral as published, in pb
    assert not atlas.per_unit
    assert atlas.total == pytest.approx(atlas.values.sum(), rel=1e-15)


def test_parameters_with_a_story(measurements: dict[str, Measurement], shipped: Path) -> None:
    cms = measurements["CMS_13TeV"]
    assert cms.without_prior == {"CMS_modelling_ttbar_mass"}
    value = dict(zip(cms.profiled, cms.profiled_values, strict=True))
    assert (value["CMS_modelling_ttbar_mass"], value["CMS_norm_tt0jet"]) == (-0.6, -0.045)
    text = (shipped / "cms_13tev_dilepton.yaml").read_text(encoding="utf-8")
    assert text.count("note:") == 2


def test_groups_are_shared_and_few(measurements: dict[str, Measurement]) -> None:
    groups = {group for measurement in measurements.values() for group in measurement.groups}
    assert len(groups) <= 25
    assert "other" not in groups
    for measurement in measurements.values():
        members = [name for names in measurement.groups.values() for name in names]
        assert sorted(members) == sorted(measurement.nuisances)
    cms = measurements["CMS_13TeV"].groups
    assert len(cms["extrapolation"]) == 114
    assert cms["scale_b"] == ("CMS_scale_j_flavorBottom",)
    assert "ATLAS_13TeV_eff_m_TriggerSYST" in measurements["ATLAS_13TeV"].groups["trigger"]


def test_every_group_is_documented(measurements: dict[str, Measurement], shipped: Path) -> None:
    docs = (shipped.parent / "docs" / "inputs.md").read_text(encoding="utf-8")
    assert [g for m in measurements.values() for g in m.groups if f"`{g}`" not in docs] == []


@pytest.mark.parametrize("name", STEMS)
def test_fractions_follow_from_the_counts(predictions: dict[str, Prediction], shipped: Path, name: str) -> None:
    prediction = predictions[name]
    samples = load_yaml(shipped / "theory" / "counts" / f"{name}.yaml").data["samples"].values()
    first = np.rint(prediction.edges / 0.005).astype(int)[:-1]
    for mass, fractions, sigma in zip(prediction.masses, prediction.fractions, prediction.fraction_sigma, strict=True):
        nominal = [s for s in samples if (s["mass"], s["muR"], s["muF"], s["pdf_set"]) == (mass, 1, 1, "19")]
        assert len(nominal) == 1
        counts = np.array(nominal[0]["counts"])
        share = np.add.reduceat(counts, first) / counts.sum()
        rounding = 0.5001e-7  # written with 7 decimals
        assert fractions == pytest.approx(share, abs=rounding)
        assert sigma == pytest.approx(np.sqrt(share * (1 - share) / counts.sum()), abs=rounding)


@pytest.mark.parametrize("name", STEMS)
def test_prediction_fits_its_measurement(
    measurements: dict[str, Measurement], predictions: dict[str, Prediction], name: str
) -> None:
    prediction = predictions[name]
    assert prediction.measurement == name
    assert np.array_equal(prediction.edges, measurements[name].edges)
    assert set(prediction.scales) == {(0.5, 0.5), (0.5, 1), (1, 0.5), (1, 2), (2, 1), (2, 2)}
    assert prediction.pdf_names == ("pdf_NNPDF23_nlo", "pdf_MSTW2008_nlo", "pdf_CTEQ66", "pdf_NNPDF31sx_nlonllx")
    assert prediction.tnp_names == ("tnp_1", "tnp_2", "tnp_3")
    assert "not for physics results" in prediction.quality


def test_reading_is_fast(shipped: Path) -> None:
    start = time.process_time()
    for name, stem in STEMS.items():
        read_measurement(shipped / f"{stem}.yaml")
        read_prediction(shipped / "theory" / f"{name}_lo_ps.yaml")
    assert time.process_time() - start < 0.5  # about 0.1 s on a laptop
