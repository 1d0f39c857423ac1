"""Uncertainty of a mass by origin, from one posterior covariance."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable

import numpy as np

from ttjroofit.model.combination import Combination
from ttjroofit.model.external import own_of
from ttjroofit.model.groups import INTERPOLATION_GROUP, THEORY_GROUPS
from ttjroofit.model.impacts import GlobalImpacts, ordinary_impact
from ttjroofit.model.likelihood import theory_of
from ttjroofit.model.posterior import Posterior
from ttjroofit.results.fit import Breakdown

__all__ = ["break_down"]


def break_down(combination: Combination, posterior: Posterior, split: GlobalImpacts, mass: str) -> Breakdown:
    """Breakdown of the uncertainty of one mass by the three definitions in use.

    Freezing leaves the minimum where it is, so a refit has the inverse of the remaining Hessian as its covariance:
    the Schur complement of the whole covariance. A group is what its freezing takes off in quadrature.
    """
    theory = theory_of(combination)
    total = posterior.sigma(mass)
    nuisances = theory.parameters.of_kind(tuple(THEORY_GROUPS))
    predicted = {*nuisances, *theory.interpolation_names}
    groups = {group: combination.prior.parameters_of(names) for group, names in combination.groups.items()}

    def removed(names: Collection[str]) -> float:
        return _root_difference(total, posterior.sigma(mass, names))

    exp = posterior.sigma(mass, predicted)
    own = [item.name for item in own_of(combination) if item.constraint == "own"]
    stat = posterior.sigma(mass, {*predicted, *combination.prior.parameters, *own})
    return Breakdown(
        total=total,
        exp=exp,
        stat=stat,
        syst=_root_difference(exp, stat),
        pdf=removed(theory.parameters.of_kind(["pdf"])),
        tnp=removed(theory.parameters.of_kind(["tnp", "scale"])),
        theory=removed(nuisances),
        interpolation=removed(groups.get(INTERPOLATION_GROUP, ())),
        groups={group: removed(names) for group, names in groups.items()},
        groups_ordinary={
            group: _root_sum(ordinary_impact(posterior, mass, name) for name in names)
            for group, names in groups.items()
        },
        groups_global={
            group: _root_sum(split.impacts.get(name, 0.0) for name in names) for group, names in groups.items()
        },
        data=split.data,
        estimator=split.total,
    )


def _root_sum(parts: Iterable[float]) -> float:
    # rounded once: the names come in no order, and a result must not depend on it
    return math.sqrt(math.fsum(part**2 for part in parts))


def _root_difference(larger: float, smaller: float) -> float:
    return float(np.sqrt(max(larger**2 - smaller**2, 0.0)))
