"""Likelihoods of workspaces in ours: the product at random points against the twin and closed forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from external import (
    COUNTING,
    GAUSSIAN,
    OWN,
    combine,
    counting_chi2,
    gaussian_chi2,
    own_chi2,
    with_workspaces,
    write_channels,
    write_entry,
    write_gaussian,
    write_histfactory,
)
from points import random_point, twin_chi2
from synthetic import Small, make_measurement, small
from ttjroofit.errors import CardError, InputError
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.external import kept_for_external
from ttjroofit.model.likelihood import reduce_likelihood
from ttjroofit.model.options import ModelOptions
from ttjroofit.roofit.session import quiet
from ttjroofit.roofit.store import write_workspace
from ttjroofit.roofit.workspace import build_workspace
from twice_nll import TwiceNll, assert_differences_agree, by_name

Chi2 = Callable[[Mapping[str, float]], float]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return with_workspaces(tmp_path_factory.mktemp("external"))


def conditional(value: float, given: float, correlation: float) -> float:
    """-2 ln of the prior of a nuisance given one that it is correlated with."""
    return (value - correlation * given) ** 2 / (1.0 - correlation**2)


def assert_product(
    data: Small,
    lines: list[str],
    added: Chi2,
    own: Mapping[str, tuple[float, float]] | None = None,
    *,
    factors: Chi2 | None = None,
) -> None:
    """The full and the reduced pdf are ours times ``added``, which has the priors of the new nuisances too.

    Args:
        data: measurements.
        lines: of the card.
        added: -2 ln of the factors that the workspaces and their nuisances add.
        own: mean and spread of the parameters that workspaces have for themselves.
        factors: -2 ln of the measured factors; None if all lines are ``GAUSSIAN``, ``COUNTING`` and ``OWN``.
    """
    factors = factors or (lambda values: measured(lines, values))
    combination, rng = combine(data, *lines), np.random.default_rng(3)
    elimination = eliminate(combination)
    workspace, twin = build_workspace(combination, elimination), data.twin()
    likelihood = reduce_likelihood(combination, elimination, kept_for_external(combination))
    full, reduced = TwiceNll(workspace, "ModelConfig_full"), TwiceNll(workspace, "ModelConfig")
    found, expected, short, short_expected = [], [], [], []
    for _ in range(6):
        point = random_point(combination, rng)
        values = by_name(combination, point)
        names = dict(zip(combination.prior.names, map(float, combination.prior.transform @ point[2]), strict=True))
        mine = {name: rng.normal(mean, spread) for name, (mean, spread) in (own or {}).items()}
        everything = values | names | mine
        found.append(full(values | mine))
        expected.append(twin_chi2(twin, combination, point) + added(everything))
        short.append(reduced(values | mine))
        short_expected.append(likelihood.chi2(likelihood.parameters.values(values)) + factors(everything))
    assert_differences_agree(found, expected)
    assert_differences_agree(short, short_expected)


def measured(lines: list[str], values: Mapping[str, float]) -> float:
    """-2 ln of the measured factors of the workspaces of a card."""
    forms: dict[str, Chi2] = {GAUSSIAN: gaussian_chi2, COUNTING: counting_chi2, OWN: own_chi2}
    return sum(forms[line](values) for line in lines if line in forms)


def test_a_gaussian_with_a_shared_nuisance(data: Small) -> None:
    """The prior of A_s0, which the workspace has too, counts once: the twin has it in ours."""
    assert_product(data, [GAUSSIAN], lambda v: gaussian_chi2(v) + v["gamma"] ** 2)


@pytest.mark.parametrize(("other", "correlation"), [("B_p0", 0.5), ("B_s0", -0.4), ("A_s0", 0.7)])
def test_correlated_with_ours(data: Small, other: str, correlation: float) -> None:
    assert_product(
        data,
        [GAUSSIAN, f"correlation block gamma {other} {correlation}"],
        lambda v: gaussian_chi2(v) + conditional(v["gamma"], v[other], correlation),
    )


@pytest.mark.parametrize(("other", "sign"), [("B_s1", -1), ("B_p1", 1), ("B_p1", -1)])
def test_one_parameter_with_ours(data: Small, other: str, sign: int) -> None:
    lines = [GAUSSIAN, f"correlation block gamma {other} {sign}"]
    assert not built(data, *lines).var("gamma")
    assert_product(data, lines, gaussian_chi2)


def test_counts_in_channels(data: Small) -> None:
    assert_product(data, [COUNTING], lambda v: counting_chi2(v) + v["CMS_lumi"] ** 2 + v["bkg_norm"] ** 2)


def test_counts_with_ties(data: Small) -> None:
    assert_product(
        data,
        [COUNTING, "correlation block bkg_norm A_s0 -1", "correlation block CMS_lumi B_p0 0.6"],
        lambda v: counting_chi2(v) + conditional(v["CMS_lumi"], v["B_p0"], 0.6),
    )


def test_parameters_and_constraints_of_its_own(data: Small) -> None:
    assert_product(data, [OWN], own_chi2, {"scale": (1.0, 0.003), "width": (6.0, 1.0)})


def test_all_at_once(data: Small) -> None:
    """A factor of one entry, channels with counts and entries without, in one RooSimultaneous."""
    assert_product(
        data,
        [GAUSSIAN, COUNTING, OWN],
        lambda v: (
            gaussian_chi2(v)
            + counting_chi2(v)
            + own_chi2(v)
            + sum(v[name] ** 2 for name in ("gamma", "CMS_lumi", "bkg_norm"))
        ),
        {"scale": (1.0, 0.003), "width": (6.0, 1.0)},
    )


def test_two_of_the_same_file(data: Small) -> None:
    """Names of observables and functions do not clash; a renamed nuisance is another one."""
    second = "shapes Y gaussian.root w:model w:data_obs MH=m_t gamma=delta"
    combination = combine(data, GAUSSIAN, second)
    assert [name for name in combination.owners if name in {"gamma", "delta"}] == ["gamma", "delta"]
    nll, rng = (
        TwiceNll(build_workspace(combination, eliminate(combination)), "ModelConfig_full"),
        np.random.default_rng(1),
    )
    found, expected = [], []
    for _ in range(4):
        point = random_point(combination, rng)
        values = by_name(combination, point)
        found.append(nll(values))
        both = gaussian_chi2(values) + gaussian_chi2(values | {"gamma": values["delta"]})
        priors = values["gamma"] ** 2 + values["delta"] ** 2
        expected.append(twin_chi2(data.twin(), combination, point) + both + priors)
    assert_differences_agree(found, expected)


def test_histfactory(data: Small, tmp_path: Path) -> None:
    """Against the likelihood that its own file gives, less the prior of the nuisance that is ours."""
    write_histfactory(tmp_path / "h.root")
    renamed = {"alpha_shape": "A_s1", "mu": "norm_mu"}
    line = f"shapes HF {tmp_path / 'h.root'} combined:simPdf combined:obsData alpha_shape=A_s1 mu=norm_mu"
    alone, rng = built(data), np.random.default_rng(4)
    with quiet() as ROOT, ROOT.TFile.Open(str(tmp_path / "h.root")) as file:
        theirs = file.Get("combined")
        known = ROOT.RooFit.GlobalObservables(theirs.obj("ModelConfig").GetGlobalObservables())
        reference = theirs.pdf("simPdf").createNLL(theirs.data("obsData"), known)
    ours, joint = TwiceNll(alone, "ModelConfig_full"), TwiceNll(built(data, line), "ModelConfig_full")
    found, expected = [], []
    for _ in range(4):
        mine = {"m_t": 172.0 + rng.normal(), "A_s1": rng.normal()}
        own = {"norm_mu": 1.0 + 0.3 * rng.random(), "alpha_lumi": rng.normal(), "gamma_stat_SR_bin_0": 1.05}
        for name in ("alpha_shape", "mu", "alpha_lumi", "gamma_stat_SR_bin_0"):
            theirs.var(name).setVal((mine | own)[renamed.get(name, name)])
        found.append(joint(mine | own))
        expected.append(ours(mine) + 2.0 * reference.getVal() - mine["A_s1"] ** 2)
    assert_differences_agree(found, expected)


def test_conditional_products(data: Small, tmp_path: Path) -> None:
    """Without its condition on y the first factor would be normalised over y too."""
    write_entry(
        tmp_path / "w.root",
        "expr::mean('m_t+y',m_t[172,150,190],y[0,-5,5])",
        "PROD::model(Gaussian::a(x[172,100,250],mean,2)|y,Gaussian::b(y,0,1),Gaussian::t_Pdf(m_t,172,5))",
        observables=("x", "y"),
    )
    with pytest.raises(InputError, match="model is a product of conditional pdfs and of constraints"):
        combine(data, f"shapes X {tmp_path / 'w.root'} w:model w:data_obs")


def test_frozen_and_set(data: Small) -> None:
    options = ModelOptions(
        freeze_parameters=("gamma", "A_s0", "width", "CMS_lumi"),
        set_parameters={"gamma": 0.5, "width": 7.0, "scale": 1.001},
        ranges={"scale": (0.95, 1.05)},
    )
    combination = combine(data, GAUSSIAN, OWN, COUNTING, options=options)
    workspace = build_workspace(combination, eliminate(combination))
    for name in ("gamma", "A_s0", "width", "CMS_lumi"):
        assert workspace.var(name).isConstant()
    for config in ("ModelConfig", "ModelConfig_full"):
        nuisances = workspace.obj(config).GetNuisanceParameters()
        floating = {str(item.GetName()) for item in nuisances}
        assert "scale" in floating
        assert not floating & {"gamma", "A_s0", "width", "CMS_lumi"}
    scale = workspace.var("scale")
    assert (workspace.var("gamma").getVal(), workspace.var("width").getVal()) == (0.5, 7.0)
    assert (scale.getVal(), scale.getMin(), scale.getMax()) == (1.001, 0.95, 1.05)


def test_global_observables_and_observables_are_listed(data: Small) -> None:
    combination = combine(data, GAUSSIAN, OWN)
    workspace = build_workspace(combination, eliminate(combination))
    for name in ("ModelConfig", "ModelConfig_full"):
        config = workspace.obj(name)
        assert config.GetGlobalObservables().find("scale_In").isConstant()
        assert {"mt_obs", "x", "likelihood"} <= {str(item.GetName()) for item in config.GetObservables()}


def test_the_file_can_be_read_again(data: Small, tmp_path: Path) -> None:
    """A formula that names MH would not compile where MH is called m_t."""
    combination = combine(data, COUNTING)
    workspace = build_workspace(combination, eliminate(combination))
    write_workspace(workspace, "", str(tmp_path / "w.root"))
    with quiet() as ROOT, ROOT.TFile.Open(str(tmp_path / "w.root")) as file:
        again = file.Get("w")
    for config in ("ModelConfig", "ModelConfig_full"):
        before, after = TwiceNll(workspace, config), TwiceNll(again, config)
        for mass in (170.0, 174.0):
            values = {"m_t": mass, "CMS_lumi": 0.3}
            # the same operations on the same numbers
            assert after(values) == pytest.approx(before(values), abs=1e-9)


def built(data: Small, *lines: str) -> Any:
    combination = combine(data, *lines)
    return build_workspace(combination, eliminate(combination))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("shapes X missing.root w:model w:data_obs", r"card\.txt:6: file .*missing\.root does not exist"),
        ("shapes X A_theory.yaml w:model w:data_obs", r"A_theory\.yaml: this is no file of ROOT"),
        ("shapes X gaussian.root v:model v:data_obs", r"gaussian\.root: it has no RooWorkspace v; known: w"),
        ("shapes X gaussian.root w:modle w:data_obs", r"workspace w has no pdf modle; nearest: model"),
        ("shapes X gaussian.root w:model w:data", r"workspace w has no data data; nearest: data_obs"),
        ("shapes X gaussian.root w:gamma_Pdf w:data_obs", r"data data_obs have no column for any variable of the pdf"),
        (
            "shapes X gaussian.root w:model w:data_obs MX=m_t",
            r"card\.txt:6: pdf model depends on no parameter MX; nearest: MH",
        ),
        ("shapes X gaussian.root w:model w:data_obs mt_obs=m_t", "depends on no parameter mt_obs"),
        ("shapes X gaussian.root w:model w:data_obs MH=m_t gamma_In=a", "depends on no parameter gamma_In"),
        ("shapes X gaussian.root w:model w:data_obs gamma=mt_obs", "takes the name of another variable"),
        (
            "shapes X gaussian.root w:model w:data_obs MH=m_t gamma=mean_X",
            r"card\.txt:6: its mean would be called mean_X, .*: call the likelihood otherwise",
        ),
        ("shapes X gaussian.root w:model w:data_obs MH=gamma", r"MH=gamma takes the name of another variable"),
        ("shapes X own.root w:model w:data_obs", r"none of its parameters \(mass, scale, width\) is one of the card"),
        ("shapes X own.root w:model w:data_obs mass=m_t scale=A_s0", r"the constraint of A_s0 .* that of A, N\(0, 1\)"),
        ("shapes X own.root w:model w:data_obs mass=m_t scale=tnp_1", r"not its prior here, that of the prediction"),
        (
            "shapes X own.root w:model w:data_obs mass=m_t width=combined",
            r"combined is called as something else.*width=NEW",
        ),
    ],
)
def test_refused(data: Small, line: str, message: str) -> None:
    with pytest.raises((CardError, InputError), match=message):
        built(data, line)


def test_an_observable_without_a_column(data: Small, tmp_path: Path) -> None:
    """Without the check, y would be fitted as a parameter."""
    with quiet() as ROOT:
        w = ROOT.RooWorkspace("w")
        w.factory("PROD::model(Gaussian::one(x[172,100,250],m_t[172,150,190],2),Gaussian::two(y[172,100,250],m_t,3))")
        data_x = ROOT.RooDataSet("data_obs", "", ROOT.RooArgSet(w.var("x")))
        data_x.add(ROOT.RooArgSet(w.var("x")))
        w.Import(data_x)
        config = ROOT.RooStats.ModelConfig("ModelConfig", w)
        config.SetPdf(w.pdf("model"))
        config.SetObservables("x,y")
        w.Import(config)
        w.writeToFile(str(tmp_path / "w.root"))
    with pytest.raises(InputError, match=r"w\.root: data data_obs have no column for y, an observable of model"):
        combine(data, f"shapes X {tmp_path / 'w.root'} w:model w:data_obs")


def test_a_constraint_of_two_workspaces(data: Small) -> None:
    other = OWN.replace("shapes OWN", "shapes OTHER")
    with pytest.raises(CardError, match=r"scale has a constraint in OWN too.*rename it, scale=NEW"):
        combine(data, OWN, other)


SHARED = "expr::mean('m_t+0.4*A_s0',m_t[172,150,190],A_s0[0,-7,7])"
MEASURED = "Gaussian::measured(x[171.2,100,250],mean,0.9)"


def written(folder: Path, *lines: str, constant: tuple[str, ...] = (), known: tuple[str, ...] = ()) -> str:
    """The card's line for a workspace with the product of ``measured`` and the constraint ``c``."""
    write_entry(folder / "w.root", *lines, "PROD::model(measured,c)", constant=constant, known=known)
    return f"shapes X {folder / 'w.root'} w:model w:data_obs"


def shared_chi2(values: Mapping[str, float]) -> float:
    return ((171.2 - values["m_t"] - 0.4 * values["A_s0"]) / 0.9) ** 2


def test_the_constraint_of_a_constant(data: Small, tmp_path: Path) -> None:
    """A nuisance that is constant there floats as ours: its prior used to stay in the product, and counted twice."""
    line = written(
        tmp_path, SHARED, MEASURED, "Gaussian::c(nominal[0,-9,9],A_s0,width[1])", constant=("A_s0",), known=("nominal",)
    )
    assert_product(data, [line], shared_chi2, factors=shared_chi2)


def test_another_constraint_of_a_constant(data: Small, tmp_path: Path) -> None:
    line = written(
        tmp_path, SHARED, MEASURED, "Gaussian::c(nominal[0,-9,9],A_s0,0.5)", constant=("A_s0",), known=("nominal",)
    )
    with pytest.raises(CardError, match=r"the constraint of A_s0 in the workspace is not its prior here, that of A"):
        combine(data, line)


@pytest.mark.parametrize("sigma", [1.0, 0.1])
def test_a_constraint_without_effect(data: Small, tmp_path: Path, sigma: float) -> None:
    """RooFit drops it and lets its parameter float: the fit of the full model used to fail."""
    line = written(tmp_path, SHARED, MEASURED, f"Gaussian::c(u_In[0,-9,9],u[0,-7,7],{sigma})", constant=("u_In",))
    (external,) = combine(data, line).external
    assert {item.name for item in external.parameters} == {"m_t", "A_s0"}
    assert_product(data, [line], shared_chi2, factors=shared_chi2)


def test_a_category_that_is_no_channel(data: Small, tmp_path: Path) -> None:
    path = tmp_path / "w.root"
    write_entry(path, "EXPR::model('exp(-0.5*pow(x-m_t,2))*(2+c)',x[172,100,250],m_t[172,150,190],c[a=0,b=1])")
    with pytest.raises(InputError, match="model depends on c, a category that is not that of its channels"):
        combine(data, f"shapes X {path} w:model w:data_obs")


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ("b[1]", "b[5]", "b is constant at 5, in X constant at 1: rename it, b=NEW"),
        ("b[1]", "b[1,0,2]", "b is floating, in X constant at 1"),
        ("b[1,0,2]", "b[1]", "b is constant at 1, in X floating"),
    ],
)
def test_one_name_for_two_things(data: Small, tmp_path: Path, first: str, second: str, message: str) -> None:
    """The first workspace used to decide, without a word."""
    for name, text in (("one", first), ("two", second)):
        write_entry(
            tmp_path / f"{name}.root", f"sum::mean(m_t[172,150,190],{text})", MEASURED.replace("measured", "model")
        )
    lines = [
        f"shapes X {tmp_path / 'one.root'} w:model w:data_obs",
        f"shapes Y {tmp_path / 'two.root'} w:model w:data_obs",
    ]
    with pytest.raises(CardError, match=message):
        combine(data, *lines)
    assert len(combine(data, lines[0], f"{lines[1]} b=c").external) == 2


def test_two_constraints_of_a_nuisance_without_prior(tmp_path: Path) -> None:
    """A published fit left it free, so the constraint of a workspace stays; that of a second one would count twice."""
    data = small(tmp_path, make_measurement("A", profiled=2, free=("A_p1",)))
    write_gaussian(tmp_path / "w.root", shared=0.0)
    lines = [f"shapes {name} w.root w:model w:data_obs MH=m_t gamma=A_p1" for name in ("X", "Y")]
    assert len(combine(data, lines[0]).external) == 1
    with pytest.raises(CardError, match=r"card\.txt:5: A_p1 has a constraint in X too, which would count twice"):
        combine(data, *lines)


def test_a_frozen_interpolation_nuisance(data: Small) -> None:
    """It leaves our model, and used to float in the workspace."""
    options = ModelOptions(freeze_parameters=("interpolation_A_1",))
    combination = combine(data, f"{GAUSSIAN} gamma=interpolation_A_1", options=options)
    workspace = build_workspace(combination, eliminate(combination))
    assert workspace.var("interpolation_A_1").isConstant()


def test_what_is_said_of_one_that_is_left_out(data: Small) -> None:
    """Its nuisances are not known then: lines that name them used to be errors."""
    lines = [
        GAUSSIAN,
        "correlation block gamma B_p0 0.5",
        "correlation block A_s1 B_s1 0.5",
        "both group = gamma A_s1",
        "X group += A_s1",
        "nuisance edit freeze gamma",
        "gamma errorOnError 0.3",
    ]
    left = data.combine(*lines, options=ModelOptions(measurements=("A", "B")))
    assert [(pair.first, pair.second) for pair in left.prior.stated] == [("A_s1", "B_s1")]
    assert left.groups["both"] == ("A_s1",)
    assert not left.frozen


def test_many_channels(data: Small, tmp_path: Path) -> None:
    """A RooDataSet takes eight options: more than five channels used to end in a TypeError."""
    write_channels(tmp_path / "w.root", 7)
    precision = sum(i**-2.0 for i in range(1, 8))
    lines = [f"shapes X {tmp_path / 'w.root'} w:model w:data_obs"]

    def chi2(values: Mapping[str, float]) -> float:
        return precision * (173.0 - values["m_t"]) ** 2

    assert_product(data, lines, chi2, factors=chi2)


def test_a_hidden_constraint(data: Small, tmp_path: Path) -> None:
    """A sum holds a constraint in a factor of its components: it cannot be taken out, and would count twice."""
    write_entry(
        tmp_path / "w.root",
        "PROD::signal(Gaussian::one(x[172,100,250],m_t[172,150,190],2),Gaussian::A_s0_Pdf(A_s0_In[0],A_s0[0,-7,7],1))",
        "SUM::model(0.5*signal,Uniform::flat(x))",
    )
    with pytest.raises(InputError, match="A_s0_Pdf looks like a constraint inside model, a RooAddPdf"):
        combine(data, f"shapes X {tmp_path / 'w.root'} w:model w:data_obs")
