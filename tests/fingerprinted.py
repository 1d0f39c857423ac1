"""Values for the tests of fingerprints, in a module that other processes import at no cost."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property, partial
from pathlib import Path

import numpy as np

import split_work

__all__ = ["Colour", "OtherPoint", "Point", "values"]


class Colour(Enum):
    RED = 1
    BLUE = 2


@dataclass(frozen=True)
class Point:
    place: Path
    names: frozenset[str]

    @cached_property
    def sizes(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class OtherPoint:
    place: Path
    names: frozenset[str]


def values() -> list[object]:
    """Values that all differ."""
    names = frozenset({"jes", "jer", "pdf", "tune"})
    looped: list[object] = [1]
    looped.append(looped)
    return [
        None, True, 1, 1.0, 0.0, -0.0, float("nan"), "1", b"1", (1,), [1], [[1]], [1, 2], [2, 1], {1}, {1: 2}, {2: 1},
        {1, 2}, names, dict.fromkeys(names, 1), Path("a"), "a", ["a", "b"], ["ab"], Colour.RED, Colour.BLUE, Point,
        Point(Path("a"), names), OtherPoint(Path("a"), names), Point(Path("b"), names), np.float64(1), np.float32(1),
        np.zeros(4), np.zeros((2, 2)), np.zeros(4, dtype=np.int64), np.arange(4.0).reshape(2, 2), np.array(["a", None]),
        np.array([1, None]), np.random.SeedSequence(1), np.random.SeedSequence(2), np.random.default_rng(3),
        split_work.solve, split_work.fail, partial(split_work.solve, names),
        partial(split_work.solve, 2), slice(1, 2), looped,
    ]  # fmt: skip
