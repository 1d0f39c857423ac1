"""What one entry of a matrix has to say: the few numbers that all methods have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any

from ttjroofit.results.compatibility import CompatibilityResult
from ttjroofit.results.correlation_scan import CorrelationScanResult
from ttjroofit.results.cross_sections import CrossSections
from ttjroofit.results.fit import FitResult, GoodnessOfFit, Interval, ParameterResult
from ttjroofit.results.fit_matrix import MatrixMass
from ttjroofit.results.goodness_of_fit import GoodnessOfFitResult
from ttjroofit.results.impacts import ImpactsResult
from ttjroofit.results.report import ReportResult
from ttjroofit.results.scan import ScanResult
from ttjroofit.results.singles import SingleResult, SinglesResult

__all__ = ["Extract", "extract"]


@dataclass(frozen=True)
class Extract:
    """What all methods have in common.

    Attributes:
        masses, chi2, ndf, p_value, asimov: as ``MatrixEntry`` holds them.
        quality: what the predictions are good for.
    """

    masses: tuple[MatrixMass, ...] = ()
    chi2: float | None = None
    ndf: int | None = None
    p_value: float | None = None
    asimov: bool = False
    quality: tuple[str, ...] = ()


def extract(result: Any) -> Extract:
    """The masses of a result and its goodness of fit; neither of a method that has none."""
    if isinstance(result, ReportResult):
        return extract(result.fit if result.fit is not None else result.cross_sections)
    asimov, quality = getattr(result, "asimov", False), tuple(getattr(result, "quality", ()))
    return replace(_numbers(result), asimov=asimov, quality=quality)


@singledispatch
def _numbers(result: object) -> Extract:
    del result
    return Extract()


@_numbers.register
def _(result: FitResult) -> Extract:
    return _with_goodness(_fitted(result.masses), result.goodness_of_fit)


@_numbers.register
def _(result: SinglesResult) -> Extract:
    return _with_goodness(_singles(result.parameters), result.goodness_of_fit)


@_numbers.register
def _(result: ScanResult) -> Extract:
    return _with_goodness(_singles(result.fit), result.goodness_of_fit)


@_numbers.register
def _(result: CompatibilityResult) -> Extract:
    several = result.hypotheses[-1].parameters
    masses = {name: parameter for name, parameter in several.items() if parameter.kind == "mass"}
    return Extract(_fitted(masses), result.delta_chi2, result.delta_ndf, result.p_value)


@_numbers.register
def _(result: GoodnessOfFitResult) -> Extract:
    by_toys = result.p_value_toys is not None
    return Extract((), result.chi2, result.ndf, result.p_value_toys if by_toys else result.p_value_asymptotic)


@_numbers.register
def _(result: CrossSections) -> Extract:
    return Extract((), result.chi2, result.ndf, result.p_value)


@_numbers.register
def _(result: ImpactsResult) -> Extract:
    intervals = [(mass.name, *mass.fit) for mass in result.masses]
    return Extract(
        tuple(
            MatrixMass(name, value, None, Interval(low - value, high - value), None)
            for name, low, value, high in intervals
        )
    )


@_numbers.register
def _(result: CorrelationScanResult) -> Extract:
    if result.mass is None or result.parameter is None:
        return Extract()
    return Extract((MatrixMass(result.parameter, result.mass, result.sigma, None, None),))


def _fitted(masses: Mapping[str, ParameterResult]) -> tuple[MatrixMass, ...]:
    return tuple(
        MatrixMass(name, mass.value, mass.hesse, mass.minos, mass.breakdown.exp if mass.breakdown else None)
        for name, mass in masses.items()
    )


def _singles(parameters: Mapping[str, SingleResult]) -> tuple[MatrixMass, ...]:
    return tuple(
        MatrixMass(name, single.value, single.hesse, single.minos, None)
        for name, single in parameters.items()
        if single.unit == "GeV"
    )


def _with_goodness(masses: tuple[MatrixMass, ...], fit: GoodnessOfFit | None) -> Extract:
    return Extract(masses) if fit is None else Extract(masses, fit.chi2, fit.ndf, fit.p_value)
