"""How stated correlations move within their ranges: one alone, a block, all together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.gaussian import Indices
from ttjroofit.model.prior import Prior, StatedCorrelation

__all__ = ["LIMIT", "StatedRanges", "line_values", "single_values", "stated_ranges"]

LIMIT = 1.0 - 1e-9
"""Where a scan stops on its way to 1: at 1 exactly two names become one parameter, another model."""


@dataclass(frozen=True, eq=False)
class StatedRanges:
    """The A stated correlations with their ranges, over the s names that they touch.

    Attributes:
        pairs: as stated.
        names: in the order of the prior.
        first: shape (A,), positions in ``names``.
        second: shape (A,).
        nominal: shape (A,).
        low: shape (A,); an end of a range at -1 or 1 that is not the nominal value is ``LIMIT`` from zero.
        high: shape (A,).
    """

    pairs: tuple[StatedCorrelation, ...]
    names: tuple[str, ...]
    first: Indices
    second: Indices
    nominal: FloatArray
    low: FloatArray
    high: FloatArray

    @property
    def scanned(self) -> Indices:
        """Positions of the correlations that have a range."""
        return np.flatnonzero(self.high > self.low)

    @property
    def blocks(self) -> dict[str, Indices]:
        """Block to positions of its correlations that have a range, in the order of the card."""
        found: dict[str, list[int]] = {}
        for position in self.scanned.tolist():
            found.setdefault(self.pairs[position].block, []).append(position)
        return {block: np.array(members, dtype=np.intp) for block, members in found.items()}

    def matrices(self, values: FloatArray) -> FloatArray:
        """Correlation matrices with these values of the pairs, shapes (B, A) to (B, s, s); names are not merged."""
        total = np.tile(np.eye(len(self.names)), (len(values), 1, 1))
        total[:, self.first, self.second] = total[:, self.second, self.first] = values
        return total


def stated_ranges(prior: Prior) -> StatedRanges:
    """The stated correlations of a prior, whatever a repair made of them."""
    touched = {name for pair in prior.stated for name in (pair.first, pair.second)}
    names = tuple(name for name in prior.names if name in touched)
    position = {name: i for i, name in enumerate(names)}
    nominal = np.array([pair.nominal for pair in prior.stated])
    low, high = (np.array([getattr(pair, end) for pair in prior.stated]) for end in ("low", "high"))
    return StatedRanges(
        pairs=prior.stated,
        names=names,
        first=np.array([position[pair.first] for pair in prior.stated], dtype=np.intp),
        second=np.array([position[pair.second] for pair in prior.stated], dtype=np.intp),
        nominal=nominal,
        low=np.where(low == nominal, low, np.clip(low, -LIMIT, LIMIT)),
        high=np.where(high == nominal, high, np.clip(high, -LIMIT, LIMIT)),
    )


def single_values(ranges: StatedRanges, member: int, points: int) -> FloatArray:
    """One correlation over its range, the others nominal: shape (B, A), ``points`` even steps and the nominal value."""
    grid = np.linspace(ranges.low[member], ranges.high[member], points)
    grid = np.union1d(grid, ranges.nominal[member])
    values = np.tile(ranges.nominal, (len(grid), 1))
    values[:, member] = grid
    return values


def line_values(ranges: StatedRanges, members: Sequence[int] | Indices, points: int) -> tuple[FloatArray, FloatArray]:
    """Several correlations together: from low (0) by nominal (1/2) to high (1), straight in between.

    Returns:
        The position on the line, shape (B,), and the values, shape (B, A); the others are nominal.
    """
    line = np.union1d(np.linspace(0.0, 1.0, points), 0.5)
    values = np.tile(ranges.nominal, (len(line), 1))
    for member in members:
        ends = (ranges.low[member], ranges.nominal[member], ranges.high[member])
        values[:, member] = np.interp(line, (0.0, 0.5, 1.0), ends)
    return line, values
