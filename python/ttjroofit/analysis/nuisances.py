"""What is known about the nuisances of a combination after a fit of any kind."""

from __future__ import annotations

from collections.abc import Mapping

from ttjroofit.model.combination import Combination
from ttjroofit.results.cross_sections import NuisanceState

__all__ = ["groups_of_names", "nuisance_states"]


def nuisance_states(combination: Combination, fitted: Mapping[str, tuple[float, float]]) -> list[NuisanceState]:
    """All nuisances of the measurements; one that equals another parameter has that one's value and constraint.

    Args:
        combination: names the nuisances.
        fitted: parameter of the prior to its value and standard deviation; one that is not there is frozen.
    """
    starts = dict(zip(combination.prior.parameters, combination.starts.tolist(), strict=True))
    groups = groups_of_names(combination)
    states = []
    for name, owner in combination.owners.items():
        parent, sign = combination.prior.parents[name]
        value, sigma = fitted.get(parent, (starts[parent], 0.0))
        states.append(
            NuisanceState(
                name=name,
                measurement=owner.measurement,
                prefit=sign * starts[parent],
                value=sign * value,
                constraint=sigma,
                groups=groups.get(name, []),
            )
        )
    return states


def groups_of_names(combination: Combination) -> dict[str, list[str]]:
    """Name of a nuisance or theory parameter to the groups it belongs to."""
    groups: dict[str, list[str]] = {}
    for group, names in combination.groups.items():
        for name in names:
            groups.setdefault(name, []).append(group)
    return groups
