"""The predicted cross sections as RooFormulaVars of the explicit parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ttjroofit.model.combination import Combination, Theory
from ttjroofit.model.likelihood import theory_of
from ttjroofit.model.spectrum import Term
from ttjroofit.roofit.owner import Owner
from ttjroofit.roofit.responses import respond

__all__ = ["Predicted", "predict"]

TITLES = {
    "mass": "top-quark pole mass",
    "norm": "normalisation",
    "pdf": "PDF of the prediction",
    "tnp": "theory nuisance parameter",
    "scale": "scale of the prediction",
}


@dataclass(frozen=True, eq=False)
class Predicted:
    """RooFit objects of the prediction.

    Attributes:
        observed: one variable a bin, at the observed cross section.
        functions: one function a bin, the predicted cross section and what sources that are not linear make of it.
        constraints: the priors of the theory nuisances.
    """

    observed: tuple[Any, ...]
    functions: tuple[Any, ...]
    constraints: tuple[Any, ...]


def predict(owner: Owner, combination: Combination) -> Predicted:
    """Make explicit parameters, their priors, the observables, shapes and cross sections of all bins."""
    theory = theory_of(combination)
    constraints = _parameters(owner, theory)
    functions = [
        function
        for measurement, term in zip(combination.measurements, theory.spectrum.terms, strict=True)
        for function in _cross_sections(owner, theory, measurement.bins, term)
    ]
    observed = [
        owner.variable(name, value, *_wide_range(value), title=f"cross section in {name}")
        for name, value in zip(combination.bins, combination.observed_values, strict=True)
    ]
    return Predicted(tuple(observed), tuple(respond(owner, combination, functions)), tuple(constraints))


def _parameters(owner: Owner, theory: Theory) -> list[Any]:
    constraints = []
    for item in theory.parameters.items:
        if item.kind == "nuisance":
            continue
        variable = owner.variable(item.name, item.start, item.low, item.high, title=TITLES[item.kind], unit=item.unit)
        variable.setError(item.step)
        variable.setConstant(item.frozen)
        if item.prior is not None:
            constraints.append(owner.gaussian_constraint(variable, *item.prior))
    return constraints


def _cross_sections(owner: Owner, theory: Theory, bins: Sequence[str], term: Term) -> list[Any]:
    """N f_b / density_b of one measurement, f_b renormalised to sum 1."""
    ROOT = owner.ROOT
    norm = owner.objects[theory.parameters.names[term.norm]]
    shapes = [_shape(owner, theory, term, b, name) for b, name in enumerate(bins)]
    title = f"sum of the shapes of {term.measurement}"
    total = owner.keep(ROOT.RooAddition(f"shape_{term.measurement}", title, owner.arguments(shapes)))
    return [
        owner.keep(
            ROOT.RooFormulaVar(f"predicted_{name}", f"@0*@1/@2/{density:.17g}", owner.arguments([norm, shape, total]))
        )
        for name, shape, density in zip(bins, shapes, term.densities, strict=True)
    ]


def _shape(owner: Owner, theory: Theory, term: Term, b: int, bin_name: str) -> Any:
    """Polynomial in the mass times scale ratio times deformation of one bin, before renormalisation."""
    names = theory.parameters.names
    mass, scale = names[term.mass], f"scale_{bin_name}"
    owner.variable(scale, float(term.shape.scale[b]), 0.0, 10.0, title="ratio of the scale variation").setConstant(True)
    shifts = [
        (names[i], shift) for i, shift in zip(term.nuisances, term.shape.shifts[:, b], strict=True) if shift != 0.0
    ]
    polynomial = _horner(
        term.shape.interpolation.coefficients[b], f"({mass}-{term.shape.interpolation.reference:.17g})"
    )
    if term.shape.response == "multiplicative":
        deformation = "".join(f"*(1+({shift:.17g})*{name})" for name, shift in shifts)
    else:
        deformation = "*(1" + "".join(f"+({shift:.17g})*{name}" for name, shift in shifts) + ")"
    variables = owner.arguments(owner.objects[name] for name in (mass, scale, *(name for name, _ in shifts)))
    formula = f"{polynomial}*{scale}{deformation}"
    return owner.keep(owner.ROOT.RooFormulaVar(f"shape_{bin_name}", formula, variables))


def _horner(coefficients: Sequence[float], variable: str) -> str:
    formula = f"({coefficients[-1]:.17g})"
    for coefficient in coefficients[-2::-1]:
        formula = f"({coefficient:.17g}+{variable}*{formula})"
    return formula


def _wide_range(value: float) -> tuple[float, float]:
    reach = 100.0 * max(abs(value), 1.0)
    return value - reach, value + reach
