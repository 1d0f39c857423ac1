"""Constraints centred on the nuisances: the same function of these, and the same toys."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nonlinear import curved_parts
from synthetic import TIES, three_parts
from ttjroofit.model.centred import centred_constraints
from ttjroofit.model.combination import Combination
from ttjroofit.model.factors import Factor, factorise
from ttjroofit.model.gaussian import inverse_positive


@pytest.fixture
def tied(tmp_path: Path) -> Combination:
    lines = [f"correlation b {first} {second} {rho}" for first, second, rho in TIES["profiled with external"]]
    return three_parts(tmp_path).combine(*lines)


def replaced(combination: Combination, names: tuple[str, ...]) -> list[Factor]:
    return [factor for factor in factorise(combination) if factor.name in names]


def test_what_is_replaced(tied: Combination) -> None:
    (constraint,) = centred_constraints(tied)
    assert constraint.replaces == ("auxiliary_A", "auxiliary_C", "B_s0_Pdf")
    assert constraint.parameters == ("A_p0", "A_p1", "A_p2", "C_p0", "C_p1", "B_s0")


def test_the_same_function(tied: Combination) -> None:
    (constraint,) = centred_constraints(tied)
    where = [tied.prior.parameters.index(name) for name in constraint.parameters]
    factors = replaced(tied, constraint.replaces)
    rng = np.random.default_rng(5)
    for phi in rng.normal(size=(20, len(tied.prior.parameters))):
        residual = constraint.observed - phi[where]
        centred = residual @ inverse_positive(constraint.covariance) @ residual
        apart = np.float64(0.0)
        for factor in factors:
            one = factor.residual(np.zeros(len(tied.bins)), phi)
            apart += one @ inverse_positive(factor.covariance) @ one
        # sums of six squares, through the inverse of a 6 x 6 matrix
        assert centred == pytest.approx(apart, rel=1e-11)


def test_the_same_normalisation(tied: Combination) -> None:
    """A is triangular with a unit diagonal: the determinant of A^-1 diag(V, C) A^-T is that of diag(V, C)."""
    (constraint,) = centred_constraints(tied)
    apart = sum(np.linalg.slogdet(factor.covariance)[1] for factor in replaced(tied, constraint.replaces))
    assert np.linalg.slogdet(constraint.covariance)[1] == pytest.approx(apart, abs=1e-12)


def test_the_same_toys(tied: Combination) -> None:
    """y = A y' must have the covariance of the factors and none between them."""
    (constraint,) = centred_constraints(tied)
    where = [tied.prior.parameters.index(name) for name in constraint.parameters]
    factors = replaced(tied, constraint.replaces)
    rows = np.concatenate([factor.on_parameters[:, where] for factor in factors])
    covariance = rows @ constraint.covariance @ rows.T
    start = 0
    expected = np.zeros_like(covariance)
    for factor in factors:
        inside = slice(start, start + len(factor.observed))
        expected[inside, inside] = factor.covariance
        start += len(factor.observed)
    assert covariance == pytest.approx(expected, abs=1e-12)


def test_published_values_stay(tied: Combination) -> None:
    """The expected cross sections depend on the auxiliary observables of profiled nuisances."""
    (constraint,) = centred_constraints(tied)
    values = dict(zip(constraint.parameters, constraint.observed, strict=True))
    for measurement in tied.measurements:
        for name, value in zip(measurement.profiled, measurement.profiled_values, strict=True):
            assert values[name] == pytest.approx(value, abs=1e-14)


def test_the_expectation_is_the_observable(tied: Combination) -> None:
    """An externalised source is observed where the published values make one expect it."""
    (constraint,) = centred_constraints(tied)
    values = dict(zip(constraint.parameters, constraint.observed, strict=True))
    response = {first: rho for first, second, rho in TIES["profiled with external"] if second == "B_s0"}
    assert values["B_s0"] == pytest.approx(sum(rho * values[name] for name, rho in response.items()), abs=1e-14)


@pytest.mark.parametrize("ties", ["independent", "external with external", "profiled with profiled"])
def test_nothing_to_replace(tmp_path: Path, ties: str) -> None:
    """Constraints that are centred already; tied profiled nuisances have one factor for all."""
    lines = [f"correlation b {first} {second} {rho}" for first, second, rho in TIES[ties]]
    assert centred_constraints(three_parts(tmp_path).combine(*lines)) == ()


def test_tails_stay(tmp_path: Path) -> None:
    lines = ["B_s4 errorOnError 0.5", "correlation b A_p0 B_s1 0.6"]
    (constraint,) = centred_constraints(curved_parts(tmp_path).combine(*lines))
    assert "B_s4" not in constraint.parameters
    assert "B_s1" in constraint.parameters
