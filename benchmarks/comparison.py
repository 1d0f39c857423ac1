"""A routine against its slow twin, and the cost of one routine at several sizes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

__all__ = ["Comparison", "Series", "Setup", "clocked"]

Result = TypeVar("Result")


@dataclass(frozen=True)
class Setup:
    """How much to measure.

    Attributes:
        card: of the comparisons.
        refits: of the full model in RooFit.
        points: of correlation scans, and how many of them are made anew.
        rebuilt: see ``points``.
        toys: fitted by our own routine.
        toy_refits: of them, fitted by RooFit too.
        sizes: numbers of nuisances of the generated combinations.
        bins: numbers of bins.
        toy_counts: numbers of toys of the scaling.
        processes: numbers of processes.
        process_toys: that they share.
        repeats: the fastest of so many is taken.
    """

    card: str
    refits: int
    points: int
    rebuilt: int
    toys: int
    toy_refits: int
    sizes: Sequence[int]
    bins: Sequence[int]
    toy_counts: Sequence[int]
    processes: Sequence[int]
    process_toys: int
    repeats: int

    @classmethod
    def whole(cls, card: str) -> Setup:
        """Ten minutes on one core."""
        return cls(
            card,
            refits=2,
            points=5000,
            rebuilt=5,
            toys=20_000,
            toy_refits=100,
            sizes=(200, 400, 800, 1600, 3200),
            bins=(10, 20, 40, 80, 160),
            toy_counts=(1000, 3000, 10_000, 30_000),
            processes=(1, 2),
            process_toys=600_000,
            repeats=3,
        )

    @classmethod
    def quick(cls, card: str) -> Setup:
        """Seconds: to see that everything runs."""
        return cls(
            card,
            refits=1,
            points=20,
            rebuilt=1,
            toys=100,
            toy_refits=2,
            sizes=(20, 40),
            bins=(6, 12),
            toy_counts=(50, 100),
            processes=(1,),
            process_toys=100,
            repeats=1,
        )


@dataclass(frozen=True)
class Comparison:
    """One row of the table.

    Attributes:
        name: what is asked for.
        slow, fast: the two ways.
        unit: what a time is for.
        slow_s, fast_s: seconds of processor a unit.
        agreement: largest difference of the two results.
        how: what was measured, for the footnote.
    """

    name: str
    slow: str
    fast: str
    unit: str
    slow_s: float
    fast_s: float
    agreement: str
    how: str

    @property
    def ratio(self) -> float:
        """How many times faster."""
        return self.slow_s / self.fast_s


@dataclass(frozen=True)
class Series:
    """Cost of a routine against size.

    Attributes:
        name: what grows.
        xlabel: of the size.
        ylabel: of the cost.
        sizes: of the problem.
        costs: a size, by what was measured.
        powers: by what was measured, the power of the size that the algebra expects for large ones.
    """

    name: str
    xlabel: str
    ylabel: str
    sizes: Sequence[int]
    costs: dict[str, list[float]]
    powers: dict[str, float]


def clocked(function: Callable[[], Result], repeats: int = 1) -> tuple[float, Result]:
    """Seconds of processor of the fastest call, which another load of the machine hardly changes, and its result."""
    seconds = []
    while True:
        start = time.process_time()
        result = function()
        seconds.append(time.process_time() - start)
        if len(seconds) >= repeats:
            return min(seconds), result
