"""A measured differential cross section with its uncertainties, as numpy arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

__all__ = ["FloatArray", "Measurement"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Measurement:
    """One measurement of n bins, p profiled nuisances and s externalised sources.

    Attributes:
        name: unique over a combination, for instance ``CMS_13TeV``.
        experiment: ``ATLAS`` or ``CMS``, used to share masses and to group.
        energy_TeV: centre-of-mass energy.
        channel: decay channel, for labels.
        reference: where the numbers come from.
        observable: definition of the observable in words.
        unit: unit of ``values``, for instance ``pb``.
        per_unit: True if values are per unit of the observable, False if per bin.
        edges: shape (n+1,), rising, in units of the observable.
        bins: the n unique bin names.
        values: shape (n,), in ``unit``.
        covariance: shape (n+p, n+p), bins first, then the profiled nuisances in their order. Without
            profiled nuisances it is the statistical covariance, in ``unit`` squared.
        profiled: the p names of nuisances that the published fit determined.
        profiled_values: shape (p,), post-fit values in units of the prior sigma.
        without_prior: those of ``profiled`` that were free in the published fit.
        sources: the s names of externalised sources, each with a standard-normal prior.
        shifts: shape (n, s), change of the true values for +1 sigma of each source, in ``unit``.
        groups: name of the group to names of its nuisances; every nuisance is in exactly one.
        path: the file it was read from.
    """

    name: str
    experiment: str
    energy_TeV: float
    channel: str
    reference: str
    observable: str
    unit: str
    per_unit: bool
    edges: FloatArray
    bins: tuple[str, ...]
    values: FloatArray
    covariance: FloatArray
    profiled: tuple[str, ...]
    profiled_values: FloatArray
    without_prior: frozenset[str]
    sources: tuple[str, ...]
    shifts: FloatArray
    groups: Mapping[str, tuple[str, ...]]
    path: Path

    @property
    def nuisances(self) -> tuple[str, ...]:
        """Names of all nuisances: the profiled ones, then the externalised sources."""
        return self.profiled + self.sources

    @property
    def densities(self) -> FloatArray:
        """What the share of the cross section in a bin is divided by: bin widths, or ones; shape (n,)."""
        return np.diff(self.edges) if self.per_unit else np.ones(len(self.bins))

    @property
    def total(self) -> float:
        """The cross section summed over bins, in ``unit``."""
        return float(self.values @ self.densities)
