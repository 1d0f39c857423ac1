"""Means, widths and fractions of toys with their statistical errors."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2 as chi2_distribution

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.results.coverage import Estimate, Histogram, Pull

__all__ = ["fraction", "histogram", "moments", "moments_of_sums", "pull"]

EDGES = np.linspace(-5.0, 5.0, 101)
"""Of the histograms of pulls."""


def moments(sample: FloatArray) -> tuple[Estimate, Estimate]:
    """Mean and standard deviation of a sample, shape (B,)."""
    away = sample - np.mean(sample)
    return moments_of_sums(len(sample), float(np.mean(sample)), float(np.mean(away**2)), float(np.mean(away**4)))


def moments_of_sums(count: int, mean: float, second: float, fourth: float) -> tuple[Estimate, Estimate]:
    """Mean and standard deviation from central moments; the error of the variance is sqrt((mu4 - mu2^2) / B)."""
    width = np.sqrt(second)
    error = np.sqrt(max(fourth - second**2, 0.0) / count) / (2.0 * width) if width else 0.0
    return Estimate(mean, float(width / np.sqrt(count))), Estimate(float(width), float(error))


def pull(sample: FloatArray) -> Pull:
    """The distribution of a pull, shape (B,)."""
    mean, width = moments(sample)
    tail = float(chi2_distribution.sf(1.0, 1)) / 2.0
    low, high = np.quantile(sample, [tail, 1.0 - tail])
    # quantiles of a Gaussian sample: var = p (1 - p) / (B f^2), cov = p^2 / (B f^2), f its density at one sigma
    relative = np.sqrt(tail * (1.0 - 2.0 * tail) / 2.0 / len(sample)) / (np.exp(-0.5) / np.sqrt(2.0 * np.pi))
    central = float(high - low) / 2.0
    return Pull(mean, width, Estimate(central, float(central * relative)))


def fraction(inside: npt.NDArray[np.bool_]) -> Estimate:
    """A fraction with its binomial error."""
    share = float(np.mean(inside))
    return Estimate(share, float(np.sqrt(share * (1.0 - share) / len(inside))))


def histogram(hesse: FloatArray, minos: FloatArray) -> Histogram:
    """Both pulls, shapes (B,); what is outside of the edges is counted in the first and the last bin."""
    counts = [np.histogram(np.clip(sample, EDGES[0], EDGES[-1]), EDGES)[0].tolist() for sample in (hesse, minos)]
    return Histogram(EDGES.tolist(), *counts)
