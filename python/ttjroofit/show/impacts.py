"""The printed table of ``-M Impacts``."""

from __future__ import annotations

import numpy as np

from ttjroofit.results.impacts import ImpactParameter, ImpactsResult

__all__ = ["impacts_summary", "impacts_warnings"]

_LISTED = 30


def impacts_summary(result: ImpactsResult) -> str:
    """The largest impacts on every mass by the three definitions, and how the global ones add up."""
    lines = [f"ttjroofit {result.version}, impacts: {result.card}", *impacts_warnings(result)]
    lines += [f"quality       {quality}" for quality in result.quality]
    for mass in result.masses:
        low, value, high = mass.fit
        lines += [
            "",
            f"{mass.name} = {value:.2f} {high - value:+.2f} {low - value:+.2f} {mass.unit}",
            f"variance of the estimator: {mass.estimator:.3f}^2 = {mass.data:.3f}^2 (data) + "
            f"{np.sqrt(max(mass.estimator**2 - mass.data**2, 0.0)):.3f}^2 (auxiliary observables), {mass.unit}",
            "",
            f"{f'impact [{mass.unit}] of':<58}{'pull':>7}{'sigma':>7}{'+1 sigma':>10}{'-1 sigma':>10}{'global':>8}",
        ]
        ranked = _ranked(result, mass.name)
        lines += [_row(parameter, mass.name) for parameter in ranked[:_LISTED]]
        if len(ranked) > _LISTED:
            lines.append(f"  ... and {len(ranked) - _LISTED} more in result.json")
    return "\n".join(lines) + "\n"


def _ranked(result: ImpactsResult, mass: str) -> list[ImpactParameter]:
    return sorted(result.parameters, key=lambda parameter: -(parameter.impact[mass] or 0.0))


def impacts_warnings(result: ImpactsResult) -> list[str]:
    """What must stand above all numbers: a failed fit, data that are none."""
    failed = [] if result.status.good else ["*** FIT FAILED: do not use these numbers ***"]
    return [*failed, *(["data          Asimov data set"] if result.asimov else [])]


def _row(parameter: ImpactParameter, mass: str) -> str:
    low, value, high = parameter.values[mass]
    up = f"{high - value:+.3f}" if high is not None else "n/a"
    down = f"{low - value:+.3f}" if low is not None else "n/a"
    sigma = (parameter.fit[2] - parameter.fit[0]) / 2.0
    return (
        f"  {parameter.name:<56}{parameter.fit[1]:>7.2f}{sigma:>7.2f}{up:>10}{down:>10}"
        f"{parameter.global_impact[mass]:>+8.3f}"
    )
