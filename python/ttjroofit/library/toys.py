"""Consistency and coverage: goodness of fit, one mass against several, and all that needs toys."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.compatibility import compare_masses
from ttjroofit.analysis.compatibility_toys import compare_toys, single_mass, single_mass_toys
from ttjroofit.analysis.coverage import CoveragePlan, study_coverage
from ttjroofit.analysis.goodness_of_fit import goodness_of_fit as compute_goodness
from ttjroofit.analysis.shift_statistics import ShiftPlan
from ttjroofit.analysis.shift_statistics import shift_statistics as study_shifts
from ttjroofit.analysis.tension import tension
from ttjroofit.analysis.toys import fit_mass_toys
from ttjroofit.errors import OptionError
from ttjroofit.library.call import MINIMIZER, Engine, call_of, thrown_toys, toys_of
from ttjroofit.library.model import Model, Source, as_model
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.options import ModelOptions
from ttjroofit.results.compatibility import CompatibilityResult
from ttjroofit.results.coverage import CoverageResult
from ttjroofit.results.goodness_of_fit import GoodnessOfFitResult
from ttjroofit.results.shift_statistics import ShiftStatisticsResult
from ttjroofit.results.toys import ToyFitsResult
from ttjroofit.run.compatibility import default_split
from ttjroofit.run.finish import timed
from ttjroofit.run.fit import fit_options
from ttjroofit.run.toy_options import DEFAULT_SEED
from ttjroofit.run.toys import read_sample, sample_of

__all__ = ["compatibility", "coverage", "fit_toys", "goodness_of_fit", "shift_statistics"]


def goodness_of_fit(
    source: Source,
    *,
    toys: int = 0,
    seed: int = DEFAULT_SEED,
    frequentist: bool = False,
    toys_file: str | os.PathLike[str] | None = None,
    engine: Engine = "reduced",
    minimizer: str = MINIMIZER,
    parallel: int = 0,
) -> GoodnessOfFitResult:
    """The saturated chi2, its p-value, and that by toys: ``-M GoodnessOfFit``.

    Args:
        source: model, card or path of a card.
        toys: how many; 0 for the chi2 distribution alone, or for all of ``toys_file``.
        seed: of the toys; -1 for a random one.
        frequentist: toys about the fit, auxiliary observables fluctuated.
        toys_file: toys of ``-M GenerateOnly`` instead.
        engine: as of ``fit``.
        minimizer: as of ``fit``.
        parallel: number of processes.

    Raises:
        TtjroofitError: as of ``fit``, or if there is no degree of freedom.
    """
    model, clock = as_model(source), Clock()
    asked = toys_of(model, "GoodnessOfFit", toys, seed=seed, frequentist=frequentist, file=toys_file)
    run = call_of(model, engine=engine, minimizer=minimizer, parallel=parallel, toys=asked)
    sample = sample_of(run, model.card, model.combination)
    how = fit_options(run, model.card)
    return timed(compute_goodness(model.combination, how, sample, clock=clock, workers=run.workers), clock)


def compatibility(
    source: Source,
    *,
    toys: int = 0,
    seed: int = DEFAULT_SEED,
    frequentist: bool = False,
    toys_file: str | os.PathLike[str] | None = None,
    engine: Engine = "reduced",
    minimizer: str = MINIMIZER,
    parallel: int = 0,
) -> CompatibilityResult:
    """One mass against several, and each measurement against the others: ``-M Compatibility``.

    Args:
        source: model, card or path of a card; one mass a measurement unless the card has several or ``split`` of
            ``load`` says otherwise.
        toys: of the single mass; 0 for the chi2 distribution alone.
        seed: as of ``goodness_of_fit``.
        frequentist: as of ``goodness_of_fit``.
        toys_file: as of ``goodness_of_fit``.
        engine: as of ``fit``.
        minimizer: as of ``fit``.
        parallel: number of processes.

    Raises:
        TtjroofitError: as of ``fit``, or if there are fewer than two masses to compare.
    """
    model, clock = as_model(source), Clock()
    asked = toys_of(model, "Compatibility", toys, seed=seed, frequentist=frequentist, file=toys_file)
    split = model.options.split or default_split(model.card, model.options.measurements)
    model = _with(model, replace(model.options, split=split))
    run = call_of(model, engine=engine, minimizer=minimizer, parallel=parallel)
    result = compare_masses(model.combination, fit_options(run, model.card), split, clock).result
    others = tension(partial(load_combination, model.card), model.options, model.combination)
    result = replace(result, tension=others)
    if asked is not None:
        tied = single_mass(model.combination)
        sample = single_mass_toys(tied, asked) if asked.file is None else read_sample(asked, tied)
        compared = compare_toys(model.combination, sample, result.delta_chi2, run.workers)
        result = replace(result, toys=compared, good=result.good and not compared.failed)
    return timed(result, clock)


def fit_toys(
    source: Source,
    toys: int = 0,
    *,
    seed: int = DEFAULT_SEED,
    frequentist: bool = False,
    toys_file: str | os.PathLike[str] | None = None,
    parallel: int = 0,
) -> ToyFitsResult:
    """Masses, errors and pulls of toys: ``-M Fit -t N``.

    Args:
        source: model, card or path of a card.
        toys: how many; 0 for all of ``toys_file``.
        seed: as of ``goodness_of_fit``.
        frequentist: as of ``goodness_of_fit``.
        toys_file: as of ``goodness_of_fit``.
        parallel: number of processes.

    Raises:
        TtjroofitError: as of ``load``, if all masses are frozen, or no toys are asked for.
    """
    model, clock = as_model(source), Clock()
    asked = toys_of(model, "Fit", toys, seed=seed, frequentist=frequentist, file=toys_file)
    run = call_of(model, parallel=parallel, toys=asked)
    sample = sample_of(run, model.card, model.combination)
    if sample is None:
        raise OptionError("toys=0: give the number of toys, or a toys_file")
    with clock.stage("toys"):
        result = fit_mass_toys(model.combination, sample, fit_options(run, model.card), run.workers)
    return timed(result, clock)


def coverage(source: Source, toys: int = 10_000, *, seed: int = DEFAULT_SEED, parallel: int = 0) -> CoverageResult:
    """How often the intervals hold the truth, with published and with zero pulls: ``-M Coverage``.

    Args:
        source: model, card or path of a card; its ``pulls`` play no role.
        toys: how many.
        seed: of the toys; -1 for a random one.
        parallel: number of processes.

    Raises:
        TtjroofitError: as of ``load``, or if no mass floats.
    """
    model, clock = as_model(source), Clock()
    model = _with(model, replace(model.options, pulls="published"))
    asked = thrown_toys(model, "Coverage", toys, seed)
    plan = CoveragePlan(asked.count, asked.seed, model.options.scenario or model.card.scenario)
    run = call_of(model, parallel=parallel)
    return timed(study_coverage(model.combination, plan, clock, run.workers), clock)


def shift_statistics(
    source: Source, toys: int = 1000, *, seed: int = DEFAULT_SEED, parallel: int = 0
) -> ShiftStatisticsResult:
    """What the Monte Carlo statistics of systematic shifts do to the masses: ``-M ShiftStatistics``.

    Args:
        source: model, card or path of a card; a measurement must give ``shift_sigma`` of its sources.
        toys: how many.
        seed: of the toys; -1 for a random one.
        parallel: number of processes.

    Raises:
        TtjroofitError: as of ``load``, or if no source has such an uncertainty.
    """
    model, clock = as_model(source), Clock()
    asked, run = thrown_toys(model, "ShiftStatistics", toys, seed), call_of(model, parallel=parallel)
    how = fit_options(run, model.card)
    plan = ShiftPlan(asked.count, asked.seed, how.scenario, how.pulls)
    return timed(study_shifts(model.combination, plan, clock, run.workers), clock)


def _with(model: Model, options: ModelOptions) -> Model:
    """The model with other choices; itself if they are those it has."""
    return model if options == model.options else Model(model.card, options, load_combination(model.card, options))
