"""``-M MultiDimFit --algo none|singles``: the fit, and the interval of each parameter of interest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scipy.stats import chi2 as chi2_distribution

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.crossing import PROBABILITIES, UNREACHED, Crossing, find_crossing, interval_rays
from ttjroofit.analysis.fit import FitOptions
from ttjroofit.analysis.heading import model_heading
from ttjroofit.analysis.interest import parameters_of_interest
from ttjroofit.analysis.minuit import correlation_matrix, fit_status, minos_interval
from ttjroofit.analysis.profile import Profile, fit_profile, make_profile
from ttjroofit.analysis.scan_options import ScanOptions
from ttjroofit.model.combination import Combination
from ttjroofit.results.fit import GoodnessOfFit
from ttjroofit.results.singles import SCHEMA, Ends, SingleResult, SinglesResult
from ttjroofit.roofit.minimise import Minimised
from ttjroofit.roofit.session import root

__all__ = ["ends", "find_intervals", "fit_singles", "goodness", "single_results", "start_profile"]


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
        **model_heading(SCHEMA, combination, scenario=how.scenario, pulls=how.pulls),
        algo=options.algo,
        asimov=how.asimov,
        parameters=results,
        correlation=correlation_matrix(minimised, names),
        minimum=profile.values,
        goodness_of_fit=goodness(profile),
        status=fit_status(minimised),
        good=good,
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
        results[name] = SingleResult(
            value=value,
            unit=profile.likelihood.parameters.items[profile.names.index(name)].unit,
            hesse=sigma if sigma > 0.0 else None,
            minos=minos_interval(minimised, name),
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
