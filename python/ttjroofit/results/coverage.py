"""The result of ``-M Coverage``: how often intervals hold the truth, with and without the published post-fit values."""

from __future__ import annotations

from dataclasses import dataclass

from ttjroofit.results.header import Header

__all__ = [
    "SCHEMA",
    "BinCoverage",
    "BinPull",
    "ChoiceCoverage",
    "CoverageResult",
    "Estimate",
    "Histogram",
    "IntervalCoverage",
    "MassCoverage",
    "Pull",
]

SCHEMA = "ttjroofit/coverage/1"


@dataclass(frozen=True)
class Estimate:
    """A number measured with toys and its statistical error."""

    value: float
    error: float


@dataclass(frozen=True)
class Pull:
    """The distribution of a pull over the toys.

    Attributes:
        mean: its mean.
        width: its standard deviation about the mean.
        central: half the width of its central 68.27%, which tails do not reach.
    """

    mean: Estimate
    width: Estimate
    central: Estimate


@dataclass(frozen=True)
class IntervalCoverage:
    """How many intervals hold the truth.

    Attributes:
        nominal: how many should.
        delta_chi2: of the ends of the MINOS interval; the HESSE interval is its square root times sigma.
        hesse, minos: how many do.
    """

    nominal: float
    delta_chi2: float
    hesse: Estimate
    minos: Estimate


@dataclass(frozen=True)
class Histogram:
    """Pulls in equal bins; what is outside of them is in the first and the last one.

    Attributes:
        edges: of the k bins, k+1 of them.
        hesse, minos: the k counts.
    """

    edges: list[float]
    hesse: list[int]
    minos: list[int]


@dataclass(frozen=True)
class ChoiceCoverage:
    """One mass with one choice of what stands for the profiled values.

    Attributes:
        bias: mean of the estimate less the truth, in the unit of the mass.
        rms: standard deviation of the estimate, in the unit of the mass.
        mean_sigma: mean of the standard deviations claimed by HESSE.
        rms_over_sigma: ``rms`` over ``mean_sigma``.
        hesse: pull (estimate - truth) / sigma.
        minos: signed root of chi2(truth) - chi2(estimate), the pull in the metric of MINOS.
        coverage: of the 68.27% and 95% intervals.
        linear_mean: mean of the pull where the prediction is linear, by algebra.
        linear_width: its width for fixed nuisances, by algebra.
        linear_width_over_truths: its width over nuisances drawn from their prior with auxiliary observables fixed, by
            algebra.
        histogram: of both pulls.
    """

    bias: Estimate
    rms: Estimate
    mean_sigma: Estimate
    rms_over_sigma: Estimate
    hesse: Pull
    minos: Pull
    coverage: list[IntervalCoverage]
    linear_mean: float
    linear_width: float
    linear_width_over_truths: float
    histogram: Histogram


@dataclass(frozen=True)
class MassCoverage:
    """One mass.

    Attributes:
        unit: of the mass.
        truth: the value toys were thrown from, the post-fit value.
        zero_shift: shift of the estimate from data when the profiled values are set to zero.
        sigma_data: HESSE error of the fit to data.
        sigma_expected: error from the expected Hessian there, which leaves out the curvature of the prediction.
        estimator_data: standard deviation of the estimator, cov F cov, for the data.
        choices: ``published`` and ``zero`` to what the toys show.
    """

    unit: str
    truth: float
    zero_shift: float
    sigma_data: float
    sigma_expected: float
    estimator_data: float
    choices: dict[str, ChoiceCoverage]


@dataclass(frozen=True)
class BinPull:
    """The pull of a combined cross section with one choice; ``expected`` figures are exact, by algebra.

    Attributes:
        mean: measured with toys.
        width: measured with toys, standard deviation about the mean.
        expected_mean: for the nuisances that toys were thrown from.
        expected_width: for fixed nuisances.
        expected_width_over_truths: over nuisances drawn from their prior, auxiliary observables fixed.
    """

    mean: Estimate
    width: Estimate
    expected_mean: float
    expected_width: float
    expected_width_over_truths: float


@dataclass(frozen=True)
class BinCoverage:
    """A combined cross section.

    Attributes:
        name: of the bin.
        measurement: it belongs to.
        choices: ``published`` and ``zero`` to its pull.
    """

    name: str
    measurement: str
    choices: dict[str, BinPull]


@dataclass(frozen=True)
class CoverageResult(Header):
    """A coverage study.

    Attributes:
        measurements, quality: as in the fit.
        scenario: of the correlations; None without one.
        toys: thrown.
        seed: of them.
        unconverged: toys that a fit of either choice failed for; they count in no figure of a mass.
        masses: by name.
        bins: the combined cross sections, without a prediction.
    """

    measurements: list[str]
    quality: list[str]
    scenario: str | None
    toys: int
    seed: int
    unconverged: int
    masses: dict[str, MassCoverage]
    bins: list[BinCoverage]

    @property
    def good(self) -> bool:
        """Whether every fit converged."""
        return self.unconverged == 0
