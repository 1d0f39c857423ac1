"""Points of a grid, in the way of combine."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ttjroofit.errors import OptionError
from ttjroofit.inputs.measurement import FloatArray

__all__ = ["grid_points", "grid_shape"]


def grid_shape(parameters: int, points: int, counts: Sequence[int]) -> list[int]:
    """Points in each parameter.

    Args:
        parameters: how many are scanned.
        points: in all; two parameters get a square of at least as many.
        counts: points in each parameter, which go first; empty if not given.

    Raises:
        OptionError: if the counts are not one a parameter, or not positive.
    """
    if counts and len(counts) != parameters:
        raise OptionError(f"--gridPoints: {len(counts)} numbers for {parameters} parameters: give one for each")
    shape = list(counts) or [points if parameters == 1 else math.ceil(math.sqrt(points))] * parameters
    if min(shape) < 1:
        raise OptionError(f"a grid of {' x '.join(map(str, shape))} points is empty: give positive numbers")
    return shape


def grid_points(ranges: Sequence[tuple[float, float]], shape: Sequence[int], *, align_edges: bool) -> FloatArray:
    """All points, shape (B, d), the last parameter running fastest.

    Args:
        ranges: lower and upper edge of each parameter.
        shape: points in each parameter.
        align_edges: the first and last points stand on the edges; else each stands in the centre of its bin.
    """
    axes = [_axis(low, high, count, align_edges) for (low, high), count in zip(ranges, shape, strict=True)]
    return np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=1)


def _axis(low: float, high: float, count: int, align_edges: bool) -> FloatArray:
    if align_edges and count > 1:
        return np.linspace(low, high, count, dtype=np.float64)
    return np.asarray(low + (np.arange(count) + 0.5) * (high - low) / count)
