"""What ``combine`` demands of a workspace, each demand a check of its own (docs/combine.md says where each is from)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ttjroofit.errors import ModelError
from ttjroofit.roofit.combine_export import FLAT, GROUP, WITHOUT_PRIOR
from ttjroofit.roofit.extract import factors_of, names_of
from ttjroofit.roofit.owner import GLOBAL_TAG, constant_name
from ttjroofit.roofit.session import quiet

__all__ = ["DEMANDS", "Opened", "check_combine", "open_combine"]

SHOWN = 5
"""Names shown of those that break a demand."""

ROOT_LIBRARIES = ("libRooFit", "libRooStats", "libHistFactory")
"""Libraries of ROOT with RooFit classes."""


@dataclass(frozen=True, eq=False)
class Opened:
    """A workspace read back from its file, with what ``combine`` takes from it.

    Attributes:
        ROOT: the module.
        file: keeps the workspace alive.
        workspace: ``w``.
        config: ``ModelConfig``.
        pdf: of the ModelConfig.
        data: ``data_obs``.
    """

    ROOT: Any
    file: Any
    workspace: Any
    config: Any
    pdf: Any
    data: Any

    def constraints(self) -> list[Any]:
        """Factors of the pdf that depend on no observable."""
        observables = self.config.GetObservables()
        return [factor for factor in factors_of(self.pdf) if not factor.dependsOn(observables)]

    def floating(self) -> list[Any]:
        """Parameters of the pdf that are not constant."""
        return [item for item in self.pdf.getParameters(self.config.GetObservables()) if not item.isConstant()]


def open_combine(path: str) -> Opened:
    """Read a file as ``combine`` does.

    Raises:
        ModelError: for a name that is not there.
    """
    with quiet() as ROOT:
        file = ROOT.TFile.Open(path)
        workspace = file.Get("w") if file else None
        if not workspace:
            raise ModelError(f"{path}: there is no RooWorkspace `w`, which combine reads")
        config, data = workspace.obj("ModelConfig"), workspace.data("data_obs")
        if not config or not config.GetPdf():
            raise ModelError(f"{path}: workspace `w` has no ModelConfig `ModelConfig` with a pdf")
        if not data:
            raise ModelError(f"{path}: workspace `w` has no data `data_obs`")
        return Opened(ROOT, file, workspace, config, config.GetPdf(), data)


def check_combine(path: str) -> tuple[str, ...]:
    """Run every demand on a file.

    Returns:
        What was demanded, in words.

    Raises:
        ModelError: that lists the demands that are not met, each with what breaks it.
    """
    opened = open_combine(path)
    with quiet():
        broken = {name: faults for name, demand in DEMANDS.items() if (faults := demand(opened))}
    if broken:
        found = "; ".join(f"{name}: {', '.join(faults[:SHOWN])}" for name, faults in broken.items())
        raise ModelError(
            f"combine would not take combine.root, or would fit something else. Not met: {found}. docs/combine.md says "
            "where each demand is from; without `--for combine` there is workspace.root for RooFit"
        )
    return tuple(DEMANDS)


def _one_model_config(opened: Opened) -> list[str]:
    others = [
        str(item.GetName())
        for item in opened.workspace.allGenericObjects()
        if item.InheritsFrom("RooStats::ModelConfig") and str(item.GetName()) != "ModelConfig"
    ]
    return [f"{name} too" for name in others]


def _plain_product(opened: Opened) -> list[str]:
    if opened.pdf.ClassName() != "RooProdPdf":
        return [f"{opened.pdf.GetName()} is a {opened.pdf.ClassName()}"]
    found = [item for item in opened.workspace.components() if item.InheritsFrom("RooSimultaneous")]
    faults = [f"{item.GetName()} is a RooSimultaneous" for item in found]
    return [*faults, *(["it is extended"] if opened.pdf.canBeExtended() else [])]


def _stock_classes(opened: Opened) -> list[str]:
    faults = []
    for item in opened.workspace.components():
        libraries = str(opened.ROOT.gInterpreter.GetClassSharedLibs(item.ClassName()) or "")
        if not libraries.startswith(ROOT_LIBRARIES):
            faults.append(f"{item.GetName()} is a {item.ClassName()}")
    return faults


def _one_entry(opened: Opened) -> list[str]:
    data = opened.data
    if data.ClassName() != "RooDataSet":
        return [f"data_obs is a {data.ClassName()}"]
    faults = [f"{data.numEntries()} entries"] if data.numEntries() != 1 else []
    return faults + (["it is weighted"] if data.isWeighted() else [])


def _observables(opened: Opened) -> list[str]:
    listed, columns = set(names_of(opened.config.GetObservables())), set(names_of(opened.data.get()))
    faults = [] if listed else ["there is none"]
    faults += [f"{name} is in only one of ModelConfig and data_obs" for name in sorted(listed ^ columns)]
    used = set(names_of(opened.pdf.getVariables()))
    return faults + [f"the pdf does not depend on {name}" for name in sorted(listed - used)]


def _one_bin(opened: Opened) -> list[str]:
    items = [*opened.config.GetObservables(), *opened.data.get()]
    return [f"{item.GetName()} has {item.getBins()}" for item in items if item.getBins() != 1]


def _parameters_of_interest(opened: Opened) -> list[str]:
    items = list(opened.config.GetParametersOfInterest())
    return (["there is none: every mass is frozen, float one"] if not items else []) + _unfit(opened, items)


def _ranges_of_interest(opened: Opened) -> list[str]:
    return [
        f"{item.GetName()} = {item.getVal():g} with the range [{item.getMin():g}, {item.getMax():g}]"
        for item in opened.config.GetParametersOfInterest()
        if not (math.isfinite(item.getMin()) and math.isfinite(item.getMax()))
        or not item.getMin() < item.getVal() < item.getMax()
    ]


def _nuisances(opened: Opened) -> list[str]:
    items = list(opened.config.GetNuisanceParameters() or [])
    both = set(names_of(items)) & set(names_of(opened.config.GetParametersOfInterest()))
    faults = ["there is none: use a card with theory nuisances, or --engine full"] if not items else []
    return faults + [f"{name} is a parameter of interest too" for name in sorted(both)] + _unfit(opened, items)


def _unfit(opened: Opened, items: Iterable[Any]) -> list[str]:
    """Why parameters cannot be fitted."""
    faults = []
    for item in items:
        if item.ClassName() != "RooRealVar":
            faults.append(f"{item.GetName()} is a {item.ClassName()}")
        elif item.isConstant():
            faults.append(f"{item.GetName()} is constant")
        elif not opened.pdf.dependsOn(item):
            faults.append(f"the pdf does not depend on {item.GetName()}")
    return faults


def _nothing_floats_unlisted(opened: Opened) -> list[str]:
    listed = {*names_of(opened.config.GetParametersOfInterest()), *names_of(opened.config.GetNuisanceParameters())}
    return [
        f"{item.GetName()} floats"
        for item in opened.floating()
        if str(item.GetName()) not in listed and not item.getAttribute(FLAT)
    ]


def _flat_parameters(opened: Opened) -> list[str]:
    constrained = {name for factor in opened.constraints() for name in names_of(factor.getVariables())}
    return [
        f"{item.GetName()} has a constraint"
        for item in opened.floating()
        if item.getAttribute(FLAT) and str(item.GetName()) in constrained
    ]


def _globals_constant(opened: Opened) -> list[str]:
    items = opened.config.GetGlobalObservables() or []
    return [f"{item.GetName()} floats" for item in items if not item.isConstant()]


def _globals_listed(opened: Opened) -> list[str]:
    listed = set(names_of(opened.config.GetGlobalObservables() or []))
    measured = [
        item
        for item in opened.pdf.getVariables()
        if item.getAttribute(GLOBAL_TAG) or str(item.GetName()).endswith("_In")
    ]
    return [f"{name} is not listed" for name in names_of(measured) if name not in listed]


def _constraint_names(opened: Opened) -> list[str]:
    faults = []
    for item in opened.config.GetNuisanceParameters():
        name = str(item.GetName())
        if item.getAttribute(WITHOUT_PRIOR):
            continue
        faults += [] if opened.workspace.var(f"{name}_In") else [f"no {name}_In"]
        faults += [] if opened.workspace.pdf(f"{name}_Pdf") else [f"no {name}_Pdf"]
    return faults


def _own_constraints(opened: Opened) -> list[str]:
    faults = []
    for item in opened.config.GetNuisanceParameters():
        pdf = opened.workspace.pdf(f"{item.GetName()}_Pdf")
        floating = [] if not pdf else names_of(v for v in pdf.getVariables() if not v.isConstant())
        if pdf and list(floating) != [str(item.GetName())]:
            faults.append(f"{pdf.GetName()} depends on {', '.join(floating) or 'nothing that floats'}")
    return faults


def _centred_constraints(opened: Opened) -> list[str]:
    return [
        f"{factor.GetName()} has the mean {server.GetName()}"
        for factor in opened.constraints()
        for server in factor.servers()
        if server.ClassName() not in ("RooRealVar", "RooConstVar")
    ]


def _groups(opened: Opened) -> list[str]:
    floating = set(names_of(opened.floating()))
    faults = []
    sets = {str(name): members for name, members in opened.workspace.sets() if str(name).startswith(GROUP)}
    for name, members in sets.items():
        faults += [f"{name} is empty"] if not len(members) else []
        faults += [f"{name} holds {member}" for member in names_of(members) if member not in floating]
        faults += [f"{item.GetName()} lacks the attribute {name}" for item in members if not item.getAttribute(name)]
    return faults


def _all_digits(opened: Opened) -> list[str]:
    constants = [item for item in opened.workspace.components() if item.ClassName() == "RooConstVar"]
    return [
        f"{item.GetName()} = {item.getVal():.17g}"
        for item in constants
        if str(item.GetName()) != constant_name(item.getVal()) and f"{item.getVal():g}" != repr(item.getVal())
    ]


def _scales_constant(opened: Opened) -> list[str]:
    return [
        f"{item.GetName()} floats"
        for item in opened.workspace.allVars()
        if str(item.GetName()).startswith("scale_") and not item.isConstant() and item.GetTitle().startswith("ratio")
    ]


def _snapshot(opened: Opened) -> list[str]:
    snapshot = opened.workspace.getSnapshot("prefit")
    if not snapshot:
        return ["there is none"]
    kept = {str(item.GetName()): item.getVal() for item in snapshot}
    return [
        f"{item.GetName()} = {item.getVal():g}"
        for item in opened.pdf.getParameters(opened.config.GetObservables())
        if kept.get(str(item.GetName())) != item.getVal()
    ]


def _same_likelihood(opened: Opened) -> list[str]:
    """Combine names no global observables: the pdf itself must know them, or the constraints are normalised wrong."""
    ROOT, config = opened.ROOT, opened.config
    constrain = ROOT.RooFit.Constrain(config.GetNuisanceParameters())
    likelihoods = [
        opened.pdf.createNLL(opened.data, constrain, ROOT.RooFit.Extended(False)),
        opened.pdf.createNLL(opened.data, constrain, ROOT.RooFit.GlobalObservables(config.GetGlobalObservables())),
    ]
    found = []
    for likelihood in likelihoods:
        before = likelihood.getVal()
        _move(opened, 1e-4)
        found.append((before, likelihood.getVal() - before))
        opened.workspace.loadSnapshot("prefit")
    if not all(math.isfinite(number) for pair in found for number in pair):
        return [f"-ln L = {found[0][0]} before the fit"]
    if not math.isclose(found[0][1], found[1][1], rel_tol=1e-6, abs_tol=1e-9):
        return [f"-ln L changes by {found[0][1]:.9g} instead of {found[1][1]:.9g}"]
    return []


def _move(opened: Opened, fraction: float) -> None:
    """Move all that floats by a fraction of the way to the end of its range."""
    for item in opened.floating():
        item.setVal(item.getVal() + fraction * (item.getMax() - item.getVal()))


DEMANDS: dict[str, Callable[[Opened], list[str]]] = {
    "one ModelConfig, ModelConfig": _one_model_config,
    "the pdf is a plain product without RooSimultaneous": _plain_product,
    "all classes are ROOT's own": _stock_classes,
    "data_obs is an unweighted RooDataSet of one entry": _one_entry,
    "observables are those of data_obs": _observables,
    "observables have one bin, for the saturated model": _one_bin,
    "parameters of interest float": _parameters_of_interest,
    "ranges of parameters of interest are finite": _ranges_of_interest,
    "nuisances are listed and float": _nuisances,
    "nothing else floats but what is marked flatParam": _nothing_floats_unlisted,
    "what is marked flatParam has no constraint": _flat_parameters,
    "global observables are constant": _globals_constant,
    "global observables are listed": _globals_listed,
    "every nuisance has its <nuisance>_In and <nuisance>_Pdf": _constraint_names,
    "each <nuisance>_Pdf depends on its nuisance alone": _own_constraints,
    "constraints are centred on nuisances": _centred_constraints,
    "groups are sets of floating parameters": _groups,
    "constants have all their digits": _all_digits,
    "constants of scale variations are constant": _scales_constant,
    "snapshot prefit is the state of the file": _snapshot,
    "the likelihood is the same without a list of global observables": _same_likelihood,
}
"""What is demanded, in words, to what finds the faults."""
