"""``-M MultiDimFit --algo none|singles``: the fit, and the interval of each parameter of interest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace

import numpy as np
from scipy.stats import chi2 as chi2_distribution

from ttjroofit._version import __version__
from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.crossing import PROBABILITIES, UNREACHED, Crossing, find_crossing, interval_rays
from ttjroofit.analysis.fit import FitOptions
from ttjroofit.analysis.interest import parameters_of_interest
from ttjroofit.analysis.profile import Profile, fit_profile, make_profile
from ttjroofit.analysis.scan_options import ScanOptions
from ttjroofit.model.combination import Combination
from ttjroofit.model.likelihood import theory_of
from ttjroofit.results.fit import CorrelationMatrix, FitStatus, GoodnessOfFit, Interval
from ttjroofit.results.singles import SCHEMA, Ends, SingleResult, SinglesResult
from ttjroofit.roofit.minimise import Minimised
from ttjroofit.roofit.session import root

__all__ = ["ends", "find_intervals", "fit_singles", "fit_status", "goodness", "single_results", "start_profile"]


def fit_singles(combination: Combination, options: ScanOptions, how: FitOptions, clock: Clock) -> SinglesResult:
    """Fit by RooFit, and with ``--algo singles`` find MINOS errors and profile intervals.

    Args:
        combination: with its prediction.
        options: algorithm and parameters of interest.
        how: minimiser, and what is recorded of the model.
        clock: told of the stages.

    Raises:
        OptionError: for a parameter that cannot be scanned.
    """
    names = parameters_of_interest(combination, options)
    profile, minimised = start_profile(combination, names, how, clock, minos=options.algo == "singles")
    results, good = single_results(profile, minimised), minimised.status.good
    if options.algo == "singles":
        with clock.stage("intervals"):
            for name in names:
                intervals, found = find_intervals(replace(profile, scanned=(name,)))
                results[name] = replace(results[name], intervals=intervals)
                good = good and found
    return SinglesResult(
        schema=SCHEMA,
        algo=options.algo,
        card=combination.card.stem,
        version=__version__,
        measurements=[measurement.name for measurement in combination.measurements],
        scenario=how.scenario,
        pulls=how.pulls,
        asimov=how.asimov,
        quality=list(theory_of(combination).quality),
        parameters=results,
        correlation=_correlation(minimised, names),
        minimum=profile.values,
        goodness_of_fit=goodness(profile),
        status=fit_status(minimised),
        good=good,
        timing_s={},
    )


def start_profile(
    combination: Combination, names: Sequence[str], how: FitOptions, clock: Clock, *, minos: bool
) -> tuple[Profile, Minimised]:
    """The profile of the parameters named, with its best fit by RooFit: HESSE, and MINOS of them if asked for."""
    with clock.stage("model"):
        profile = make_profile(combination, names, how.minimizer, how.verbosity)
    with clock.stage("ROOT"):
        root()
    with clock.stage("fit"):
        return fit_profile(profile, minos=profile.scanned if minos else ())


def single_results(profile: Profile, minimised: Minimised) -> dict[str, SingleResult]:
    """Value and errors of each scanned parameter in the fit."""
    results = {}
    for name, value in zip(profile.scanned, profile.best[profile.where].tolist(), strict=True):
        sigma = minimised.sigma(name)
        minos = minimised.minos.get(name)
        results[name] = SingleResult(
            value=value,
            unit=profile.likelihood.parameters.items[profile.names.index(name)].unit,
            hesse=sigma if sigma > 0.0 else None,
            minos=Interval(*(None if np.isnan(error) else error for error in minos)) if minos else None,
            intervals={},
        )
    return results


def find_intervals(profile: Profile) -> tuple[dict[str, Ends], bool]:
    """``68`` and ``95`` to the interval of the one scanned parameter, and whether all searches converged."""
    return ends([find_crossing(profile, ray) for ray in interval_rays(profile)])


def ends(crossings: Sequence[Crossing]) -> tuple[dict[str, Ends], bool]:
    """Crossings of ``interval_rays`` as intervals; one that lies out of range is an open end, no failure."""
    values = [float(crossing.point[0]) if crossing.status == 0 else None for crossing in crossings]
    intervals = {name: (values[2 * i], values[2 * i + 1]) for i, name in enumerate(PROBABILITIES)}
    return intervals, all(crossing.status in (0, UNREACHED) for crossing in crossings)


def goodness(profile: Profile) -> GoodnessOfFit:
    """chi2, degrees of freedom and p-value of the best fit."""
    chi2, ndf = profile.chi2, profile.likelihood.ndf
    return GoodnessOfFit(chi2, ndf, float(chi2_distribution.sf(chi2, ndf)))


def fit_status(minimised: Minimised) -> FitStatus:
    """What Minuit reported of the fit."""
    return FitStatus(good=minimised.status.good, **asdict(minimised.status))


def _correlation(minimised: Minimised, names: Sequence[str]) -> CorrelationMatrix:
    where = [minimised.names.index(name) for name in names]
    covariance = minimised.covariance[np.ix_(where, where)]
    variance = np.diag(covariance)
    scale = np.sqrt(np.maximum(np.outer(variance, variance), 0.0))
    matrix = np.divide(covariance, scale, out=np.full_like(covariance, np.nan), where=scale > 0.0)
    return CorrelationMatrix(list(names), [[None if np.isnan(x) else x for x in row] for row in matrix.tolist()])
