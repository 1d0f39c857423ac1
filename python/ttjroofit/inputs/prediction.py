"""A predicted, normalised shape as a function of the top-quark mass, as numpy arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ttjroofit.inputs.measurement import FloatArray

__all__ = ["Prediction"]


@dataclass(frozen=True, eq=False)
class Prediction:
    """The shape predicted for one measurement: n bins at M masses.

    Attributes:
        name: of the calculation.
        energy_TeV: centre-of-mass energy.
        measurement: name of the measurement it is binned for.
        quality: one line that says what the prediction is good for; shown wherever a mass is shown.
        source: how the numbers were made.
        edges: shape (n+1,), must equal those of the measurement.
        masses: shape (M,), GeV, rising.
        nominal_mass: GeV; where shifts and scale ratios were computed and powers of the mass are centred.
        fractions: shape (M, n), share of the cross section in each bin; rows sum to 1.
        fraction_sigma: shape (M, n), Monte Carlo standard deviation of ``fractions``.
        monte_carlo: correlation of the bins of one mass point: counts of a sample (``multinomial``), none
            (``independent``), or ``fraction_correlation``.
        scales: key ``(muR, muF)`` factors to shape (n,) ratios to the nominal fractions.
        pdf_names: names of the PDF nuisances.
        pdf_shifts: shape (J, n), relative change of the shape for +1 sigma (68% CL).
        tnp_names: names of the theory nuisance parameters.
        tnp_shifts: shape (T, n), relative change of the shape for +1 sigma.
        path: the file it was read from.
        fraction_correlation: shape (M, n, n), of the fractions at each mass; None unless they are ``correlated``.
    """

    name: str
    energy_TeV: float
    measurement: str
    quality: str
    source: str
    edges: FloatArray
    masses: FloatArray
    nominal_mass: float
    fractions: FloatArray
    fraction_sigma: FloatArray
    monte_carlo: Literal["multinomial", "independent", "correlated"]
    scales: Mapping[tuple[float, float], FloatArray]
    pdf_names: tuple[str, ...]
    pdf_shifts: FloatArray
    tnp_names: tuple[str, ...]
    tnp_shifts: FloatArray
    path: Path
    fraction_correlation: FloatArray | None = None
