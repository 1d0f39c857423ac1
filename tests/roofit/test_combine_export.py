"""What combine would do with combine.root, done with RooFit: its fits, its looks at the constraints, its toys."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import external
from built import Built
from exported import Engine, Exported, extracted, minimise_plainly
from nonlinear import curved_parts
from synthetic import TIES, three_parts
from ttjroofit.errors import ModelError
from ttjroofit.model.combination import Combination
from ttjroofit.results.fit import FitResult
from ttjroofit.roofit.combine_checks import Opened, check_combine
from ttjroofit.roofit.combine_export import FLAT, WITHOUT_PRIOR
from ttjroofit.roofit.extract import extract_model, names_of
from ttjroofit.roofit.hs3 import check_streamable
from ttjroofit.roofit.session import quiet
from ttjroofit.roofit.workspace import variables

CASES: dict[str, tuple[str, Engine]] = {
    **{f"{ties}, {engine}": (ties, engine) for ties in TIES for engine in ("reduced", "full")},
    "errors on errors, reduced": ("errors on errors", "reduced"),
    "errors on errors, full": ("errors on errors", "full"),
}


def made(folder: Path, case: str) -> Combination:
    if case == "errors on errors":
        return curved_parts(folder).combine("B_s4 errorOnError 0.5", "correlation b A_p0 B_s1 0.6")
    return three_parts(folder).combine(*(f"correlation b {a} {b} {rho}" for a, b, rho in TIES[case]))


@pytest.fixture(scope="module")
def real(three: Built, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """All three measurements, reduced."""
    return Exported.of(three.combination, "reduced", tmp_path_factory.mktemp("real"))


@pytest.fixture(scope="module")
def tied(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """The full model of a small card with constraints that had to be centred."""
    folder = tmp_path_factory.mktemp("tied")
    return Exported.of(made(folder, "profiled with external"), "full", folder)


def likelihood(opened: Opened, *options: Any) -> Any:
    """-ln L with the arguments of combine: it names the nuisances, but no global observables."""
    with quiet() as ROOT:
        constrain = ROOT.RooFit.Constrain(opened.config.GetNuisanceParameters())
        return opened.pdf.createNLL(opened.data, constrain, ROOT.RooFit.Extended(False), *options)


def normalisation(opened: Opened) -> float:
    """2 ln of all Gaussians at their maximum, with a minus."""
    total = 0.0
    for factor in opened.pdf.pdfList():
        if factor.ClassName() == "RooGaussian":
            total += 2.0 * math.log(math.sqrt(2.0 * math.pi) * factor.getSigma().getVal())
        else:
            matrix = factor.covarianceMatrix()
            size = matrix.GetNrows()
            covariance = np.array([[matrix(i, j) for j in range(size)] for i in range(size)])
            total += size * math.log(2.0 * math.pi) + float(np.linalg.slogdet(covariance)[1])
    return total


def chi2_of(result: FitResult) -> float:
    assert result.goodness_of_fit is not None
    return result.goodness_of_fit.chi2


def nuisance_constraints(opened: Opened) -> Any:
    """The sum of the constraints as FitDiagnostics makes it: normalised over the nuisances."""
    with quiet() as ROOT:
        constraints = ROOT.RooArgSet()
        for factor in opened.constraints():
            constraints.add(factor)
        return ROOT.RooConstraintSum("constraints", "", constraints, opened.config.GetNuisanceParameters())


@pytest.mark.parametrize("case", CASES)
def test_all_demands_are_met(tmp_path: Path, case: str) -> None:
    ties, engine = CASES[case]
    exported = Exported.of(made(tmp_path, ties), engine, tmp_path)
    assert len(check_combine(str(exported.path))) == 21


def test_the_fit_is_ours(real: Exported) -> None:
    """By ModelConfig alone: mass, error and chi2 of -M Fit."""
    opened, result = real.open(), real.fit()
    with quiet() as ROOT:
        found = minimise_plainly(likelihood(opened, ROOT.RooFit.EvalBackend("legacy")))
    assert found.status == 0
    expected = result.parameters["m_t"]
    assert expected.hesse is not None
    # MIGRAD asked for an EDM of 1e-7 stops within 5e-4 sigma, in practice far nearer; HESSE's own scatter is 1e-5
    assert found.values["m_t"] == pytest.approx(expected.value, abs=1e-4 * expected.hesse)
    assert found.errors["m_t"] == pytest.approx(expected.hesse, rel=1e-4)
    assert 2.0 * found.nll - normalisation(opened) == pytest.approx(chi2_of(result), abs=1e-5)


def test_the_full_fit_is_ours(tied: Exported) -> None:
    opened, result = tied.open(), tied.fit()
    with quiet() as ROOT:
        found = minimise_plainly(likelihood(opened, ROOT.RooFit.EvalBackend("legacy")))
    assert found.status == 0
    expected = result.parameters["m_t"]
    assert expected.hesse is not None
    assert found.values["m_t"] == pytest.approx(expected.value, abs=1e-4 * expected.hesse)
    # HESSE of a model with all nuisances explicit scatters by 2e-4
    assert found.errors["m_t"] == pytest.approx(expected.hesse, rel=1e-3)
    assert 2.0 * found.nll - normalisation(opened) == pytest.approx(chi2_of(result), abs=1e-5)
    for nuisance in result.nuisances:
        if nuisance.name in found.values:
            assert found.values[nuisance.name] == pytest.approx(nuisance.value, abs=1e-3)


def test_backends_agree(tied: Exported) -> None:
    """RooFit's default backend, which combine uses for what is no RooSimultaneous, and the one before it."""
    opened = tied.open()
    with quiet() as ROOT:
        both = [likelihood(opened, ROOT.RooFit.EvalBackend(name)) for name in ("cpu", "legacy")]
    mass = opened.workspace.var("m_t")
    differences = []
    for value in (170.0, 172.5, 175.0):
        mass.setVal(value)
        differences.append(both[0].getVal() - both[1].getVal())
    assert differences == pytest.approx([differences[0]] * 3, abs=1e-9)


def test_constraints_have_closed_integrals(tied: Exported) -> None:
    """FitDiagnostics fits the constraints alone, normalised over nuisances: this used to be NaN for tied ones."""
    opened = tied.open()
    found = minimise_plainly(nuisance_constraints(opened))
    assert found.status == 0
    for name in names_of(opened.config.GetNuisanceParameters()):
        observable = opened.workspace.var(f"{name}_In")
        assert found.values[name] == pytest.approx(observable.getVal(), abs=1e-3)
        assert 0.3 < found.errors[name] < 1.01


def test_nothing_but_nuisances_is_bayesian(tied: Exported) -> None:
    """Toys without --toysFrequentist throw the nuisances from their constraints; free normalisations must stay out."""
    opened = tied.open()
    nuisances = set(names_of(opened.config.GetNuisanceParameters()))
    assert {f"norm_{m.name}" for m in tied.combination.measurements}.isdisjoint(nuisances)
    for name in ("norm_A", "norm_B", "norm_C"):
        assert opened.workspace.var(name).getAttribute(FLAT)


def test_toys_of_global_observables(tied: Exported) -> None:
    """--toysFrequentist draws the global observables from the product of the constraints."""
    opened = tied.open()
    with quiet() as ROOT:
        ROOT.RooRandom.randomGenerator().SetSeed(4)
        constraints = ROOT.RooArgList()
        for factor in opened.constraints():
            constraints.add(factor)
        product = ROOT.RooProdPdf("nuisancePdf", "", constraints)
        toys = product.generate(variables(ROOT, opened.workspace, ["A_p0_In", "B_s0_In", "B_s1_In"]), 4000)
        values = np.array([[item.getVal() for item in toys.get(i)] for i in range(4000)])
    combination = tied.combination
    covariance = combination.measurements[0].covariance
    sigma = math.sqrt(covariance[-3, -3])
    # A_p0 is thrown about its value with the published sigma, B_s0 = 0.5 A_p0 + ... + noise; errors of 4000 toys
    found = dict(zip(("A_p0", "B_s0", "B_s1"), values.std(axis=0), strict=True))
    assert found["A_p0"] == pytest.approx(sigma, rel=5.0 / math.sqrt(8000.0))
    assert found["B_s1"] == pytest.approx(1.0, rel=5.0 / math.sqrt(8000.0))
    slope = np.polyfit(values[:, 0], values[:, 1], 1)[0]
    assert slope == pytest.approx(0.5, abs=5.0 / (sigma * math.sqrt(4000.0)))


def test_toys_of_nuisances_leave_multivariate_ones_where_they_are(tied: Exported) -> None:
    """Why docs/combine.md forbids toys of the full model without --toysFrequentist."""
    opened = tied.open()
    with quiet() as ROOT:
        ROOT.RooRandom.randomGenerator().SetSeed(5)
        product = ROOT.RooProdPdf("nuisancePdf", "", ROOT.RooArgList(*opened.constraints()))
        toys = product.generate(opened.config.GetNuisanceParameters(), 20)
        values = {name: [toys.get(i).getRealValue(name) for i in range(20)] for name in ("A_p0", "B_s0", "B_s1")}
    assert {name: len(set(thrown)) for name, thrown in values.items()} == {"A_p0": 1, "B_s0": 1, "B_s1": 20}


@pytest.mark.parametrize("name", ["A_p0", "B_s0", "B_s1", "pdf_a", "interpolation_A_1"])
def test_prefit_values_of_impacts(tied: Exported, name: str) -> None:
    """combineTool fits <nuisance>_Pdf alone, all floating parameters, and takes value and MINOS errors."""
    opened = tied.open()
    pdf, nuisance = opened.workspace.pdf(f"{name}_Pdf"), opened.workspace.var(name)
    assert pdf.ClassName() == "RooGaussian"
    assert opened.workspace.var(f"{name}_In")
    prefit = nuisance.getVal()
    nuisance.setVal(prefit + 0.3)
    with quiet() as ROOT:
        alone = ROOT.RooConstraintSum("NLL", "", ROOT.RooArgSet(pdf), ROOT.RooArgSet(nuisance))
        found = minimise_plainly(alone)
    assert list(found.values) == [name]
    measured = dict(
        zip(tied.combination.measurements[0].profiled, tied.combination.measurements[0].profiled_values, strict=True)
    )
    assert found.values[name] == pytest.approx(measured.get(name, 0.0), abs=1e-4)
    assert found.errors[name] == pytest.approx(1.0, rel=1e-3)


def test_stand_ins_are_no_part_of_the_likelihood(tied: Exported) -> None:
    opened = tied.open()
    used = set(names_of(opened.pdf.getComponents()))
    for name in ("A_p0_Pdf", "B_s0_Pdf"):
        assert opened.workspace.pdf(name)
        assert name not in used
    assert "B_s1_Pdf" in used
    # without a prior there is nothing to stand in for
    assert not opened.workspace.pdf("A_p2_Pdf")
    assert opened.workspace.var("A_p2").getAttribute(WITHOUT_PRIOR)


def test_groups(tied: Exported) -> None:
    opened = tied.open()
    sets = {str(name): set(names_of(members)) for name, members in opened.workspace.sets()}
    assert sets["group_A_fit"] == {"A_p0", "A_p1", "A_p2"}
    assert sets["group_theory_pdf"] == {"pdf_a", "pdf_b"}
    assert sets["nuisances"] == set(names_of(opened.config.GetNuisanceParameters()))
    assert sets["POI"] == sets["ModelConfig_POI"] == {"m_t"}
    assert opened.workspace.var("B_s0").getAttribute("group_B_outside")


def test_groups_of_what_is_eliminated_are_left_out(real: Exported) -> None:
    """combine throws for an empty set."""
    sets = {str(name) for name, _ in real.open().workspace.sets()}
    assert {"group_theory_pdf", "group_theory_tnp"} <= sets
    assert "group_ATLAS_8TeV" not in sets


def test_merged_names_are_in_groups_by_their_parameter(tmp_path: Path) -> None:
    combination = three_parts(tmp_path).combine("correlation b A_s0 B_s0 1")
    opened = Exported.of(combination, "full", tmp_path).open()
    sets = {str(name): set(names_of(members)) for name, members in opened.workspace.sets()}
    assert "A_s0" in sets["group_B"]
    assert not opened.workspace.var("B_s0")


def test_frozen_parameters_are_neither_listed_nor_floating(tmp_path: Path) -> None:
    combination = three_parts(tmp_path).combine("nuisance edit freeze A_s0", "nuisance edit freeze pdf_a")
    opened = Exported.of(combination, "full", tmp_path).open()
    listed = names_of(opened.config.GetNuisanceParameters())
    for name in ("A_s0", "pdf_a"):
        assert name not in listed
        assert opened.workspace.var(name).isConstant()
    assert check_combine(str(tmp_path / "combine.root"))


def test_scale_variations_can_be_loaded(real: Exported) -> None:
    """combine --snapshotName scale_2_2."""
    opened = real.open()
    name = str(opened.config.GetObservables().first().GetName())
    before = opened.workspace.function(f"predicted_{name}").getVal()
    assert opened.workspace.loadSnapshot("scale_2_2")
    assert opened.workspace.function(f"predicted_{name}").getVal() != before
    assert opened.workspace.loadSnapshot("prefit")
    assert opened.workspace.function(f"predicted_{name}").getVal() == before


def saturated_statistic(opened: Opened, data: Any) -> float:
    """2 ln of the saturated model over the nominal one, as GoodnessOfFit of combine makes it."""
    with quiet() as ROOT:
        constrain = ROOT.RooFit.Constrain(opened.config.GetNuisanceParameters())
        opened.workspace.loadSnapshot("prefit")
        nominal = minimise_plainly(opened.pdf.createNLL(data, constrain, ROOT.RooFit.EvalBackend("legacy")))
        histogram = ROOT.RooDataHist("binned", "", data.get(), data)
        shape = ROOT.RooHistPdf("shape", "", histogram.get(), histogram)
        terms = ROOT.RooArgList()
        for factor in opened.constraints():
            terms.add(factor)
        terms.add(shape)
        product = ROOT.RooProdPdf("saturated", "", terms)
        product.setStringAttribute(
            "DefaultGlobalObservablesTag", opened.pdf.getStringAttribute("DefaultGlobalObservablesTag")
        )
        best = minimise_plainly(product.createNLL(data, constrain, ROOT.RooFit.EvalBackend("legacy")))
        return 2.0 * (nominal.nll - best.nll)


def test_saturated_model(tmp_path: Path) -> None:
    """With one bin an observable the saturated model is flat: the statistic is chi2 plus a constant."""
    exported = Exported.of(made(tmp_path, "independent"), "reduced", tmp_path)
    opened = exported.open()
    with quiet() as ROOT:
        moved = ROOT.RooDataSet("moved", "", opened.config.GetObservables())
        row = opened.data.get(0).snapshot()
        for item in row:
            item.setVal(1.15 * item.getVal() if str(item.GetName()).endswith("bin1") else item.getVal())
        moved.add(row)
    statistics, chi2 = [], []
    for data in (opened.data, moved):
        statistics.append(saturated_statistic(opened, data))
        with quiet() as ROOT:
            opened.workspace.loadSnapshot("prefit")
            constrain = ROOT.RooFit.Constrain(opened.config.GetNuisanceParameters())
            chi2.append(2.0 * minimise_plainly(opened.pdf.createNLL(data, constrain)).nll - normalisation(opened))
    assert chi2[0] == pytest.approx(chi2_of(exported.fit()), abs=1e-5)
    assert abs(chi2[1] - chi2[0]) > 1.0
    # four minima with an EDM of 1e-7 each
    assert statistics[1] - statistics[0] == pytest.approx(chi2[1] - chi2[0], abs=1e-4)


def test_a_likelihood_of_a_workspace(tmp_path: Path) -> None:
    """One entry more in the same product; its nuisances and groups like ours."""
    external.write_gaussian(tmp_path / "gaussian.root")
    combination = external.combine(external.two_measurements(tmp_path), external.GAUSSIAN)
    exported = Exported.of(combination, "full", tmp_path)
    assert len(check_combine(str(exported.path))) == 21
    with quiet() as ROOT:
        found = minimise_plainly(likelihood(exported.open(), ROOT.RooFit.EvalBackend("legacy")))
    expected = exported.fit().parameters["m_t"]
    assert expected.hesse is not None
    assert found.values["m_t"] == pytest.approx(expected.value, abs=1e-4 * expected.hesse)


def test_channels_of_a_workspace(tmp_path: Path) -> None:
    external.write_counting(tmp_path / "counting.root")
    combination = external.combine(external.two_measurements(tmp_path), external.COUNTING)
    with pytest.raises(ModelError, match=r"combine.root: the shapes lines .* a RooSimultaneous"):
        Exported.of(combination, "reduced", tmp_path)
    with pytest.raises(ModelError, match=r"RooSimultaneous of reduced and 1 more as HS3; leave out the shapes lines"):
        check_streamable(extracted(combination, "reduced"))


def test_extraction_starts_before_the_fit(three: Built) -> None:
    three.workspace.var("m_t").setVal(170.0)
    model = extract_model(three.workspace, "reduced")
    assert model.workspace.var("m_t").getVal() == 172.5
    assert not model.workspace.pdf("full")
    assert set(names_of(model.workspace.getSnapshots())) >= {"prefit", "scale_0.5_1"}
    assert model.interest == ("m_t",)
