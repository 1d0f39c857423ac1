"""Every demand of combine, broken on purpose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exported import Exported
from synthetic import three_parts
from ttjroofit.errors import ModelError
from ttjroofit.roofit.combine_checks import DEMANDS, Opened, check_combine, open_combine
from ttjroofit.roofit.combine_export import FLAT
from ttjroofit.roofit.session import quiet
from ttjroofit.roofit.store import write_workspace
from ttjroofit.roofit.workspace import variables


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """The full model of a small card, with a tie between a profiled and an externalised source."""
    folder = tmp_path_factory.mktemp("checks")
    combination = three_parts(folder).combine("correlation b A_p0 B_s0 0.5")
    return Exported.of(combination, "full", folder)


def a_second_config(opened: Opened) -> Opened:
    opened.workspace.Import(opened.ROOT.RooStats.ModelConfig("ModelConfig_full", opened.workspace))
    return opened


def an_extended_pdf(opened: Opened) -> Opened:
    ROOT, yields = opened.ROOT, opened.ROOT.RooRealVar("yield", "", 1.0)
    pdf = ROOT.RooExtendPdf("extended", "", opened.pdf, yields)
    opened.workspace.Import(pdf, ROOT.RooFit.RecycleConflictNodes(), ROOT.RooFit.Silence())
    return replace(opened, pdf=opened.workspace.pdf("extended"))


def a_simultaneous_pdf(opened: Opened) -> Opened:
    ROOT, channel = opened.ROOT, opened.ROOT.RooCategory("channel", "")
    channel.defineType("one")
    pdf = ROOT.RooSimultaneous("channels", "", channel)
    pdf.addPdf(opened.workspace.pdf("B_s1_Pdf"), "one")
    opened.workspace.Import(pdf, ROOT.RooFit.RecycleConflictNodes(), ROOT.RooFit.Silence())
    return opened


def a_class_of_ours(opened: Opened) -> Opened:
    ROOT = opened.ROOT
    if not hasattr(ROOT, "TtjroofitTestGaussian"):
        ROOT.gInterpreter.Declare(
            "#include <RooGaussian.h>\n"
            "struct TtjroofitTestGaussian : RooGaussian { using RooGaussian::RooGaussian; "
            'const char *ClassName() const override { return "TtjroofitTestGaussian"; } };'
        )
    x, mean, sigma = (ROOT.RooRealVar(name, "", 1.0) for name in ("x", "mean", "sigma"))
    pdf = ROOT.TtjroofitTestGaussian("mine", "", x, mean, sigma)
    components = ROOT.RooArgSet(opened.workspace.components())
    components.add(pdf)
    return replace(opened, workspace=_Components(components), file=(opened.file, pdf, x, mean, sigma))


class _Components:
    """A workspace that has these components."""

    def __init__(self, components: Any) -> None:
        self._components = components

    def components(self) -> Any:
        return self._components


def two_entries(opened: Opened) -> Opened:
    opened.data.add(opened.data.get(0))
    return opened


def weights(opened: Opened) -> Opened:
    ROOT, columns = opened.ROOT, opened.ROOT.RooArgSet(opened.data.get())
    weight = ROOT.RooRealVar("weight", "", 2.0)
    columns.add(weight)
    data = ROOT.RooDataSet("data_obs", "", columns, ROOT.RooFit.WeightVar("weight"))
    data.add(opened.data.get(0), 2.0)
    return replace(opened, data=data, file=(opened.file, weight))


def a_histogram(opened: Opened) -> Opened:
    return replace(opened, data=opened.ROOT.RooDataHist("data_obs", "", opened.config.GetObservables()))


def a_missing_observable(opened: Opened) -> Opened:
    opened.config.SetObservables(variables(opened.ROOT, opened.workspace, ["A_bin0"]))
    return opened


def bins(opened: Opened) -> Opened:
    opened.workspace.var("A_bin0").setBins(100)
    return opened


def no_interest(opened: Opened) -> Opened:
    opened.config.SetParametersOfInterest(opened.ROOT.RooArgSet())
    return opened


def constant_interest(opened: Opened) -> Opened:
    opened.workspace.var("m_t").setConstant(True)
    return opened


def infinite_range(opened: Opened) -> Opened:
    opened.workspace.var("m_t").removeRange()
    return opened


def no_nuisances(opened: Opened) -> Opened:
    opened.config.SetNuisanceParameters(opened.ROOT.RooArgSet())
    return opened


def a_constant_nuisance(opened: Opened) -> Opened:
    opened.workspace.var("B_s1").setConstant(True)
    return opened


def a_nuisance_of_interest(opened: Opened) -> Opened:
    opened.config.SetParametersOfInterest(variables(opened.ROOT, opened.workspace, ["m_t", "B_s1"]))
    return opened


def an_unmarked_flat_parameter(opened: Opened) -> Opened:
    opened.workspace.var("norm_A").setAttribute(FLAT, False)
    return opened


def a_marked_nuisance(opened: Opened) -> Opened:
    opened.workspace.var("B_s1").setAttribute(FLAT)
    return opened


def a_floating_global(opened: Opened) -> Opened:
    opened.workspace.var("B_s1_In").setConstant(False)
    return opened


def an_unlisted_global(opened: Opened) -> Opened:
    opened.config.SetGlobalObservables(variables(opened.ROOT, opened.workspace, ["B_s1_In"]))
    return opened


def a_constraint_by_another_name(opened: Opened) -> Opened:
    opened.workspace.pdf("B_s1_Pdf").SetName("something")
    return opened


def a_constraint_of_two(opened: Opened) -> Opened:
    opened.workspace.var("B_s1_In").setConstant(False)
    return opened


def a_mean_of_two(opened: Opened) -> Opened:
    ROOT, workspace = opened.ROOT, opened.workspace
    both = ROOT.RooAddition("both", "", variables(ROOT, workspace, ["B_s1", "B_s2"]))
    sigma = ROOT.RooRealVar("sigma", "", 1.0)
    pdf = ROOT.RooGaussian("tie", "", workspace.var("B_s1_In"), both, sigma)
    factors = ROOT.RooArgList(opened.pdf.pdfList())
    factors.add(pdf)
    return replace(opened, pdf=ROOT.RooProdPdf("tied", "", factors), file=(opened.file, both, sigma, pdf))


def an_empty_group(opened: Opened) -> Opened:
    opened.workspace.defineSet("group_nobody", opened.ROOT.RooArgSet())
    return opened


def a_group_of_constants(opened: Opened) -> Opened:
    opened.workspace.defineSet("group_constants", variables(opened.ROOT, opened.workspace, ["scale_A_bin0"]))
    return opened


def six_digits(opened: Opened) -> Opened:
    opened.workspace.Import(opened.ROOT.RooConstVar("0.123457", "", 0.12345678901), opened.ROOT.RooFit.Silence())
    return opened


def a_floating_scale(opened: Opened) -> Opened:
    opened.workspace.var("scale_A_bin0").setConstant(False)
    return opened


def another_state(opened: Opened) -> Opened:
    opened.workspace.var("m_t").setVal(170.0)
    return opened


def no_tag(opened: Opened) -> Opened:
    """A constraint of the mass is then normalised over the nuisances, and that depends on the mass."""
    ROOT, workspace = opened.ROOT, opened.workspace
    both = ROOT.RooAddition("both", "", variables(ROOT, workspace, ["B_s1", "m_t"]))
    sigma = ROOT.RooRealVar("sigma", "", 10.0)
    pdf = ROOT.RooGaussian("tie", "", workspace.var("B_s1_In"), both, sigma)
    factors = ROOT.RooArgList(opened.pdf.pdfList())
    factors.add(pdf)
    return replace(opened, pdf=ROOT.RooProdPdf("untagged", "", factors), file=(opened.file, both, sigma, pdf))


BREAKS: list[tuple[str, Callable[[Opened], Opened], str]] = [
    ("one ModelConfig, ModelConfig", a_second_config, "ModelConfig_full"),
    ("the pdf is a plain product without RooSimultaneous", an_extended_pdf, "RooExtendPdf"),
    ("the pdf is a plain product without RooSimultaneous", a_simultaneous_pdf, "channels is a RooSimultaneous"),
    ("all classes are ROOT's own", a_class_of_ours, "mine is a TtjroofitTestGaussian"),
    ("data_obs is an unweighted RooDataSet of one entry", two_entries, "2 entries"),
    ("data_obs is an unweighted RooDataSet of one entry", weights, "weighted"),
    ("data_obs is an unweighted RooDataSet of one entry", a_histogram, "RooDataHist"),
    ("observables are those of data_obs", a_missing_observable, "A_bin1"),
    ("observables have one bin, for the saturated model", bins, "A_bin0 has 100"),
    ("parameters of interest float", no_interest, "every mass is frozen"),
    ("parameters of interest float", constant_interest, "m_t is constant"),
    ("ranges of parameters of interest are finite", infinite_range, "m_t = 172.5"),
    ("nuisances are listed and float", no_nuisances, "--engine full"),
    ("nuisances are listed and float", a_constant_nuisance, "B_s1 is constant"),
    ("nuisances are listed and float", a_nuisance_of_interest, "B_s1 is a parameter of interest too"),
    ("nothing else floats but what is marked flatParam", an_unmarked_flat_parameter, "norm_A floats"),
    ("nothing else floats but what is marked flatParam", a_floating_global, "B_s1_In floats"),
    ("what is marked flatParam has no constraint", a_marked_nuisance, "B_s1 has a constraint"),
    ("global observables are constant", a_floating_global, "B_s1_In floats"),
    ("global observables are listed", an_unlisted_global, "B_s2_In is not listed"),
    ("every nuisance has its <nuisance>_In and <nuisance>_Pdf", a_constraint_by_another_name, "no B_s1_Pdf"),
    ("each <nuisance>_Pdf depends on its nuisance alone", a_constraint_of_two, "B_s1_Pdf depends on"),
    ("constraints are centred on nuisances", a_mean_of_two, "tie has the mean both"),
    ("groups are sets of floating parameters", an_empty_group, "group_nobody is empty"),
    ("groups are sets of floating parameters", a_group_of_constants, "holds scale_A_bin0"),
    ("constants have all their digits", six_digits, "0.123457 = 0.12345678901"),
    ("constants of scale variations are constant", a_floating_scale, "scale_A_bin0 floats"),
    ("snapshot prefit is the state of the file", another_state, "m_t = 170"),
    ("the likelihood is the same without a list of global observables", no_tag, "-ln L changes by"),
]


@pytest.mark.parametrize(("demand", "spoil", "said"), BREAKS, ids=[spoil.__name__ for _, spoil, _ in BREAKS])
def test_a_broken_demand_is_found(
    exported: Exported, demand: str, spoil: Callable[[Opened], Opened], said: str
) -> None:
    with quiet():
        opened = exported.open()
        assert DEMANDS[demand](opened) == []
        faults = DEMANDS[demand](spoil(opened))
    assert any(said in fault for fault in faults), faults


def test_every_demand_is_broken_here() -> None:
    assert {demand for demand, _, _ in BREAKS} == set(DEMANDS)


def test_the_error_lists_what_is_broken(exported: Exported, tmp_path: Path) -> None:
    opened = exported.open()
    opened.workspace.var("B_s1_In").setConstant(False)
    path = str(tmp_path / "broken.root")
    write_workspace(opened.workspace, "card", path)
    with pytest.raises(ModelError, match=r"global observables are constant: B_s1_In floats.*docs/combine.md"):
        check_combine(path)


@pytest.mark.parametrize(
    ("name", "said"), [("v", "no RooWorkspace `w`"), ("w", "no ModelConfig `ModelConfig`")], ids=["workspace", "config"]
)
def test_names_of_the_file(tmp_path: Path, name: str, said: str) -> None:
    path = str(tmp_path / "empty.root")
    with quiet() as ROOT:
        workspace = ROOT.RooWorkspace(name)
        workspace.Import(ROOT.RooRealVar("x", "", 1.0))
        workspace.writeToFile(path)
    with pytest.raises(ModelError, match=said):
        open_combine(path)


def test_data_is_missing(exported: Exported, tmp_path: Path) -> None:
    path = str(tmp_path / "no_data.root")
    with quiet() as ROOT:
        opened = exported.open()
        workspace = ROOT.RooWorkspace("w")
        workspace.Import(opened.pdf, ROOT.RooFit.Silence())
        config = ROOT.RooStats.ModelConfig("ModelConfig", workspace)
        config.SetPdf(workspace.pdf("full"))
        workspace.Import(config)
        workspace.writeToFile(path)
    with pytest.raises(ModelError, match="no data `data_obs`"):
        open_combine(path)
