"""Groups of nuisances: those of the inputs, those of the card, and those that follow from the model."""

from __future__ import annotations

from collections.abc import Sequence

from ttjroofit.card.patterns import require_names
from ttjroofit.card.statements import Card
from ttjroofit.errors import CardError, suggestion
from ttjroofit.inputs.external import ExternalLikelihood
from ttjroofit.inputs.measurement import Measurement
from ttjroofit.model.combination import Theory

__all__ = ["INTERPOLATION_GROUP", "THEORY_GROUPS", "collect_groups"]

THEORY_GROUPS = {"pdf": "theory_pdf", "tnp": "theory_tnp", "scale": "theory_scale"}
"""Kind of a theory nuisance to the name of its group; ``pdf`` alone is the experiments' own PDF uncertainty."""

INTERPOLATION_GROUP = "interpolation"


def collect_groups(
    card: Card,
    known: Sequence[Measurement | ExternalLikelihood],
    used: Sequence[Measurement | ExternalLikelihood],
    theory: Theory | None,
) -> dict[str, tuple[str, ...]]:
    """All groups with the names in use.

    Groups of one name in several measurements are joined. Every measurement is a group of all its nuisances, and
    the prediction adds ``theory_pdf``, ``theory_tnp``, ``theory_scale`` and ``interpolation``.

    Args:
        card: its ``group`` statements come last.
        known: all measurements of the card, whose names its statements may use, and likelihoods of workspaces.
        used: those in use.
        theory: the prediction, whose nuisances are grouped by kind.

    Raises:
        CardError: for a name that matches nothing, a group that is defined twice, or an unknown one extended.
    """
    in_use = {name for measurement in used for name in measurement.nuisances}
    groups: dict[str, list[str]] = {}
    for measurement in known:
        for group, names in measurement.groups.items():
            groups.setdefault(group, []).extend(names)
        groups[measurement.name] = list(measurement.nuisances)
    theory_names = _theory_groups(theory)
    groups.update(theory_names)
    in_use.update(name for names in theory_names.values() for name in names)
    everything = [name for m in known for name in m.nuisances] + [n for names in theory_names.values() for n in names]
    for statement in card.groups:
        if statement.extend and statement.name not in groups:
            near = suggestion(statement.name, groups)
            raise CardError(
                f"group {statement.name} does not exist and cannot be extended: write `=`{near}", statement.place
            )
        if not statement.extend and statement.name in groups:
            raise CardError(f"group {statement.name} exists already: write `+=` to extend it", statement.place)
        members = groups.setdefault(statement.name, [])
        for pattern in statement.members:
            for name in require_names(pattern, everything, kind="nuisance", place=statement.place):
                if name not in members:
                    members.append(name)
    used_only = {group: tuple(name for name in names if name in in_use) for group, names in groups.items()}
    return {group: names for group, names in used_only.items() if names}


def _theory_groups(theory: Theory | None) -> dict[str, list[str]]:
    if theory is None:
        return {}
    groups = {group: list(theory.parameters.of_kind([kind])) for kind, group in THEORY_GROUPS.items()}
    groups[INTERPOLATION_GROUP] = list(theory.interpolation_names)
    return groups
