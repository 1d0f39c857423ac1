"""Random points of a combination, and the twin evaluated there: parameters are handed over by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ttjroofit.card.parser import read_card
from ttjroofit.card.scenarios import active_assumptions
from ttjroofit.inputs.prediction_file import read_prediction
from ttjroofit.model.combination import Combination
from ttjroofit.model.likelihood import theory_of
from ttjroofit.model.posterior import Posterior
from twin import FloatArray, Twin, shrunk, stated_matrix

__all__ = ["Point", "likely_point", "random_point", "real_twin", "twin_chi2"]

Point = tuple[FloatArray, FloatArray, FloatArray]


def random_point(combination: Combination, rng: np.random.Generator) -> Point:
    """Explicit parameters, interpolation nuisances and prior parameters, a few sigma about their start."""
    theory = theory_of(combination)
    values = np.array([item.start + item.step * rng.normal() for item in theory.parameters.items])
    return values, rng.normal(size=len(theory.interpolation_names)), rng.normal(size=len(combination.prior.parameters))


def likely_point(posterior: Posterior, explicit: int, interpolation: int, rng: np.random.Generator) -> Point:
    """A point thrown from the posterior, so that the pdf is far from underflow (a chi2 of 1400 in one factor)."""
    thrown = rng.multivariate_normal(posterior.values, posterior.covariance, method="cholesky")
    return thrown[:explicit], thrown[explicit : explicit + interpolation], thrown[explicit + interpolation :]


def twin_chi2(twin: Twin, combination: Combination, point: Point) -> float:
    """The twin at a point; parameters are handed over by name."""
    values, eta, phi = point
    theory = theory_of(combination)
    explicit = dict(zip(theory.parameters.names, values, strict=True))
    moved = theory.interpolation @ eta
    return twin.chi2(
        masses=[explicit[theory.parameters.names[term.mass]] for term in theory.spectrum.terms],
        norms=[explicit[f"norm_{m.name}"] for m in twin.measurements],
        alpha={name: value for name, value in explicit.items() if name.startswith(("pdf_", "tnp_"))},
        shifts=[moved[combination.slices[m.name]] for m in twin.measurements],
        eta=eta,
        theta=dict(zip(combination.prior.names, combination.prior.transform @ phi, strict=True)),
    )


def real_twin(combination: Combination, cards: Path, scenario: str) -> Twin:
    card = read_card(cards / "atlas_cms.txt")
    predictions = [
        read_prediction(statement.path)
        for m in combination.measurements
        for statement in card.theory
        if statement.measurement == m.name
    ]
    names = Twin(combination.measurements, predictions, np.eye(0)).names
    stated = [(line.first, line.second, line.nominal) for line in active_assumptions(card, scenario)]
    return Twin(combination.measurements, predictions, shrunk(stated_matrix(names, stated)))
