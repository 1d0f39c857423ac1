"""Toys as what every measurement would have published, and back: bins and auxiliary observables of the full model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import Elimination
from ttjroofit.model.factors import Factor, factorise
from ttjroofit.model.gaussian import inverse_positive
from ttjroofit.model.likelihood import theory_of
from ttjroofit.model.toys import Toys, Truth, reduction_of

__all__ = ["from_observables", "observable_names", "observables"]

_AUXILIARY = ("auxiliary", "prior")
"""Kinds of the factors whose observables are named ``<nuisance>_In``."""


def observables(combination: Combination, elimination: Elimination, toys: Toys, truth: Truth) -> dict[str, FloatArray]:
    """What would have been observed: bins by name, auxiliary observables as ``<nuisance>_In``; shapes (B,).

    Args:
        combination: of the toys.
        elimination: of the combination.
        toys: thrown ``whole``.
        truth: they were thrown from.

    Returns:
        The names are those of the variables of pdf ``full`` in the workspace. Without ``truth.frequentist`` the
        auxiliary observables are those of the data, and the bins carry the difference.

    Raises:
        ValueError: if frequentist toys were not thrown ``whole``.
    """
    theory_side = dict(zip((f"{name}_In" for name in toys.constrained), toys.centres.T, strict=True))
    names = theory_of(combination).interpolation_names
    theory_side |= dict(zip((f"{name}_In" for name in names), toys.eta.T, strict=True))
    if not truth.frequentist:
        moved = elimination.reduced.mean - combination.observed_values
        combined = toys.means - toys.estimates @ reduction_of(combination, elimination).on_bins.T
        bins = dict(zip(combination.bins, (combined - moved).T, strict=True))
        return {**bins, **_as_observed(combination, len(toys.means)), **theory_side}
    if toys.joint is None:
        raise ValueError("the toys were not thrown whole")
    return {**_observed(combination, elimination, toys.joint), **theory_side}


def _as_observed(combination: Combination, count: int) -> Mapping[str, FloatArray]:
    return {
        f"{name}_In": np.full(count, value)
        for factor in factorise(combination)
        if factor.kind in _AUXILIARY
        for name, value in zip(factor.observed_names, factor.observed, strict=True)
    }


def _observed(combination: Combination, elimination: Elimination, joint: FloatArray) -> dict[str, FloatArray]:
    """Bins and auxiliary observables from zhat, shape (B, d): the residuals of all factors are those of the data."""
    bins, prior, factors = elimination.bins, combination.prior, factorise(combination)
    x, phi = joint[:, :bins], np.tile(combination.starts, (len(joint), 1))
    phi[:, elimination.floating] = joint[:, bins:]
    at_data = _at_data(combination, elimination)
    auxiliary = np.zeros_like(phi)
    found: dict[str, FloatArray] = {}
    for factor in factors:
        if factor.kind in _AUXILIARY:
            inner = phi @ factor.on_parameters.T + factor.residual(*at_data)
            found |= {f"{name}_In": column for name, column in zip(factor.observed_names, inner.T, strict=True)}
        if factor.kind == "auxiliary":
            rows = prior.transform[[prior.names.index(name) for name in factor.observed_names]]
            auxiliary += inner @ rows
            # a name that equals another parameter has its observable under either name
            found |= {f"{prior.parameters[i]}_In": auxiliary[:, i] for i in np.flatnonzero(np.any(rows, axis=0))}
    for factor in factors:
        if factor.kind in ("measurement", "joint"):
            outer = x @ factor.on_bins.T + phi @ factor.on_parameters.T + auxiliary @ factor.on_auxiliary.T
            observed = outer + factor.residual(*at_data) - _moved(combination, factor)
            found |= dict(zip(factor.observed_names, observed.T, strict=True))
    return found


def _at_data(combination: Combination, elimination: Elimination) -> tuple[FloatArray, FloatArray]:
    """Combined cross sections and all prior parameters of the data, shapes (n,) and (q,)."""
    phi = combination.starts.copy()
    phi[elimination.floating] = elimination.joint.mean[elimination.bins :]
    return elimination.joint.mean[: elimination.bins], phi


def _moved(combination: Combination, factor: Factor) -> FloatArray | float:
    """A joint factor observes the combined cross sections; the variables of the workspace are those published."""
    return factor.observed - combination.observed_values if factor.kind == "joint" else 0.0


def observable_names(combination: Combination) -> tuple[str, ...]:
    """Names that ``from_observables`` asks for: bins, and ``<nuisance>_In`` of all auxiliary observables."""
    theory = theory_of(combination)
    inside = [item.name for item in theory.parameters.items if item.prior is not None and not item.frozen]
    auxiliary = [
        name for factor in factorise(combination) if factor.kind in _AUXILIARY for name in factor.observed_names
    ]
    return (*combination.bins, *(f"{name}_In" for name in (*auxiliary, *inside, *theory.interpolation_names)))


def from_observables(combination: Combination, elimination: Elimination, observed: Mapping[str, FloatArray]) -> Toys:
    """The toys with these observables: the inverse of ``observables``.

    The elimination is linear: where the residuals R of all factors change, zhat moves by H^-1 sum design^T V^-1
        (change of R).

    Args:
        combination: of the fit; the toys are its data in another draw.
        elimination: of the combination.
        observed: all that ``observables`` gives, by name, shapes (B,).

    Raises:
        KeyError: if a name is missing.
        ModelError: if a nuisance has an error on its error.
    """
    theory, reduction = theory_of(combination), reduction_of(combination, elimination)
    joint, offset = _estimates(combination, elimination, observed)
    items = theory.parameters.items
    constrained = tuple(item.name for item in items if item.prior is not None and not item.frozen)
    eta = _columns(observed, theory.interpolation_names, len(joint))
    return Toys(
        means=reduction.means(joint) - eta @ theory.interpolation.T,
        constrained=constrained,
        centres=_columns(observed, constrained, len(joint)),
        kept=reduction.kept,
        estimates=joint[:, reduction.where],
        eta=eta,
        joint=joint,
        offset=offset,
    )


def _columns(observed: Mapping[str, FloatArray], names: Sequence[str], count: int) -> FloatArray:
    """Auxiliary observables, shape (B, len(names))."""
    return np.asarray(np.array([observed[f"{name}_In"] for name in names]).reshape(len(names), count).T)


def _estimates(
    combination: Combination, elimination: Elimination, observed: Mapping[str, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """zhat, shape (B, d), and the chi2 of the combination there, shape (B,)."""
    prior, factors = combination.prior, factorise(combination)
    at_data = _at_data(combination, elimination)
    count = len(next(iter(observed.values())))
    changes, auxiliary = {}, np.zeros((count, len(prior.parameters)))
    for factor in factors:
        inner = factor.kind in _AUXILIARY
        names = [f"{name}_In" if inner else name for name in factor.observed_names]
        values = np.array([observed[name] for name in names]).reshape(len(names), count).T
        changes[factor.name] = values + _moved(combination, factor) - factor.observed
        if factor.kind == "auxiliary":
            rows = prior.transform[[prior.names.index(name) for name in factor.observed_names]]
            auxiliary += changes[factor.name] @ rows
    slope, offset = np.zeros((count, len(elimination.joint.mean))), np.zeros(count)
    pieces = []
    for factor in factors:
        design = np.concatenate([factor.on_bins, factor.on_parameters[:, elimination.floating]], axis=1)
        change = changes[factor.name] - auxiliary @ factor.on_auxiliary.T
        precise = inverse_positive(factor.covariance)
        slope += change @ precise @ design
        pieces.append((factor.residual(*at_data) + change, design, precise))
        offset += factor.chi2
    moved = slope @ elimination.joint.covariance
    for residual, design, precise in pieces:
        left = residual - moved @ design.T
        offset += np.einsum("bi,bi->b", left @ precise, left)
    return elimination.joint.mean + moved, offset
