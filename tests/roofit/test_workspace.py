"""What is in a workspace, and that a plain ROOT session can use its file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from built import Builder, Built
from synthetic import scaled, three_parts
from ttjroofit.card.parser import read_card
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.factors import expected_starts
from ttjroofit.model.likelihood import theory_of
from ttjroofit.model.options import ModelOptions
from ttjroofit.roofit.minimise import FitPlan
from ttjroofit.roofit.owner import GLOBAL_TAG, Owner
from ttjroofit.roofit.session import quiet
from ttjroofit.roofit.workspace import build_workspace, model_config_name, save_post_fit, scale_snapshot, scale_values

PLAIN_SESSION = """
import json, sys, warnings
warnings.simplefilter("ignore")
import ROOT
ROOT.gErrorIgnoreLevel = ROOT.kFatal
ROOT.RooMsgService.instance().setGlobalKillBelow(ROOT.RooFit.FATAL)
w = ROOT.TFile.Open(sys.argv[1]).Get("w")
before = w.var("m_t").getVal()
result = w.pdf("reduced").fitTo(w.data("data_obs"), ROOT.RooFit.Save(), ROOT.RooFit.PrintLevel(-1))
after, error = w.var("m_t").getVal(), w.var("m_t").getError()
loaded = bool(w.loadSnapshot("prefit"))
print(json.dumps({
    "class": w.ClassName(), "before": before, "m_t": after, "error": error, "status": result.status(),
    "prefit": loaded and w.var("m_t").getVal(),
    "configs": {c: w.obj(c).GetPdf().GetName() for c in ("ModelConfig", "ModelConfig_full")},
    "snapshots": [s.GetName() for s in w.getSnapshots()],
    "entries": w.data("data_obs").numEntries(),
    "ttjroofit": any(name.startswith("ttjroofit") for name in sys.modules),
}))
"""


def names(items: Any) -> list[str]:
    return [str(item.GetName()) for item in items]


def is_there(workspace: Any, name: str) -> bool:
    return bool(workspace.var(name)) or bool(workspace.function(name))


def test_a_plain_session_reads_the_file_and_fits(atlas8: Built, tmp_path: Path) -> None:
    path = tmp_path / "workspace.root"
    fitted = atlas8.fit(FitPlan())
    atlas8.workspace.loadSnapshot("prefit")
    atlas8.workspace.writeToFile(str(path))
    run = subprocess.run(
        [sys.executable, "-c", PLAIN_SESSION, str(path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        cwd=tmp_path,
    )
    found = json.loads(run.stdout.splitlines()[-1])
    assert found["class"] == "RooWorkspace"
    assert found["configs"] == {"ModelConfig": "reduced", "ModelConfig_full": "full"}
    assert {"prefit", "scale_0.5_0.5", "scale_2_2"} <= set(found["snapshots"])
    assert found["entries"] == 1
    assert not found["ttjroofit"]
    assert found["status"] == 0
    assert found["before"] == found["prefit"] == 172.5
    # MIGRAD of strategy 1 with its default tolerance stops within 1e-2 sigma of the minimum; it is nearer in practice
    assert found["m_t"] == pytest.approx(fitted.value("m_t"), abs=1e-3 * fitted.sigma("m_t"))
    assert found["error"] == pytest.approx(fitted.sigma("m_t"), rel=1e-2)


def test_all_names_of_the_card_are_there(three: Built) -> None:
    assert len(three.combination.owners) == 614
    assert [name for name in three.combination.owners if not is_there(three.workspace, name)] == []
    for name in (*theory_of(three.combination).parameters.names, *theory_of(three.combination).interpolation_names):
        assert is_there(three.workspace, name)


def test_merged_names_are_functions(cards: Path, build: Builder) -> None:
    card = read_card(cards / "atlas8_atlas13.txt")
    built = build(load_combination(card, ModelOptions(scenario="strong")))
    merged = set(built.combination.prior.names) - set(built.combination.prior.parameters)
    assert len(merged) == 23
    assert [name for name in built.combination.owners if not is_there(built.workspace, name)] == []
    for name in merged:
        assert built.workspace.function(name)
        assert not built.workspace.var(name)


def test_only_stock_classes(three: Built) -> None:
    classes = {str(item.ClassName()) for item in three.workspace.components()}
    assert all(name.startswith("Roo") for name in classes)
    assert {"RooMultiVarGaussian", "RooProdPdf", "RooFormulaVar", "RooGaussian", "RooRealSumFunc"} <= classes
    assert str(three.workspace.obj("ModelConfig").ClassName()) == "RooStats::ModelConfig"


@pytest.mark.parametrize("engine", ["reduced", "full"])
def test_model_config(three: Built, engine: str) -> None:
    workspace, theory = three.workspace, theory_of(three.combination)
    config = workspace.obj(model_config_name(engine))
    assert config.GetPdf().GetName() == engine
    assert names(config.GetParametersOfInterest()) == ["m_t"]
    assert tuple(names(config.GetObservables())) == three.combination.bins
    nuisances = set(theory.parameters.names[1:])
    if engine == "full":
        nuisances |= {*theory.interpolation_names, *three.combination.prior.parameters}
    assert set(names(config.GetNuisanceParameters())) == nuisances
    constrained = nuisances - {f"norm_{m.name}" for m in three.combination.measurements}
    assert set(names(config.GetGlobalObservables())) == {f"{name}_In" for name in constrained}


def test_global_observables_are_constant_and_tagged(three: Built) -> None:
    observables = list(three.workspace.obj("ModelConfig_full").GetGlobalObservables())
    assert len(observables) == 614 + (19 - 3) + 7
    assert all(item.isConstant() and item.getAttribute(GLOBAL_TAG) for item in observables)
    for pdf in ("reduced", "full"):
        assert str(three.workspace.pdf(pdf).getStringAttribute("DefaultGlobalObservablesTag")) == GLOBAL_TAG


def test_auxiliary_observables_hold_the_published_values(three: Built) -> None:
    cms = three.combination.measurements[0]
    for name, value in zip(cms.profiled, cms.profiled_values, strict=True):
        assert three.workspace.var(f"{name}_In").getVal() == value
    for name in ("ATLAS_8TeV_scale_b", "pdf_CTEQ66", "interpolation_ATLAS_8TeV_1"):
        assert three.workspace.var(f"{name}_In").getVal() == 0.0


def test_every_uncorrelated_source_has_the_pdf_that_combine_expects(three: Built) -> None:
    correlated = {name for pair in three.combination.prior.stated for name in (pair.first, pair.second)}
    sources = [name for m in three.combination.measurements for name in m.sources if name not in correlated]
    assert len(sources) > 300
    for name in sources:
        pdf = three.workspace.pdf(f"{name}_Pdf")
        assert pdf.ClassName() == "RooGaussian", name
        assert set(names(pdf.getVariables())) == {name, f"{name}_In"}


def test_weights_that_agree_to_six_digits_stay_apart() -> None:
    """Constants are named after their values: a workspace makes one object of those whose names have too few digits."""
    with quiet() as ROOT:
        owner = Owner(ROOT)
        x = owner.variable("x", 1.0, 0.0, 2.0)
        sums = [owner.weighted_sum(f"sum_{i}", [(x, weight)]) for i, weight in enumerate((0.12345678, 0.12345679))]
        workspace = ROOT.RooWorkspace("w")
        for item in sums:
            workspace.Import(item, ROOT.RooFit.RecycleConflictNodes(), ROOT.RooFit.Silence())
        assert workspace.function("sum_0").getVal() == 0.12345678
        assert workspace.function("sum_1").getVal() == 0.12345679


def test_data_and_prefit(three: Built) -> None:
    row = three.workspace.data("data_obs").get(0)
    assert [row.getRealValue(name) for name in three.combination.bins] == list(three.combination.observed_values)
    three.workspace.loadSnapshot("prefit")
    for name, start in zip(three.combination.prior.parameters, expected_starts(three.combination), strict=True):
        assert three.workspace.var(name).getVal() == start
    assert three.workspace.var("norm_CMS_13TeV").getVal() == pytest.approx(three.combination.measurements[0].total)


def test_snapshots_of_scale_variations(three: Built) -> None:
    """Loading one makes the variation the nominal prediction; prefit brings the nominal one back."""
    theory, workspace = theory_of(three.combination), three.workspace
    workspace.loadSnapshot("prefit")
    assert len(theory.scales) == 6
    for key, ratios in theory.scales.items():
        assert workspace.loadSnapshot(scale_snapshot(key))
        expected = scaled(theory.spectrum, ratios).value(theory.parameters.start)
        found = [workspace.function(f"predicted_{name}").getVal() for name in three.combination.bins]
        assert found == pytest.approx(list(expected), rel=1e-12)
    workspace.loadSnapshot("prefit")
    found = [workspace.function(f"predicted_{name}").getVal() for name in three.combination.bins]
    assert found == pytest.approx(list(theory.spectrum.value(theory.parameters.start)), rel=1e-12)


def test_names_of_snapshots() -> None:
    assert scale_snapshot((0.5, 1.0)) == "scale_0.5_1"
    assert scale_snapshot((2.0, 2.0)) == "scale_2_2"


def test_scale_values_of_some_measurements(three: Built) -> None:
    ratios = theory_of(three.combination).scales[2.0, 1.0]
    values = scale_values(three.combination, {"ATLAS_8TeV": ratios["ATLAS_8TeV"]})
    assert len(values) == 19
    assert {value for name, value in values.items() if "ATLAS_8TeV" not in name} == {1.0}
    assert [value for name, value in values.items() if "ATLAS_8TeV" in name] == list(ratios["ATLAS_8TeV"])


def test_post_fit_snapshot(linear: Built) -> None:
    linear.workspace.loadSnapshot("prefit")
    save_post_fit(linear.workspace, {"m_t": (171.25, 1.5), "ATLAS_8TeV_scale_b": (-0.5, 0.75)})
    linear.workspace.loadSnapshot("prefit")
    assert linear.workspace.var("m_t").getVal() == 172.5
    linear.workspace.loadSnapshot("postfit")
    for name, value, error in (("m_t", 171.25, 1.5), ("ATLAS_8TeV_scale_b", -0.5, 0.75)):
        assert linear.workspace.var(name).getVal() == value
        assert linear.workspace.var(name).getError() == error
    linear.workspace.loadSnapshot("prefit")


def test_every_prior_holds_before_the_fit(tmp_path: Path) -> None:
    """Sources tied to pulled nuisances start at their expectation: a plain fitTo begins where the pdf is not zero."""
    lines = [f"correlation b A_p{i} B_s{i} 0.999" for i in range(2)]
    combination = three_parts(tmp_path).combine(*lines)
    workspace = build_workspace(combination, eliminate(combination))
    workspace.loadSnapshot("prefit")
    values = dict(zip(combination.prior.parameters, combination.starts, strict=True))
    for i in range(2):
        assert values[f"A_p{i}"] != 0.0
        assert workspace.var(f"B_s{i}").getVal() == pytest.approx(0.999 * values[f"A_p{i}"], rel=1e-12)
    for factor in workspace.pdf("full").pdfList():
        assert factor.getVal() > 0.0
