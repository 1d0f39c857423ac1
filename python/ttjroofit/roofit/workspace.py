"""A RooWorkspace of stock RooFit classes with the reduced and the full model of one combination."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination
from ttjroofit.model.external import kept_for_external
from ttjroofit.model.likelihood import theory_of
from ttjroofit.roofit.external import Attached, attach
from ttjroofit.roofit.full import full_factors, merged_names
from ttjroofit.roofit.joint import joint_data, joint_pdf
from ttjroofit.roofit.owner import Owner
from ttjroofit.roofit.prediction import Predicted, predict
from ttjroofit.roofit.reduced import reduced_factors
from ttjroofit.roofit.session import quiet

__all__ = [
    "build_reduced",
    "build_workspace",
    "model_config_name",
    "save_post_fit",
    "scale_snapshot",
    "scale_values",
    "set_values",
    "variables",
]


def model_config_name(engine: str) -> str:
    """Name of the ModelConfig of an engine: the reduced model is the one that ROOT and combine take by default."""
    return "ModelConfig" if engine == "reduced" else "ModelConfig_full"


def scale_snapshot(key: tuple[float, float]) -> str:
    """Name of the snapshot that makes a (muR, muF) variation the nominal prediction."""
    return f"scale_{key[0]:g}_{key[1]:g}"


def build_workspace(combination: Combination, elimination: Elimination) -> Any:
    """Build workspace ``w`` with pdfs ``reduced`` and ``full``.

    Args:
        combination: measurements, priors and prediction.
        elimination: of the combination.

    Returns:
        ROOT.RooWorkspace with data ``data_obs``, ``ModelConfig`` (reduced) and ``ModelConfig_full``, the snapshot
        ``prefit``, and for each scale variation a snapshot of the ``scale_<bin>`` constants.
    """
    with quiet() as ROOT:
        owner = Owner(ROOT)
        predicted = predict(owner, combination)
        # nuisances that are kept in the reduced model start where the full one needs them to
        full = full_factors(owner, combination, predicted)
        reduced = reduced_factors(owner, combination, elimination, predicted, kept_for_external(combination))
        merged = merged_names(owner, combination)
        attached = [attach(owner, combination, external) for external in combination.external]
        models = {"reduced": reduced, "full": full}
        return _import(owner, combination, predicted, models, others=merged, attached=attached)


def build_reduced(combination: Combination, elimination: Elimination, keep: Sequence[str] = ()) -> Any:
    """Build a workspace with pdf ``reduced`` alone, which takes a tenth of the time, for scans and refits.

    Args:
        combination: measurements, priors and prediction.
        elimination: of the combination.
        keep: nuisances that stay explicit parameters.

    Returns:
        ROOT.RooWorkspace as of ``build_workspace``, without ``full``.
    """
    with quiet() as ROOT:
        owner = Owner(ROOT)
        predicted = predict(owner, combination)
        factors = reduced_factors(owner, combination, elimination, predicted, keep)
        return _import(owner, combination, predicted, {"reduced": factors})


def _import(
    owner: Owner,
    combination: Combination,
    predicted: Predicted,
    models: Mapping[str, Sequence[Any]],
    *,
    others: Sequence[Any] = (),
    attached: Sequence[Attached] = (),
) -> Any:
    """The workspace of some models by name, each given by its factors."""
    ROOT = owner.ROOT
    pdfs = {name: joint_pdf(owner, name, factors, predicted.observed, attached) for name, factors in models.items()}
    workspace = ROOT.RooWorkspace("w", "ttjroofit")
    recycle, silence = ROOT.RooFit.RecycleConflictNodes(), ROOT.RooFit.Silence()
    for item in (*pdfs.values(), *others):
        workspace.Import(item, recycle, silence)
    workspace.Import(joint_data(owner, predicted.observed, attached), silence)
    for engine, pdf in pdfs.items():
        _import_model_config(workspace, combination, owner, engine, workspace.pdf(pdf.GetName()))
    _save_snapshots(workspace, combination)
    return workspace


def set_values(workspace: Any, values: Mapping[str, float]) -> None:
    """Set variables of the workspace by name."""
    for name, value in values.items():
        workspace.var(name).setVal(value)


def save_post_fit(workspace: Any, values: Mapping[str, tuple[float, float]]) -> None:
    """Set variables to (value, standard deviation) by name and save them all as snapshot ``postfit``."""
    with quiet() as ROOT:
        for name, (value, sigma) in values.items():
            workspace.var(name).setVal(value)
            workspace.var(name).setError(sigma)
        prefit = workspace.getSnapshot("prefit")
        workspace.saveSnapshot("postfit", variables(ROOT, workspace, [str(variable.GetName()) for variable in prefit]))


def _import_model_config(workspace: Any, combination: Combination, owner: Owner, engine: str, pdf: Any) -> None:
    ROOT = owner.ROOT
    masses = [item.name for item in theory_of(combination).parameters.masses]
    used = [str(variable.GetName()) for variable in pdf.getVariables()]
    observables = _data_names(workspace)
    apart = {*observables, *masses, *owner.globals}
    config = ROOT.RooStats.ModelConfig(model_config_name(engine), workspace)
    config.SetPdf(pdf)
    config.SetObservables(variables(ROOT, workspace, observables))
    config.SetParametersOfInterest(variables(ROOT, workspace, masses))
    config.SetGlobalObservables(variables(ROOT, workspace, [name for name in used if name in set(owner.globals)]))
    floating = [name for name in used if name not in apart and not workspace.var(name).isConstant()]
    config.SetNuisanceParameters(variables(ROOT, workspace, floating))
    workspace.Import(config)


def _save_snapshots(workspace: Any, combination: Combination) -> None:
    with quiet() as ROOT:
        nominal = scale_values(combination, {})
        for key, ratios in theory_of(combination).scales.items():
            set_values(workspace, scale_values(combination, ratios))
            workspace.saveSnapshot(scale_snapshot(key), variables(ROOT, workspace, nominal))
        set_values(workspace, nominal)
        names, observables = (str(variable.GetName()) for variable in workspace.allVars()), set(_data_names(workspace))
        workspace.saveSnapshot("prefit", variables(ROOT, workspace, [n for n in names if n not in observables]))


def _data_names(workspace: Any) -> list[str]:
    """Names of the observables."""
    return [str(column.GetName()) for column in workspace.data("data_obs").get()]


def scale_values(combination: Combination, ratios: Mapping[str, FloatArray]) -> dict[str, float]:
    """Values of all ``scale_<bin>`` constants: ratios, shape (bins,), of the measurements named, 1 for the others."""
    return {
        f"scale_{name}": float(ratio)
        for measurement in combination.measurements
        for name, ratio in zip(
            measurement.bins, ratios.get(measurement.name, np.ones(len(measurement.bins))), strict=True
        )
    }


def variables(ROOT: Any, workspace: Any, names: Iterable[str]) -> Any:
    """The RooArgSet of variables of the workspace, filled one by one as ``Owner.arguments`` is."""
    chosen = ROOT.RooArgSet()
    for name in names:
        chosen.add(workspace.arg(name))
    return chosen
