"""A workspace for CMS ``combine``: one model, with the names and the sets that its methods look for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ttjroofit.errors import ModelError
from ttjroofit.model.combination import Combination
from ttjroofit.roofit.centred import centre_constraints
from ttjroofit.roofit.extract import ExtractedModel, factors_of, import_pdf, make_model_config, names_of
from ttjroofit.roofit.owner import Owner
from ttjroofit.roofit.session import quiet
from ttjroofit.roofit.workspace import variables

__all__ = ["FLAT", "GROUP", "WITHOUT_PRIOR", "combine_workspace"]

FLAT = "flatParam"
"""Attribute of floating parameters without a constraint, named as text2workspace does; they are no nuisances."""

WITHOUT_PRIOR = "without_prior"
"""Attribute of nuisances without a prior of ours, which combineTool shall call unconstrained; the fit is right."""

GROUP = "group_"
"""Names of the sets and attributes of groups begin so."""


def combine_workspace(model: ExtractedModel, combination: Combination) -> Any:
    """What ``combine`` expects, added to a model taken out of its workspace.

    - Constraints are centred on the nuisances: ``ttjroofit.model.centred``.
    - ``ModelConfig`` lists as nuisances those with a constraint; what floats without one has the attribute
      ``flatParam``.
    - Every nuisance has ``<nuisance>_In`` and, if it has a prior, ``<nuisance>_Pdf``: a stand-in outside of the
      likelihood where the prior is part of a multivariate constraint.
    - Groups are sets ``group_<name>`` of what floats, and attributes of these parameters.
    - Observables have one bin, so that ``GoodnessOfFit --algo saturated`` can make its histogram of all of them.

    Returns:
        RooWorkspace ``w``.

    Raises:
        ModelError: for a model of several channels.
    """
    if model.workspace.pdf(model.engine).ClassName() == "RooSimultaneous":
        raise ModelError(
            "combine.root: the shapes lines of the card make the model a RooSimultaneous, whose channels combine wants "
            "as sums of signal and background; leave out these lines, or fit workspace.root with -M Fit"
        )
    model = centre_constraints(model, combination)
    workspace = model.workspace
    with quiet() as ROOT:
        nuisances = _constrained(model)
        for name in set(model.nuisances) - set(nuisances):
            workspace.var(name).setAttribute(FLAT)
        _name_constraints(Owner(ROOT), workspace, combination, nuisances)
        _define_groups(workspace, combination, model.nuisances)
        make_model_config(model, nuisances, model.global_observables)
        _define_sets(workspace, model, nuisances)
        for item in (*workspace.data("data_obs").get(), *variables(ROOT, workspace, model.observables)):
            item.setBins(1)
        state = [name for name in names_of(workspace.allVars()) if name not in model.observables]
        workspace.saveSnapshot("prefit", variables(ROOT, workspace, state))
    return workspace


def _define_sets(workspace: Any, model: ExtractedModel, nuisances: Sequence[str]) -> None:
    """The sets of text2workspace, beside those of the ModelConfig."""
    sets = {
        "observables": model.observables,
        "POI": model.interest,
        "nuisances": nuisances,
        "globalObservables": model.global_observables,
    }
    with quiet() as ROOT:
        for name, members in sets.items():
            workspace.defineSet(name, variables(ROOT, workspace, members))


def _constrained(model: ExtractedModel) -> tuple[str, ...]:
    """The nuisances that a factor without observables mentions."""
    with quiet() as ROOT:
        observables = variables(ROOT, model.workspace, model.observables)
        constrained = {
            name
            for factor in factors_of(model.workspace.pdf(model.engine))
            if not factor.dependsOn(observables)
            for name in names_of(factor.getVariables())
        }
    return tuple(name for name in model.nuisances if name in constrained)


def _name_constraints(owner: Owner, workspace: Any, combination: Combination, nuisances: Sequence[str]) -> None:
    """Make the ``<nuisance>_In`` and ``<nuisance>_Pdf`` that are missing; the likelihood uses none of these."""
    parameters = combination.prior.parameters
    for name in nuisances:
        if workspace.pdf(f"{name}_Pdf"):
            continue
        if name not in parameters:
            # of a workspace that the card takes in, with a constraint of its own
            workspace.var(name).setAttribute(WITHOUT_PRIOR)
            continue
        start = float(combination.starts[parameters.index(name)])
        if not workspace.var(f"{name}_In"):
            workspace.Import(owner.global_observable(name, start), owner.ROOT.RooFit.Silence())
        if combination.owners[name].without_prior:
            workspace.var(name).setAttribute(WITHOUT_PRIOR)
            continue
        title = "stand-in for combineTool: the prior of one nuisance, no part of the likelihood"
        mean, sigma = owner.constant(start), owner.constant(1.0)
        import_pdf(workspace, owner.ROOT.RooGaussian(f"{name}_Pdf", title, workspace.var(name), mean, sigma))


def _define_groups(workspace: Any, combination: Combination, floating: Sequence[str]) -> None:
    """A set for each group of which something floats: combine takes no empty ones."""
    parents, free = combination.prior.parents, set(floating)
    for group, members in combination.groups.items():
        chosen = dict.fromkeys(parents[name][0] if name in parents else name for name in members)
        names = [name for name in chosen if name in free]
        if not names:
            continue
        with quiet() as ROOT:
            workspace.defineSet(f"{GROUP}{group}", variables(ROOT, workspace, names))
        for name in names:
            workspace.var(name).setAttribute(f"{GROUP}{group}")
