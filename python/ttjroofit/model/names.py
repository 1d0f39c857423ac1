"""Names of a combination: everything is found by its name, so that no two things may share one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ttjroofit.errors import ModelError

__all__ = ["check_names"]

_RESERVED = dict.fromkeys(("data_obs", "ModelConfig", "ModelConfig_full"), "part of the workspace")


def check_names(names: Mapping[str, Sequence[str]]) -> None:
    """Check that names differ over all kinds of things, and from those of auxiliary observables, ``<nuisance>_In``.

    Args:
        names: what the things are, in the singular, to their names.

    Raises:
        ModelError: with the name and both kinds.
    """
    seen = dict(_RESERVED)
    for kind, members in names.items():
        for name in members:
            if name in seen:
                raise ModelError(_twice(name, seen[name], kind))
            seen[name] = kind
    for name, kind in seen.items():
        if f"{name}_In" in seen:
            raise ModelError(_twice(f"{name}_In", f"auxiliary observable of the {kind} '{name}'", seen[f"{name}_In"]))


def _twice(name: str, first: str, second: str) -> str:
    return (
        f"'{name}' names a {first} and a {second}: rename one of them; for a nuisance write "
        f"`nuisance edit rename {name} NEW`"
    )
