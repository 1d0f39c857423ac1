"""The figures of ``-M Impacts``."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ttjroofit.results.impacts import ImpactParameter, ImpactsResult
from ttjroofit.show.impacts import impacts_warnings
from ttjroofit.show.labels import mass_symbol
from ttjroofit.show.pulls_figure import Pulls, pulls_figure
from ttjroofit.show.style import Heading

__all__ = ["impacts_figures"]

_ROWS = 30


def impacts_figures(result: ImpactsResult) -> list[Figure]:
    """Pulls and impacts of all nuisances, 30 a page, the largest impact on the first mass first."""
    pages = [result.parameters[start : start + _ROWS] for start in range(0, len(result.parameters), _ROWS)]
    warnings = tuple(warning.strip("* ") for warning in impacts_warnings(result))
    return [
        pulls_figure(
            _rows(result, page),
            Heading(
                f"{result.card}: impacts ({result.method}), page {number} of {len(pages)}",
                tuple(result.quality),
                warnings,
            ),
        )
        for number, page in enumerate(pages, start=1)
    ]


def _rows(result: ImpactsResult, page: list[ImpactParameter]) -> Pulls:
    return Pulls(
        names=[parameter.name for parameter in page],
        prefit=np.array([parameter.prefit[1] for parameter in page]),
        values=np.array([parameter.fit[1] for parameter in page]),
        constraints=np.array([(parameter.fit[2] - parameter.fit[0]) / 2.0 for parameter in page]),
        impacts={mass_symbol(mass.name): np.array([_shifts(p, mass.name) for p in page]) for mass in result.masses},
        unit=result.masses[0].unit if result.masses else "",
    )


def _shifts(parameter: ImpactParameter, mass: str) -> tuple[float, float]:
    low, value, high = parameter.values[mass]
    return (np.nan if high is None else high - value), (np.nan if low is None else low - value)
