"""All figures of ``-M Compatibility``: which numbers of the result go into which figure."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from matplotlib.figure import Figure

from ttjroofit.results.compatibility import CompatibilityResult, Hypothesis
from ttjroofit.results.fit import ParameterResult
from ttjroofit.show.compatibility import failures, poi_text
from ttjroofit.show.compatibility_ellipse import MassPair, ellipse_figure
from ttjroofit.show.compatibility_masses import MassRows, masses_figure
from ttjroofit.show.labels import mass_symbol
from ttjroofit.show.numbers import fixed, p_text
from ttjroofit.show.style import Heading

__all__ = ["compatibility_figures"]


def compatibility_figures(result: CompatibilityResult) -> dict[str, Figure]:
    """Draw both hypotheses.

    Args:
        result: of ``-M Compatibility``; a failed fit is marked in each heading.

    Returns:
        Name to figure: ``masses``, and ``ellipse_<first>_<second>`` for each pair of masses that has a covariance.
    """
    figures = {"masses": masses_figure(_rows(result), _heading(result, "compatibility of masses"))}
    for first, second in combinations(result.hypotheses[1].correlation.names, 2):
        pair = _pair(result, (first, second))
        if pair is not None:
            heading = _heading(result, "two masses")
            figures[f"ellipse_{first}_{second}"] = ellipse_figure(pair, heading)
    return figures


def _heading(result: CompatibilityResult, subject: str) -> Heading:
    warnings = [f"FIT FAILED ({failure})" for failure in failures(result)]
    if result.asimov:
        warnings.append("Asimov data set")
    return Heading(f"{result.card}: {subject}", tuple(result.quality), tuple(warnings))


def _rows(result: CompatibilityResult) -> MassRows:
    masses = [(name, fit.parameters[name]) for fit in result.hypotheses for name in fit.correlation.names]
    parts = [mass.breakdown for _, mass in masses]
    delta = rf"$\Delta\chi^2$/ndf = {fixed(result.delta_chi2)}/{result.delta_ndf}, $p$ = {p_text(result.p_value)}"
    return MassRows(
        labels=[mass_symbol(name) for name, _ in masses],
        values=np.array([mass.value for _, mass in masses]),
        inner=np.array([part.exp if part is not None else np.nan for part in parts]),
        outer=np.array([_errors(mass) for _, mass in masses]),
        numbers=[_numbers(mass) for _, mass in masses],
        notes=[f"goodness of fit: {poi_text(result)}", f"one mass against {result.delta_ndf + 1}: {delta}"],
        unit=masses[0][1].unit,
    )


def _errors(mass: ParameterResult) -> tuple[float, float]:
    """MINOS errors towards lower and higher values, HESSE in their place, NaN without either."""
    if mass.minos is not None and mass.minos.lo is not None and mass.minos.hi is not None:
        return abs(mass.minos.lo), mass.minos.hi
    hesse = mass.hesse if mass.hesse is not None else np.nan
    return hesse, hesse


def _numbers(mass: ParameterResult) -> str:
    down, up = _errors(mass)
    start = rf"{fixed(mass.value)} $^{{+{fixed(up)}}}_{{-{fixed(down)}}}$ {mass.unit}"
    if mass.breakdown is None:
        return start
    prediction = np.sqrt(max(mass.breakdown.total**2 - mass.breakdown.exp**2, 0.0))
    return rf"{start}:  $\pm$ {fixed(mass.breakdown.exp)} (exp) $\pm$ {fixed(float(prediction))} (prediction)"


def _pair(result: CompatibilityResult, names: tuple[str, str]) -> MassPair | None:
    several: Hypothesis = result.hypotheses[1]
    if several.covariance is None:
        return None
    place = [several.covariance.names.index(name) for name in names]
    name, single = next(iter(result.hypotheses[0].masses.items()))
    error = result.hypotheses[0].errors[name]
    first, second = (mass_symbol(name) for name in names)
    return MassPair(
        labels=(first, second),
        values=np.array([several.masses[name] for name in names]),
        covariance=np.array(several.covariance.total)[np.ix_(place, place)],
        single=(single, error if error is not None else np.nan),
        unit=several.parameters[names[0]].unit,
    )
