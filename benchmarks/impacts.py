"""All impacts analytically against refits of the full model in RooFit."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.comparison import Comparison, Setup, clocked
from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.fit import FitOptions, fit_masses
from ttjroofit.analysis.impacts import refit_impacts
from ttjroofit.card import read_card
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.impacts import profiled_impacts

__all__ = ["compare"]


def compare(setup: Setup) -> list[Comparison]:
    """Every nuisance held at +-1 sigma, the rest fitted again."""
    combination = load_combination(read_card(Path(setup.card)))
    fitted = fit_masses(combination, FitOptions(), Clock())
    names = [name for name in combination.prior.parameters if name not in combination.frozen]
    fast_s, fast = clocked(
        lambda: profiled_impacts(fitted.combination, fitted.elimination, fitted.posterior, names), setup.repeats
    )
    drawn = np.random.default_rng(1).choice(names, setup.refits, replace=False).tolist()
    slow_s, slow = clocked(lambda: refit_impacts(fitted, drawn))
    difference = max(abs(fast[name][i][0] - slow[name][i][0]) for name in drawn for i in (0, 1))
    return [
        Comparison(
            f"impacts of {len(names)} nuisances",
            "RooFit, all free but one",
            "conditioned Gaussian, Newton",
            "refit",
            slow_s / (2 * setup.refits),
            fast_s / (2 * len(names)),
            f"{difference:.0e} GeV",
            f"All nuisances up and down at once against MIGRAD for {setup.refits} of them, drawn with a seed.",
        )
    ]
