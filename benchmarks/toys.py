"""The vectorised fits of toys against RooFit refits of the same toys: a ratio of times, measured in one run.

    OPENBLAS_NUM_THREADS=1 python benchmarks/toys.py [CARD] [TOYS] [REFITS]

CARD is cards/atlas_cms.txt unless given, TOYS 20 000, REFITS 100: toys that RooFit fits too, by MIGRAD in the reduced
workspace, without HESSE.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from ttjroofit.analysis.toys import Hypothesis, throw_toys
from ttjroofit.card import read_card
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.likelihood import reduce_likelihood
from ttjroofit.model.newton import minimise_all
from ttjroofit.model.options import ToyOptions
from ttjroofit.roofit.minimise import FitPlan, minimise
from ttjroofit.roofit.session import quiet
from ttjroofit.roofit.workspace import build_reduced, set_values, variables

CARD = Path(__file__).parents[1] / "cards" / "atlas_cms.txt"


def main() -> None:
    """Time both and print the ratio."""
    card = Path(sys.argv[1]) if len(sys.argv) > 1 else CARD
    count, refits = (int(sys.argv[i]) if len(sys.argv) > i else default for i, default in ((2, 20_000), (3, 100)))
    combination = load_combination(read_card(card))
    elimination = eliminate(combination)
    likelihood = reduce_likelihood(combination, elimination)
    sample = throw_toys(combination, ToyOptions(count, 1, frequentist=True))
    hypothesis = Hypothesis.of(combination, likelihood, sample.truth)
    start = time.perf_counter()
    toys = sample.source.throw(0, count)
    thrown = time.perf_counter() - start
    problems = toys.problems(likelihood, hypothesis.start)
    start, used = time.perf_counter(), time.process_time()
    minima = minimise_all(likelihood, problems)
    fitted, cores = time.perf_counter() - start, time.process_time() - used
    workspace = build_reduced(combination, elimination)
    names = likelihood.parameters.names
    moved = likelihood.mean - combination.observed_values
    seconds, worst = 0.0, 0.0
    with quiet() as ROOT:
        data = workspace.data("data_obs")
        for toy in range(refits):
            observed = dict(zip(combination.bins, (toys.means[toy] - moved).tolist(), strict=True))
            centres = zip(toys.constrained, toys.centres[toy].tolist(), strict=True)
            observed |= {f"{name}_In": value for name, value in centres}
            set_values(workspace, observed)
            data.reset()
            data.add(variables(ROOT, workspace, combination.bins))
            set_values(workspace, dict(zip(names, hypothesis.start.tolist(), strict=True)))
            start = time.perf_counter()
            found = minimise(workspace, FitPlan(hesse=False))
            seconds += time.perf_counter() - start
            mass = hypothesis.masses[0]
            shift = abs(found.value(names[mass]) - minima.values[toy, mass]) / minima.sigma(mass)[toy]
            worst = max(worst, float(shift))
    fast, slow = fitted / count, seconds / refits
    sys.stdout.write(
        f"{card.stem}: {count} toys, {int(np.count_nonzero(minima.converged))} converged\n"
        f"thrown     {count / thrown:10.0f} toys/s\n"
        f"fitted     {count / fitted:10.0f} toys/s, {count / cores:.0f} a second of one core\n"
        f"RooFit     {1.0 / slow:10.1f} toys/s, MIGRAD alone ({refits} toys)\n"
        f"ratio      {slow / fast:10.0f}\n"
        f"largest difference of the mass: {worst:.1e} sigma\n"
    )


if __name__ == "__main__":
    main()
