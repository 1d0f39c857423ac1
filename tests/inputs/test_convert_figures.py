"""The converter copies digits as they are written; its inputs here are invented."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ttjroofit.inputs.measurement_file import read_measurement
from ttjroofit.inputs.prediction_file import read_prediction
from ttjroofit.inputs.yaml_file import load_yaml

COMMON = """
"experiment": "%s", "sqrt_s_TeV": 13, "year": "2016", "channel": "dilepton", "source": "invented: %s", "kind": "toy",
"observable": "rho", "edges": [0, 0.50, 1.0], "quantity": "%s", "bins": ["%s_a", "%s_b"], "values": [1.50, 2.0e1],
"""
THEORY = """
{"quality": "toy: no physics", "sqrt_s_TeV": 13, "edges": [0, 0.50, 1.0], "masses": [170.0, 175.0],
 "fractions": [[0.40, 0.60], [0.50, 0.50]], "fraction_sigma": [[1e-3, 1e-3], [1e-3, 1e-3]],
 "cross_section_pb": [10.0, 9.0], "nominal_mass": 170.0, "scale": {"0.5_1": [1.10, 0.90]},
 "pdf_names": ["CT0"], "pdf_shifts": [[0.010, -0.010]], "tnp_names": ["tnp_1"], "tnp_shifts": [[-5e-02, 5e-02]]}
"""


def common(name: str, quantity: str) -> str:
    return f'"measurement": "{name}", ' + COMMON % (name.partition("_")[0], name, quantity, name, name)


def external(name: str) -> str:
    return f'"externalised": {{"note": "a note", "names": ["{name}"], "shifts": [[0.10], [-7e-05]]}}'


@pytest.fixture
def figures(tmp_path: Path) -> Path:
    folder = tmp_path / "figures"
    folder.mkdir()
    statistical = '"unit": "fb", "stat_sigma": [0.10, 1.0], "stat_correlation": [[1.0], [0.250, 1.0]], '
    for stem, name in (("atlas_8tev_ljets", "ATLAS_8TeV"), ("atlas_13tev_dilepton", "ATLAS_13TeV")):
        text = common(name, "cross section per bin") + statistical + external(f"{name}_scale_j_x")
        (folder / f"{stem}.json").write_text(f"{{{text}}}", encoding="utf-8")
    fit = (
        '"unit": "pb (so they say)", "nuisances": ["CMS_modelling_ttbar_mass", "CMS_norm_tt0jet"], '
        '"nuisance_values": [-0.60, 0.10], "nuisance_values_note": "two stories", "sigma": [0.1, 1.0, 0.50, 0.90], '
        '"correlation_order": "bins first", '
        '"correlation": [[1.0], [0.2, 1.0], [0.0, 0.10, 1.0], [0.0, -1e-06, 0.3, 1.0]],'
    )
    text = common("CMS_13TeV", "per unit of rho") + fit + external("CMS_extrapolation_x")
    (folder / "cms_13tev_dilepton.json").write_text(f"{{{text}}}", encoding="utf-8")
    (folder / "theory.json").write_text(f'{{"CMS_13TeV": {THEORY}}}', encoding="utf-8")
    counts = {"CMS_13TeV": {"m_13_172.5": {"mass": 172.5, "pdf_set": "19", "counts": list(range(45))}}}
    (folder / "theory_counts.json").write_text(json.dumps(counts), encoding="utf-8")
    return folder


@pytest.fixture
def convert(shipped: Path) -> Callable[[Path, Path], list[Path]]:
    function: Callable[[Path, Path], list[Path]] = runpy.run_path(str(shipped / "convert_figures.py"))["convert"]
    return function


def test_measurements(figures: Path, tmp_path: Path, convert: Callable[[Path, Path], list[Path]]) -> None:
    convert(figures, tmp_path)
    atlas = read_measurement(tmp_path / "atlas_8tev_ljets.yaml")
    assert (atlas.unit, atlas.per_unit, atlas.groups) == ("fb", False, {"scale_j": ("ATLAS_8TeV_scale_j_x",)})
    assert np.array_equal(atlas.shifts, [[0.1], [-7e-05]])
    cms = read_measurement(tmp_path / "cms_13tev_dilepton.yaml")
    assert (cms.unit, cms.per_unit, cms.without_prior) == ("pb", True, frozenset({"CMS_modelling_ttbar_mass"}))
    assert np.array_equal(cms.profiled_values, [-0.6, 0.1])
    assert cms.covariance[3, 1] == -1e-06 * (0.9 * 1.0)


def test_digits_and_notes_are_kept(figures: Path, tmp_path: Path, convert: Callable[[Path, Path], list[Path]]) -> None:
    convert(figures, tmp_path)
    text = (tmp_path / "cms_13tev_dilepton.yaml").read_text(encoding="utf-8")
    for literal in ("[0, 0.50, 1.0]", "[1.50, 2.0e1]", "value: -0.60, sigma: 0.50", "[0.10, -7e-05]", 'year: "2016"'):
        assert literal in text
    for note in ("invented: CMS_13TeV", "pb (so they say)", "two stories", "bins first", "a note", "toy"):
        assert note in text
    assert "0.0 -1e-06 0.3 1.0\n" in (tmp_path / "cms_13tev_dilepton_correlation.txt").read_text(encoding="utf-8")


def test_theory(figures: Path, tmp_path: Path, convert: Callable[[Path, Path], list[Path]]) -> None:
    written = convert(figures, tmp_path)
    prediction = read_prediction(tmp_path / "theory" / "CMS_13TeV_lo_ps.yaml")
    assert (prediction.quality, prediction.pdf_names) == ("toy: no physics", ("pdf_CT0",))
    assert np.array_equal(prediction.tnp_shifts, [[-0.05, 0.05]])
    counts = load_yaml(tmp_path / "theory" / "counts" / "CMS_13TeV.yaml").data["samples"]
    assert counts == {"m_13_172.5": {"mass": 172.5, "pdf_set": "19", "counts": list(range(45))}}
    assert len(written) == 6


def test_a_nuisance_without_group_is_refused(
    figures: Path, tmp_path: Path, convert: Callable[[Path, Path], list[Path]]
) -> None:
    path = figures / "atlas_8tev_ljets.json"
    path.write_text(path.read_text(encoding="utf-8").replace("scale_j_x", "mystery"), encoding="utf-8")
    with pytest.raises(SystemExit, match=r"in no group: \['ATLAS_8TeV_mystery'\]"):
        convert(figures, tmp_path)


def test_shipped_files_are_small(shipped: Path) -> None:
    assert [path for path in shipped.rglob("*") if path.is_file() and path.stat().st_size > 1_000_000] == []
