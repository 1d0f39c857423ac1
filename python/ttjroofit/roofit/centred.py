"""The full model with its tied constraints centred on the nuisances, as ``ttjroofit.model.centred`` states them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ttjroofit.model.centred import CentredConstraint, centred_constraints
from ttjroofit.model.combination import Combination
from ttjroofit.roofit.extract import ExtractedModel, copy_snapshots, factors_of, import_pdf, names_of
from ttjroofit.roofit.owner import Owner
from ttjroofit.roofit.session import quiet

__all__ = ["centre_constraints"]


def centre_constraints(model: ExtractedModel, combination: Combination) -> ExtractedModel:
    """The same likelihood with constraints that combine can normalise; the model itself where it has them already."""
    constraints = centred_constraints(combination) if model.engine == "full" else ()
    pdf = model.workspace.pdf(model.engine)
    if not constraints or pdf.ClassName() != "RooProdPdf":
        return model
    replaced = {name for constraint in constraints for name in constraint.replaces}
    with quiet() as ROOT:
        # a pdf cannot be taken out of a workspace: a new one gets all but those that are replaced
        owner, old, new = Owner(ROOT), model.workspace, ROOT.RooWorkspace("w", "ttjroofit")
        kept = [factor for factor in factors_of(pdf) if str(factor.GetName()) not in replaced]
        for factor in (*kept, *(_centred_pdf(owner, old, constraint) for constraint in constraints)):
            import_pdf(new, factor)
        names = (*names_of(kept), *(constraint.name for constraint in constraints))
        import_pdf(new, owner.product(model.engine, [new.pdf(name) for name in names]))
        new.Import(old.data("data_obs"), ROOT.RooFit.Silence())
        copy_snapshots(old, new)
    return replace(model, workspace=new)


def _centred_pdf(owner: Owner, workspace: Any, constraint: CentredConstraint) -> Any:
    observables = []
    for name, value in zip(constraint.parameters, constraint.observed.tolist(), strict=True):
        observable = owner.keep(workspace.var(f"{name}_In").Clone())
        observable.setVal(value)
        observables.append(observable)
    means = [workspace.var(name) for name in constraint.parameters]
    return owner.multivariate_gaussian(constraint.name, observables, means, constraint.covariance)
