"""The vectorised fits of toys against RooFit fits of the same toys."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.comparison import Comparison, Setup, clocked
from ttjroofit.analysis.toys import Hypothesis, throw_toys
from ttjroofit.card import read_card
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.likelihood import reduce_likelihood
from ttjroofit.model.newton import Minima, minimise_all
from ttjroofit.model.options import ToyOptions
from ttjroofit.model.toys import Toys
from ttjroofit.roofit.minimise import FitPlan, minimise
from ttjroofit.roofit.session import quiet
from ttjroofit.roofit.workspace import build_reduced, set_values, variables

__all__ = ["compare"]


def compare(setup: Setup) -> list[Comparison]:
    """Fits of the same toys: all at once in numpy, one after the other by MIGRAD in the reduced workspace."""
    combination = load_combination(read_card(Path(setup.card)))
    elimination = eliminate(combination)
    likelihood = reduce_likelihood(combination, elimination)
    sample = throw_toys(combination, ToyOptions(setup.toys, 1, frequentist=True))
    hypothesis = Hypothesis.of(combination, likelihood, sample.truth)
    toys = sample.source.throw(0, setup.toys)
    problems = toys.problems(likelihood, hypothesis.start)
    fast_s, minima = clocked(lambda: minimise_all(likelihood, problems), setup.repeats)
    workspace = build_reduced(combination, elimination)
    moved = likelihood.mean - combination.observed_values
    seconds, worst = 0.0, 0.0
    with quiet() as ROOT:
        data = workspace.data("data_obs")
        for toy in range(setup.toy_refits):
            observed = dict(zip(combination.bins, (toys.means[toy] - moved).tolist(), strict=True))
            set_values(workspace, observed | _auxiliary(toys, toy))
            data.reset()
            data.add(variables(ROOT, workspace, combination.bins))
            set_values(workspace, dict(zip(likelihood.parameters.names, hypothesis.start.tolist(), strict=True)))
            used, found = clocked(lambda: minimise(workspace, FitPlan(hesse=False)))
            seconds += used
            worst = max(worst, _shift(minima, toy, hypothesis.masses[0], found.value("m_t")))
    return [
        Comparison(
            f"fits of {setup.toys} toys",
            "RooFit, reduced model",
            "Newton, vectorised",
            "toy",
            seconds / setup.toy_refits,
            fast_s / setup.toys,
            f"{worst:.0e} sigma",
            f"Frequentist toys of one mass; MIGRAD without HESSE for {setup.toy_refits} of them, both from the truth.",
        )
    ]


def _auxiliary(toys: Toys, toy: int) -> dict[str, float]:
    return {f"{name}_In": value for name, value in zip(toys.constrained, toys.centres[toy].tolist(), strict=True)}


def _shift(minima: Minima, toy: int, mass: int, value: float) -> float:
    """Difference of the mass of a toy in its standard deviations."""
    return float(np.abs(value - minima.values[toy, mass]) / minima.sigma(mass)[toy])
