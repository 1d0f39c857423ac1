"""A measured differential cross section with its uncertainties, as numpy arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

__all__ = ["FloatArray", "Measurement", "Response"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Response:
    """How the true values follow a source theta where ``shifts @ theta`` is not enough.

    With delta(theta) the curve through ``down`` at -1, 0 at 0 and ``up`` at +1, and x_m the measured values:
    ``absolute`` x = x_m + delta; ``relative`` x = x_m + delta x / x_m, a shift that scales with the true values
    (several combine as a product, x_m = x prod(1 - delta_i / x_m));
    ``lognormal`` x = x_m exp(delta), where the curve goes through log(1 + down / x_m) and log(1 + up / x_m).

    Attributes:
        kind: which of these.
        up: shape (n,), change of the true values at the measured values for +1 sigma, in the unit of the values.
        down: shape (n,), the same for -1 sigma.
        interpolation: the curve. ``smooth``: a straight line through the end beyond +-1, a polynomial of order 6
            between them with the same first and second derivative at +-1 (HistFactory code 4). ``kinked``: two
            straight lines that meet at 0 (Convino).
    """

    kind: Literal["absolute", "relative", "lognormal"]
    up: FloatArray
    down: FloatArray
    interpolation: Literal["smooth", "kinked"] = "smooth"


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
        without_prior: those of ``profiled`` that were free in the published fit, and those of ``sources`` that
            have no prior.
        sources: the s names of externalised sources, each with a standard-normal prior unless ``without_prior``.
        shifts: shape (n, s), change of the true values for +1 sigma of each source, in ``unit``; half the difference
            of up and down of a source in ``responses``.
        groups: name of the group to names of its nuisances; every nuisance is in exactly one.
        path: the file it was read from.
        responses: those of ``sources`` that are not linear, by name; also those of ``profiled`` whose effect on the
            bins, which ``covariance`` holds as if it were linear, scales with their true values.
        shift_sigma: shape (n, s), Monte Carlo standard deviation of ``shifts``, 0 where none is given; None if no
            source has one.
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
    responses: Mapping[str, Response] = field(default_factory=dict)
    shift_sigma: FloatArray | None = None

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
