"""The prior correlation matrices of many points at once, made as ``model.prior`` makes one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.sparse.csgraph import connected_components

from ttjroofit.errors import CardError
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.correlations.path import StatedRanges
from ttjroofit.model.gaussian import Indices
from ttjroofit.model.prior import ROUNDING, Owner, build_prior
from ttjroofit.model.repair import SMALLEST_EIGENVALUE, repair_nearest

__all__ = ["Merged", "PointStatus", "PriorMatrices", "RepairMethod", "merge_names", "prior_matrices"]

RepairMethod = Literal["shrink", "nearest"]

PointStatus = Literal["good", "repaired", "not positive definite", "contradiction", "fit failed"]


@dataclass(frozen=True, eq=False)
class PriorMatrices:
    """Correlation matrices of B points over s names.

    Attributes:
        correlation: shape (B, s, s), after the repair; names that are one parameter have a correlation of +-1.
        eigenvalue: shape (B,), the smallest one as stated, before the repair; NaN for a contradiction.
        status: ``good``; ``repaired``; ``not positive definite``, and no repair asked for; ``contradiction``, if
            correlations of exactly +-1 make two others one that have different values.
    """

    correlation: FloatArray
    eigenvalue: FloatArray
    status: tuple[PointStatus, ...]

    @property
    def usable(self) -> Indices:
        """Positions of the points that have a matrix, shape (at most B,)."""
        return np.array([i for i, status in enumerate(self.status) if status in {"good", "repaired"}], dtype=np.intp)


@dataclass(frozen=True, eq=False)
class Merged:
    """Which names are one parameter, and where the A stated correlations stand among the q parameters.

    Attributes:
        transform: names on parameters, shape (s, q).
        first, second: shape (A,), first <= second.
        sign: shape (A,), of the two names together.
    """

    transform: FloatArray
    first: Indices
    second: Indices
    sign: FloatArray

    def consistent(self, values: FloatArray) -> Indices:
        """Points, of shape (B, A), whose correlations of one pair of parameters have one value each."""
        signed = values * self.sign
        size = self.transform.shape[1]
        good = np.all(signed[:, self.first == self.second] == 1.0, axis=1)
        keys = self.first * size + self.second
        for key in np.flatnonzero(np.bincount(keys) > 1):
            same = signed[:, keys == key]
            good &= np.all(same == same[:, :1], axis=1)
        return np.flatnonzero(good)

    def matrices(self, values: FloatArray) -> FloatArray:
        """Correlations of the parameters, shape (B, q, q)."""
        total = np.tile(np.eye(self.transform.shape[1]), (len(values), 1, 1))
        apart = self.first != self.second
        first, second = self.first[apart], self.second[apart]
        total[:, first, second] = total[:, second, first] = (values * self.sign)[:, apart]
        return total

    def by_name(self, matrices: FloatArray) -> FloatArray:
        """Correlations of the names, shape (B, s, s), from those of the parameters."""
        if self.transform.shape[0] == self.transform.shape[1]:
            return matrices
        return np.asarray(self.transform @ matrices @ self.transform.T)

    @property
    def stated(self) -> FloatArray:
        """Shape (q, q), 1 where a correlation is stated."""
        mask = np.zeros((self.transform.shape[1],) * 2)
        apart = self.first != self.second
        mask[self.first[apart], self.second[apart]] = mask[self.second[apart], self.first[apart]] = 1.0
        return mask


def merge_names(ranges: StatedRanges, exact: FloatArray) -> Merged | None:
    """Merge the names of the pairs that have exactly +-1; None if these contradict each other.

    Args:
        ranges: the A stated correlations.
        exact: shape (A,), 1 or -1 for these pairs, 0 for all others.
    """
    ones = [
        replace(pair, nominal=value) for pair, value in zip(ranges.pairs, exact.tolist(), strict=True) if value != 0.0
    ]
    owner = Owner("", profiled=False, without_prior=False)
    try:
        transform = build_prior(dict.fromkeys(ranges.names, owner), ones, None).transform
    except CardError:
        return None
    # no names leave nothing to search
    column = np.argmax(np.abs(transform), axis=1) if ranges.names else np.zeros(0, dtype=np.intp)
    signs = transform[np.arange(len(column)), column]
    ends = np.sort(np.array([column[ranges.first], column[ranges.second]]), axis=0)
    return Merged(transform, ends[0], ends[1], signs[ranges.first] * signs[ranges.second])


def prior_matrices(ranges: StatedRanges, values: FloatArray, repair: RepairMethod | None) -> PriorMatrices:
    """Merge names, check positive definiteness and repair, each point as the card with its values would be.

    Args:
        ranges: the stated correlations.
        values: shape (B, A).
        repair: of the card.
    """
    size = len(ranges.names)
    correlation = np.full((len(values), size, size), np.nan)
    eigenvalue = np.full(len(values), np.nan)
    status: list[PointStatus] = ["contradiction"] * len(values)
    exact = np.where(np.abs(values) == 1.0, values, 0.0)
    patterns, member = np.unique(exact, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        where = np.flatnonzero(member.reshape(-1) == number)
        merged = merge_names(ranges, pattern)
        if merged is None:
            continue
        where = where[merged.consistent(values[where])]
        matrices = merged.matrices(values[where])
        eigenvalue[where] = _smallest_eigenvalues(matrices)
        definite = eigenvalue[where] > ROUNDING
        if repair is not None and not np.all(definite):
            matrices[~definite] = _repair(matrices[~definite], eigenvalue[where][~definite], merged, repair)
        correlation[where] = merged.by_name(matrices)
        for point, good in zip(where.tolist(), definite.tolist(), strict=True):
            status[point] = "good" if good else "repaired" if repair is not None else "not positive definite"
    return PriorMatrices(correlation, eigenvalue, tuple(status))


def _smallest_eigenvalues(matrices: FloatArray) -> FloatArray:
    """Shape (B,): the smallest over the connected parts of the matrices, which are small."""
    points, size = matrices.shape[:2]
    smallest = np.ones(points)
    if not points or not size:
        return smallest
    count, label = connected_components(np.any(matrices != 0.0, axis=0), directed=False)
    for part in range(count):
        inside = np.flatnonzero(label == part)
        if len(inside) == 1:
            continue
        block = matrices if len(inside) == size else matrices[:, inside[:, None], inside]
        constant = bool(np.all(block == block[0]))
        smallest = np.minimum(smallest, np.linalg.eigvalsh(block[:1] if constant else block)[:, 0])
    return smallest


def _repair(matrices: FloatArray, eigenvalue: FloatArray, merged: Merged, method: RepairMethod) -> FloatArray:
    """What ``model.repair`` makes of each matrix, shape (B, q, q)."""
    if method == "nearest":
        stated = merged.stated > 0.0
        return np.array([repair_nearest(matrix, stated).matrix for matrix in matrices])
    unit = np.eye(matrices.shape[1])
    factor = np.minimum(1.0, (1.0 - SMALLEST_EIGENVALUE) / (1.0 - eigenvalue))
    return np.asarray(unit + factor[:, None, None] * (matrices - unit))
