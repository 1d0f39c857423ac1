"""What becomes of the combined cross sections when the published values of profiled nuisances are replaced by zero.

The combination is linear in what was observed: xhat is the sum of [H^-1 design_k^T V_k^-1]_x (xhat_k, theta_hat_k) over
the measurements. With D the columns of the profiled values, ``--pulls zero`` gives xhat - D theta_hat, and claims the
same covariance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination, design
from ttjroofit.model.gaussian import inverse_positive

__all__ = ["ZeroPulls", "zero_pulls"]


@dataclass(frozen=True, eq=False)
class ZeroPulls:
    """The combined cross sections without the profiled values, from zhat = (xhat, phihat) of the whole combination.

    Nuisances that are frozen are known with either choice and stay where they are. Where nuisances profiled in
    different measurements are tied, theta_hat is what the combination says of them.

    Attributes:
        names: of the p profiled nuisances.
        bins: number n of cross sections, the first components of zhat.
        on_joint: shape (d, p): shift of zhat for +1 of each profiled value.
        rows: shape (p, d), theta_hat = rows zhat.
    """

    names: tuple[str, ...]
    bins: int
    on_joint: FloatArray
    rows: FloatArray

    @property
    def on_bins(self) -> FloatArray:
        """D, shape (n, p): shift of the combined cross sections for +1 of each profiled value."""
        return self.on_joint[: self.bins]

    def shift(self, joint: FloatArray) -> FloatArray:
        """What is lost, D theta_hat, shape (..., n), from zhat, shape (..., d)."""
        return np.asarray((joint @ self.rows.T) @ self.on_bins.T)

    def without(self, joint: FloatArray) -> FloatArray:
        """The zhat of zeros in place of the profiled values, shape (..., d)."""
        return np.asarray(joint - (joint @ self.rows.T) @ self.on_joint.T)

    def covariance(self, joint: FloatArray) -> FloatArray:
        """M V M^T, the covariance of xhat - D theta_hat about its mean for fixed nuisances, shape (n, n).

        Args:
            joint: V, covariance of zhat, shape (d, d).
        """
        projection = np.eye(self.bins, self.rows.shape[1]) - self.on_bins @ self.rows
        return np.asarray(projection @ joint @ projection.T)

    def over_truths(self, combination: Combination, elimination: Elimination) -> FloatArray:
        """What the covariance of xhat gains on average over nuisances drawn from their prior, shape (n, n).

        With the auxiliary observables fixed, the error of xhat does not depend on theta_hat, which has the covariance
        C - [H^-1]_tt: the part of the prior that the data resolve. So D (C - [H^-1]_tt) D^T comes on top of the
        covariance claimed. A nuisance without a prior is tied to no other, so that its column of D is zero.
        """
        prior, count = combination.prior, elimination.bins
        response = (self.on_bins @ self.rows)[:, count:]
        correlation = prior.correlation[np.ix_(elimination.floating, elimination.floating)]
        return np.asarray(response @ (correlation - elimination.joint.covariance[count:, count:]) @ response.T)


def zero_pulls(combination: Combination, elimination: Elimination) -> ZeroPulls:
    """D and theta_hat of a combination."""
    count = elimination.bins
    floating = np.concatenate([np.arange(count), count + elimination.floating])
    names: list[str] = []
    on_joint: list[FloatArray] = [np.zeros((len(floating), 0))]
    rows: list[FloatArray] = [np.zeros((0, len(floating)))]
    for measurement in combination.measurements:
        bins = len(measurement.bins)
        observed = design(combination, measurement)[:, floating]
        weights = elimination.joint.covariance @ observed.T @ inverse_positive(measurement.covariance)
        names += measurement.profiled
        on_joint.append(weights[:, bins:])
        rows.append(observed[bins:])
    return ZeroPulls(tuple(names), count, np.concatenate(on_joint, axis=1), np.concatenate(rows))
