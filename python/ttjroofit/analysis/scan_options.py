"""What is asked of ``-M MultiDimFit``, by the option names of combine where the thing is the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Algorithm", "Curves", "ScanOptions"]

Algorithm = Literal["none", "singles", "grid", "contour2d"]


@dataclass(frozen=True)
class Curves:
    """A family of scans with another parameter held at one value after the other."""

    parameter: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class ScanOptions:
    """Options of ``-M MultiDimFit``.

    Attributes:
        algo: what to do.
        parameters: of interest; empty for all masses.
        points: of the grid in all, or rays of each contour; None for 50 points, 60 rays.
        grid_points: points in each parameter.
        ranges: edges of the grid by parameter.
        range_x: the same of the first parameter, without its name; None if not given.
        auto_range: edges of the grid in standard deviations about the best fit, where ``ranges`` has none.
        first, last: numbers of the first and last point to compute; None for all.
        align_edges: points on the edges instead of at the centres of bins.
        fast: hold all other parameters at the best fit.
        breakdown: what is frozen one after the other, and the name of what remains.
        curves: a family of scans.
    """

    algo: Algorithm = "none"
    parameters: tuple[str, ...] = ()
    points: int | None = None
    grid_points: tuple[int, ...] = ()
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    range_x: tuple[float, float] | None = None
    auto_range: float = 3.0
    first: int | None = None
    last: int | None = None
    align_edges: bool = False
    fast: bool = False
    breakdown: tuple[str, ...] = ()
    curves: Curves | None = None
