"""``-M Impacts``: what every nuisance does to every mass, analytically or by refits of the full model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.fit import Fitted
from ttjroofit.analysis.heading import heading
from ttjroofit.card.patterns import match_names
from ttjroofit.errors import OptionError, suggestion
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.impacts import curve_impacts, global_impacts, ordinary_impact, profiled_impacts
from ttjroofit.model.likelihood import theory_of
from ttjroofit.model.posterior import Posterior
from ttjroofit.results.fit import FitResult
from ttjroofit.results.impacts import SCHEMA, ImpactMass, ImpactParameter, ImpactsResult
from ttjroofit.roofit.minimise import FINE_TOLERANCE, FitPlan, Minimised, minimise
from ttjroofit.roofit.workspace import set_values

__all__ = ["compute_impacts", "refit_impacts"]

Shifts = dict[str, tuple[FloatArray, FloatArray]]


def compute_impacts(
    fitted: Fitted, clock: Clock, *, named: Sequence[str] | None = None, refit: bool = False
) -> ImpactsResult:
    """Impacts of the floating nuisances on the floating masses.

    Args:
        fitted: the fit; the analytic impacts of linear nuisances take the others by their tangents at the minimum.
        clock: told of the stage.
        named: names or patterns of nuisances; all of them unless given.
        refit: fit the full model by RooFit with every nuisance held, instead of solving the reduced one in numpy.

    Raises:
        OptionError: if a name matches nothing.
    """
    combination, posterior = fitted.combination, fitted.posterior
    theory = theory_of(combination)
    masses = [item.name for item in theory.parameters.masses if not item.frozen]
    nuisances = _floating_nuisances(combination, posterior)
    chosen = nuisances if named is None else _named(named, nuisances)
    parents = combination.prior.parents
    held = list(dict.fromkeys(parents[name][0] if name in parents else name for name in chosen))
    with clock.stage("impacts"):
        shifts = refit_impacts(fitted, held) if refit else _profiled(fitted, held)
    return _result(combination, fitted, masses, _signed(combination, chosen, shifts), "refit" if refit else "analytic")


def _profiled(fitted: Fitted, names: Sequence[str]) -> Shifts:
    curved = [name for name in names if name in fitted.curved]
    plain = [name for name in names if name not in curved]
    shifts = profiled_impacts(fitted.combination, fitted.elimination, fitted.posterior, plain)
    return shifts | curve_impacts(fitted.likelihood, fitted.posterior, curved)


def refit_impacts(fitted: Fitted, names: Sequence[str]) -> Shifts:
    """Shifts of the explicit parameters when the full model is fitted again with one nuisance held at +-1 sigma.

    The slow twin of ``model.impacts.profiled_impacts``: MIGRAD over all parameters, from where the posterior expects
    the minimum. The parameters of the workspace are left at the minimum of the fit.

    Args:
        fitted: the fit.
        names: floating parameters.

    Returns:
        Name to the shifts for +1 and -1 sigma, shapes (P,); NaN where the refit failed.
    """
    theory, posterior = theory_of(fitted.combination), fitted.posterior
    best = dict(zip(posterior.names, posterior.values.tolist(), strict=True))
    central = theory.parameters.values(best)

    def shift(name: str, direction: float) -> FloatArray:
        minimised = _refit_held(fitted, name, direction)
        values = theory.parameters.values(best | dict(zip(minimised.names, minimised.values.tolist(), strict=True)))
        if name in theory.parameters.names:
            values[theory.parameters.position(name)] = fitted.workspace.var(name).getVal()
        return values - central if minimised.status.good else np.full(len(central), np.nan)

    shifts = {name: (shift(name, 1.0), shift(name, -1.0)) for name in names}
    set_values(fitted.workspace, best)
    return shifts


def _refit_held(fitted: Fitted, name: str, direction: float) -> Minimised:
    """Fit the full model with one parameter held ``direction`` post-fit sigmas from its best value."""
    posterior, workspace = fitted.posterior, fitted.workspace
    where = posterior.names.index(name)
    follow = direction * posterior.covariance[where] / np.sqrt(posterior.covariance[where, where])
    set_values(workspace, dict(zip(posterior.names, (posterior.values + follow).tolist(), strict=True)))
    workspace.var(name).setConstant(True)
    try:
        return minimise(workspace, FitPlan(engine="full", hesse=False, tolerance=FINE_TOLERANCE))
    finally:
        workspace.var(name).setConstant(False)


def _floating_nuisances(combination: Combination, posterior: Posterior) -> list[str]:
    """Nuisances of the measurements by all their names, then of the prediction."""
    floating, parents = set(posterior.names), combination.prior.parents
    theory = theory_of(combination)
    names = [name for name in combination.owners if parents[name][0] in floating]
    names += [item.name for item in theory.parameters.items if item.prior is not None and item.kind != "mass"]
    return [name for name in (*names, *theory.interpolation_names) if name in parents or name in floating]


def _named(patterns: Sequence[str], names: Sequence[str]) -> list[str]:
    chosen: dict[str, None] = {}
    for pattern in patterns:
        matched = match_names(pattern, names)
        if not matched:
            raise OptionError(f"--named: no floating nuisance matches {pattern}{suggestion(pattern, names)}")
        chosen |= dict.fromkeys(matched)
    return list(chosen)


def _signed(combination: Combination, names: Sequence[str], shifts: Shifts) -> Shifts:
    """Shifts by the names of the card: a name of opposite sign has its parent's shifts the other way round."""
    parents, signed = combination.prior.parents, {}
    for name in names:
        parent, sign = parents.get(name, (name, 1.0))
        up, down = shifts[parent]
        signed[name] = (up, down) if sign > 0 else (down, up)
    return signed


@dataclass(frozen=True)
class _Prefit:
    """Value before the fit, prior sigma (1 for nuisances in units of it) and whether there is a prior."""

    value: float
    sigma: float = 1.0
    constrained: bool = True


def _result(
    combination: Combination, fitted: Fitted, masses: Sequence[str], shifts: Shifts, method: str
) -> ImpactsResult:
    result = fitted.result
    splits = {mass: global_impacts(combination, fitted.posterior, mass) for mass in masses}
    explicit = list(theory_of(combination).parameters.names)
    parameters = []
    for name, (up, down) in shifts.items():
        moves = {mass: (float(down[explicit.index(mass)]), float(up[explicit.index(mass)])) for mass in masses}
        impacts = {mass: splits[mass].impacts[name] for mass in masses}
        parameters.append(_parameter(combination, fitted, name, moves, impacts))
    if masses:
        parameters.sort(key=lambda parameter: -(parameter.impact[masses[0]] or 0.0))
    return ImpactsResult(
        **heading(SCHEMA, combination),
        measurements=result.measurements,
        quality=result.quality,
        asimov=result.asimov,
        method=method,
        masses=[_mass(result, mass, splits[mass].data, splits[mass].total) for mass in masses],
        parameters=parameters,
        status=result.status,
    )


def _mass(result: FitResult, name: str, data: float, estimator: float) -> ImpactMass:
    mass = result.parameters[name]
    hesse = mass.hesse or 0.0
    lo = mass.minos.lo if mass.minos is not None and mass.minos.lo is not None else -hesse
    hi = mass.minos.hi if mass.minos is not None and mass.minos.hi is not None else hesse
    return ImpactMass(name, mass.unit, (mass.value + lo, mass.value, mass.value + hi), data, estimator)


def _parameter(
    combination: Combination,
    fitted: Fitted,
    name: str,
    moves: Mapping[str, tuple[float, float]],
    global_impact: dict[str, float],
) -> ImpactParameter:
    posterior, result = fitted.posterior, fitted.result
    parent, sign = combination.prior.parents.get(name, (name, 1.0))
    where = posterior.names.index(parent)
    value, sigma = sign * float(posterior.values[where]), float(np.sqrt(posterior.covariance[where, where]))
    prefit = _prefit(combination, name, parent, sign)
    central = {mass: result.parameters[mass].value for mass in moves}
    return ImpactParameter(
        name=name,
        type="Gaussian" if prefit.constrained else "Unconstrained",
        groups=[group for group, names in combination.groups.items() if name in names],
        prefit=(prefit.value - prefit.sigma, prefit.value, prefit.value + prefit.sigma),
        fit=(value - sigma, value, value + sigma),
        values={
            mass: (_at(central[mass], down), central[mass], _at(central[mass], up))
            for mass, (down, up) in moves.items()
        },
        impact={mass: None if np.isnan(down + up) else max(abs(down), abs(up)) for mass, (down, up) in moves.items()},
        ordinary={mass: sign * ordinary_impact(posterior, mass, parent) for mass in moves},
        global_impact=global_impact,
    )


def _at(value: float, shift: float) -> float | None:
    return None if np.isnan(shift) else value + shift


def _prefit(combination: Combination, name: str, parent: str, sign: float) -> _Prefit:
    prior, theory = combination.prior, theory_of(combination)
    if parent in prior.parameters:
        start = float(combination.starts[prior.parameters.index(parent)])
        return _Prefit(sign * start, constrained=not combination.owners[name].without_prior)
    for item in theory.parameters.items:
        if item.name == name and item.prior is not None:
            return _Prefit(*item.prior)
    return _Prefit(0.0)
