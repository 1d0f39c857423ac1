"""Which nuisance belongs to which group of uncertainties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from ttjroofit.errors import nearest_names
from ttjroofit.inputs.yaml_file import YamlFile

__all__ = ["assign_groups"]


def assign_groups(
    file: YamlFile, patterns: Mapping[str, Sequence[str]], nuisances: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Put every nuisance into the first group with a matching pattern.

    Args:
        file: where the groups stand, under the key ``groups``.
        patterns: group to exact names or shell patterns, in order.
        nuisances: all names.

    Returns:
        Group to its nuisances, in the order of ``patterns`` and of ``nuisances``.

    Raises:
        InputError: a pattern is left without nuisances, or a nuisance without a group.
    """
    group_of: dict[str, str] = {}
    for group, members in patterns.items():
        if not members:
            raise file.error(f"group '{group}' is empty; list names or patterns, or remove it", "groups", group)
        for number, pattern in enumerate(members):
            matches = [name for name in nuisances if fnmatchcase(name, pattern)]
            new = [name for name in matches if group_of.get(name, group) == group]
            if not new:
                reason = _why_empty(pattern, matches, group_of, nuisances)
                raise file.error(f"'{pattern}' in group '{group}' {reason}", "groups", group, number)
            group_of.update(dict.fromkeys(new, group))
    for name in nuisances:
        if name not in group_of:
            raise file.error(f"nuisance '{name}' is in no group; add its name or a pattern to one", "groups")
    return {group: tuple(name for name in nuisances if group_of[name] == group) for group in patterns}


def _why_empty(pattern: str, matches: Sequence[str], group_of: Mapping[str, str], nuisances: Sequence[str]) -> str:
    if matches:
        return f"matches only what is already in group '{group_of[matches[0]]}'; the first match wins: reorder"
    near = nearest_names(pattern, nuisances)
    return "matches no nuisance" + (f"; {near}" if near else "")
