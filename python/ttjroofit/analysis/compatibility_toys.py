"""One mass against several in toys: the distribution of delta chi2 when there is one mass."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ttjroofit.analysis.compatibility import ROUNDING
from ttjroofit.analysis.tasks import Workers
from ttjroofit.analysis.toys import (
    Hypothesis,
    Sample,
    fit_toys,
    null_where,
    p_value_of_toys,
    throw_from,
    toy_truth,
)
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.likelihood import reduce_likelihood, theory_of
from ttjroofit.model.masses import tie_masses
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.options import ToyOptions
from ttjroofit.results.compatibility import CompatibilityToys

__all__ = ["compare_toys", "single_mass", "single_mass_toys"]


def single_mass(combination: Combination) -> Combination:
    """The same combination with all its masses made one."""
    return replace(combination, theory=tie_masses(theory_of(combination)))


def single_mass_toys(tied: Combination, options: ToyOptions) -> Sample:
    """Toys with one mass at its post-fit value, whichever way the nuisances go.

    Args:
        tied: combination with a single mass.
        options: how many, and whether nuisances stay at their post-fit values or are drawn from their priors.
    """
    elimination = eliminate(tied)
    truth = toy_truth(tied, elimination, options.frequentist)
    if not options.frequentist:
        truth = replace(truth, values=find_minimum(reduce_likelihood(tied, elimination)))
    return throw_from(tied, elimination, truth, options)


def compare_toys(combination: Combination, sample: Sample, observed: float, workers: Workers) -> CompatibilityToys:
    """Fit one mass and several to the same toys.

    Args:
        combination: with several masses.
        sample: toys of the combination with one mass.
        observed: delta chi2 of the data.
        workers: among whom the toys are split.
    """
    tied = single_mass(combination)
    elimination = eliminate(combination)
    hypotheses = [
        Hypothesis.of(model, reduce_likelihood(model, elimination), sample.truth) for model in (tied, combination)
    ]
    one, several = fit_toys(sample, hypotheses, workers)
    delta = one.chi2 - several.chi2
    # a larger model that fits worse has ended in another minimum: no delta chi2 is known then
    good = one.converged & several.converged & (delta > -ROUNDING)
    delta = np.maximum(delta, 0.0)
    share, error = p_value_of_toys(delta[good], observed) if np.any(good) else (None, None)
    return CompatibilityToys(
        toys=sample.count,
        seed=sample.seed,
        frequentist=sample.frequentist,
        file=sample.file,
        failed=int(np.count_nonzero(~good)),
        p_value=share,
        p_value_error=error,
        delta_chi2=null_where(delta, good),
    )
