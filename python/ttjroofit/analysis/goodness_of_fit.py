"""``-M GoodnessOfFit``: the saturated chi2 of the data against the chi2 distribution and against toys."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2 as chi2_distribution

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.data_fit import fit_data
from ttjroofit.analysis.fit import FitOptions
from ttjroofit.analysis.heading import model_heading
from ttjroofit.analysis.tasks import Workers
from ttjroofit.analysis.toys import Hypothesis, Sample, ToyFits, fit_toys, null_where, p_value_of_toys
from ttjroofit.errors import ModelError
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.likelihood import reduce_likelihood
from ttjroofit.results.goodness_of_fit import SCHEMA, GoodnessOfFitResult

__all__ = ["goodness_of_fit"]


@dataclass(frozen=True)
class _Toys:
    """What the result has to say about toys; nothing without any."""

    chi2: list[float | None] | None = None
    unconverged: int | None = None
    p_value: float | None = None
    error: float | None = None

    @classmethod
    def of(cls, fits: ToyFits, observed: float) -> _Toys:
        good = fits.converged
        share, error = p_value_of_toys(fits.chi2[good], observed) if np.any(good) else (None, None)
        return cls(null_where(fits.chi2, good), int(np.count_nonzero(~good)), share, error)


def goodness_of_fit(
    combination: Combination, options: FitOptions, sample: Sample | None, *, clock: Clock, workers: Workers
) -> GoodnessOfFitResult:
    """Fit the data by RooFit and toys, if there are any, by Newton's method.

    Args:
        combination: with its prediction.
        options: engine and minimiser of the fit of the data.
        sample: toys; None for the chi2 distribution alone.
        clock: told of the stages.
        workers: among whom the toys are split.

    Raises:
        ModelError: if nothing is left to fit, or there is no degree of freedom.
    """
    with clock.stage("model"):
        elimination = eliminate(combination)
        likelihood = reduce_likelihood(combination, elimination)
    if likelihood.ndf < 1:
        raise ModelError(f"{likelihood.ndf} degrees of freedom: any data fit, so there is no goodness of fit")
    data = fit_data(combination, elimination, likelihood, options=options, clock=clock)
    toys = _Toys()
    if sample is not None:
        with clock.stage("toys"):
            (fits,) = fit_toys(sample, [Hypothesis.of(combination, likelihood, sample.truth)], workers)
            toys = _Toys.of(fits, data.chi2)
    return GoodnessOfFitResult(
        **model_heading(SCHEMA, combination, scenario=options.scenario, pulls=options.pulls),
        engine=options.engine,
        asimov=options.asimov,
        algorithm="saturated",
        chi2=data.chi2,
        ndf=likelihood.ndf,
        p_value_asymptotic=float(chi2_distribution.sf(data.chi2, likelihood.ndf)),
        p_value_toys=toys.p_value,
        p_value_toys_error=toys.error,
        toys=sample.count if sample is not None else None,
        seed=sample.seed if sample is not None else None,
        toys_frequentist=sample.frequentist if sample is not None else None,
        toys_file=sample.file if sample is not None else None,
        toys_unconverged=toys.unconverged,
        chi2_toys=toys.chi2,
        status=data.status,
        good=data.status.good and not toys.unconverged,
    )
