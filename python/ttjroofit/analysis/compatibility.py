"""``-M Compatibility``: do the measurements agree on one mass?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from scipy.stats import chi2 as chi2_distribution

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.fit import FitOptions, Fitted, fit_masses
from ttjroofit.analysis.heading import model_heading
from ttjroofit.errors import OptionError
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.gaussian import conditional_covariance
from ttjroofit.model.groups import THEORY_GROUPS
from ttjroofit.model.likelihood import theory_of
from ttjroofit.model.masses import difference, ratio, tie_masses
from ttjroofit.model.posterior import Posterior
from ttjroofit.results.compatibility import SCHEMA, Comparison, CompatibilityResult, Hypothesis, MassCovariance
from ttjroofit.results.fit import CorrelationMatrix

__all__ = ["Compared", "compare_masses"]

ROUNDING = 1e-6
"""Two minima found to an EDM of 1e-7 may give a negative difference of chi2 of this size where it is 0."""


@dataclass(frozen=True, eq=False)
class Compared:
    """Both fits with their ROOT objects, and what they say about each other."""

    result: CompatibilityResult
    single: Fitted
    several: Fitted


def compare_masses(combination: Combination, options: FitOptions, split: str | None, clock: Clock) -> Compared:
    """Fit one mass and several to the same data.

    Args:
        combination: with several masses.
        options: engine and minimiser, of both fits.
        split: how the masses were split, recorded in the result.
        clock: told of the stages; both fits add to them.

    Raises:
        OptionError: if there are fewer than two masses, or one is frozen or constrained.
    """
    theory = theory_of(combination)
    _check_masses(combination)
    tied = replace(combination, theory=tie_masses(theory))
    single = fit_masses(tied, options, clock)
    several = fit_masses(combination, options, clock)
    with clock.stage("post-fit"):
        hypotheses = [_hypothesis(tied, single), _hypothesis(combination, several)]
    return Compared(_result(combination, hypotheses, options, split), single, several)


def _check_masses(combination: Combination) -> None:
    masses = theory_of(combination).parameters.masses
    if len(masses) < 2:
        names = ", ".join(measurement.name for measurement in combination.measurements)
        raise OptionError(
            f"-M Compatibility needs two masses or more to compare: {names} have only {masses[0].name}; "
            "use more measurements or another --split"
        )
    for mass in masses:
        if mass.frozen or mass.prior is not None:
            state = "frozen" if mass.frozen else "constrained"
            raise OptionError(f"-M Compatibility compares floating masses: {mass.name} is {state}")


def _hypothesis(combination: Combination, fitted: Fitted) -> Hypothesis:
    result = fitted.result
    names = list(result.masses)
    place = [result.correlation.names.index(name) for name in names]
    matrix = [[result.correlation.matrix[i][j] for j in place] for i in place]
    return Hypothesis(
        masses={name: mass.value for name, mass in result.masses.items()},
        errors={name: mass.hesse for name, mass in result.masses.items()},
        correlation=CorrelationMatrix(names, matrix),
        covariance=_covariance(combination, fitted.posterior, names) if result.status.good else None,
        parameters=result.parameters,
        chi2=result.known_goodness.chi2,
        ndf=result.known_goodness.ndf,
        p_value=result.known_goodness.p_value,
        status=result.status,
    )


def _covariance(combination: Combination, after: Posterior, names: list[str]) -> MassCovariance:
    """Covariance of the masses with more and more parameters frozen at their values in the minimum."""
    theory = theory_of(combination)
    predicted = {*theory.parameters.of_kind(tuple(THEORY_GROUPS)), *theory.interpolation_names}
    everything = predicted.union(combination.prior.parameters)

    def frozen(given: set[str]) -> FloatArray:
        return conditional_covariance(after.covariance, after.where(names), after.where(given))

    total, exp, stat = frozen(set()), frozen(predicted), frozen(everything)
    return MassCovariance(names, total.tolist(), exp.tolist(), stat.tolist(), (total - exp).tolist())


def _result(
    combination: Combination, hypotheses: Sequence[Hypothesis], options: FitOptions, split: str | None
) -> CompatibilityResult:
    single, several = hypotheses
    delta_chi2, delta_ndf = single.chi2 - several.chi2, single.ndf - several.ndf
    if -ROUNDING < delta_chi2 < 0.0:
        delta_chi2 = 0.0
    pairs = list(combinations(several.masses, 2))
    return CompatibilityResult(
        **model_heading(SCHEMA, combination, scenario=options.scenario, pulls=options.pulls),
        engine=options.engine,
        split=split,
        asimov=options.asimov,
        hypotheses=list(hypotheses),
        delta_chi2=delta_chi2,
        delta_ndf=delta_ndf,
        p_value=float(chi2_distribution.sf(delta_chi2, delta_ndf)),
        differences=[_compare(several, pair, "difference") for pair in pairs],
        ratios=[_compare(several, pair, "ratio") for pair in pairs],
        good=single.status.good and several.status.good and delta_chi2 >= 0.0,
    )


def _compare(several: Hypothesis, pair: tuple[str, str], kind: str) -> Comparison:
    values = np.array([several.masses[name] for name in pair])
    function, equal = (difference, 0.0) if kind == "difference" else (ratio, 1.0)
    value, error = function(values, _hesse_covariance(several, pair))
    if not np.isfinite(error) or error == 0.0:
        return Comparison(pair, value, None, None)
    return Comparison(pair, value, error, (value - equal) / error)


def _hesse_covariance(several: Hypothesis, pair: tuple[str, str]) -> FloatArray:
    """Shape (2, 2), NaN where HESSE failed."""
    errors = np.array([several.errors[name] for name in pair], dtype=np.float64)
    place = [several.correlation.names.index(name) for name in pair]
    correlation = np.array(several.correlation.matrix, dtype=np.float64)[np.ix_(place, place)]
    return np.asarray(correlation * np.outer(errors, errors))
