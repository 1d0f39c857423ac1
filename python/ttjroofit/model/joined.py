"""The posterior of everything where a workspace of others multiplies the likelihood.

Our own Hessian is known analytically, over all nuisances. What the workspace adds to it is the Hessian of the joint fit
less our own with all nuisances eliminated that the workspace does not know.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination
from ttjroofit.model.gaussian import Indices, conditional_covariance, inverse_positive
from ttjroofit.model.likelihood import theory_of
from ttjroofit.model.posterior import Posterior, second_order

__all__ = ["JointFit", "joint_posterior"]


@dataclass(frozen=True, eq=False)
class JointFit:
    """The minimum of the product of our likelihood and those of workspaces.

    Attributes:
        names: floating parameters that were fitted, k in all: our explicit ones, the nuisances that workspaces depend
            on, the parameters they have for themselves; other nuisances may be among them.
        values: shape (k,).
        covariance: shape (k, k), by HESSE.
    """

    names: tuple[str, ...]
    values: FloatArray
    covariance: FloatArray

    def part(self, names: Collection[str]) -> JointFit:
        """The marginal fit of some parameters, in the order of ``self.names``."""
        where = np.array([i for i, name in enumerate(self.names) if name in names], dtype=np.intp)
        return JointFit(tuple(self.names[i] for i in where), self.values[where], self.covariance[np.ix_(where, where)])


def joint_posterior(
    combination: Combination, elimination: Elimination, values: FloatArray, fit: JointFit, shared: Collection[str]
) -> Posterior:
    """All our parameters, followed by those that workspaces have for themselves.

    Args:
        combination: of ours alone, its sources linear.
        elimination: of the combination.
        values: explicit parameters at the joint minimum, shape (P,).
        fit: the joint minimum.
        shared: nuisances that workspaces depend on.

    Raises:
        ModelError: if the covariance of the fit cannot be inverted, as after a failed HESSE.
    """
    fitted = dict(zip(fit.names, fit.values.tolist(), strict=True))
    ours = second_order(combination, elimination, values, {name: fitted[name] for name in shared if name in fitted})
    theory = theory_of(combination).parameters
    explicit = [theory.names[i] for i in theory.floating]
    own = tuple(name for name in fit.names if name not in ours.names)
    fit = fit.part({*explicit, *shared, *own})
    names = (*ours.names, *own)
    where = np.array([names.index(name) for name in fit.names], dtype=np.intp)
    added = np.zeros((len(names), len(names)))
    added[np.ix_(where, where)] = inverse_positive(fit.covariance)
    inside = where[where < len(ours.names)]
    added[np.ix_(inside, inside)] -= _profiled(ours.observed, inside)
    observed, expected = added.copy(), added.copy()
    size = len(ours.names)
    observed[:size, :size] += ours.observed
    expected[:size, :size] += ours.expected
    return Posterior(
        names=names,
        values=np.concatenate([ours.values, [fitted[name] for name in own]]),
        covariance=inverse_positive(observed),
        expected=expected,
    )


def _profiled(hessian: FloatArray, keep: Indices) -> FloatArray:
    """The Hessian of some components, the others profiled: the Schur complement, shape (len(keep), len(keep))."""
    others = np.setdiff1d(np.arange(len(hessian)), keep)
    return conditional_covariance(hessian, keep, others)
