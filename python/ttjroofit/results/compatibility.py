"""The result of ``-M Compatibility``: one mass for all measurements against several."""

from __future__ import annotations

from dataclasses import dataclass

from ttjroofit.results.fit import CorrelationMatrix, FitStatus, ParameterResult

__all__ = ["SCHEMA", "Comparison", "CompatibilityResult", "Hypothesis", "MassCovariance"]

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
class CompatibilityResult:
    """Everything ``-M Compatibility`` has to say; written to ``result.json``.

    Attributes:
        schema: name and version of this format.
        card: name of the card without its suffix.
        version: of ttjroofit.
        engine: ``reduced`` or ``full``.
        measurements: in order.
        split: ``experiment``, ``energy`` or ``measurement``; None for the masses of the card.
        scenario: correlation scenario in force, None if the card has none.
        pulls: ``published`` or ``zero``.
        asimov: whether the data are an Asimov data set.
        quality: what the predictions are good for; to be shown wherever a mass is shown.
        hypotheses: the single mass, then the several.
        delta_chi2: by how much the single mass is worse.
        delta_ndf: number of masses minus 1.
        p_value: of the single mass against the several, from ``delta_chi2``.
        differences, ratios: one a pair of masses.
        good: both fits are, and the larger model fits no worse.
        timing_s: seconds by stage.
    """

    schema: str
    card: str
    version: str
    engine: str
    measurements: list[str]
    split: str | None
    scenario: str | None
    pulls: str
    asimov: bool
    quality: list[str]
    hypotheses: list[Hypothesis]
    delta_chi2: float
    delta_ndf: int
    p_value: float
    differences: list[Comparison]
    ratios: list[Comparison]
    good: bool
    timing_s: dict[str, float]
