"""Prior of the nuisances: which names are one parameter, and how the others are correlated."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ttjroofit.card.patterns import require_names
from ttjroofit.card.statements import Assumption, Repair
from ttjroofit.errors import CardError, ModelError, Place
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.repair import Repaired, repair_nearest, repair_shrink

__all__ = ["Owner", "Prior", "StatedCorrelation", "build_prior", "state_correlations"]

MOST = 10_000
"""Nuisances; matrices of so many take 0.8 GB each."""

ROUNDING = 1e-10
"""Eigenvalues within this of zero are rounding of an exactly singular matrix."""


@dataclass(frozen=True)
class Owner:
    """Where a nuisance comes from.

    Attributes:
        measurement: name of its measurement.
        profiled: whether the published fit of that measurement determined it.
        without_prior: whether it was free in that fit.
    """

    measurement: str
    profiled: bool
    without_prior: bool


@dataclass(frozen=True)
class StatedCorrelation:
    """A correlation of two plain names that the card states, with its scan range and the line that says so."""

    first: str
    second: str
    nominal: float
    low: float
    high: float
    block: str
    place: Place


@dataclass(frozen=True, eq=False)
class Prior:
    """theta = T phi, phi ~ N(0, C): N names, q parameters.

    Attributes:
        names: the N nuisances, in the order of the measurements.
        parameters: the q names that stand for themselves; the others are equal to one of them up to a sign.
        transform: T, shape (N, q): one entry +1 or -1 a row.
        correlation: C, shape (q, q), unit diagonal, positive definite.
        free: shape (q,), True for parameters without a prior.
        stated: the correlations stated between names in use.
        repaired: what a repair did, None if none was needed.
    """

    names: tuple[str, ...]
    parameters: tuple[str, ...]
    transform: FloatArray
    correlation: FloatArray
    free: npt.NDArray[np.bool_]
    stated: tuple[StatedCorrelation, ...]
    repaired: Repaired | None

    # asked for name by name, and a search over the whole matrix
    @cached_property
    def parents(self) -> dict[str, tuple[str, float]]:
        """Every name to the parameter that it equals and the sign of the two."""
        # no nuisances leave nothing to search
        columns = np.argmax(np.abs(self.transform), axis=1) if self.names else np.zeros(0, dtype=np.intp)
        return {
            name: (self.parameters[column], float(row[column]))
            for name, row, column in zip(self.names, self.transform, columns, strict=True)
        }

    def parameters_of(self, names: Collection[str]) -> set[str]:
        """The parameters that names stand for; names that are no nuisances of the measurements stay as they are."""
        parents = self.parents
        return {parents[name][0] if name in parents else name for name in names}

    def changes(self) -> list[tuple[StatedCorrelation, float]]:
        """Every stated correlation with the value that holds after the repair, largest change first."""
        matrix = self.transform @ self.correlation @ self.transform.T
        position = {name: i for i, name in enumerate(self.names)}
        held = [(pair, float(matrix[position[pair.first], position[pair.second]])) for pair in self.stated]
        return sorted(held, key=lambda item: -abs(item[1] - item[0].nominal))


def state_correlations(
    assumptions: Sequence[Assumption], owners: Mapping[str, Owner], known: Sequence[str]
) -> tuple[StatedCorrelation, ...]:
    """Resolve the patterns of the card to pairs of nuisances in use.

    Args:
        assumptions: the assumptions in force.
        owners: the nuisances in use.
        known: all nuisances of the card's measurements; one that is not in use is passed over.

    Raises:
        CardError: if a pattern matches nothing, two lines give one pair different values, a published fit already
            holds the correlation of a pair, or one of a pair has no prior.
    """
    pairs: dict[frozenset[str], StatedCorrelation] = {}
    for line in assumptions:
        firsts = require_names(line.first, known, kind="nuisance", place=line.place)
        seconds = require_names(line.second, known, kind="nuisance", place=line.place)
        for first in firsts:
            for second in seconds:
                if first in owners and second in owners:
                    pair = StatedCorrelation(first, second, line.nominal, line.low, line.high, line.block, line.place)
                    _check_pair(pair, owners)
                    _add_pair(pair, pairs)
    return tuple(pairs.values())


def _check_pair(pair: StatedCorrelation, owners: Mapping[str, Owner]) -> None:
    first, second = owners[pair.first], owners[pair.second]
    if pair.first == pair.second:
        raise CardError(f"nuisance {pair.first} cannot be correlated with itself: name another one", pair.place)
    if first.profiled and second.profiled and first.measurement == second.measurement:
        raise CardError(
            f"{pair.first} and {pair.second} were both profiled in {first.measurement}, whose published covariance "
            "already holds their correlation: remove this line",
            pair.place,
        )
    for name, owner in ((pair.first, first), (pair.second, second)):
        if owner.without_prior:
            raise CardError(
                f"nuisance {name} was free in the fit of {owner.measurement}: it has no prior to correlate", pair.place
            )


def _add_pair(pair: StatedCorrelation, pairs: dict[frozenset[str], StatedCorrelation]) -> None:
    key = frozenset((pair.first, pair.second))
    earlier = pairs.setdefault(key, pair)
    if earlier.nominal != pair.nominal:
        raise CardError(
            f"correlation {pair.nominal:g} of {pair.first} and {pair.second} contradicts {earlier.nominal:g} "
            f"stated at {earlier.place}: keep one, or choose a scenario that holds only one of the blocks "
            f"{earlier.block} and {pair.block}",
            pair.place,
        )


def build_prior(owners: Mapping[str, Owner], stated: Sequence[StatedCorrelation], repair: Repair | None) -> Prior:
    """The prior of all nuisances from the stated correlations.

    Correlations of exactly +1 or -1 make names one parameter; what is stated for one of the names holds for all.

    Args:
        owners: the nuisances in use, in order.
        stated: resolved correlations.
        repair: what to do when the matrix is not positive definite.

    Raises:
        CardError: if two statements about one parameter contradict each other.
        ModelError: if the matrix is not positive definite and no repair is asked for; it names the smallest
            eigenvalue and the nuisances that carry it. If there are more than ``MOST`` nuisances.
    """
    names = tuple(owners)
    if len(names) > MOST:
        raise ModelError(
            f"{len(names)} nuisances are more than the {MOST} whose matrix fits into the memory; drop some"
        )
    representative = _merge_names(names, stated)
    parameters = tuple(name for name in names if representative[name][0] == name)
    column = {name: i for i, name in enumerate(parameters)}
    transform = np.zeros((len(names), len(parameters)))
    for row, name in enumerate(names):
        parent, sign = representative[name]
        transform[row, column[parent]] = sign
    matrix, mask = _stated_matrix(stated, representative, column)
    repaired = _check_positive(matrix, mask, parameters, repair)
    free = np.array([owners[name].without_prior for name in parameters], dtype=bool)
    correlation = repaired.matrix if repaired is not None else matrix
    return Prior(names, parameters, transform, correlation, free, tuple(stated), repaired)


def _merge_names(names: Sequence[str], stated: Sequence[StatedCorrelation]) -> dict[str, tuple[str, int]]:
    """Each name's representative and relative sign; the representative is the first name in order."""
    members: dict[str, dict[str, int]] = {name: {name: 1} for name in names}
    owner = {name: name for name in names}
    order = {name: i for i, name in enumerate(names)}
    for pair in stated:
        if abs(pair.nominal) != 1.0:
            continue
        first, second = owner[pair.first], owner[pair.second]
        sign = int(pair.nominal) * members[first][pair.first] * members[second][pair.second]
        if first == second:
            if sign != 1:
                raise CardError(
                    f"correlation {pair.nominal:g} of {pair.first} and {pair.second} contradicts the correlations of "
                    "exactly +-1 that already make them one parameter",
                    pair.place,
                )
            continue
        keep, drop = sorted((first, second), key=lambda name: order[name])
        for name, relative in members.pop(drop).items():
            members[keep][name] = relative * sign
            owner[name] = keep
    return {name: (owner[name], members[owner[name]][name]) for name in names}


def _stated_matrix(
    stated: Sequence[StatedCorrelation], representative: Mapping[str, tuple[str, int]], column: Mapping[str, int]
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    matrix = np.eye(len(column))
    mask = np.zeros(matrix.shape, dtype=bool)
    said: dict[tuple[int, int], StatedCorrelation] = {}
    for pair in stated:
        (first, sign_first), (second, sign_second) = representative[pair.first], representative[pair.second]
        value = pair.nominal * sign_first * sign_second
        i, j = sorted((column[first], column[second]))
        held = matrix[i, j] if i == j or (i, j) in said else value
        if held != value:
            other = said.get((i, j))
            where = (
                f"{other.nominal:g} for {other.first} and {other.second} at {other.place}"
                if other
                else "their being one parameter"
            )
            raise CardError(
                f"correlation {pair.nominal:g} of {pair.first} and {pair.second} contradicts {where}: "
                "correlations of exactly +-1 make names one parameter, state one value for it",
                pair.place,
            )
        if i != j:
            said[i, j] = pair
            matrix[i, j] = matrix[j, i] = value
            mask[i, j] = mask[j, i] = True
    return matrix, mask


def _check_positive(
    matrix: FloatArray, stated: npt.NDArray[np.bool_], names: Sequence[str], repair: Repair | None
) -> Repaired | None:
    # parameters that no statement names have the eigenvalue 1
    inside = np.flatnonzero(stated.any(axis=0))
    values, vectors = np.linalg.eigh(matrix[np.ix_(inside, inside)])
    if np.all(values > ROUNDING):
        return None
    if repair is not None:
        return repair_shrink(matrix) if repair.method == "shrink" else repair_nearest(matrix, stated)
    weight = vectors[:, 0] ** 2
    guilty = [names[inside[i]] for i in np.argsort(-weight, kind="stable") if weight[i] > 0.01]
    verdict = "singular" if values[0] > -ROUNDING else "not positive definite"
    raise ModelError(
        f"the prior correlation matrix is {verdict}: its smallest eigenvalue {values[0]:.6g} is carried by "
        f"{', '.join(guilty)}; lower their stated correlations "
        "or ask for `repair shrink` or `repair nearest` in the card"
    )
