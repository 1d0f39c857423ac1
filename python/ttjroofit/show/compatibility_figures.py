"""All figures of ``-M Compatibility``: which numbers of the result go into which figure."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from matplotlib.figure import Figure

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.results.compatibility import CompatibilityResult, CompatibilityToys, Hypothesis, MassEstimate, Tension
from ttjroofit.results.fit import ParameterResult
from ttjroofit.show.compatibility import failures, poi_text
from ttjroofit.show.compatibility_ellipse import MassPair, ellipse_figure
from ttjroofit.show.compatibility_masses import MassRows, masses_figure
from ttjroofit.show.labels import mass_symbol
from ttjroofit.show.numbers import fixed, p_text
from ttjroofit.show.style import Heading
from ttjroofit.show.tension_figure import TensionRows, tension_figure
from ttjroofit.show.toys import source_text
from ttjroofit.show.toys_histogram import chi2_histogram, toy_histogram

__all__ = ["compatibility_figures"]


def compatibility_figures(result: CompatibilityResult) -> dict[str, Figure]:
    """Draw both hypotheses.

    Args:
        result: of ``-M Compatibility``; a failed fit is marked in each heading.

    Returns:
        Name to figure: ``masses``, ``ellipse_<first>_<second>`` for each pair of masses that has a covariance,
        ``tension``, and ``delta_chi2`` with toys.
    """
    figures = {"masses": masses_figure(_rows(result), _heading(result, "compatibility of masses"))}
    for first, second in combinations(result.hypotheses[1].correlation.names, 2):
        pair = _pair(result, (first, second))
        if pair is not None:
            heading = _heading(result, "two masses")
            figures[f"ellipse_{first}_{second}"] = ellipse_figure(pair, heading)
    if result.tension is not None:
        figures["tension"] = tension_figure(_tension(result.tension), _heading(result, "tension of measurements"))
    if result.toys is not None:
        figures["delta_chi2"] = _delta_chi2(result, result.toys)
    return figures


def _delta_chi2(result: CompatibilityResult, toys: CompatibilityToys) -> Figure:
    by_toys = f"{fixed(toys.p_value, 4)} \u00b1 {fixed(toys.p_value_error, 4)}"
    content = chi2_histogram(
        np.array([value for value in toys.delta_chi2 if value is not None]),
        result.delta_ndf,
        observed=(result.delta_chi2, rf"observed, $\Delta\chi^2$ = {fixed(result.delta_chi2)}"),
        x_label=rf"$\Delta\chi^2$ of one mass against {result.delta_ndf + 1}",
        notes=[
            source_text(toys.toys, toys.seed, frequentist=toys.frequentist, file=toys.file),
            rf"$p$ = {by_toys} (toys), {p_text(result.p_value)} ($\chi^2$ distribution)",
        ],
    )
    return toy_histogram(content, _heading(result, "one mass against several, in toys"))


def _tension(tension: Tension) -> TensionRows:
    def numbers(estimates: list[MassEstimate | None]) -> FloatArray:
        return np.array([(np.nan, np.nan) if e is None else (e.value, e.sigma) for e in estimates])

    rows = tension.measurements
    return TensionRows(
        names=[row.measurement for row in rows],
        every=(tension.all.value, tension.all.sigma),
        alone=numbers([row.alone for row in rows]),
        without=numbers([row.without for row in rows]),
        texts=[
            "not fitted"
            if row.added_chi2 is None or row.added_ndf is None or row.p_value is None
            else rf"$\Delta\chi^2$/ndf = {fixed(row.added_chi2)}/{row.added_ndf}, $p$ = {p_text(row.p_value)}"
            for row in rows
        ],
        unit="GeV",
    )


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
