"""Which parameters keep their value: the freezing statements of the card and options of combine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ttjroofit.card.patterns import match_names, require_names
from ttjroofit.card.statements import Card
from ttjroofit.errors import OptionError, suggestion
from ttjroofit.inputs.external import ExternalParameter
from ttjroofit.model.combination import Theory
from ttjroofit.model.options import ModelOptions
from ttjroofit.model.prior import Prior

__all__ = ["Frozen", "choose_frozen"]


@dataclass(frozen=True)
class Frozen:
    """What is frozen, and the values that were set.

    Attributes:
        nuisances: names among the prior's parameters.
        theory: names of masses, normalisations, theory and interpolation nuisances.
        values: values set by name, of frozen and floating parameters alike.
        own: names of parameters that workspaces have for themselves.
    """

    nuisances: frozenset[str]
    theory: frozenset[str]
    values: Mapping[str, float]
    own: frozenset[str] = frozenset()


def choose_frozen(
    card: Card,
    options: ModelOptions,
    prior: Prior,
    groups: Mapping[str, tuple[str, ...]],
    *,
    theory: Theory | None,
    known: Sequence[str],
    own: Sequence[ExternalParameter] = (),
) -> Frozen:
    """Resolve all freezing to names.

    Args:
        card: its ``nuisance edit freeze`` statements.
        options: ``--freezeParameters``, ``--freezeNuisanceGroups``, ``--setParameters``.
        prior: a name that stands for another parameter freezes that.
        groups: names by group.
        theory: explicit parameters, which may be frozen too.
        known: nuisances of all measurements of the card, for its statements.
        own: parameters that workspaces have for themselves.

    Raises:
        CardError, OptionError: for a name or group that does not exist.
    """
    explicit = theory.parameters.names if theory is not None else ()
    interpolation = theory.interpolation_names if theory is not None else ()
    others = tuple(item.name for item in own)
    constrained = prior.names + tuple(n for n in explicit if _has_prior(theory, n)) + interpolation
    constrained += tuple(item.name for item in own if item.constraint == "own")
    everything = prior.names + explicit + interpolation + others
    names: set[str] = set()
    for edit in card.edits:
        if edit.action == "freeze":
            names.update(
                require_names(
                    edit.pattern, [*known, *explicit, *interpolation, *others], kind="parameter", place=edit.place
                )
            )
    for pattern in options.freeze_parameters:
        names.update(constrained if pattern == "allConstrainedNuisances" else _matching(pattern, everything))
    for group in options.freeze_groups:
        names.update(_group_members(group, groups, constrained))
    _check_known("--setParameters", options.set_parameters, everything)
    _check_known("--setParameterRanges", options.ranges, explicit + others)
    parents = prior.parents
    return Frozen(
        nuisances=frozenset(parents[name][0] for name in names if name in parents),
        theory=frozenset(names.intersection(explicit + interpolation)),
        values=dict(options.set_parameters),
        own=frozenset(names.intersection(others)),
    )


def _check_known(option: str, names: Iterable[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise OptionError(f"{option}: no parameter {name}{suggestion(name, known)}")


def _has_prior(theory: Theory | None, name: str) -> bool:
    return theory is not None and theory.parameters.items[theory.parameters.position(name)].prior is not None


def _matching(pattern: str, names: Sequence[str]) -> tuple[str, ...]:
    matched = match_names(pattern, names)
    if not matched:
        raise OptionError(f"--freezeParameters: no parameter matches {pattern}{suggestion(pattern, names)}")
    return matched


def _group_members(group: str, groups: Mapping[str, tuple[str, ...]], constrained: Sequence[str]) -> tuple[str, ...]:
    name = group.removeprefix("^")
    if name not in groups:
        raise OptionError(f"--freezeNuisanceGroups: no group {name}{suggestion(name, groups)}")
    if not group.startswith("^"):
        return groups[name]
    inside = set(groups[name])
    return tuple(member for member in constrained if member not in inside)
