"""Sources that are not linear as RooFormulaVars on top of the predicted cross sections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ttjroofit.model.combination import Combination
from ttjroofit.model.explicit import explicit_parameters
from ttjroofit.model.likelihood import theory_of
from ttjroofit.model.responses import Curve
from ttjroofit.roofit.owner import Owner

__all__ = ["respond"]


def respond(owner: Owner, combination: Combination, functions: Sequence[Any]) -> list[Any]:
    """What is expected in every bin, ``expected_<bin>``; ``functions`` itself where all sources are linear.

    The nuisances are made here, in units of their prior sigma.
    """
    responses = theory_of(combination).spectrum.responses
    if responses is None:
        return list(functions)
    for item in explicit_parameters(combination):
        title = f"nuisance of {combination.owners[item.name].measurement}"
        variable = owner.variable(item.name, item.start, item.low, item.high, title=title)
        variable.setError(item.step)
        variable.setConstant(item.frozen)
    names = theory_of(combination).parameters.names
    terms: list[list[tuple[Curve, int, str, float]]] = [[] for _ in functions]
    for curve, parameter, sign in zip(responses.curves, responses.parameters, responses.signs, strict=True):
        for position, b in enumerate(curve.bins.tolist()):
            terms[b].append((curve, position, names[parameter], sign))
    return [
        _expected(owner, name, function, chosen) if chosen else function
        for name, function, chosen in zip(combination.bins, functions, terms, strict=True)
    ]


def _expected(owner: Owner, bin_name: str, function: Any, terms: Sequence[tuple[Curve, int, str, float]]) -> Any:
    """The expectation x prod relative (1 - curve) exp(-sum of lognormal) - sum of absolute curves, for one bin."""
    names = list(dict.fromkeys(name for _, _, name, _ in terms))
    product, sum_ = "@0", ""
    for curve, position, nuisance, sign in terms:
        theta = f"@{names.index(nuisance) + 1}"
        theta = theta if sign > 0 else f"(-{theta})"
        delta = _formula(curve, position, f"({theta}-({curve.centre:.17g}))" if curve.centre else theta)
        if curve.kind == "absolute":
            sum_ += f"-({delta})"
        else:
            product += f"*(1-({delta}))" if curve.kind == "relative" else f"*exp(-({delta}))"
    arguments = owner.arguments([function, *(owner.objects[name] for name in names)])
    return owner.keep(owner.ROOT.RooFormulaVar(f"expected_{bin_name}", product + sum_, arguments))


def _formula(curve: Curve, position: int, theta: str) -> str:
    up, down = float(curve.up[position]), float(curve.down[position])
    if up == -down:
        return f"({up:.17g})*{theta}"
    odd, even, square = float(curve.odd[position]), float(curve.even[position]), f"{theta}*{theta}/{curve.knee**2:.17g}"
    straight = f"({theta}>=0?({up:.17g})*{theta}:({-down:.17g})*{theta})"
    inside = f"(({odd:.17g})*{theta}+({even * curve.knee:.17g})*{square}*(15+{square}*(-10+3*{square})))"
    return f"(abs({theta})>{curve.knee:.17g}?{straight}:{inside})"
