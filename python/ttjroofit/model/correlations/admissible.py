"""The set of correlation matrices inside the stated ranges, as a conic program.

The values of the pairs are admissible if each is in its range and the matrix that they make is positive semi-definite.
Clarabel (P. Goulart, Y. Chen, arXiv:2405.12762), an interior-point solver for such cones, solves the programs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import clarabel
import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from ttjroofit.errors import ModelError
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.correlations.matrices import Merged, merge_names
from ttjroofit.model.correlations.path import StatedRanges
from ttjroofit.model.gaussian import Indices

__all__ = ["AdmissibleSet", "admissible_set"]

FLOOR = 1e-7
"""Smallest eigenvalue that is asked of the solver, whose own tolerance is below it."""

SNAP = 1e-6
"""Values this close to an end of their range are at it."""


@dataclass(frozen=True, eq=False)
class AdmissibleSet:
    """Values y of V free entries of the matrix C(y) = constant + sum_v y_v E_v over q parameters.

    Attributes:
        ranges: the stated correlations.
        merged: the names that are one parameter, by correlations of +-1 without a range.
        members: for each of the A stated correlations its variable, -1 if it has a fixed value; shape (A,).
        first: row of each variable's entry, shape (V,).
        second: column, shape (V,).
        low: shape (V,).
        high: shape (V,).
        constant: C at y = 0, shape (q, q).
        parts: the connected parts of the matrix, positions of their parameters.
    """

    ranges: StatedRanges
    merged: Merged
    members: Indices
    first: Indices
    second: Indices
    low: FloatArray
    high: FloatArray
    constant: FloatArray
    parts: tuple[Indices, ...]

    def matrix(self, values: FloatArray) -> FloatArray:
        """C(y), shape (q, q); y of shape (V,)."""
        total: FloatArray = self.constant.copy()
        total[self.first, self.second] = total[self.second, self.first] = values
        return total

    def smallest_eigenvalue(self, values: FloatArray) -> float:
        """Of C(y); y of shape (V,)."""
        return float(np.linalg.eigvalsh(self.matrix(values))[0])

    def stated(self, values: FloatArray) -> FloatArray:
        """Values of the A stated correlations, shape (A,), from those of the variables, shape (V,)."""
        moved = self.merged.sign * values[self.members] if len(values) else self.ranges.nominal
        return np.where(self.members >= 0, moved, self.ranges.nominal)

    @property
    def nominal(self) -> FloatArray:
        """The nominal values of the variables, admissible or not, shape (V,)."""
        values = np.zeros(len(self.low))
        inside = self.members >= 0
        values[self.members[inside]] = (self.merged.sign * self.ranges.nominal)[inside]
        return np.asarray(np.clip(values, self.low, self.high))

    def centre(self) -> tuple[FloatArray, float]:
        """The values, shape (V,), with the largest smallest eigenvalue, and that eigenvalue.

        Raises:
            ModelError: if no matrix inside the ranges is positive semi-definite; it names who is to blame.
        """
        count = len(self.low)
        objective = np.zeros(count + 1)
        objective[-1] = -1.0
        values = self._solve(np.zeros((count + 1, count + 1)), objective, eigenvalue=True)[:count]
        values = np.clip(values, self.low, self.high)
        eigenvalues, vectors = np.linalg.eigh(self.matrix(values))
        if eigenvalues[0] < -FLOOR:
            weight = vectors[:, 0] ** 2
            names = [self.names[i] for i in np.argsort(-weight, kind="stable") if weight[i] > 0.01]
            raise ModelError(
                "no correlation matrix inside the stated ranges is positive semi-definite: the smallest eigenvalue is "
                f"{eigenvalues[0]:.6g} at best, carried by {', '.join(names)}; widen the ranges of their correlations"
            )
        return values, float(eigenvalues[0])

    @property
    def names(self) -> tuple[str, ...]:
        """Of the q parameters."""
        return tuple(self.ranges.names[int(np.argmax(np.abs(column)))] for column in self.merged.transform.T)

    def step(self, values: FloatArray, slope: FloatArray, hessian: FloatArray) -> FloatArray:
        """The admissible values that minimise slope d + d^T hessian d / 2 with d their distance, shape (V,).

        Args:
            values: where d is 0, shape (V,).
            slope: shape (V,).
            hessian: shape (V, V), positive semi-definite.
        """
        return self._solve(hessian, slope - hessian @ values)

    def project(self, values: FloatArray) -> FloatArray:
        """The nearest admissible values, shape (V,)."""
        return self.step(values, np.zeros(len(values)), np.eye(len(values)))

    def pull_inside(self, values: FloatArray, centre: FloatArray) -> FloatArray:
        """Values, shape (V,), that the solver left outside by its tolerance, moved towards the centre until inside."""
        # the solver stops short of the ends of the ranges
        values = np.where(values < self.low + SNAP, self.low, np.where(values > self.high - SNAP, self.high, values))
        for share in (0.0, *np.logspace(-12, 0, 49)):
            inside = (1.0 - share) * values + share * centre
            if self.smallest_eigenvalue(inside) >= min(FLOOR / 2.0, self.smallest_eigenvalue(centre)):
                break
        return np.asarray(inside)

    def _solve(self, quadratic: FloatArray, linear: FloatArray, *, eigenvalue: bool = False) -> FloatArray:
        """Minimise y^T quadratic y / 2 + linear y; with ``eigenvalue``, C - t 1 is in the cone, t the last variable."""
        rows, rights, cones = [], [], []
        for part in self.parts:
            matrix, right = self._cone(part, len(linear), eigenvalue)
            rows.append(matrix)
            rights.append(right)
            cones.append(clarabel.PSDTriangleConeT(len(part)))
        box = sparse.csc_matrix(np.eye(len(self.low), len(linear)))
        rows += [box, -box]
        rights += [self.high, -self.low]
        cones.append(clarabel.NonnegativeConeT(2 * len(self.low)))
        settings = clarabel.DefaultSettings()
        settings.verbose = False
        problem = clarabel.DefaultSolver(
            sparse.csc_matrix(np.triu(quadratic)),
            linear,
            sparse.csc_matrix(sparse.vstack(rows)),
            np.concatenate(rights),
            cones,
            settings,
        )
        solution: Any = problem.solve()
        if str(solution.status) not in {"Solved", "AlmostSolved"}:
            raise ModelError(f"the solver of the bounds on correlations stopped with the status {solution.status}")
        return np.array(solution.x)

    def _cone(self, part: Indices, variables: int, eigenvalue: bool) -> tuple[Any, FloatArray]:
        """Matrix and right side: right - matrix y is the upper triangle of a part of C, off-diagonals times sqrt(2)."""
        size = len(part)
        column, row = np.tril_indices(size)
        place = np.full((size, size), -1)
        place[row, column] = place[column, row] = np.arange(len(row))
        scale = np.where(row == column, 1.0, np.sqrt(2.0))
        floor = 0.0 if eigenvalue else FLOOR
        constant = self.constant[np.ix_(part, part)] - floor * np.eye(size)
        matrix = sparse.lil_array((len(row), variables))
        where = {int(parameter): i for i, parameter in enumerate(part)}
        for variable, (i, j) in enumerate(zip(self.first.tolist(), self.second.tolist(), strict=True)):
            if i in where:
                matrix[place[where[i], where[j]], variable] = -np.sqrt(2.0)
        if eigenvalue:
            matrix[place[np.arange(size), np.arange(size)], variables - 1] = 1.0
        return matrix.tocsc(), scale * constant[row, column]


def admissible_set(ranges: StatedRanges) -> AdmissibleSet:
    """The admissible values of the stated correlations; those without a range are fixed.

    Raises:
        ModelError: if correlations of +-1 make two names one and leave another correlation no value.
    """
    fixed = ranges.high <= ranges.low
    merged = merge_names(ranges, np.where(fixed & (np.abs(ranges.nominal) == 1.0), ranges.nominal, 0.0))
    if merged is None:
        raise ModelError("correlations of exactly +-1 without a range contradict each other: state a range for one")
    places = list(zip(merged.first.tolist(), merged.second.tolist(), strict=True))
    entries = _entries(ranges, merged, places)
    free = [key for key, (low, high) in entries.items() if key[0] != key[1] and high > low]
    variables = {key: v for v, key in enumerate(free)}
    constant: FloatArray = np.eye(merged.transform.shape[1])
    for key in set(entries) - set(free):
        constant[key] = constant[key[::-1]] = entries[key][0]
    keys = np.array(free, dtype=np.intp).reshape(-1, 2)
    limits = np.array([entries[key] for key in free]).reshape(-1, 2)
    return AdmissibleSet(
        ranges=ranges,
        merged=merged,
        members=np.array([variables.get(key, -1) for key in places], dtype=np.intp),
        first=keys[:, 0],
        second=keys[:, 1],
        low=limits[:, 0],
        high=limits[:, 1],
        constant=constant,
        parts=_parts(constant, keys),
    )


def _entries(
    ranges: StatedRanges, merged: Merged, places: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], tuple[float, float]]:
    """Entries of the matrix, row and column, with the values that all correlations stated of them allow."""
    ends = np.sort(np.array([ranges.low * merged.sign, ranges.high * merged.sign]), axis=0)
    entries: dict[tuple[int, int], tuple[float, float]] = {}
    for pair, key, low, high in zip(ranges.pairs, places, ends[0].tolist(), ends[1].tolist(), strict=True):
        before = entries.get(key, (1.0, 1.0) if key[0] == key[1] else (-1.0, 1.0))
        entries[key] = max(before[0], low), min(before[1], high)
        if entries[key][0] > entries[key][1]:
            raise ModelError(
                f"{pair.place}: no value in the range of the correlation of {pair.first} and {pair.second} agrees with "
                "the other stated correlations, of which those of +-1 make names one parameter"
            )
    return entries


def _parts(constant: FloatArray, keys: Indices) -> tuple[Indices, ...]:
    """Positions of the parameters of each connected part of the matrix, those without a correlation left out."""
    graph = constant != 0.0
    graph[keys[:, 0], keys[:, 1]] = True
    count, label = connected_components(graph, directed=False)
    parts = (np.flatnonzero(label == part) for part in range(count))
    return tuple(part for part in parts if len(part) > 1)
