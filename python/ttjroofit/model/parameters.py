"""The explicit parameters of the prediction: masses, normalisations, theory nuisances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.gaussian import Indices

__all__ = ["Kind", "Parameter", "Parameters"]

Kind = Literal["mass", "norm", "pdf", "tnp", "scale", "nuisance"]
"""``nuisance``: a linear nuisance that is kept explicit, to be scanned or held."""


@dataclass(frozen=True)
class Parameter:
    """One explicit parameter.

    Attributes:
        name: as in the card, or ``norm_<measurement>``.
        kind: what it is.
        start: start value of fits, and the value of a frozen parameter.
        low: lower end of its range.
        high: upper end of its range.
        step: first step of a minimiser, about one standard deviation.
        unit: unit of its value, empty for theory nuisances.
        prior: mean and standard deviation of its Gaussian prior; None for a free parameter.
        frozen: whether it keeps its start value.
    """

    name: str
    kind: Kind
    start: float
    low: float
    high: float
    step: float
    unit: str = ""
    prior: tuple[float, float] | None = None
    frozen: bool = False

    def ranged(self, low: float, high: float) -> Parameter:
        """The same parameter with another range, its start value moved into it."""
        return replace(self, low=low, high=high, start=min(max(self.start, low), high))

    def started_at(self, value: float) -> Parameter:
        """The same parameter with another start value, its range widened to hold it."""
        return replace(self, start=value, low=min(self.low, value), high=max(self.high, value))


@dataclass(frozen=True)
class Parameters:
    """All explicit parameters: masses first, then normalisations, theory nuisances, nuisances that are kept."""

    items: tuple[Parameter, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names in order."""
        return tuple(item.name for item in self.items)

    @property
    def masses(self) -> tuple[Parameter, ...]:
        """The mass parameters, the parameters of interest."""
        return tuple(item for item in self.items if item.kind == "mass")

    @property
    def start(self) -> FloatArray:
        """Start values, shape (P,)."""
        return np.array([item.start for item in self.items])

    @property
    def floating(self) -> Indices:
        """Positions of the parameters that are not frozen, shape (F,)."""
        return np.array([i for i, item in enumerate(self.items) if not item.frozen], dtype=np.intp)

    def position(self, name: str) -> int:
        """Index of a name in ``items``."""
        return self.names.index(name)

    def values(self, given: Mapping[str, float]) -> FloatArray:
        """Start values, with those given in place of theirs; shape (P,)."""
        return np.array([given.get(item.name, item.start) for item in self.items])

    def started_at(self, values: Mapping[str, float]) -> Parameters:
        """The same parameters with other start values by name; other names are passed over."""
        return Parameters(tuple(item.started_at(values.get(item.name, item.start)) for item in self.items))

    def prior_terms(self) -> tuple[FloatArray, FloatArray]:
        """Prior means and precisions 1/sigma^2 (0 for a free parameter), shapes (P,)."""
        means = np.array([item.prior[0] if item.prior else 0.0 for item in self.items])
        precisions = np.array([item.prior[1] ** -2.0 if item.prior else 0.0 for item in self.items])
        return means, precisions

    def of_kind(self, kinds: Sequence[str]) -> tuple[str, ...]:
        """Names of the parameters of some kinds."""
        return tuple(item.name for item in self.items if item.kind in kinds)
