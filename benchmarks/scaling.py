"""How time and memory grow with nuisances, bins, toys and processes."""

from __future__ import annotations

import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from benchmarks.comparison import Series, Setup, clocked
from benchmarks.generate import write_card
from ttjroofit.analysis.cross_sections import combine_cross_sections
from ttjroofit.analysis.toys import Hypothesis, Sample, fit_toys, throw_toys
from ttjroofit.card import read_card
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.impacts import profiled_impacts
from ttjroofit.model.likelihood import reduce_likelihood
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.newton import minimise_all
from ttjroofit.model.options import ToyOptions
from ttjroofit.model.posterior import posterior
from ttjroofit.run.progress import Progress
from ttjroofit.run.workers.choose import choose_workers

__all__ = ["in_bins", "in_nuisances", "in_processes", "in_toys"]

BINS = 20
"""Of the combinations that grow in nuisances."""

NUISANCES = 200
"""Of those that grow in bins."""


def _stages(card: Path, repeats: int) -> dict[str, float]:
    """Seconds of each step from files to impacts."""
    seconds: dict[str, float] = {}
    seconds["read and assemble"], combination = clocked(lambda: load_combination(read_card(card)), repeats)
    seconds["eliminate"], elimination = clocked(lambda: eliminate(combination), repeats)
    likelihood = reduce_likelihood(combination, elimination)
    seconds["fit of the mass"], values = clocked(lambda: find_minimum(likelihood), repeats)
    seconds["all parameters after the fit"], after = clocked(
        lambda: posterior(combination, elimination, values), repeats
    )
    names = combination.prior.parameters
    seconds["impacts of all"], _ = clocked(lambda: profiled_impacts(combination, elimination, after, names), repeats)
    seconds["cross sections"], _ = clocked(lambda: combine_cross_sections(combination), repeats)
    return seconds


def _grow(card_of: Callable[[Path, int], Path], sizes: list[int], repeats: int) -> dict[str, list[float]]:
    costs: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            for name, seconds in _stages(card_of(Path(folder) / str(size), size), repeats).items():
                costs.setdefault(name, []).append(seconds)
    return costs


def in_nuisances(setup: Setup) -> list[Series]:
    """Time of each step and memory of the cross sections at 20 bins."""
    sizes = list(setup.sizes)
    costs = _grow(lambda folder, size: write_card(folder, BINS, size), sizes, setup.repeats)
    # O(q^3) of Cholesky; q times a fit of 20 bins
    powers = {"eliminate": 3.0, "all parameters after the fit": 3.0, "cross sections": 3.0, "impacts of all": 1.0}
    memory = _memory(sizes)
    return [
        Series("nuisances", f"nuisances, {BINS} bins", "seconds of processor", sizes, costs, powers),
        Series("memory", f"nuisances, {BINS} bins", "peak of memory [MB]", sizes, memory, dict.fromkeys(memory, 2.0)),
    ]


def _memory(sizes: list[int]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {"eliminate": [], "cross sections": []}
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            combination = load_combination(read_card(write_card(Path(folder) / str(size), BINS, size)))
            found["eliminate"].append(_peak(lambda: eliminate(combination)))  # noqa: B023 (called at once)
            found["cross sections"].append(_peak(lambda: combine_cross_sections(combination)))  # noqa: B023
    return found


def _peak(function: Callable[[], object]) -> float:
    """Most memory in use at once by numpy and Python, beyond what was there, in MB."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def in_bins(setup: Setup) -> Series:
    """Time of each step at 200 nuisances; every 10 bins bring a normalisation of their own."""
    sizes = list(setup.bins)
    costs = _grow(lambda folder, size: write_card(folder, size, NUISANCES), sizes, setup.repeats)
    # an inverse of n bins for each nuisance; the elimination is over n + 200 components
    powers = {"impacts of all": 3.0}
    return Series("bins", f"bins, {NUISANCES} nuisances", "seconds of processor", sizes, costs, powers)


def in_toys(setup: Setup) -> Series:
    """Time of throwing and of fitting toys."""
    sample, hypothesis = _toys(setup.card, max(setup.toy_counts))
    thrown, fitted = [], []
    for count in setup.toy_counts:
        seconds, toys = clocked(lambda: sample.source.throw(0, count), setup.repeats)  # noqa: B023 (called at once)
        problems = toys.problems(hypothesis.likelihood, hypothesis.start)
        thrown.append(seconds)
        fitted.append(clocked(lambda: minimise_all(hypothesis.likelihood, problems), setup.repeats)[0])  # noqa: B023
    costs = {"throw": thrown, "fit": fitted}
    return Series("toys", "toys", "seconds of processor", list(setup.toy_counts), costs, {"throw": 1.0, "fit": 1.0})


def in_processes(setup: Setup) -> Series:
    """Seconds of the clock for the same toys on one process and on more, a pool's start included."""
    sample, hypothesis = _toys(setup.card, setup.process_toys)
    seconds = []
    for count in setup.processes:
        with tempfile.TemporaryDirectory() as folder:
            workers = choose_workers(Path(folder), Progress(), parallel=count, dask=None, resume=False)
            start = time.perf_counter()
            with workers:
                fit_toys(sample, [hypothesis], workers)
            seconds.append(time.perf_counter() - start)
    costs = {f"throw and fit {sample.count} toys": seconds}
    return Series("processes", "processes", "seconds", list(setup.processes), costs, dict.fromkeys(costs, -1.0))


def _toys(card: str, count: int) -> tuple[Sample, Hypothesis]:
    combination = load_combination(read_card(Path(card)))
    sample = throw_toys(combination, ToyOptions(count, 1, frequentist=True))
    likelihood = reduce_likelihood(combination, eliminate(combination))
    return sample, Hypothesis.of(combination, likelihood, sample.truth)
