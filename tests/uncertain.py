"""Made-up measurements whose shifts have Monte Carlo uncertainties."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ttjroofit.inputs.measurement import Measurement

__all__ = ["with_shift_sigma"]


def with_shift_sigma(measurement: Measurement, relative: float, *, known: int | None = None) -> Measurement:
    """The measurement with a Monte Carlo uncertainty of its shifts.

    Args:
        measurement: to change.
        relative: uncertainty over the value, of the first bin; that of the last is three times as large.
        known: number of sources that have it, the first ones; None for all.
    """
    sigma = relative * measurement.values[:, None] * np.linspace(1.0, 3.0, len(measurement.bins))[:, None]
    sigmas = np.tile(sigma, (1, len(measurement.sources)))
    if known is not None:
        sigmas[:, known:] = 0.0
    return replace(measurement, shift_sigma=sigmas)
