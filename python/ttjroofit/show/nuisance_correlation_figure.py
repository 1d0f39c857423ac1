"""Correlation of the nuisances with the largest impacts on the combined cross sections."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ttjroofit.errors import ModelError
from ttjroofit.results.cross_sections import CrossSections
from ttjroofit.results.nuisance_correlation import NuisanceCorrelation
from ttjroofit.show.cross_sections_map import Block, PercentMap, percent_map_figure
from ttjroofit.show.numbers import shorten
from ttjroofit.show.style import Heading

__all__ = ["SHOWN", "largest_nuisances", "nuisance_correlation_figure"]

SHOWN = 20
"""Nuisances that are drawn unless another number is asked for."""

_LONGEST = 34


def nuisance_correlation_figure(
    result: CrossSections, correlation: NuisanceCorrelation, *, shown: int = SHOWN
) -> Figure:
    """Draw the block of the largest nuisances, largest first, those of a measurement together.

    Args:
        result: of ``-M CrossSections``, which gives the impacts.
        correlation: of the same combination.
        shown: how many nuisances at most.

    Raises:
        ModelError: if the correlation is of other nuisances.
    """
    owner = {nuisance.name: nuisance.measurement for nuisance in result.nuisances}
    strangers = [name for name in correlation.names if name not in owner]
    if strangers:
        raise ModelError(f"nuisance correlation: `{strangers[0]}` is no nuisance of the result of {result.card}")
    names = largest_nuisances(result, correlation.names, shown)
    blocks = [
        Block(measurement.measurement, [name for name in names if owner[name] == measurement.measurement])
        for measurement in result.measurements
    ]
    blocks = [block for block in blocks if block.labels]
    rows = [name for block in blocks for name in block.labels]
    place = [correlation.names.index(name) for name in rows]
    content = PercentMap(
        rows=rows,
        blocks=[Block(block.name, [shorten(name, _LONGEST) for name in block.labels]) for block in blocks],
        cells=100.0 * correlation.matrix[np.ix_(place, place)],
        plain=0,
        digits=0,
        limit=100.0,
        meaning="correlation after the combination [%]",
        x_label="",
        square=True,
    )
    scenario = f" (correlations {result.scenario})" if result.scenario is not None else ""
    title = f"{result.card}: the {len(rows)} nuisances with the largest impacts on the bins{scenario}"
    return percent_map_figure(content, Heading(title, warnings=("Asimov data set",) if result.asimov else ()))


def largest_nuisances(result: CrossSections, names: list[str], count: int) -> list[str]:
    """The nuisances with the largest fractional impact on any bin, largest first."""
    size = {name: max(map(abs, result.source_impacts.get(name, [0.0])), default=0.0) for name in names}
    return sorted(names, key=lambda name: (-size[name], name))[:count]
