"""The result of ``-M Compatibility``: one mass for all measurements against several."""

from __future__ import annotations

from dataclasses import dataclass

from ttjroofit.results.fit import CorrelationMatrix, FitStatus, ParameterResult
from ttjroofit.results.header import ModelHeader

__all__ = [
    "SCHEMA",
    "Comparison",
    "CompatibilityResult",
    "CompatibilityToys",
    "Hypothesis",
    "MassCovariance",
    "MassEstimate",
    "MassShift",
    "MeasurementTension",
    "Tension",
]

SCHEMA = "ttjroofit/compatibility/1"


@dataclass(frozen=True)
class MassCovariance:
    """Covariance of the masses by origin, in GeV^2, rows and columns in the order of ``names``.

    All from the analytic Hessian at the minimum, so ``total`` equals that of HESSE but for numerical derivatives.

    Attributes:
        names: of the masses.
        total: everything but the scale envelope.
        exp: theory and interpolation nuisances frozen.
        stat: all nuisances frozen.
        prediction: ``total`` minus ``exp``: PDF, theory and interpolation nuisances.
    """

    names: list[str]
    total: list[list[float]]
    exp: list[list[float]]
    stat: list[list[float]]
    prediction: list[list[float]]


@dataclass(frozen=True)
class Hypothesis:
    """A fit with some number of masses.

    Attributes:
        masses: value by name, in GeV.
        errors: HESSE error by name, in GeV; None where a failed HESSE gave none.
        correlation: of the masses, from HESSE.
        covariance: of the masses by origin; None if the fit failed.
        parameters: all explicit parameters; those of the masses hold MINOS errors, breakdown and scale envelope.
        chi2, ndf, p_value: goodness of the fit.
        status: of the fit.
    """

    masses: dict[str, float]
    errors: dict[str, float | None]
    correlation: CorrelationMatrix
    covariance: MassCovariance | None
    parameters: dict[str, ParameterResult]
    chi2: float
    ndf: int
    p_value: float
    status: FitStatus


@dataclass(frozen=True)
class Comparison:
    """Difference (in GeV) or ratio of two masses of the last hypothesis.

    Attributes:
        masses: first minus, or over, second.
        value: of the difference or ratio.
        error: from the HESSE covariance, of a ratio by linear propagation; None where HESSE failed.
        sigmas: distance of the value from that of equal masses, in units of ``error``, with its sign.
    """

    masses: tuple[str, str]
    value: float
    error: float | None
    sigmas: float | None


@dataclass(frozen=True)
class CompatibilityToys:
    """``delta_chi2`` in toys thrown with the single mass at its post-fit value.

    Attributes:
        toys: how many, failed ones included.
        seed: they were thrown with; None for toys of a file that does not say.
        frequentist: whether auxiliary observables fluctuated.
        file: they were read from; None if they were thrown.
        failed: toys where a fit did not converge, or several masses fitted worse than one.
        p_value: share of the other toys with a ``delta_chi2`` of the data's or more; None if there are none.
        p_value_error: half of the 68.27% Wilson interval of that share, not 0 where the share is.
        delta_chi2: of each toy in order, None where it failed.
    """

    toys: int
    seed: int | None
    frequentist: bool
    file: str | None
    failed: int
    p_value: float | None
    p_value_error: float | None
    delta_chi2: list[float | None]


@dataclass(frozen=True)
class MassEstimate:
    """A fit of the single mass, from the analytic minimum and its second derivative.

    Attributes:
        value, sigma: of the mass, in GeV.
        chi2, ndf: of the fit.
    """

    value: float
    sigma: float
    chi2: float
    ndf: int


@dataclass(frozen=True)
class MassShift:
    """Difference of two estimates of the mass, in GeV, with the error that their common data leave it.

    Attributes:
        value: of the difference.
        error: by linear propagation of all observables.
        sigmas: value over error; None where the error is 0.
    """

    value: float
    error: float
    sigmas: float | None


@dataclass(frozen=True)
class MeasurementTension:
    """How one measurement goes with the others; None stands where a fit did not converge.

    Attributes:
        measurement: its name.
        bins: number of its cross sections.
        contribution: its part r_k^T (W r)_k of the chi2 of the fit to all; can be negative.
        own_chi2: chi2 of its bins alone at the minimum of the fit to all, r_k^T (W^-1)_kk^-1 r_k.
        alone: the fit to it alone.
        without: the fit to all others.
        pull_on_all: mass of all minus mass without it.
        against_others: mass of it alone minus mass without it.
        added_chi2, added_ndf, p_value: what it adds to the chi2 and the degrees of freedom of the others.
    """

    measurement: str
    bins: int
    contribution: float
    own_chi2: float
    alone: MassEstimate | None
    without: MassEstimate | None
    pull_on_all: MassShift | None
    against_others: MassShift | None
    added_chi2: float | None
    added_ndf: int | None
    p_value: float | None


@dataclass(frozen=True)
class Tension:
    """The chi2 of the fit of one mass to all measurements, taken apart.

    Attributes:
        all: the fit.
        measurements: one each; their contributions, ``priors`` and ``combination`` add up to the chi2.
        priors: part of the auxiliary observables of theory nuisances.
        combination: part of the combination itself, 0 unless profiled nuisances are tied or frozen.
    """

    all: MassEstimate
    measurements: list[MeasurementTension]
    priors: float
    combination: float


@dataclass(frozen=True)
class CompatibilityResult(ModelHeader):
    """Everything ``-M Compatibility`` has to say; written to ``result.json``.

    Attributes:
        engine: ``reduced`` or ``full``.
        split: ``experiment``, ``energy`` or ``measurement``; None for the masses of the card.
        asimov: whether the data are an Asimov data set.
        hypotheses: the single mass, then the several.
        delta_chi2: by how much the single mass is worse.
        delta_ndf: number of masses minus 1.
        p_value: of the single mass against the several, from ``delta_chi2``.
        differences, ratios: one a pair of masses.
        toys: what toys say about ``delta_chi2``; None without toys.
        tension: each measurement against the others; None where the fit to all did not converge.
        good: both fits are, the larger model fits no worse, and all toys could be fitted.
    """

    engine: str
    split: str | None
    asimov: bool
    hypotheses: list[Hypothesis]
    delta_chi2: float
    delta_ndf: int
    p_value: float
    differences: list[Comparison]
    ratios: list[Comparison]
    good: bool
    toys: CompatibilityToys | None = None
    tension: Tension | None = None
