"""The reduced Gaussian of the bins as an exact function of the prior correlations.

Only the term phi^T C^-1 phi of chi2 depends on C. With the combination solved once at C0, let Q = C0^-1, S the
covariance and t the mean of the nuisances, B = cov(x, phi) Q, g = Q t and R = Q - Q S Q. The Sherman-Morrison-
Woodbury identity, freed of C^-1, gives for C = C0 + D

    F = D (1 + R D)^-1,  mean = mean0 + B F g,  covariance = covariance0 + B F B^T,  chi2 = chi2_0 - g^T F g.

Only the rows and columns that D touches enter F, so one pair costs a 2 x 2 system. C itself may be singular: names
with a correlation of +-1 are the limit. Frozen nuisances need no care: they are observed without an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination, eliminate
from ttjroofit.model.gaussian import Gaussian, Indices, inverse_positive
from ttjroofit.model.prior import Prior

__all__ = ["PriorResponse", "ReducedPoints", "independent", "prior_response"]

CHUNK = 2048
"""Points updated together: what bounds the memory."""


@dataclass(frozen=True, eq=False)
class ReducedPoints:
    """Combined cross sections of B points.

    Attributes:
        means: shape (B, n).
        covariances: shape (B, n, n).
        offsets: shape (B,), chi2 of the combination.
        positive: shape (B,), whether the quadratic form is positive definite.
    """

    means: FloatArray
    covariances: FloatArray
    offsets: FloatArray
    positive: npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class PriorResponse:
    """What the reduced Gaussian needs to follow the correlations of s nuisances.

    Attributes:
        names: of the nuisances.
        correlation: C0 among them, shape (s, s).
        mean: of the n combined cross sections at C0, shape (n,).
        covariance: at C0, shape (n, n).
        offset: chi2 of the combination at C0.
        on_bins: B, shape (n, s): shift of the cross sections when an auxiliary observable moves by 1.
        pull: g, shape (s,).
        information: R, shape (s, s): what the data say of the nuisances.
        posterior: S, shape (s, s).
        regression: S Q, shape (s, s).
    """

    names: tuple[str, ...]
    correlation: FloatArray
    mean: FloatArray
    covariance: FloatArray
    offset: float
    on_bins: FloatArray
    pull: FloatArray
    information: FloatArray
    posterior: FloatArray
    regression: FloatArray

    def of(self, names: Sequence[str]) -> PriorResponse:
        """The same for some of the nuisances, which must hold all whose correlations change."""
        position = {name: i for i, name in enumerate(self.names)}
        where = np.array([position[name] for name in names], dtype=np.intp)
        square = np.ix_(where, where)
        return replace(
            self,
            names=tuple(names),
            correlation=self.correlation[square],
            on_bins=self.on_bins[:, where],
            pull=self.pull[where],
            information=self.information[square],
            posterior=self.posterior[square],
            regression=self.regression[square],
        )

    def moved(self, correlation: FloatArray) -> PriorResponse:
        """The same about another C0, shape (s, s), which may be singular."""
        change = correlation - self.correlation
        unit = np.eye(len(change))
        solved = np.linalg.inv(unit + self.information @ change)
        update = change @ solved
        return replace(
            self,
            correlation=correlation,
            mean=self.mean + self.on_bins @ update @ self.pull,
            covariance=_symmetric(self.covariance + self.on_bins @ update @ self.on_bins.T),
            offset=self.offset - float(self.pull @ update @ self.pull),
            on_bins=self.on_bins @ solved.T,
            pull=solved @ self.pull,
            information=_symmetric(solved @ self.information),
            posterior=_symmetric(self.posterior + self.regression @ update @ self.regression.T),
            regression=self.regression @ solved.T,
        )

    def merged(self, transform: FloatArray) -> PriorResponse:
        """The same over q parameters that the names stand for, if C0 is T C T^T.

        Args:
            transform: T, shape (s, q), one entry +1 or -1 a row.
        """
        one = np.argmax(np.abs(transform), axis=0)
        signs = transform[one, np.arange(len(one))]
        square = np.ix_(one, one)
        outer = np.outer(signs, signs)
        return replace(
            self,
            names=tuple(self.names[i] for i in one),
            correlation=self.correlation[square] * outer,
            on_bins=self.on_bins @ transform,
            pull=transform.T @ self.pull,
            information=transform.T @ self.information @ transform,
            posterior=self.posterior[square] * outer,
            regression=signs[:, None] * self.regression[one] @ transform,
        )

    @property
    def combined(self) -> Gaussian:
        """Combined cross sections at C0."""
        return Gaussian(self.mean, self.covariance, self.offset)

    def at(self, correlation: FloatArray) -> ReducedPoints:
        """The reduced Gaussians of B correlation matrices, shape (B, s, s)."""
        parts = [self._at(correlation[start : start + CHUNK]) for start in range(0, max(len(correlation), 1), CHUNK)]
        return ReducedPoints(
            np.concatenate([part.means for part in parts]),
            np.concatenate([part.covariances for part in parts]),
            np.concatenate([part.offsets for part in parts]),
            np.concatenate([part.positive for part in parts]),
        )

    def _at(self, correlation: FloatArray) -> ReducedPoints:
        change = correlation - self.correlation
        touched = np.flatnonzero(np.any(change != 0.0, axis=(0, 1)))
        change = change[:, touched[:, None], touched]
        joint = np.column_stack([self.on_bins.T, self.pull])[touched]
        system = np.eye(len(touched)) + self.information[np.ix_(touched, touched)] @ change
        # U^T F U with U = (B^T, g): all that the update needs
        update = joint.T @ (change @ np.linalg.solve(system, np.broadcast_to(joint, (len(change), *joint.shape))))
        covariances = self.covariance + (update[:, :-1, :-1] + np.swapaxes(update[:, :-1, :-1], 1, 2)) / 2.0
        return ReducedPoints(
            means=self.mean + update[:, :-1, -1],
            covariances=covariances,
            offsets=self.offset - update[:, -1, -1],
            positive=self._positive(change, system, touched),
        )

    def _positive(self, change: FloatArray, system: FloatArray, touched: Indices) -> npt.NDArray[np.bool_]:
        """Whether the nuisances have a positive covariance; always, unless published constraints exceed a prior."""
        if not len(touched) or np.linalg.eigvalsh(self.information[np.ix_(touched, touched)])[0] > -ROUNDING:
            return np.ones(len(change), dtype=bool)
        regression = self.regression[np.ix_(touched, touched)]
        posterior = self.posterior[np.ix_(touched, touched)]
        update = change @ np.linalg.solve(system, np.broadcast_to(regression.T, change.shape))
        smallest = np.linalg.eigvalsh(posterior + regression @ update)[:, 0]
        return np.asarray(smallest > -ROUNDING)


ROUNDING = 1e-9
"""Eigenvalues within this of zero are those of names that are one parameter."""


def independent(combination: Combination) -> Combination:
    """The same combination with no prior correlations at all, every name a parameter of its own."""
    prior = combination.prior
    names = prior.names
    parents = prior.parents
    return replace(
        combination,
        prior=Prior(
            names=names,
            parameters=names,
            transform=np.eye(len(names)),
            correlation=np.eye(len(names)),
            free=np.array([owner.without_prior for owner in combination.owners.values()], dtype=bool),
            stated=(),
            repaired=None,
        ),
        starts=prior.transform @ combination.starts,
        frozen=frozenset(name for name in names if parents[name][0] in combination.frozen),
    )


def prior_response(combination: Combination, elimination: Elimination | None = None) -> PriorResponse:
    """Response to the correlations of all prior parameters that have a prior, about those of the combination.

    Args:
        combination: whose correlations are C0.
        elimination: of the combination; made unless given.
    """
    solved = eliminate(combination) if elimination is None else elimination
    prior, count = combination.prior, solved.bins
    size = len(prior.parameters)
    covariance = np.zeros((size, size))
    covariance[np.ix_(solved.floating, solved.floating)] = solved.joint.covariance[count:, count:]
    with_bins = np.zeros((count, size))
    with_bins[:, solved.floating] = solved.joint.covariance[:count, count:]
    values = combination.starts.copy()
    values[solved.floating] = solved.joint.mean[count:]
    constrained = np.flatnonzero(~prior.free)
    square = np.ix_(constrained, constrained)
    precision = inverse_positive(prior.correlation[square])
    posterior = covariance[square]
    return PriorResponse(
        names=tuple(prior.parameters[i] for i in constrained),
        correlation=prior.correlation[square],
        mean=solved.reduced.mean,
        covariance=solved.reduced.covariance,
        offset=solved.reduced.chi2,
        on_bins=with_bins[:, constrained] @ precision,
        pull=precision @ values[constrained],
        information=_symmetric(precision - precision @ posterior @ precision),
        posterior=posterior,
        regression=posterior @ precision,
    )


def _symmetric(matrix: FloatArray) -> FloatArray:
    return np.asarray((matrix + matrix.T) / 2.0)
