"""What stands in the file of a likelihood of others: its pdf by channels, its constraint factors, its data."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ttjroofit.card.statements import ShapesStatement
from ttjroofit.errors import InputError, Place, suggestion
from ttjroofit.inputs.external import ExternalLikelihood
from ttjroofit.inputs.root_file import check_whole

__all__ = ["Opened", "open_external"]


@dataclass(frozen=True, eq=False)
class Opened:
    """A likelihood in memory, all names as in its file.

    Attributes:
        kept: what must live as long as the pdfs do.
        channels: label of the channel to its pdf without constraint factors; the label is empty for a pdf that is no
            RooSimultaneous.
        data: label to the data of the channel.
        constraints: the factors that depend on no observable, each once; those of parameters without an effect on any
            channel are left out, as RooFit does, which would leave the parameters floating.
        observables: names, the category of the channels left out.
        globals: names of the global observables.
        extended: whether numbers of events are part of the likelihood.
    """

    kept: tuple[Any, ...]
    channels: Mapping[str, Any]
    data: Mapping[str, Any]
    constraints: tuple[Any, ...]
    observables: tuple[str, ...]
    globals: tuple[str, ...]
    extended: bool

    @property
    def pdfs(self) -> tuple[Any, ...]:
        """Channels and constraints."""
        return (*self.channels.values(), *self.constraints)

    @property
    def variables(self) -> dict[str, Any]:
        """All RooRealVars by name."""
        found = {str(item.GetName()): item for pdf in self.pdfs for item in pdf.getVariables()}
        return {name: item for name, item in found.items() if hasattr(item, "setVal")}


def open_external(ROOT: Any, source: ShapesStatement | ExternalLikelihood) -> Opened:
    """Read a likelihood.

    Raises:
        InputError: if the file is none of ROOT, something is not in it, or the pdf cannot be taken apart.
    """
    path = source.path
    workspaces = _read_workspaces(ROOT, path, dict.fromkeys([source.pdf[0], source.data[0]]))
    pdf = _find(workspaces[source.pdf[0]], source.pdf, path, "pdf")
    data = _find(workspaces[source.data[0]], source.data, path, "data")
    configs = [item for item in workspaces[source.pdf[0]].allGenericObjects() if hasattr(item, "GetGlobalObservables")]
    observables = _observables(pdf, data, configs, path)
    separation = _Separation(ROOT, observables, path)
    bare = separation.measured(pdf)
    channels, parts, category, split = {"": bare}, {"": data}, "", None
    if isinstance(bare, ROOT.RooSimultaneous):
        category = str(bare.indexCat().GetName())
        split = _split(data, bare, path)
        parts = {str(part.GetName()): part for part in split}
        channels = {label: separation.measured(bare.getPdf(label)) for label in _labels(bare)}
    for channel in channels.values():
        separation.check(channel)
    _check_categories(pdf, category, path)
    constraints = _with_effect(separation.constraints.values(), channels.values())
    return Opened(
        kept=(*workspaces.values(), pdf, data, observables, split, *separation.made),
        channels=channels,
        data={label: parts[label] for label in channels},
        constraints=constraints,
        observables=tuple(name for name in _names(observables) if name != category),
        globals=_global_observables(configs, constraints),
        extended=bool(pdf.canBeExtended()),
    )


def _read_workspaces(ROOT: Any, path: Path, names: Iterable[str]) -> dict[str, Any]:
    place = Place(path)
    try:
        file = ROOT.TFile.Open(str(path))
    except OSError:
        file = None
    if not file or file.IsZombie():
        raise InputError(
            "this is no file of ROOT, or no whole one: a `shapes` line names a ROOT file with a RooWorkspace", place
        )
    with file:
        # ROOT makes what it can of a torn file, and may crash on it later
        check_whole(path)
        classes = [info.GetName() for info in file.GetStreamerInfoList()]
        unknown = [str(name) for name in classes if _is_unknown(ROOT, str(name))]
        if unknown:
            raise InputError(
                f"this ROOT has no class {', '.join(unknown)}: set up the program that made the file (for combine "
                "libHiggsAnalysisCombinedLimit, found through its rootmap) before you start",
                place,
            )
        found = {}
        for name in names:
            workspace = file.Get(name)
            if not isinstance(workspace, ROOT.RooWorkspace):
                known = [str(key.GetName()) for key in file.GetListOfKeys() if key.GetClassName() == "RooWorkspace"]
                raise InputError(f"it has no RooWorkspace {name}{suggestion(name, known)}", place)
            found[name] = workspace
    return found


def _is_unknown(ROOT: Any, name: str) -> bool:
    if "<" in name or "::" in name or name in {"listOfRules"}:
        return False
    known = ROOT.TClass.GetClass(name, True, True)
    return not known or not known.HasDictionary()


def _find(workspace: Any, names: tuple[str, str], path: Path, kind: str) -> Any:
    known = workspace.allPdfs() if kind == "pdf" else workspace.allData()
    found = workspace.pdf(names[1]) if kind == "pdf" else workspace.data(names[1])
    if not found:
        raise InputError(
            f"workspace {names[0]} has no {kind} {names[1]}{suggestion(names[1], _names(known))}", Place(path)
        )
    return found


def _names(items: Iterable[Any]) -> list[str]:
    return [str(item.GetName()) for item in items]


def _observables(pdf: Any, data: Any, configs: Collection[Any], path: Path) -> Any:
    """The columns of the data that the pdf depends on; all observables that a ModelConfig names must be there."""
    columns, variables = _names(data.get()), _names(pdf.getVariables())
    said = {name for config in configs if config.GetObservables() for name in _names(config.GetObservables())}
    missing = [name for name in variables if name in said and name not in columns]
    if missing or not set(columns) & set(variables):
        what = ", ".join(missing) or "any variable of the pdf"
        raise InputError(
            f"data {data.GetName()} have no column for {what}, an observable of {pdf.GetName()}: "
            f"their columns are {', '.join(columns)}",
            Place(path),
        )
    return pdf.getObservables(data)


def _split(data: Any, simultaneous: Any, path: Path) -> Any:
    category, columns = str(simultaneous.indexCat().GetName()), _names(data.get())
    if category not in columns:
        raise InputError(
            f"data {data.GetName()} have no column for {category}, the channels of {simultaneous.GetName()}: "
            f"their columns are {', '.join(columns)}",
            Place(path),
        )
    return data.split(simultaneous, True)


def _labels(simultaneous: Any) -> list[str]:
    labels = [str(label) for label, _ in simultaneous.indexCat()]
    return [label for label in labels if simultaneous.getPdf(label)]


def _check_categories(pdf: Any, category: str, path: Path) -> None:
    """Only the channels may be a category: nobody would minimise over the states of another one."""
    for item in pdf.getVariables():
        if not hasattr(item, "setVal") and str(item.GetName()) != category:
            raise InputError(
                f"{pdf.GetName()} depends on {item.GetName()}, a category that is not that of its channels: "
                "make a pdf without it",
                Place(path),
            )


def _with_effect(constraints: Iterable[Any], channels: Iterable[Any]) -> tuple[Any, ...]:
    used = {name for channel in channels for name in _names(channel.getVariables())}
    return tuple(pdf for pdf in constraints if not used.isdisjoint(_names(pdf.getVariables())))


class _Separation:
    """Takes constraint factors out of products, and collects them."""

    def __init__(self, ROOT: Any, observables: Any, path: Path) -> None:
        self.ROOT, self.observables, self.place = ROOT, observables, Place(path)
        self.constraints: dict[str, Any] = {}
        self.made: list[Any] = []

    def measured(self, pdf: Any) -> Any:
        """The pdf without its factors that depend on no observable."""
        if not isinstance(pdf, self.ROOT.RooProdPdf):
            return pdf
        factors = list(pdf.pdfList())
        kept = [factor for factor in factors if factor.dependsOn(self.observables)]
        bare = [self.measured(factor) for factor in kept]
        if len(kept) == len(factors) and all(new is old for new, old in zip(bare, kept, strict=True)):
            return pdf
        for factor in factors:
            if not factor.dependsOn(self.observables):
                self.constraints |= {str(item.GetName()): item for item in _factors(self.ROOT, factor)}
            if self._is_conditional(pdf, factor):
                raise InputError(
                    f"{pdf.GetName()} is a product of conditional pdfs and of constraints: make it a product of the "
                    "two kinds",
                    self.place,
                )
        if len(bare) == 1:
            return bare[0]
        product = self.ROOT.RooProdPdf(f"{pdf.GetName()}_measured", pdf.GetTitle(), self.ROOT.RooArgList(*bare))
        self.made.append(product)
        return product

    def _is_conditional(self, product: Any, factor: Any) -> bool:
        """Whether a factor is normalised over a part of its observables only; HistFactory names all of them."""
        stated = product.findPdfNSet(factor)
        if not stated:
            return False
        # RooProdPdf calls the observables that a factor is conditional on cset, those it is normalised over nset
        return stated.GetName() == "cset" or not set(_names(factor.getObservables(self.observables))) <= set(
            _names(stated)
        )

    def check(self, pdf: Any) -> None:
        """No constraint may be left inside, where it would not be found."""
        for node in pdf.getComponents():
            if not isinstance(node, self.ROOT.RooAbsPdf) or node.dependsOn(self.observables):
                continue
            if any(not item.isConstant() for item in node.getVariables()):
                raise InputError(
                    f"{node.GetName()} looks like a constraint inside {pdf.GetName()}, a {pdf.ClassName()}: only "
                    "products (RooProdPdf) of measured factors and constraints are taken apart",
                    self.place,
                )


def _factors(ROOT: Any, pdf: Any) -> Iterator[Any]:
    if isinstance(pdf, ROOT.RooProdPdf):
        for factor in pdf.pdfList():
            yield from _factors(ROOT, factor)
    else:
        yield pdf


def _global_observables(configs: Collection[Any], constraints: Iterable[Any]) -> tuple[str, ...]:
    """As a ModelConfig says; without one, constants that are called <nuisance>_In as in combine."""
    said = {
        name for config in configs if config.GetGlobalObservables() for name in _names(config.GetGlobalObservables())
    }
    variables = {str(item.GetName()): item for pdf in constraints for item in pdf.getVariables()}
    guessed = {f"{name}_In" for name in variables}
    return tuple(name for name, item in variables.items() if name in (said or guessed) and item.isConstant())
