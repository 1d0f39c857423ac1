"""What a fit has to say where likelihoods of workspaces multiply the combination."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scipy.stats import chi2 as chi2_distribution

from ttjroofit.errors import ModelError
from ttjroofit.inputs.external import ExternalLikelihood
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.external import has_our_prior, our_names, own_of
from ttjroofit.model.joined import JointFit, joint_posterior
from ttjroofit.model.likelihood import ReducedLikelihood, theory_of
from ttjroofit.model.tangent import Tangent
from ttjroofit.results.fit import ExternalResult, GoodnessOfFit, ParameterResult
from ttjroofit.roofit.external import gaussian_chi2
from ttjroofit.roofit.minimise import Minimised

__all__ = ["external_results", "goodness", "joint_tangent", "own_results"]


def joint_tangent(tangent: Tangent, likelihood: ReducedLikelihood, minimised: Minimised) -> Tangent:
    """The tangent with the posterior of the joint fit; that of ours alone where a failed fit has no covariance."""
    if not tangent.combination.external:
        return tangent
    shared = [item.name for item in likelihood.parameters.items if item.kind == "nuisance" and not item.frozen]
    fit = JointFit(minimised.names, minimised.values, minimised.covariance)
    try:
        after = joint_posterior(tangent.combination, tangent.elimination, tangent.values, fit, shared)
    except ModelError:
        return tangent
    return replace(tangent, after=after)


def own_results(combination: Combination, minimised: Minimised) -> dict[str, ParameterResult]:
    """Values and errors of the parameters that workspaces have for themselves."""
    return {
        item.name: ParameterResult(
            kind="external",
            value=minimised.value(item.name),
            unit="",
            hesse=minimised.sigma(item.name) or None,
            minos=None,
            breakdown=None,
            scale=None,
        )
        for item in own_of(combination)
    }


def goodness(
    combination: Combination, likelihood: ReducedLikelihood, values: FloatArray, workspace: Any
) -> GoodnessOfFit | None:
    """chi2 of everything at the minimum; None if a likelihood of a workspace is not Gaussian, or keeps a constraint.

    Args:
        combination: with its likelihoods of workspaces.
        likelihood: of ours.
        values: its explicit parameters at the minimum, shape (P,).
        workspace: with its parameters at the minimum.
    """
    if not all(_has_chi2(combination, external) for external in combination.external):
        return None
    chi2 = likelihood.chi2(values) + sum(gaussian_chi2(workspace, external) for external in combination.external)
    free = sum(item.constraint == "none" for item in own_of(combination))
    ndf = likelihood.ndf + sum(external.observables for external in combination.external) - free
    return GoodnessOfFit(chi2, ndf, float(chi2_distribution.sf(chi2, ndf)))


def _has_chi2(combination: Combination, external: ExternalLikelihood) -> bool:
    return bool(external.gaussians) and all(has_our_prior(combination, name) for name in external.nuisances)


def external_results(combination: Combination) -> list[ExternalResult]:
    """What was multiplied in, and by which parameters it is tied to the rest."""
    return [_external_result(combination, external) for external in combination.external]


def _external_result(combination: Combination, external: ExternalLikelihood) -> ExternalResult:
    owners = combination.owners
    names = [item.name for item in external.parameters]
    added = [name for name in names if name in owners and owners[name].measurement == external.name]
    own = [item.name for item in own_of(combination) if item.name in names]
    ours = our_names(owners, theory_of(combination))
    return ExternalResult(
        name=external.name,
        file=external.path.name,
        pdf=":".join(external.pdf),
        data=":".join(external.data),
        entries=external.entries,
        shared=[name for name in names if name in ours and name not in added],
        nuisances=added,
        parameters=own,
    )
