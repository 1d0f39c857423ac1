"""Scans under other conditions: groups frozen one after the other, or another parameter held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ttjroofit.analysis.profile import Profile, fit_profile, freeze, hold
from ttjroofit.analysis.scan_options import ScanOptions
from ttjroofit.errors import OptionError, suggestion
from ttjroofit.model.combination import Combination
from ttjroofit.model.groups import THEORY_GROUPS
from ttjroofit.model.likelihood import theory_of
from ttjroofit.results.scan import BreakdownPart
from ttjroofit.results.singles import Ends

__all__ = ["Condition", "break_down_interval", "conditions", "everything", "profile_under"]


@dataclass(frozen=True)
class Condition:
    """What is different from the scan itself.

    Attributes:
        label: of the curve.
        groups: as asked for.
        frozen: names of all parameters of these groups.
        held: values of parameters by name.
    """

    label: str
    groups: tuple[str, ...] = ()
    frozen: frozenset[str] = frozenset()
    held: Mapping[str, float] = field(default_factory=dict)


def conditions(combination: Combination, options: ScanOptions) -> list[Condition]:
    """First those of the breakdown, each with one group more frozen, then those of the family of curves.

    Raises:
        OptionError: for an unknown group, or a breakdown into fewer than two parts.
    """
    if len(options.breakdown) == 1:
        raise OptionError(
            f"--breakdown {options.breakdown[0]}: name what is frozen, in order, and what remains: theory,syst,stat"
        )
    members = [_members(combination, name) for name in options.breakdown[:-1]]
    stated = []
    for count in range(1, len(members) + 1):
        groups = options.breakdown[:count]
        stated.append(Condition(f"{', '.join(groups)} frozen", groups, frozenset().union(*members[:count])))
    if options.curves is not None:
        name = options.curves.parameter
        stated += [Condition(f"{name} = {value:g}", held={name: value}) for value in options.curves.values]
    return stated


def everything(combination: Combination) -> frozenset[str]:
    """Names of all parameters of any kind."""
    theory = theory_of(combination)
    return frozenset([*theory.parameters.names, *theory.interpolation_names, *combination.prior.parameters])


def profile_under(profile: Profile, condition: Condition) -> Profile:
    """The profile with its condition, about its own minimum.

    Raises:
        OptionError: if parameters are held where the model has no minimum.
    """
    if not condition.held:
        return freeze(profile, condition.frozen)
    held, minimised = fit_profile(hold(profile, condition.held), hesse=False)
    if not minimised.status.good:
        raise OptionError(f"--curves: the fit with {condition.label} does not converge: choose other values")
    return held


def break_down_interval(labels: Sequence[str], best: float, intervals: Sequence[Ends]) -> list[BreakdownPart]:
    """What each step of freezing takes off the errors in quadrature; the last label has the errors that remain.

    Args:
        labels: of the breakdown; empty for none.
        best: value of the parameter.
        intervals: of the scan itself, then with one group more frozen each; further ones are passed over.
    """
    errors = [tuple(np.nan if end is None else end - best for end in interval) for interval in intervals]
    steps = [*errors[: len(labels)], (0.0, 0.0)]
    return [
        BreakdownPart(label, _removed(-1.0, steps[i][0], steps[i + 1][0]), _removed(1.0, steps[i][1], steps[i + 1][1]))
        for i, label in enumerate(labels)
    ]


def _removed(sign: float, larger: float, smaller: float) -> float | None:
    difference = larger**2 - smaller**2
    return None if np.isnan(difference) else sign * float(np.sqrt(max(difference, 0.0)))


def _members(combination: Combination, group: str) -> set[str]:
    """Parameters of a group of the card, of ``theory``, or of ``syst``: all nuisances of the measurements."""
    theory = theory_of(combination)
    if group in combination.groups:
        return combination.prior.parameters_of(combination.groups[group])
    if group == "theory":
        return {*theory.parameters.of_kind(tuple(THEORY_GROUPS)), *theory.interpolation_names}
    if group == "syst":
        return set(combination.prior.parameters)
    raise OptionError(f"--breakdown: no group {group}{suggestion(group, [*combination.groups, 'theory', 'syst'])}")
