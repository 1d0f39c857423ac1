"""The immutable description of one combination: everything the likelihood is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ttjroofit.inputs.external import ExternalLikelihood
from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.model.gaussian import Indices
from ttjroofit.model.parameters import Parameters
from ttjroofit.model.prior import Owner, Prior
from ttjroofit.model.smoothing import Smoothed
from ttjroofit.model.spectrum import Spectrum

__all__ = ["Combination", "Theory"]


@dataclass(frozen=True, eq=False)
class Theory:
    """The prediction side of a combination.

    Attributes:
        parameters: masses, normalisations and theory nuisances.
        spectrum: cross sections as a function of ``parameters``.
        interpolation: shape (n, r), shift of each bin for +1 sigma of each interpolation nuisance, evaluated at the
            nominal mass and the measured total; zero columns if interpolation is frozen.
        interpolation_names: the r names.
        scales: (muR, muF) to measurement name to ratios of shape (bins,): the variations of the envelope.
        quality: the distinct quality lines of the predictions; before them the note of a blinded model.
        blinded: whether masses are shifted by a hidden offset.
    """

    parameters: Parameters
    spectrum: Spectrum
    interpolation: FloatArray
    interpolation_names: tuple[str, ...]
    scales: Mapping[tuple[float, float], Mapping[str, FloatArray]]
    quality: tuple[str, ...]
    blinded: bool = False

    @property
    def interpolation_covariance(self) -> FloatArray:
        """Covariance of the predicted cross sections from the interpolation, shape (n, n)."""
        return np.asarray(self.interpolation @ self.interpolation.T)


@dataclass(frozen=True, eq=False)
class Combination:
    """Measurements, prior correlations and predictions, ready for a likelihood.

    Attributes:
        card: the datacard.
        measurements: those in use, in order.
        owners: every nuisance name in use to where it comes from, in order.
        observed: a measurement's name to its observed values and profiled values, shape (bins + profiled,).
        prior: of the nuisances.
        starts: shape (q,), start values of ``prior.parameters``: published values of profiled ones, else 0.
        frozen: those of ``prior.parameters`` that keep their start value.
        groups: group name to names of nuisances and theory parameters.
        theory: None for a card without prediction.
        truth_of: bins that the card combines, each to the name of the true value it measures.
        explicit: sources that are not linear, have no prior or an error on their error: they are explicit parameters,
            left out of the elimination.
        errors_on_errors: prior parameters to the relative uncertainty of their prior sigma.
        smoothed: what the card smoothed of the shifts, which ``measurements`` hold as they are after it.
        external: likelihoods of workspaces that multiply this one. Their nuisances with a prior N(0, 1) are among
            ``owners``; what else they say of them only ``ttjroofit.roofit`` knows.
    """

    card: Path
    measurements: tuple[Measurement, ...]
    owners: Mapping[str, Owner]
    observed: Mapping[str, FloatArray]
    prior: Prior
    starts: FloatArray
    frozen: frozenset[str]
    groups: Mapping[str, tuple[str, ...]]
    theory: Theory | None
    truth_of: Mapping[str, str] = field(default_factory=dict)
    explicit: frozenset[str] = frozenset()
    errors_on_errors: Mapping[str, float] = field(default_factory=dict)
    smoothed: tuple[Smoothed, ...] = ()
    external: tuple[ExternalLikelihood, ...] = ()

    @property
    def truths(self) -> tuple[str, ...]:
        """Names of the n distinct true values; those of all bins unless the card combines some."""
        return tuple(dict.fromkeys(self.truth_of.get(name, name) for name in self.bins))

    def truths_at(self, measurement: Measurement) -> Indices:
        """Positions among ``truths`` of what each bin of a measurement measures, shape (bins,)."""
        position = {name: i for i, name in enumerate(self.truths)}
        return np.array([position[self.truth_of.get(name, name)] for name in measurement.bins], dtype=np.intp)

    @property
    def bins(self) -> tuple[str, ...]:
        """Names of all bins; n of them unless the card combines some."""
        return tuple(name for measurement in self.measurements for name in measurement.bins)

    @property
    def slices(self) -> dict[str, slice]:
        """Where the bins of each measurement lie among all bins."""
        ends = np.cumsum([len(measurement.bins) for measurement in self.measurements])
        return {
            measurement.name: slice(int(end) - len(measurement.bins), int(end))
            for measurement, end in zip(self.measurements, ends, strict=True)
        }

    @property
    def observed_values(self) -> FloatArray:
        """Observed cross sections of all bins, shape (len(bins),)."""
        return np.concatenate([self.observed[m.name][: len(m.bins)] for m in self.measurements])

    @property
    def joint_prior(self) -> bool:
        """Whether nuisances profiled in different measurements are tied, so that no factorised form exists.

        Then N(theta_P; 0, C_PP) / prod_k N(theta_k; 0, 1) is not 1 (specification, section 3).
        """
        profiled = np.array([owner.profiled for owner in self.owners.values()], dtype=bool)
        rows = self.prior.transform[profiled]
        correlation = rows @ self.prior.correlation @ rows.T
        return bool(np.any(correlation[~np.eye(len(rows), dtype=bool)] != 0.0))

    def observing(self, observed: Mapping[str, FloatArray]) -> Combination:
        """The same combination with other data (Asimov, toys), of the shapes of ``observed``."""
        return replace(self, observed=observed)
