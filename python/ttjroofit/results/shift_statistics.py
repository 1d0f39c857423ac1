"""The result of ``-M ShiftStatistics``: what the Monte Carlo uncertainty of systematic shifts does to the masses."""

from __future__ import annotations

from dataclasses import dataclass

from ttjroofit.results.header import ModelHeader
from ttjroofit.results.toys import Estimate

__all__ = ["SCHEMA", "MassShiftStatistics", "ShiftStatistic", "ShiftStatisticsResult"]

SCHEMA = "ttjroofit/shift_statistics/1"


@dataclass(frozen=True)
class ShiftStatistic:
    """One row of the table of one mass, in its unit; toys whose fit failed are left out of the estimates.

    Attributes:
        name: of a source or group, or ``all``.
        kind: ``source``, ``group`` or ``all``.
        measurement: of a source; empty for others.
        fluctuated: number of sources whose shifts fluctuate in the toys of this row.
        members: number of nuisances in the row.
        impact: global impact (arXiv:2307.04007) of a source; of several nuisances the root of the sum of squares.
        mc_stat: root mean square of the moves of the mass about the fit of the data: the Monte Carlo statistical
            uncertainty.
        mean_move: average move.
        sigma_rms: root mean square of the moves of the standard deviation of the mass.
        sigma_mean_move: average move of it.
        unconverged: toys whose fit failed.
    """

    name: str
    kind: str
    measurement: str
    fluctuated: int
    members: int
    impact: float
    mc_stat: Estimate
    mean_move: Estimate
    sigma_rms: Estimate
    sigma_mean_move: Estimate
    unconverged: int


@dataclass(frozen=True)
class MassShiftStatistics:
    """One mass.

    Attributes:
        value: in the fit of the data.
        sigma: its standard deviation from the second derivative.
        unit: of the mass.
        rows: sources by falling Monte Carlo uncertainty, then groups, then all together.
    """

    value: float
    sigma: float
    unit: str
    rows: list[ShiftStatistic]


@dataclass(frozen=True)
class ShiftStatisticsResult(ModelHeader):
    """Everything ``-M ShiftStatistics`` has to say.

    Attributes:
        toys: how many.
        seed: toy i depends on it and on i alone.
        method: ``explicit``: the combination as a function of the shifts; ``rebuilt``: a new combination for every toy,
            where sources are not linear.
        smoothed: number of fluctuating sources that are smoothed in every toy.
        masses: by name.
        good: all fits converged.
    """

    toys: int
    seed: int
    method: str
    smoothed: int
    masses: dict[str, MassShiftStatistics]
    good: bool
