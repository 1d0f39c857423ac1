"""The figures of ``-M Fit -t N``: fitted masses and their pulls."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import norm

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.results.toys import MassOfToys, ToyFitsResult
from ttjroofit.show.labels import mass_symbol
from ttjroofit.show.numbers import fixed
from ttjroofit.show.style import Heading
from ttjroofit.show.toys import source_text, unconverged_text
from ttjroofit.show.toys_histogram import ToyHistogram, toy_histogram

__all__ = ["toy_fits_figures"]


def toy_fits_figures(result: ToyFitsResult) -> dict[str, Figure]:
    """``<mass>`` and ``pull_<mass>`` for each mass of toys that converged."""
    warnings = (unconverged_text(result.toys_unconverged, result.toys),) if result.toys_unconverged else ()
    source = source_text(result.toys, result.seed, frequentist=result.toys_frequentist, file=result.toys_file)
    figures = {}
    for name, mass in result.masses.items():
        if not mass.width.value:
            continue
        symbol = mass_symbol(name)
        heading = Heading(f"{result.card}: fits of toys", tuple(result.quality), warnings)
        figures[name] = toy_histogram(_masses(mass, symbol, source), heading)
        figures[f"pull_{name}"] = toy_histogram(_pulls(mass, symbol, source), heading)
    return figures


def _masses(mass: MassOfToys, symbol: str, source: str) -> ToyHistogram:
    mean, width = mass.mean.value or 0.0, mass.width.value or 0.0
    return ToyHistogram(
        values=_numbers(mass.values),
        cumulative=lambda x: np.asarray(norm.cdf(x, mean, width)),
        expectation=f"Gaussian of {fixed(mean)} and {fixed(width)} {mass.unit}",
        observed=(mass.truth, f"thrown with {fixed(mass.truth)} {mass.unit}"),
        x_label=f"{symbol} [{mass.unit}]",
        notes=[source, f"mean HESSE error {fixed(mass.mean_hesse)} {mass.unit}"],
    )


def _pulls(mass: MassOfToys, symbol: str, source: str) -> ToyHistogram:
    pulls = (_numbers(mass.values) - mass.truth) / _numbers(mass.hesse)
    mean, width = mass.pull_mean, mass.pull_width
    return ToyHistogram(
        values=pulls,
        cumulative=lambda x: np.asarray(norm.cdf(x)),
        expectation="unit Gaussian",
        observed=None,
        x_label=f"pull of {symbol}: (fitted - thrown) / HESSE error",
        notes=[
            source,
            f"mean {fixed(mean.value, 3)} \u00b1 {fixed(mean.error, 3)}, "
            f"width {fixed(width.value, 3)} \u00b1 {fixed(width.error, 3)}",
        ],
    )


def _numbers(values: list[float | None]) -> FloatArray:
    return np.array([value for value in values if value is not None])
