"""One model of a workspace taken out of it, for programs that want a file with that model alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ttjroofit.roofit.session import quiet
from ttjroofit.roofit.workspace import model_config_name, variables

__all__ = [
    "ExtractedModel",
    "copy_snapshots",
    "extract_model",
    "factors_of",
    "import_pdf",
    "make_model_config",
    "names_of",
]


@dataclass(frozen=True, eq=False)
class ExtractedModel:
    """A workspace ``w`` that holds one pdf with its data, and the parts its variables play.

    Attributes:
        workspace: RooWorkspace without a ModelConfig.
        engine: ``reduced`` or ``full``: the name of the pdf.
        observables: of ``data_obs``.
        interest: masses that float.
        nuisances: all other floating parameters.
        global_observables: constants that the constraints measure.
    """

    workspace: Any
    engine: Literal["reduced", "full"]
    observables: tuple[str, ...]
    interest: tuple[str, ...]
    nuisances: tuple[str, ...]
    global_observables: tuple[str, ...]


def extract_model(workspace: Any, engine: Literal["reduced", "full"]) -> ExtractedModel:
    """Take the model of an engine out of a workspace of ``build_workspace``, in its state before the fit.

    The other pdf, names merged into others, and what only these need stay behind.
    """
    with quiet() as ROOT:
        workspace.loadSnapshot("prefit")
        config = workspace.obj(model_config_name(engine))
        alone = ROOT.RooWorkspace("w", "ttjroofit")
        import_pdf(alone, config.GetPdf())
        alone.Import(workspace.data("data_obs"), ROOT.RooFit.Silence())
        copy_snapshots(workspace, alone)
        return ExtractedModel(
            workspace=alone,
            engine=engine,
            observables=names_of(config.GetObservables()),
            interest=names_of(item for item in config.GetParametersOfInterest() if not item.isConstant()),
            nuisances=names_of(config.GetNuisanceParameters()),
            global_observables=names_of(config.GetGlobalObservables()),
        )


def import_pdf(workspace: Any, pdf: Any) -> None:
    """Copy a pdf into a workspace; what is there already under the same name is used."""
    with quiet() as ROOT:
        workspace.Import(pdf, ROOT.RooFit.RecycleConflictNodes(), ROOT.RooFit.Silence())


def copy_snapshots(source: Any, target: Any) -> None:
    """Copy snapshots, as far as the target has their variables."""
    with quiet() as ROOT:
        for snapshot in source.getSnapshots():
            chosen = ROOT.RooArgSet()
            for item in snapshot:
                if target.var(item.GetName()):
                    chosen.add(item)
            if len(chosen):
                target.saveSnapshot(snapshot.GetName(), chosen, True)


def make_model_config(model: ExtractedModel, nuisances: Sequence[str], global_observables: Sequence[str]) -> None:
    """Put ``ModelConfig`` into the workspace of a model."""
    with quiet() as ROOT:
        workspace = model.workspace
        config = ROOT.RooStats.ModelConfig("ModelConfig", workspace)
        config.SetPdf(workspace.pdf(model.engine))
        config.SetObservables(variables(ROOT, workspace, model.observables))
        config.SetParametersOfInterest(variables(ROOT, workspace, model.interest))
        config.SetNuisanceParameters(variables(ROOT, workspace, nuisances))
        config.SetGlobalObservables(variables(ROOT, workspace, global_observables))
        workspace.Import(config)


def factors_of(pdf: Any) -> list[Any]:
    """The factors of a product; any other pdf is its own factor."""
    return list(pdf.pdfList()) if pdf.ClassName() == "RooProdPdf" else [pdf]


def names_of(items: Iterable[Any]) -> tuple[str, ...]:
    """Names of RooFit objects."""
    return tuple(str(item.GetName()) for item in items)
