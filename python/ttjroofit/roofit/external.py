"""Likelihoods of others as factors of our model: what we must know of them, and how their parameters become ours."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ttjroofit.card.statements import ShapesStatement
from ttjroofit.errors import CardError, InputError, Place, suggestion
from ttjroofit.inputs.external import ExternalLikelihood, ExternalParameter
from ttjroofit.model.combination import Combination
from ttjroofit.model.external import has_our_prior, our_names
from ttjroofit.model.files import require_file
from ttjroofit.model.likelihood import theory_of
from ttjroofit.roofit.external_file import Opened, open_external
from ttjroofit.roofit.owner import GLOBAL_TAG, Owner, constant_name
from ttjroofit.roofit.session import quiet

__all__ = ["Attached", "attach", "gaussian_chi2", "read_external"]

REACH = 2.0
"""Between plus and minus this, or inside the range of the nuisance, a constraint must be that of a unit Gaussian."""

ROUNDING = 1e-9
"""In -2 ln of the constraint."""

WEIGHT = "weight_of_entry"
WEIGHT_REACH = 1e300


@dataclass(frozen=True, eq=False)
class Attached:
    """A likelihood whose parameters are those of our model.

    Attributes:
        source: what it is.
        channels: label to pdf, without constraints.
        data: label to the data of the channel.
        constraints: the factors without observables that stay.
        observables: the variables of the data.
        extended: whether numbers of events are part of the likelihood.
    """

    source: ExternalLikelihood
    channels: Mapping[str, Any]
    data: Mapping[str, Any]
    constraints: tuple[Any, ...]
    observables: tuple[Any, ...]
    extended: bool


def read_external(statement: ShapesStatement) -> ExternalLikelihood:
    """What the model must know of a likelihood.

    Raises:
        CardError: if there is no such file, or no parameter that is to be renamed.
        InputError: if it does not hold what the card says.
    """
    require_file(statement.path, statement.place)
    with quiet() as ROOT:
        opened = open_external(ROOT, statement)
        names = _new_names(opened, statement)
        units, own = _constraint_names(opened)
        kinds: dict[str, Literal["unit", "own"]] = {**dict.fromkeys(own, "own"), **dict.fromkeys(units, "unit")}
        parameters = [
            ExternalParameter(
                name=names.get(name, name),
                start=float(item.getVal()),
                low=float(item.getMin()),
                high=float(item.getMax()),
                constant=bool(item.isConstant()),
                constraint=kinds.get(name, "none"),
            )
            for name, item in _parameters(opened).items()
        ]
        single = "" in opened.channels and not opened.extended and _is_one_entry(ROOT, opened.data[""])
        return ExternalLikelihood(
            name=statement.name,
            path=statement.path,
            pdf=statement.pdf,
            data=statement.data,
            renamed=statement.renamed,
            place=statement.place,
            parameters=tuple(parameters),
            entries=sum(int(part.numEntries()) for part in opened.data.values()),
            observables=len(opened.observables),
            gaussians=_gaussians(ROOT, opened) if single and not own else (),
            single=single,
        )


def _is_one_entry(ROOT: Any, data: Any) -> bool:
    return isinstance(data, ROOT.RooDataSet) and data.numEntries() == 1 and data.sumEntries() == 1.0


def _parameters(opened: Opened) -> dict[str, Any]:
    """The variables that are neither observables nor global observables."""
    others = {*opened.observables, *opened.globals}
    return {name: item for name, item in opened.variables.items() if name not in others}


def _new_names(opened: Opened, source: ShapesStatement | ExternalLikelihood) -> dict[str, str]:
    """Old to new names of the parameters that the card renames."""
    known, renamed = _parameters(opened), dict(source.renamed)
    for old, new in source.renamed:
        if old not in known:
            raise CardError(f"pdf {source.pdf[1]} depends on no parameter {old}{suggestion(old, known)}", source.place)
        if new in opened.variables and new not in renamed:
            raise CardError(f"{old}={new} takes the name of another variable of {source.pdf[1]}", source.place)
    return renamed


def _constraint_names(opened: Opened) -> tuple[dict[str, Any], set[str]]:
    """Parameters with exactly one constraint, a unit Gaussian, to that; and all others with a constraint."""
    parameters = _parameters(opened)
    by_name: dict[str, list[Any]] = {}
    constrained = {str(pdf.GetName()): _constrained(pdf, parameters) for pdf in opened.constraints}
    for constraint in opened.constraints:
        for name in constrained[str(constraint.GetName())]:
            by_name.setdefault(name, []).append(constraint)
    units = {
        name: found[0]
        for name, found in by_name.items()
        if len(found) == 1
        and constrained[str(found[0].GetName())] == [name]
        and _is_unit_gaussian(found[0], parameters[name])
    }
    return units, set(by_name) - set(units)


def _constrained(constraint: Any, parameters: Mapping[str, Any]) -> list[str]:
    """What a factor constrains: its floating parameters; if it has none, constant ones, which may float as ours."""
    variables = {str(item.GetName()) for item in constraint.getVariables()}
    mine = {name: item for name, item in parameters.items() if name in variables}
    floating = [name for name, item in mine.items() if not item.isConstant()]
    # a width that is a constant of its own is not what a unit Gaussian constrains
    return floating or [name for name, item in mine.items() if _is_unit_gaussian(constraint, item)] or [*mine]


def _is_unit_gaussian(constraint: Any, variable: Any) -> bool:
    """Whether -2 ln of the pdf is theta^2, its normalisation aside."""
    low, high, before = max(variable.getMin(), -REACH), min(variable.getMax(), REACH), variable.getVal()
    if not low < 0.0 < high:
        return False
    found = []
    for theta in (0.0, low, low / 3.0, high / 3.0, high):
        variable.setVal(theta)
        value = float(constraint.getVal())
        found.append((theta, -2.0 * math.log(value) if value > 0.0 else math.nan))
    variable.setVal(before)
    return all(abs(chi2 - found[0][1] - theta**2) < ROUNDING for theta, chi2 in found)


def _gaussians(ROOT: Any, opened: Opened) -> tuple[str, ...]:
    """Names of the measured factors in our workspace if all are Gaussians of fixed width; else none."""
    (channel,) = opened.channels.values()
    factors = list(channel.pdfList()) if isinstance(channel, ROOT.RooProdPdf) else [channel]
    for factor in factors:
        if isinstance(factor, ROOT.RooGaussian):
            if any(not item.isConstant() for item in factor.getSigma().getVariables()):
                return ()
        elif not isinstance(factor, ROOT.RooMultiVarGaussian):
            return ()
    return tuple(str(factor.GetName()) for factor in factors)


def gaussian_chi2(workspace: Any, external: ExternalLikelihood) -> float:
    """chi2 of a likelihood that is Gaussian, where the parameters of the workspace are now."""
    # without normalisation both classes of Gaussians are 1 at their mean
    values = [float(workspace.pdf(_node_name(name, external)).getVal()) for name in external.gaussians]
    return -2.0 * sum(math.log(value) if value > 0.0 else -math.inf for value in values)


def attach(owner: Owner, combination: Combination, external: ExternalLikelihood) -> Attached:
    """Read a likelihood again and put our parameters, which must have been made, in the place of its own.

    Constraints of parameters that have their prior from us are left out. Pdfs and functions are called
    ``<name>_<likelihood>``.

    Raises:
        CardError: if one of its names is that of something else in our workspace.
    """
    ROOT = owner.ROOT
    opened = open_external(ROOT, external)
    shared = _shared_names(combination, external)
    _check_parameters(owner, external, shared)
    owner.objects[f"{external.name} as read"] = opened
    names = _new_names(opened, external)
    _check_functions(owner, external, _nodes(ROOT, opened.pdfs))
    units, _ = _constraint_names(opened)
    dropped = {str(pdf.GetName()) for name, pdf in units.items() if has_our_prior(combination, names.get(name, name))}
    kept = [pdf for pdf in opened.constraints if str(pdf.GetName()) not in dropped]
    observables = {name: opened.variables[name] for name in opened.observables}
    apart = _apart(opened, external, shared.union(owner.objects))
    roots = _renamed(ROOT, [*opened.channels.values(), *kept], names | apart, external)
    _redirect(ROOT, roots, [owner.objects[item.name] for item in external.parameters if item.name in owner.objects])
    new = [node for node in _nodes(ROOT, roots) if str(node.GetName()) not in owner.objects]
    _adopt(owner, external, new, {apart[name] for name in opened.globals})
    count = len(opened.channels)
    return Attached(
        source=external,
        channels=dict(zip(opened.channels, roots[:count], strict=True)),
        data={label: _data(owner, opened.data[label], observables, external) for label in opened.channels},
        constraints=tuple(roots[count:]),
        observables=tuple(observables.values()),
        extended=opened.extended,
    )


def _shared_names(combination: Combination, external: ExternalLikelihood) -> set[str]:
    """Parameters that are not those of this likelihood alone."""
    ours = our_names(combination.owners, theory_of(combination))
    return ours.union(item.name for other in combination.external if other is not external for item in other.parameters)


def _apart(opened: Opened, external: ExternalLikelihood, taken: Collection[str]) -> dict[str, str]:
    """Names of observables and global observables, which are never ours."""
    return {
        name: _node_name(name, external) if name in taken else name for name in (*opened.observables, *opened.globals)
    }


def _redirect(ROOT: Any, roots: Iterable[Any], nodes: Iterable[Any]) -> None:
    """Let pdfs depend on these nodes in place of theirs of the same names."""
    new = ROOT.RooArgSet()
    for node in nodes:
        new.add(node)
    for root in roots:
        root.recursiveRedirectServers(new, False, False)


def _node_name(name: str, external: ExternalLikelihood) -> str:
    return f"{name}_{external.name}"


def _nodes(ROOT: Any, roots: Iterable[Any]) -> list[Any]:
    nodes = ROOT.RooArgSet()
    for root in roots:
        root.treeNodeServerList(nodes)
    return list(nodes)


def _renamed(ROOT: Any, roots: Sequence[Any], variables: Mapping[str, str], external: ExternalLikelihood) -> list[Any]:
    """The pdfs with their variables renamed, and pdfs and functions called ``<name>_<likelihood>``."""
    formulas = [_anonymous(ROOT, node) for node in _nodes(ROOT, roots) if _is_formula(ROOT, node)]
    by_name = {str(formula.GetName()): formula for formula in formulas}
    roots = [by_name.get(str(root.GetName()), root) for root in roots]
    _redirect(ROOT, roots, formulas)
    for node in _nodes(ROOT, roots):
        name = str(node.GetName())
        if isinstance(node, ROOT.RooConstVar):
            node.SetName(constant_name(node.getVal()))
        elif node.isFundamental():
            node.SetName(variables.get(name, name))
        else:
            node.SetName(_node_name(name, external))
    return roots


def _is_formula(ROOT: Any, node: Any) -> bool:
    return isinstance(node, (ROOT.RooFormulaVar, ROOT.RooGenericPdf))


def _anonymous(ROOT: Any, formula: Any) -> Any:
    """The formula with its variables by number: a file keeps its text, which would name what has been renamed."""
    arguments = list(formula.dependents())
    numbers = {str(item.GetName()): f"x[{i}]" for i, item in enumerate(arguments)}
    text = str(formula.expression())
    if numbers:
        longest = "|".join(re.escape(name) for name in sorted(numbers, key=len, reverse=True))
        text = re.sub(rf"(?<![\w.@:])({longest})(?![\w.(\[:])", lambda found: numbers[found[1]], text)
    kind = ROOT.RooFormulaVar if isinstance(formula, ROOT.RooFormulaVar) else ROOT.RooGenericPdf
    listed = ROOT.RooArgList()
    for item in arguments:
        listed.add(item)
    made = kind(formula.GetName(), formula.GetTitle(), text, listed)
    ROOT.SetOwnership(made, False)
    return made


def _check_parameters(owner: Owner, external: ExternalLikelihood, shared: Collection[str]) -> None:
    for item in external.parameters:
        if item.name not in shared and item.name in owner.objects:
            raise CardError(
                f"its parameter {item.name} is called as something else in our workspace: rename it, "
                f"{external.original(item.name)}=NEW",
                external.place,
            )


def _check_functions(owner: Owner, external: ExternalLikelihood, nodes: Iterable[Any]) -> None:
    """RooFit would take ours in the place of a function of the same name."""
    for node in nodes:
        name = _node_name(str(node.GetName()), external)
        if not node.isFundamental() and name in owner.objects:
            raise CardError(
                f"its {node.GetName()} would be called {name}, as something else in our workspace: call the likelihood "
                f"otherwise than {external.name}",
                external.place,
            )


def _adopt(owner: Owner, external: ExternalLikelihood, new: Iterable[Any], global_observables: set[str]) -> None:
    """Keep what is new; parameters are as the model wants them, global observables constant."""
    wanted = {item.name: item for item in external.parameters}
    for node in new:
        name = str(owner.keep(node).GetName())
        if name in global_observables:
            node.setConstant(True)
            node.setAttribute(GLOBAL_TAG)
            owner.globals.append(name)
        elif name in wanted:
            item = wanted[name]
            node.setRange(item.low, item.high)
            node.setVal(item.start)
            node.setConstant(item.constant)


def _set(variable: Any, value: float, source: ExternalLikelihood) -> None:
    if not variable.getMin() <= value <= variable.getMax():
        raise InputError(
            f"data {source.data[1]} have an entry {value:g} outside the range {variable.getMin():g} to "
            f"{variable.getMax():g} of {variable.GetName()}: leave it out of the data",
            Place(source.path),
        )
    variable.setVal(value)


def _data(owner: Owner, data: Any, observables: Mapping[str, Any], source: ExternalLikelihood) -> Any:
    """One channel with our names and a weight, entries without weight included."""
    ROOT = owner.ROOT
    weight = owner.variable(WEIGHT, 1.0, -WEIGHT_REACH, WEIGHT_REACH)
    columns = ROOT.RooArgSet(*observables.values())
    copied = ROOT.RooDataSet("copy", data.GetTitle(), ROOT.RooArgSet(columns, weight), ROOT.RooFit.WeightVar(weight))
    for i in range(data.numEntries()):
        row = data.get(i)
        for name, variable in observables.items():
            column = row.find(name)
            if column:
                _set(variable, float(column.getVal()), source)
        copied.add(columns, data.weight())
    return copied
