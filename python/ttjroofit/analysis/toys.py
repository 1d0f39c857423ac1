"""Toys: where they come from, their fits, and what many of them say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ttjroofit.analysis.fit import FitOptions
from ttjroofit.analysis.heading import model_heading
from ttjroofit.analysis.tasks import Chunk, Workers, split
from ttjroofit.errors import OptionError
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination, eliminate
from ttjroofit.model.likelihood import ReducedLikelihood, explicit_floating, reduce_likelihood, theory_of
from ttjroofit.model.masses import SINGLE_MASS
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.newton import minimise_all
from ttjroofit.model.options import ToyOptions
from ttjroofit.model.tangent import make_tangent
from ttjroofit.model.toy_observables import observables
from ttjroofit.model.toys import ToyModel, Toys, Truth, toy_model, truth_after, truth_before
from ttjroofit.results.toys import FITS_SCHEMA, Estimate, MassOfToys, ToyFitsResult

__all__ = [
    "CHUNK",
    "Hypothesis",
    "Sample",
    "Stored",
    "ToyFits",
    "ToySource",
    "estimate_mean",
    "estimate_width",
    "fit_mass_toys",
    "fit_toys",
    "null_where",
    "p_value_of_toys",
    "throw_from",
    "throw_toys",
    "toy_observables",
    "toy_truth",
    "truth_values",
]

CHUNK = 2000
"""Toys a task, whatever the number of workers."""

BoolArray = npt.NDArray[np.bool_]


class ToySource(Protocol):
    """Hands out toys by their numbers; sent to other processes."""

    def throw(self, first: int, count: int, *, whole: bool = False) -> Toys:
        """Toys number ``first`` to ``first + count - 1``."""
        ...


@dataclass(frozen=True, eq=False)
class Stored:
    """Toys that were read from a file."""

    toys: Toys

    def throw(self, first: int, count: int, *, whole: bool = False) -> Toys:
        """Toys number ``first`` to ``first + count - 1``; all that is known of them, ``whole`` or not."""
        del whole
        return self.toys.part(slice(first, first + count))


@dataclass(frozen=True, eq=False)
class Sample:
    """Toys to be fitted, with what is recorded of them.

    Attributes:
        source: hands them out.
        count: how many.
        truth: what they were thrown from, by name; the explicit parameters at least.
        seed: they were thrown with; None if unknown.
        frequentist: whether auxiliary observables fluctuated.
        file: they were read from; None if they are thrown.
    """

    source: ToySource
    count: int
    truth: Mapping[str, float]
    seed: int | None
    frequentist: bool
    file: str | None = None


@dataclass(frozen=True, eq=False)
class Hypothesis:
    """What toys are fitted with.

    Attributes:
        likelihood: with its parameters, priors and precision.
        start: explicit parameters, shape (P,), near the minima of the toys.
        masses: positions of the M parameters whose errors are wanted.
    """

    likelihood: ReducedLikelihood
    start: FloatArray
    masses: tuple[int, ...] = ()

    @classmethod
    def of(cls, combination: Combination, likelihood: ReducedLikelihood, truth: Mapping[str, float]) -> Hypothesis:
        """Starting at the truth, as far as the parameters float; errors of all floating masses."""
        items = likelihood.parameters.items
        masses = [item.name for item in theory_of(combination).parameters.masses]
        # toys of a single mass start a fit of several there
        single = {name: truth[SINGLE_MASS] for name in masses if SINGLE_MASS in truth}
        given = {**single, **truth}
        start = [item.start if item.frozen else given.get(item.name, item.start) for item in items]
        wanted = [i for i, item in enumerate(items) if item.kind == "mass" and not item.frozen]
        return cls(likelihood, np.array(start), tuple(wanted))


@dataclass(frozen=True, eq=False)
class ToyFits:
    """The fits of B toys.

    Attributes:
        values: shape (B, P).
        sigmas: errors of the M masses from the second derivative, shape (B, M).
        chi2: at the minimum, with that of the combination; shape (B,).
        converged: shape (B,).
    """

    values: FloatArray
    sigmas: FloatArray
    chi2: FloatArray
    converged: BoolArray


def toy_truth(
    combination: Combination, elimination: Elimination, frequentist: bool, held: Combination | None = None
) -> Truth:
    """What toys of a combination are thrown from.

    Args:
        combination: of the toys.
        elimination: of the combination.
        frequentist: True for the minimum of the data, all nuisances included; False for the start values, nuisances
            to be drawn from their priors.
        held: the combination with those parameters frozen that are to keep their values while the rest is profiled;
            None to profile everything.

    Raises:
        ModelError: if the prediction has no minimum.
    """
    if not frequentist:
        return truth_before(combination, elimination)
    fixed = combination if held is None else held
    solved = elimination if held is None else eliminate(fixed)
    likelihood = reduce_likelihood(fixed, solved)
    values = find_minimum(likelihood)
    return truth_after(combination, make_tangent(fixed, solved, likelihood, values).after, values)


def throw_toys(combination: Combination, options: ToyOptions, held: Combination | None = None) -> Sample:
    """Toys of a combination; arguments as of ``toy_truth``."""
    elimination = eliminate(combination)
    truth = toy_truth(combination, elimination, options.frequentist, held)
    return throw_from(combination, elimination, truth, options)


def throw_from(combination: Combination, elimination: Elimination, truth: Truth, options: ToyOptions) -> Sample:
    """Toys of a combination thrown from a given truth."""
    likelihood = reduce_likelihood(combination, elimination)
    model = toy_model(combination, elimination, likelihood, truth, options.seed)
    values = truth_values(combination, elimination, truth)
    return Sample(model, options.count, values, options.seed, options.frequentist)


def truth_values(combination: Combination, elimination: Elimination, truth: Truth) -> dict[str, float]:
    """Truth by name: explicit parameters, and where toys are frequentist all nuisances, which else are drawn."""
    theory = theory_of(combination)
    values = dict(zip(theory.parameters.names, truth.values.tolist(), strict=True))
    if not truth.frequentist:
        drawn = {item.name for item in theory.parameters.items if item.prior is not None and not item.frozen}
        drawn.update(explicit_floating(combination, elimination))
        return {name: value for name, value in values.items() if name not in drawn}
    values |= dict(zip(theory.interpolation_names, truth.eta.tolist(), strict=True))
    floating = [combination.prior.parameters[i] for i in elimination.floating]
    return values | dict(zip(floating, truth.phi.tolist(), strict=True))


def fit_toys(sample: Sample, hypotheses: Sequence[Hypothesis], workers: Workers) -> list[ToyFits]:
    """Fit all toys with each of the hypotheses.

    Args:
        sample: the toys.
        hypotheses: to fit them with.
        workers: among whom the toys are split.

    Returns:
        One a hypothesis, toys in order.
    """
    chunks = split(sample.count, CHUNK)
    parts = workers.map(
        _fit_chunk, (sample.source, tuple(hypotheses)), chunks, name="toys", sizes=[chunk.count for chunk in chunks]
    )
    return [
        ToyFits(*(np.concatenate([part[h][field] for part in parts]) for field in range(4)))
        for h in range(len(hypotheses))
    ]


_Fitted = tuple[FloatArray, FloatArray, FloatArray, BoolArray]


def _fit_chunk(shared: tuple[ToySource, tuple[Hypothesis, ...]], chunk: Chunk) -> list[_Fitted]:
    """Values, errors of the masses, chi2 and whether converged, for each hypothesis."""
    source, hypotheses = shared
    toys = source.throw(chunk.first, chunk.count)
    fitted: list[_Fitted] = []
    for hypothesis in hypotheses:
        minima = minimise_all(hypothesis.likelihood, toys.problems(hypothesis.likelihood, hypothesis.start))
        sigmas = np.full((chunk.count, len(hypothesis.masses)), np.nan)
        # a Hessian without an inverse belongs to a fit that failed
        good = minima.converged
        inverse = np.linalg.inv(minima.hessian[good])
        for column, mass in enumerate(hypothesis.masses):
            sigmas[good, column] = np.sqrt(inverse[:, mass, mass])
        fitted.append((minima.values, sigmas, minima.chi2 + toys.offset, good))
    return fitted


def toy_observables(
    combination: Combination, elimination: Elimination, model: ToyModel, chunks: Sequence[Chunk], workers: Workers
) -> list[dict[str, FloatArray]]:
    """What would have been observed in the toys of each chunk: bins and auxiliary observables by name, shapes (B,)."""
    shared = (combination, elimination, model)
    return workers.map(_observe_chunk, shared, chunks, name="toys", sizes=[chunk.count for chunk in chunks])


def _observe_chunk(shared: tuple[Combination, Elimination, ToyModel], chunk: Chunk) -> dict[str, FloatArray]:
    combination, elimination, model = shared
    toys = model.throw(chunk.first, chunk.count, whole=True)
    return observables(combination, elimination, toys, model.truth)


def p_value_of_toys(toys: FloatArray, observed: float) -> tuple[float, float]:
    """Share of the toys at the observed value or above, and half of its 68.27% Wilson interval.

    E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209, with z = 1: sqrt(p (1 - p) / N + 1 / (4 N^2)) / (1 + 1 / N).

    Args:
        toys: shape (N,), N > 0.
        observed: in the data.
    """
    count = len(toys)
    share = float(np.count_nonzero(toys >= observed)) / count
    return share, float(np.sqrt(share * (1.0 - share) / count + 0.25 / count**2) / (1.0 + 1.0 / count))


def estimate_mean(values: FloatArray) -> Estimate:
    """Mean of values, shape (N,), with its error, the standard deviation over sqrt(N); None where N is too small."""
    if len(values) < 2:
        return Estimate(float(values[0]) if len(values) else None, None)
    return Estimate(float(np.mean(values)), float(np.std(values, ddof=1) / np.sqrt(len(values))))


def estimate_width(values: FloatArray) -> Estimate:
    """Standard deviation of values, shape (N,), with its error from the fourth moment: no Gaussian is assumed."""
    if len(values) < 3:
        return Estimate(None, None)
    centred = values - np.mean(values)
    variance = float(np.var(values, ddof=1))
    if variance == 0.0:
        return Estimate(0.0, None)
    spread = max(float(np.mean(centred**4)) - variance**2, 0.0) / len(values)
    return Estimate(float(np.sqrt(variance)), float(np.sqrt(spread) / (2.0 * np.sqrt(variance))))


def null_where(values: FloatArray, good: BoolArray) -> list[float | None]:
    """Values of the toys that are good, None for the others; both of shape (N,)."""
    return [value if keep else None for value, keep in zip(values.tolist(), good.tolist(), strict=True)]


def fit_mass_toys(combination: Combination, sample: Sample, options: FitOptions, workers: Workers) -> ToyFitsResult:
    """Fit the masses to every toy.

    Raises:
        OptionError: if no mass floats, or toys of a file have other masses.
    """
    likelihood = reduce_likelihood(combination, eliminate(combination))
    hypothesis = Hypothesis.of(combination, likelihood, sample.truth)
    if not hypothesis.masses:
        raise OptionError("-t: all masses are frozen, so toys have none to fit")
    items = likelihood.parameters.items
    strange = [items[i].name for i in hypothesis.masses if items[i].name not in sample.truth]
    if strange:
        raise OptionError(
            f"{sample.file}: the toys do not say what {strange[0]} they were thrown with; use the same --split"
        )
    (fits,) = fit_toys(sample, [hypothesis], workers)
    good = fits.converged
    return ToyFitsResult(
        **model_heading(FITS_SCHEMA, combination, scenario=options.scenario, pulls=options.pulls),
        toys=sample.count,
        seed=sample.seed,
        toys_frequentist=sample.frequentist,
        toys_file=sample.file,
        toys_unconverged=int(np.count_nonzero(~good)),
        masses={
            items[i].name: _mass(
                hypothesis.start[i].item(), items[i].unit, fits.values[:, i], sigma=fits.sigmas[:, column], good=good
            )
            for column, i in enumerate(hypothesis.masses)
        },
        chi2_toys=null_where(fits.chi2, good),
        ndf=likelihood.ndf,
        chi2_mean=estimate_mean(fits.chi2[good]),
        good=bool(np.all(good)),
    )


def _mass(truth: float, unit: str, values: FloatArray, *, sigma: FloatArray, good: BoolArray) -> MassOfToys:
    pulls = (values[good] - truth) / sigma[good]
    return MassOfToys(
        truth=truth,
        unit=unit,
        mean=estimate_mean(values[good]),
        width=estimate_width(values[good]),
        mean_hesse=float(np.mean(sigma[good])) if np.any(good) else None,
        pull_mean=estimate_mean(pulls),
        pull_width=estimate_width(pulls),
        values=null_where(values, good),
        hesse=null_where(sigma, good),
    )
