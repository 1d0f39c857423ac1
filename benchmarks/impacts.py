"""All impacts analytically against refits of the full model in RooFit: a ratio of times, measured in one run.

    python benchmarks/impacts.py [CARD] [NUISANCES]

CARD is cards/atlas_cms.txt unless given; NUISANCES (default 3), drawn with a fixed seed, are refitted up and down.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.fit import FitOptions, fit_masses
from ttjroofit.analysis.impacts import refit_impacts
from ttjroofit.card import read_card
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.impacts import profiled_impacts

CARD = Path(__file__).parents[1] / "cards" / "atlas_cms.txt"


def main() -> None:
    """Time both and print the ratio."""
    card = Path(sys.argv[1]) if len(sys.argv) > 1 else CARD
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    combination = load_combination(read_card(card))
    fitted = fit_masses(combination, FitOptions(), Clock())
    names = [name for name in combination.prior.parameters if name not in combination.frozen]
    start = time.perf_counter()
    fast = profiled_impacts(combination, fitted.elimination, fitted.posterior, names)
    analytic = (time.perf_counter() - start) / (2 * len(names))
    drawn = np.random.default_rng(1).choice(names, count, replace=False).tolist()
    start = time.perf_counter()
    slow = refit_impacts(fitted, drawn)
    refit = (time.perf_counter() - start) / (2 * count)
    difference = max(abs(fast[n][i][0] - slow[n][i][0]) for n in drawn for i in (0, 1))
    sys.stdout.write(
        f"{card.stem}: {len(names)} nuisances, up and down\n"
        f"analytic   {1e3 * analytic:10.3f} ms a refit, {2 * len(names) * analytic:.2f} s for all\n"
        f"RooFit     {1e3 * refit:10.1f} ms a refit ({count} nuisances)\n"
        f"ratio      {refit / analytic:10.0f}\n"
        f"largest difference of the impacts on the mass: {difference:.1e} GeV\n"
    )


if __name__ == "__main__":
    main()
