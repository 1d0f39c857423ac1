"""Normalisations and theory nuisances as lines of text."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ttjroofit.results.fit import ParameterResult
from ttjroofit.show.numbers import fixed, shorten

__all__ = ["parameter_lines"]


def parameter_lines(parameters: Mapping[str, ParameterResult]) -> list[str]:
    """One line a parameter that is no mass; none if there is no other."""
    others = {name: parameter for name, parameter in parameters.items() if parameter.kind != "mass"}
    if not others:
        return []
    return ["Normalisations and theory nuisances", *(_line(name, other) for name, other in others.items())]


def _line(name: str, parameter: ParameterResult) -> str:
    external = parameter.kind == "external"
    digits = _decimals(parameter.hesse) if external else 2
    error = f"+- {fixed(parameter.hesse, digits)}" if parameter.hesse != 0 else "(fixed)"
    unit = "of a workspace" if external else parameter.unit or "prior sigma"
    return f"  {shorten(name, 58):<58} {fixed(parameter.value, digits):>10} {error:<12} {unit}"


def _decimals(error: float | None) -> int:
    """So many that the error has two digits, two at least: nobody knows the unit of others' parameters."""
    return max(2, 1 - math.floor(math.log10(error))) if error else 2
