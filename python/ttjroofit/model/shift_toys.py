"""Toys over the shifts of systematic sources, which Monte Carlo samples of limited size know with an uncertainty only.

Every bin has its own true value, so a change dE of the shifts is absorbed by it: in x' = x - dE theta the chi2 does not
know dE. With (x', theta) of mean (xhat, that) and covariance [[V, C], [C^T, S]] from the elimination,
    xhat(dE) = xhat + dE that,   V(dE) = V + dE C^T + C dE^T + dE S dE^T,
and chi2 of the combination does not move. ``with_moved_shifts`` builds the combination anew: the slow twin, and the
way to go where a source is not linear.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ttjroofit.errors import ModelError
from ttjroofit.inputs.measurement import FloatArray, Measurement, Response
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination
from ttjroofit.model.explicit import responses_of

__all__ = ["ShiftMoves", "UncertainShift", "shift_moves", "throw_shifts", "uncertain_shifts", "with_moved_shifts"]


@dataclass(frozen=True, eq=False)
class UncertainShift:
    """The shift of one source with its Monte Carlo uncertainty.

    Attributes:
        source: its name.
        measurement: it belongs to.
        bins: where the b bins of the measurement lie among all bins.
        sigma: shape (b,), standard deviations before smoothing.
        projection: shape (b, b), what smoothing makes of a fluctuation; the unit matrix where there is none.
    """

    source: str
    measurement: str
    bins: slice
    sigma: FloatArray
    projection: FloatArray


def uncertain_shifts(combination: Combination) -> tuple[UncertainShift, ...]:
    """The k sources whose shifts have a Monte Carlo uncertainty, in the order of the combination."""
    smooth = {curve.source: curve.projection for curve in combination.smoothed}
    return tuple(
        UncertainShift(
            name,
            measurement.name,
            combination.slices[measurement.name],
            sigma,
            smooth.get(name, np.eye(len(measurement.bins))),
        )
        for measurement in combination.measurements
        if measurement.shift_sigma is not None
        for name, sigma in zip(measurement.sources, measurement.shift_sigma.T, strict=True)
        if np.any(sigma)
    )


def throw_shifts(uncertain: Sequence[UncertainShift], bins: int, seed: int, numbers: range) -> FloatArray:
    """Changes of the shifts: independent Gaussians a bin and source, smoothed as the shifts were.

    Args:
        uncertain: the k sources.
        bins: number n of all bins.
        seed: of the run; toy i depends on it and on i alone.
        numbers: of the B toys.

    Returns:
        Shape (B, n, k), in the unit of the values; 0 in the bins of other measurements.
    """
    moves = np.zeros((len(numbers), bins, len(uncertain)))
    for toy, number in enumerate(numbers):
        generator = np.random.default_rng([seed, number])
        for column, shift in enumerate(uncertain):
            moves[toy, shift.bins, column] = shift.projection @ (shift.sigma * generator.normal(size=len(shift.sigma)))
    return moves


@dataclass(frozen=True, eq=False)
class ShiftMoves:
    """Combined cross sections as a function of changes of the shifts of k sources.

    Attributes:
        mean: shape (n,), xhat with the shifts as they are.
        covariance: shape (n, n), V.
        sources_mean: shape (k,), that; the values of frozen ones.
        cross: shape (n, k), C.
        sources_covariance: shape (k, k), S; zeros for frozen ones.
    """

    mean: FloatArray
    covariance: FloatArray
    sources_mean: FloatArray
    cross: FloatArray
    sources_covariance: FloatArray

    def combined(self, moves: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Means, shape (B, n), and covariances, shape (B, n, n), for changes of the shifts of shape (B, n, k)."""
        mixed = moves @ self.cross.T
        quadratic = moves @ self.sources_covariance @ np.swapaxes(moves, 1, 2)
        return (
            self.mean + moves @ self.sources_mean,
            self.covariance + mixed + np.swapaxes(mixed, 1, 2) + (quadratic + np.swapaxes(quadratic, 1, 2)) / 2.0,
        )

    def of(self, columns: Sequence[int]) -> ShiftMoves:
        """The same for some of the sources."""
        kept = list(columns)
        return ShiftMoves(
            self.mean,
            self.covariance,
            self.sources_mean[kept],
            self.cross[:, kept],
            self.sources_covariance[np.ix_(kept, kept)],
        )


def shift_moves(combination: Combination, elimination: Elimination, uncertain: Sequence[UncertainShift]) -> ShiftMoves:
    """What changes of the shifts do.

    Args:
        combination: all of whose sources are linear, and whose bins each have their own true value.
        elimination: of the combination.
        uncertain: the k sources.
    """
    prior, count, joint = combination.prior, elimination.bins, elimination.joint
    rows = prior.transform[[prior.names.index(shift.source) for shift in uncertain]]
    values, floating = combination.starts.copy(), elimination.floating
    values[floating] = joint.mean[count:]
    return ShiftMoves(
        mean=joint.mean[:count],
        covariance=joint.covariance[:count, :count],
        sources_mean=rows @ values,
        cross=joint.covariance[:count, count:] @ rows[:, floating].T,
        sources_covariance=rows[:, floating] @ joint.covariance[count:, count:] @ rows[:, floating].T,
    )


def with_moved_shifts(combination: Combination, moves: Mapping[str, FloatArray]) -> Combination:
    """The combination with other shifts: the slow twin of ``ShiftMoves``.

    Args:
        combination: to change.
        moves: source to the change of its shift, shape (b,) over the bins of its measurement. A source that is not
            linear keeps its kind; its ``up`` changes by as much, its ``down`` by the opposite.

    Raises:
        ModelError: if a lognormal source leaves nothing of a value.
    """
    changed = replace(combination, measurements=tuple(_moved(m, moves) for m in combination.measurements))
    theory = changed.theory
    if theory is None or not changed.explicit:
        return changed
    spectrum = replace(theory.spectrum, responses=responses_of(changed, theory.parameters))
    return replace(changed, theory=replace(theory, spectrum=spectrum))


def _moved(measurement: Measurement, moves: Mapping[str, FloatArray]) -> Measurement:
    shifts, responses = measurement.shifts.copy(), dict(measurement.responses)
    for column, name in enumerate(measurement.sources):
        if name in moves:
            shifts[:, column] += moves[name]
            if name in responses:
                responses[name] = _moved_response(measurement, name, moves[name])
    return replace(measurement, shifts=shifts, responses=responses)


def _moved_response(measurement: Measurement, source: str, move: FloatArray) -> Response:
    response = measurement.responses[source]
    moved = replace(response, up=response.up + move, down=response.down - move)
    left = measurement.values + np.minimum(moved.up, moved.down)
    if moved.kind == "lognormal" and np.min(left) <= 0.0:
        raise ModelError(f"the moved shift of the lognormal source {source} leaves nothing of a value")
    return moved
