"""The correlation scenarios of a card side by side, and the repairs of an impossible one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy.stats import chi2 as chi2_distribution

from ttjroofit.analysis.breakdown import break_down
from ttjroofit.analysis.repair import prior_repair
from ttjroofit.card.statements import Card, Repair
from ttjroofit.errors import Place, TtjroofitError
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.combination import Combination
from ttjroofit.model.correlations.refit import mass_fitter
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.impacts import global_impacts
from ttjroofit.model.options import ModelOptions
from ttjroofit.model.prior import build_prior
from ttjroofit.model.tangent import make_tangent
from ttjroofit.results.fit import GoodnessOfFit
from ttjroofit.results.scenarios import RepairComparison, ScenarioFit, ScenarioResult

__all__ = ["compare_repairs", "compare_scenarios", "fit_scenario"]


def compare_scenarios(card: Card, options: ModelOptions) -> Iterator[ScenarioResult]:
    """Fit every scenario of the card, one after the other.

    Args:
        card: names the scenarios and says how they are repaired.
        options: choices beyond the card; its scenario is only marked.
    """
    in_force = options.scenario or card.scenario
    for stated in card.scenarios:
        yield _compare(card, replace(options, scenario=stated.name), in_force == stated.name)


def _compare(card: Card, options: ModelOptions, in_force: bool) -> ScenarioResult:
    name = options.scenario or ""
    try:
        combination = load_combination(card, options)
        fit = fit_scenario(combination)
    except TtjroofitError as error:
        return ScenarioResult(name, in_force, 0, 0, None, None, None, str(error))
    prior = combination.prior
    before = prior.repaired.eigenvalue_before if prior.repaired else float(np.linalg.eigvalsh(prior.correlation)[0])
    return ScenarioResult(
        name=name,
        in_force=in_force,
        correlations=len(prior.stated),
        merged=len(prior.names) - len(prior.parameters),
        smallest_eigenvalue=before,
        repair=prior_repair(combination),
        fit=fit,
        error=None,
    )


def fit_scenario(combination: Combination) -> ScenarioFit:
    """The first floating mass of a combination with its breakdown, fitted in numpy.

    Raises:
        ModelError: if there is no prediction, no mass floats, or no minimum is found.
    """
    elimination = eliminate(combination)
    fitter = mass_fitter(combination, elimination)
    tangent = make_tangent(combination, elimination, fitter.likelihood, fitter.values)
    variances = global_impacts(tangent.combination, tangent.after, fitter.name)
    parts = break_down(tangent.combination, tangent.after, variances, fitter.name)
    chi2, ndf = fitter.likelihood.chi2(fitter.values), fitter.likelihood.ndf
    return ScenarioFit(
        mass=float(fitter.values[fitter.mass]),
        total=parts.total,
        exp=parts.exp,
        stat=parts.stat,
        syst=parts.syst,
        pdf=parts.pdf,
        tnp=parts.tnp,
        interpolation=parts.interpolation,
        goodness_of_fit=GoodnessOfFit(chi2, ndf, float(chi2_distribution.sf(chi2, ndf))),
    )


def compare_repairs(combination: Combination) -> list[RepairComparison]:
    """The stated correlations of a combination repaired by each method; nothing if they need no repair."""
    if combination.prior.repaired is None:
        return []
    return [_repaired(combination, Repair(method, Place(combination.card))) for method in ("shrink", "nearest")]


def _repaired(combination: Combination, repair: Repair) -> RepairComparison:
    before = _stated(combination)
    touched = np.flatnonzero(np.count_nonzero(before, axis=0) > 1)
    square = np.ix_(touched, touched)
    spectrum = np.linalg.eigvalsh(before[square]).tolist()
    try:
        changed = replace(combination, prior=build_prior(combination.owners, combination.prior.stated, repair))
        fit = fit_scenario(changed)
    except TtjroofitError as error:
        return RepairComparison(repair.method, None, spectrum, [], None, None, str(error))
    after = changed.prior.correlation
    return RepairComparison(
        method=repair.method,
        repair=prior_repair(changed),
        spectrum_before=spectrum,
        spectrum_after=np.linalg.eigvalsh(after[square]).tolist(),
        distance=float(np.linalg.norm(after - before)),
        fit=fit,
        error=None,
    )


def _stated(combination: Combination) -> FloatArray:
    """The correlations of the prior parameters as the card states them, shape (q, q)."""
    prior, parents = combination.prior, combination.prior.parents
    matrix = np.eye(len(prior.parameters))
    position = {name: i for i, name in enumerate(prior.parameters)}
    for pair in prior.stated:
        (first, sign), (second, other) = parents[pair.first], parents[pair.second]
        if first != second:
            i, j = position[first], position[second]
            matrix[i, j] = matrix[j, i] = sign * other * pair.nominal
    return matrix
