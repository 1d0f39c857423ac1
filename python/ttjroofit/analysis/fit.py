"""``-M Fit``: the masses from a combination, with everything a fit has to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ttjroofit.analysis.breakdown import break_down
from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.external import external_results, goodness, joint_tangent, own_results
from ttjroofit.analysis.heading import model_heading
from ttjroofit.analysis.minuit import correlation_matrix, fit_status, minos_interval
from ttjroofit.analysis.nuisances import groups_of_names, nuisance_states
from ttjroofit.analysis.repair import prior_repair
from ttjroofit.analysis.scale import scale_uncertainties
from ttjroofit.analysis.smoothing import smoothed_shifts
from ttjroofit.analysis.spectra import spectra
from ttjroofit.errors import ModelError
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination, eliminate
from ttjroofit.model.external import kept_for_external, refuse_pearson
from ttjroofit.model.impacts import GlobalImpacts, global_impacts, ordinary_impact
from ttjroofit.model.likelihood import ReducedLikelihood, reduce_likelihood, theory_of
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.posterior import Posterior
from ttjroofit.model.reweighting import reweighted
from ttjroofit.model.tangent import Tangent, make_tangent
from ttjroofit.results.fit import (
    SCHEMA,
    CorrelationMatrix,
    FitResult,
    GoodnessOfFit,
    NuisanceResult,
    ParameterResult,
    ScaleUncertainty,
)
from ttjroofit.roofit.minimise import FitPlan, Minimised, Minimizer, minimise
from ttjroofit.roofit.session import root
from ttjroofit.roofit.workspace import build_workspace, save_post_fit, set_values

__all__ = ["FitOptions", "Fitted", "fit_masses"]


@dataclass(frozen=True)
class FitOptions:
    """How to fit, and what is to be written down of how the model was made.

    Attributes:
        engine: ``reduced`` or ``full``.
        minimizer: of ROOT.
        verbosity: of ROOT.
        scenario, pulls, asimov: of the model, recorded in the result.
        chi2_form: of ``fit_masses``: ``pearson`` for statistical variances in proportion to the fitted expectation.
    """

    engine: Literal["reduced", "full"] = "reduced"
    minimizer: Minimizer = field(default_factory=Minimizer)
    verbosity: int = 0
    scenario: str | None = None
    pulls: str = "published"
    asimov: bool = False
    chi2_form: Literal["neyman", "pearson"] = "neyman"


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fit with its ROOT objects, which the output folder keeps.

    Attributes:
        result: what there is to say.
        workspace: RooWorkspace with snapshots ``prefit`` and ``postfit``.
        roofit_result: the RooFitResult.
        likelihood: the reduced model.
        combination: that was fitted; its sources that are not linear are made linear at the minimum.
        elimination: of the combination.
        posterior: about the minimum.
    """

    result: FitResult
    workspace: Any
    roofit_result: Any
    likelihood: ReducedLikelihood
    combination: Combination
    elimination: Elimination
    posterior: Posterior

    @property
    def curved(self) -> set[str]:
        """Nuisances of sources that are not linear."""
        return {item.name for item in self.likelihood.parameters.items if item.kind == "nuisance"}


@dataclass(frozen=True, eq=False)
class _Minimum:
    """A minimum with what it was found in and what is known about it.

    Attributes:
        tangent: the model, its sources that are not linear made linear at the minimum.
        likelihood: the reduced model.
        minimised: what RooFit found.
        values: explicit parameters there, shape (P,).
        scale: envelopes by mass.
        split: variance of the estimator by mass.
    """

    tangent: Tangent
    likelihood: ReducedLikelihood
    minimised: Minimised
    values: FloatArray
    scale: Mapping[str, ScaleUncertainty]
    split: Mapping[str, GlobalImpacts]


def fit_masses(combination: Combination, options: FitOptions, clock: Clock) -> Fitted:
    """Eliminate, build the workspace, fit by RooFit, and work out everything that follows from the minimum.

    Args:
        combination: with its prediction.
        options: engine and minimiser.
        clock: told of the stages.

    Returns:
        The fit; its status says whether it can be trusted.

    Raises:
        ModelError: if there is no prediction, or nothing is left to fit.
    """
    with clock.stage("model"):
        if options.chi2_form == "pearson":
            refuse_pearson(combination)
            combination = reweighted(combination)
        elimination = eliminate(combination)
        likelihood = reduce_likelihood(combination, elimination, kept_for_external(combination))
        if not len(likelihood.parameters.floating):
            raise ModelError("all masses, normalisations and theory nuisances are frozen: nothing is left to fit")
        start = find_minimum(likelihood)
    with clock.stage("ROOT"):
        root()
    with clock.stage("workspace"):
        workspace = build_workspace(combination, elimination)
    masses = tuple(item.name for item in likelihood.parameters.masses if not item.frozen)
    plan = FitPlan(options.engine, options.minimizer, minos=masses, verbosity=options.verbosity)
    with clock.stage("fit"):
        set_values(workspace, _start_values(combination, elimination, likelihood, start, options.engine))
        minimised = minimise(workspace, plan)
    with clock.stage("scale"):
        scale = scale_uncertainties(workspace, combination, minimised, plan)
    with clock.stage("post-fit"):
        values = likelihood.parameters.values(dict(zip(minimised.names, minimised.values.tolist(), strict=True)))
        tangent = joint_tangent(make_tangent(combination, elimination, likelihood, values), likelihood, minimised)
        split = {mass: global_impacts(tangent.combination, tangent.after, mass) for mass in masses}
        minimum = _Minimum(tangent, likelihood, minimised, values, scale, split)
        set_values(workspace, dict(zip(minimised.names, minimised.values.tolist(), strict=True)))
        result = _result(minimum, options, goodness(combination, likelihood, values, workspace))
        save_post_fit(workspace, _post_fit(minimum, result))
    clock.add("minimisation", minimised.seconds)
    return Fitted(
        result, workspace, minimised.result, likelihood, tangent.combination, tangent.elimination, tangent.after
    )


def _start_values(
    combination: Combination,
    elimination: Elimination,
    likelihood: ReducedLikelihood,
    start: FloatArray,
    engine: str,
) -> dict[str, float]:
    """The minimum found in numpy, nuisances included if they are explicit in the engine."""
    values = dict(zip(likelihood.parameters.names, start.tolist(), strict=True))
    if engine == "full":
        after = make_tangent(combination, elimination, likelihood, start).after
        values |= dict(zip(after.names, after.values.tolist(), strict=True))
    return values


def _result(minimum: _Minimum, options: FitOptions, fit: GoodnessOfFit | None) -> FitResult:
    combination, status = minimum.tangent.combination, fit_status(minimum.minimised)
    refits = all(uncertainty.converged for uncertainty in minimum.scale.values())
    return FitResult(
        **model_heading(SCHEMA, combination, scenario=options.scenario, pulls=options.pulls),
        engine=options.engine,
        asimov=options.asimov,
        parameters=_parameters(minimum),
        correlation=_correlations(minimum),
        goodness_of_fit=fit,
        nuisances=_nuisances(minimum),
        interpolation_nuisances=_interpolation_nuisances(minimum),
        spectra=spectra(combination, minimum.tangent.elimination, minimum.tangent.after, minimum.values),
        prior_repair=prior_repair(combination),
        status=replace(status, good=status.good and refits),
        smoothing=smoothed_shifts(combination),
        chi2_form=options.chi2_form,
        blinded=theory_of(combination).blinded,
        external=external_results(combination),
    )


def _parameters(minimum: _Minimum) -> dict[str, ParameterResult]:
    results = {}
    for item, value in zip(minimum.likelihood.parameters.items, minimum.values.tolist(), strict=True):
        fitted_mass = item.kind == "mass" and not item.frozen
        results[item.name] = ParameterResult(
            kind=item.kind,
            value=value,
            unit=item.unit,
            hesse=0.0 if item.frozen else minimum.minimised.sigma(item.name) or None,
            minos=minos_interval(minimum.minimised, item.name),
            breakdown=break_down(
                minimum.tangent.combination, minimum.tangent.after, minimum.split[item.name], item.name
            )
            if fitted_mass
            else None,
            scale=minimum.scale.get(item.name),
        )
    return results | own_results(minimum.tangent.combination, minimum.minimised)


def _correlations(minimum: _Minimum) -> CorrelationMatrix:
    """Of the floating explicit parameters."""
    names = [item.name for item in minimum.likelihood.parameters.items if not item.frozen]
    names += own_results(minimum.tangent.combination, minimum.minimised)
    return correlation_matrix(minimum.minimised, names)


def _nuisances(minimum: _Minimum) -> list[NuisanceResult]:
    """All nuisances of the measurements; impacts of one that equals another parameter have the sign of its own."""
    combination = minimum.tangent.combination
    prior = combination.prior
    fitted = {name: _value_and_sigma(minimum, name) for name in prior.parameters if name not in combination.frozen}
    results = []
    for state in nuisance_states(combination, fitted):
        parent, sign = prior.parents[state.name]
        impacts = {mass: sign * shift for mass, shift in _impacts(minimum, parent).items()}
        results.append(
            NuisanceResult(**vars(state), impact=impacts, global_impact=_global_impacts(minimum, state.name))
        )
    return results


def _interpolation_nuisances(minimum: _Minimum) -> list[NuisanceResult]:
    groups = groups_of_names(minimum.tangent.combination)
    return [
        NuisanceResult(
            name,
            "prediction",
            0.0,
            *_value_and_sigma(minimum, name),
            _impacts(minimum, name),
            _global_impacts(minimum, name),
            groups.get(name, []),
        )
        for name in theory_of(minimum.tangent.combination).interpolation_names
    ]


def _value_and_sigma(minimum: _Minimum, name: str) -> tuple[float, float]:
    """From the fit where it had the parameter (full engine), from the posterior where it was eliminated."""
    if name in minimum.minimised.names:
        return minimum.minimised.value(name), minimum.minimised.sigma(name)
    return float(minimum.tangent.after.values[minimum.tangent.after.names.index(name)]), minimum.tangent.after.sigma(
        name
    )


def _impacts(minimum: _Minimum, name: str) -> dict[str, float]:
    return {
        item.name: ordinary_impact(minimum.tangent.after, item.name, name)
        for item in minimum.likelihood.parameters.masses
    }


def _global_impacts(minimum: _Minimum, name: str) -> dict[str, float]:
    return {mass: split.impacts[name] for mass, split in minimum.split.items()}


def _post_fit(minimum: _Minimum, result: FitResult) -> dict[str, tuple[float, float]]:
    """Values and standard deviations of all variables that float in either model."""
    parameters = set(minimum.tangent.combination.prior.parameters)
    variables = {n.name: (n.value, n.constraint) for n in result.nuisances if n.name in parameters}
    variables |= {n.name: (n.value, n.constraint) for n in result.interpolation_nuisances}
    fitted = minimum.minimised
    return variables | {name: (fitted.value(name), fitted.sigma(name)) for name in fitted.names}
