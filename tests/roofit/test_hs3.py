"""Models as HS3: what is written, what ROOT makes of it again, and what it cannot stream."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from built import Built
from exported import Engine, extracted, minimise_plainly
from nonlinear import curved_parts
from synthetic import TIES, three_parts
from ttjroofit.errors import InputError, ModelError
from ttjroofit.roofit import hs3
from ttjroofit.roofit.extract import ExtractedModel, extract_model, names_of
from ttjroofit.roofit.hs3 import check_streamable, read_hs3, write_hs3
from ttjroofit.roofit.owner import constant_name
from ttjroofit.roofit.session import quiet


@pytest.fixture
def tied(tmp_path: Path) -> ExtractedModel:
    """The full model of a small card."""
    lines = [f"correlation b {a} {b} {rho}" for a, b, rho in TIES["profiled with external"]]
    return extracted(three_parts(tmp_path).combine(*lines), "full")


def round_trip(model: ExtractedModel, folder: Path) -> Any:
    write_hs3(model, str(folder / "workspace.json"))
    return read_hs3(folder / "workspace.json")


def fit(workspace: Any, engine: Engine) -> tuple[float, float]:
    """Mass and its error; the pdf knows its global observables by itself."""
    with quiet() as ROOT:
        # without the constant of the logarithm HESSE takes smaller steps and is more accurate
        options = ROOT.RooFit.EvalBackend("legacy"), ROOT.RooFit.Offset("initial")
        found = minimise_plainly(workspace.pdf(engine).createNLL(workspace.data("data_obs"), *options))
    assert found.status == 0
    return found.values["m_t"], found.errors["m_t"]


def test_round_trip_of_the_real_reduced_model(three: Built, tmp_path: Path) -> None:
    model = extract_model(three.workspace, "reduced")
    read = round_trip(model, tmp_path)
    # both start before the fit: HESSE scatters by 1e-5 with the way that MIGRAD took
    assert fit(read, "reduced") == pytest.approx(fit(model.workspace, "reduced"), rel=1e-6)


@pytest.mark.parametrize("ties", TIES)
def test_round_trip_of_a_full_model(tmp_path: Path, ties: str) -> None:
    lines = [f"correlation b {a} {b} {rho}" for a, b, rho in TIES[ties]]
    model = extracted(three_parts(tmp_path).combine(*lines), "full")
    read = round_trip(model, tmp_path)
    assert fit(read, "full") == pytest.approx(fit(model.workspace, "full"), rel=1e-6)


@pytest.mark.parametrize("engine", ["reduced", "full"])
def test_round_trip_of_responses_that_are_not_linear(tmp_path: Path, engine: Engine) -> None:
    """Kinks, exponentials and products: formulas with ``abs`` and ``?:``."""
    model = extracted(curved_parts(tmp_path).combine(), engine)
    read = round_trip(model, tmp_path)
    formulas = [item for item in model.workspace.components() if str(item.GetName()).startswith("expected_")]
    assert any("?" in str(item.expression()) for item in formulas if item.ClassName() == "RooFormulaVar")
    for source in ("A_s0", "B_s0", "B_s1", "B_s2"):
        for value in (-1.7, -0.3, 0.6, 2.5):
            for workspace in (model.workspace, read):
                workspace.var(source).setVal(value)
            for item in formulas:
                found = read.function(item.GetName()) or read.pdf(item.GetName())
                assert found.getVal() == pytest.approx(item.getVal(), rel=1e-14)
        for workspace in (model.workspace, read):
            workspace.var(source).setVal(0.0)


def test_what_is_in_the_file(tied: ExtractedModel, tmp_path: Path) -> None:
    write_hs3(tied, str(tmp_path / "workspace.json"))
    document = json.loads((tmp_path / "workspace.json").read_text())
    assert document["metadata"]["hs3_version"]
    kinds = {entry["type"] for entry in document["distributions"]}
    assert kinds == {"product_dist", "multivariate_normal_dist", "gaussian_dist"}
    kinds = {entry["type"] for entry in document["functions"]}
    # not ROOT's weighted_sum, which the standard does not have
    assert kinds == {"generic_function", "sum"}
    (analysis,), (likelihood,) = document["analyses"], document["likelihoods"]
    (init,) = [point for point in document["parameter_points"] if point["name"] == analysis["init"]]
    assert analysis["likelihood"] == likelihood["name"]
    assert analysis["parameters_of_interest"] == ["m_t"]
    assert (likelihood["distributions"], likelihood["data"]) == (["full"], ["data_obs"])
    (domain,) = [domain for domain in document["domains"] if [domain["name"]] == analysis["domains"]]
    floating = {point["name"] for point in init["parameters"] if not point.get("const", False)}
    # the masses used to be left out: the standard wants all that floats to be in the domain of the analysis
    assert floating - set(tied.observables) <= {axis["name"] for axis in domain["axes"]}
    assert "m_t" in floating
    points = {point["name"] for point in document["parameter_points"]}
    assert {"default_values", "prefit", "scale_2_1", "scale_0p5_1"} <= points


def test_all_digits_are_kept(tied: ExtractedModel, tmp_path: Path) -> None:
    """Six digits would move a mass: numbers stand with 17, and those that agree in six stay apart."""
    read = round_trip(tied, tmp_path)
    for item in tied.workspace.components():
        if item.ClassName() in ("RooConstVar", "RooRealVar"):
            found = read.arg(item.GetName())
            assert found.getVal() == item.getVal(), item.GetName()


def test_what_root_makes_of_the_analysis(tied: ExtractedModel, tmp_path: Path) -> None:
    read = round_trip(tied, tmp_path)
    config = read.obj("ModelConfig")
    assert config.GetPdf().GetName() == "full"
    assert names_of(config.GetParametersOfInterest()) == ("m_t",)
    assert set(names_of(config.GetObservables())) == set(tied.observables)
    assert set(names_of(config.GetNuisanceParameters())) == set(tied.nuisances)
    listed = set(names_of(config.GetGlobalObservables()))
    # ROOT takes no constant for a global observable on which the cross sections depend
    profiled = {"A_p0_In", "A_p1_In", "A_p2_In", "C_p0_In", "C_p1_In"}
    assert listed == set(tied.global_observables) - profiled


def test_snapshots_and_attributes_survive(tied: ExtractedModel, tmp_path: Path) -> None:
    read = round_trip(tied, tmp_path)
    name = "predicted_A_bin0"
    assert read.function(name).getVal() == pytest.approx(tied.workspace.function(name).getVal(), rel=1e-14)
    for workspace, snapshot in ((read, "scale_0p5_1"), (tied.workspace, "scale_0.5_1")):
        assert workspace.loadSnapshot(snapshot)
    assert read.function(name).getVal() == pytest.approx(tied.workspace.function(name).getVal(), rel=1e-14)
    tag = str(read.pdf("full").getStringAttribute("DefaultGlobalObservablesTag"))
    assert all(read.var(item).getAttribute(tag) and read.var(item).isConstant() for item in tied.global_observables)


def test_a_class_that_root_cannot_stream(tmp_path: Path) -> None:
    """ROOT 6.40 writes an entry with nothing in it, and says it went well."""
    model = extracted(curved_parts(tmp_path).combine("B_s4 errorOnError 0.5"), "reduced")
    said = "ROOT cannot stream the class RooStudentT of B_s4_Pdf as HS3; .*errorOnError"
    with pytest.raises(ModelError, match=said):
        write_hs3(model, str(tmp_path / "workspace.json"))
    assert not (tmp_path / "workspace.json").exists()


def test_a_name_that_hs3_does_not_take(tied: ExtractedModel) -> None:
    tied.workspace.var("B_s1").SetName("B-s1")
    with pytest.raises(ModelError, match="letters, digits and _ in names, but not B-s1"):
        check_streamable(tied)


def test_another_likelihood_is_not_written(
    tied: ExtractedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = hs3._read

    def spoilt(text: str, name: str) -> Any:
        return real(text.replace('"type": "sum"', '"type": "product"', 1).replace("summands", "factors", 1), name)

    monkeypatch.setattr(hs3, "_read", spoilt)
    with pytest.raises(ModelError, match=r"another likelihood: -ln L = .* instead of"):
        write_hs3(tied, str(tmp_path / "workspace.json"))
    assert not (tmp_path / "workspace.json").exists()


@pytest.mark.parametrize("text", ["{", "[]", '{"distributions": [{"name": "x"}]}', '{"metadata": {}}'])
def test_a_file_that_is_no_hs3(tmp_path: Path, text: str) -> None:
    path = tmp_path / "workspace.json"
    path.write_text(text)
    with pytest.raises(ModelError, match=f"{path.name}: ROOT cannot read this as HS3"):
        read_hs3(path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_hs3(tmp_path / "workspace.json")


@pytest.mark.parametrize(
    ("value", "name"),
    [(1.0, "constant_1p0"), (-1.5, "constant_m1p5"), (1e22, "constant_1e22"), (-2.5e-07, "constant_m2p5em07")],
)
def test_names_of_constants_are_identifiers(value: float, name: str) -> None:
    assert constant_name(value) == name
    assert name.isidentifier()
