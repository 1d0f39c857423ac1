"""Checks of groups of nuisances."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ttjroofit.analysis.checks.check import Check, Found, Subject, named

__all__ = ["CHECKS"]


def _unused(subject: Subject, _: float) -> Iterator[Found]:
    held = subject.combination.groups
    for statement in subject.card.groups:
        if statement.name not in held:
            yield Found(
                f"group {statement.name} holds no nuisance in use", named([statement.name]), None, statement.place
            )


def _without_effect(subject: Subject, _: float) -> Iterator[Found]:
    idle = {
        name
        for measurement in subject.measurements
        for name, shift in zip(measurement.sources, measurement.shifts.T, strict=True)
        if name not in measurement.responses and not np.any(shift)
    }
    frozen = subject.combination.frozen
    fixed = {name for name, (parameter, _) in subject.combination.prior.parents.items() if parameter in frozen}
    empty = [group for group, names in subject.combination.groups.items() if set(names) <= idle | fixed]
    if empty:
        yield Found(f"groups without anything that floats and has an effect ({len(empty)})", named(empty))


CHECKS = (
    Check(
        "group-unused",
        "a group of the card has no nuisance in use",
        None,
        "",
        "remove the group, or use the measurements of its nuisances",
        _unused,
    ),
    Check(
        "group-without-effect",
        "no nuisance of a group floats and has an effect",
        None,
        "",
        "remove the group or its nuisances; its line in the breakdown is 0",
        _without_effect,
    ),
)
