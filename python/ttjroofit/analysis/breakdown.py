"""Uncertainty of a mass by origin and the impact of every nuisance, from one posterior covariance."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from ttjroofit.model.combination import Combination
from ttjroofit.model.groups import INTERPOLATION_GROUP, THEORY_GROUPS
from ttjroofit.model.likelihood import theory_of
from ttjroofit.model.posterior import Posterior
from ttjroofit.results.fit import Breakdown

__all__ = ["break_down", "impact", "parameters_of"]


def break_down(combination: Combination, posterior: Posterior, mass: str) -> Breakdown:
    """Breakdown of the uncertainty of one mass by freezing parameters at their values in the minimum.

    Freezing leaves the minimum where it is, so a refit has the inverse of the remaining Hessian as its covariance:
    the Schur complement of the whole covariance. A group is what its freezing takes off in quadrature.
    """
    theory = theory_of(combination)
    total = posterior.sigma(mass)
    nuisances = theory.parameters.of_kind(tuple(THEORY_GROUPS))
    predicted = {*nuisances, *theory.interpolation_names}

    def removed(names: Collection[str]) -> float:
        return _root_difference(total, posterior.sigma(mass, parameters_of(combination, names)))

    exp = posterior.sigma(mass, predicted)
    stat = posterior.sigma(mass, {*predicted, *combination.prior.parameters})
    return Breakdown(
        total=total,
        exp=exp,
        stat=stat,
        syst=_root_difference(exp, stat),
        pdf=removed(theory.parameters.of_kind(["pdf"])),
        tnp=removed(theory.parameters.of_kind(["tnp", "scale"])),
        theory=removed(nuisances),
        interpolation=removed(combination.groups.get(INTERPOLATION_GROUP, ())),
        groups={group: removed(names) for group, names in combination.groups.items()},
    )


def parameters_of(combination: Combination, names: Collection[str]) -> set[str]:
    """The parameters that names stand for: a name that equals another parameter is frozen with it."""
    parents = combination.prior.parents
    return {parents[name][0] if name in parents else name for name in names}


def impact(posterior: Posterior, mass: str, nuisance: str) -> float:
    """Shift of the mass when a nuisance moves by its post-fit +1 sigma and all else follows.

    cov(m, theta) / sigma_theta; 0 if either is frozen.
    """
    rows = posterior.where([mass]), posterior.where([nuisance])
    if not len(rows[0]) or not len(rows[1]):
        return 0.0
    covariance = posterior.covariance
    return float(covariance[rows[0][0], rows[1][0]] / np.sqrt(covariance[rows[1][0], rows[1][0]]))


def _root_difference(larger: float, smaller: float) -> float:
    return float(np.sqrt(max(larger**2 - smaller**2, 0.0)))
