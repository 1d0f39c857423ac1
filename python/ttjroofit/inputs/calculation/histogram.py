"""Cross sections in bins, and the shape they have in wider bins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np

from ttjroofit.errors import InputError, Place
from ttjroofit.files import LARGEST_NUMBER
from ttjroofit.inputs.measurement import FloatArray

__all__ = ["Histogram", "Quantity", "make_histogram"]

Quantity = Literal["per bin", "per unit of rho"]

_MOST = 2000
"""Bins: the correlation of shares of one sample is a square of them."""
_COINCIDENT = 1e-6  # of a bin width: edges are often start + i * width, or printed with few digits


@dataclass(frozen=True, eq=False)
class Histogram:
    """Cross sections of n bins.

    Attributes:
        edges: shape (n+1,), rising.
        contents: shape (n,), integrated over the bins, in any unit.
        covariance: of the Monte Carlo uncertainties of ``contents``: shape (n, n), or (n,), the variances of
            independent bins; None if they are unknown.
        shares: the covariance is that of the contents over their sum, with the fluctuations of the sum in it.
        place: where it was read.
        label: what it is, for errors.
    """

    edges: FloatArray
    contents: FloatArray
    covariance: FloatArray | None
    shares: bool
    place: Place
    label: str

    def error(self, message: str) -> InputError:
        """An error that names the histogram, to be raised by the caller."""
        return InputError(f"{self.label}: {message}", self.place)

    def rebinned(self, edges: FloatArray) -> Histogram:
        """The histogram in bins that are unions of its own; what lies outside of ``edges`` is left out.

        Raises:
            InputError: an edge is none of its own.
        """
        at = [self._position(float(edge)) for edge in edges]
        sums = np.zeros((len(edges) - 1, len(self.contents)))
        for row, (low, high) in enumerate(pairwise(at)):
            sums[row, low:high] = 1.0
        covariance = self.covariance
        if covariance is not None:
            covariance = np.asarray(sums @ (covariance if covariance.ndim == 1 else covariance @ sums.T))
        return replace(self, edges=edges, contents=np.asarray(sums @ self.contents), covariance=covariance)

    def outside(self, edges: FloatArray) -> float:
        """Share of the cross section below the first and above the last of ``edges``, which are edges of its own."""
        low, high = self._position(float(edges[0])), self._position(float(edges[-1]))
        total = float(np.sum(self.contents))
        return 1.0 - float(np.sum(self.contents[low:high])) / total if total > 0 else 1.0

    def fractions(self) -> FloatArray:
        """Shares of the sum, shape (n,).

        Raises:
            InputError: a content is not positive.
        """
        worst, total = int(np.argmin(self.contents)), float(np.sum(self.contents))
        # ratios to a share, and squares of the sum, must stay finite
        if total <= 1 / LARGEST_NUMBER or self.contents[worst] <= total / LARGEST_NUMBER:
            low, high = self.edges[worst], self.edges[worst + 1]
            raise self.error(
                f"{self.contents[worst]:g} in the bin {low:g} to {high:g}: shares must be positive, more events are "
                "needed"
            )
        return np.asarray(self.contents / total)

    def fraction_covariance(self) -> FloatArray:
        """Covariance of ``fractions``, shape (n, n): J C J^T with J = (1 - f 1^T) / sum, unless it is that already.

        Raises:
            InputError: the uncertainties are unknown, or there is none in a bin.
        """
        if self.covariance is None:
            raise self.error("no Monte Carlo uncertainties: the points at the masses need them")
        square = np.diag(self.covariance) if self.covariance.ndim == 1 else self.covariance
        empty = np.flatnonzero(np.diag(square) <= 0)
        if len(empty):
            low, high = self.edges[empty[0]], self.edges[empty[0] + 1]
            raise self.error(f"no Monte Carlo uncertainty in the bin {low:g} to {high:g}; it must be positive")
        fractions = self.fractions()
        if self.shares:
            return np.asarray(square / np.sum(self.contents) ** 2)
        jacobian = (np.eye(len(fractions)) - fractions[:, None]) / np.sum(self.contents)
        covariance = np.asarray(jacobian @ square @ jacobian.T)
        if np.min(np.diag(covariance)) <= 0:
            raise self.error("a share without Monte Carlo uncertainty: two bins with events are needed at least")
        return covariance

    def _position(self, edge: float) -> int:
        nearest = int(np.argmin(np.abs(self.edges - edge)))
        if abs(float(self.edges[nearest]) - edge) > _COINCIDENT * float(np.min(np.diff(self.edges))):
            raise self.error(
                f"{edge:g}, an edge of the measurement, is no edge of these bins (the nearest is "
                f"{self.edges[nearest]:g}): make finer bins, no bin is divided here"
            )
        return nearest


def make_histogram(
    edges: Sequence[float] | FloatArray,
    values: Sequence[float] | FloatArray,
    errors: Sequence[float] | FloatArray | None,
    *,
    quantity: Quantity | None,
    place: Place,
    label: str,
    multinomial: bool = False,
) -> Histogram:
    """Check what was read and integrate it over the bins.

    Args:
        edges: shape (n+1,).
        values: shape (n,).
        errors: shape (n,), standard deviations of ``values``; None if unknown.
        quantity: what ``values`` are; None if it does not matter, since all bins are equally wide.
        place: where they were read.
        label: what they are, for errors.
        multinomial: errors are those of shares of one sample, correlated by -sqrt(f_a f_b / ((1-f_a) (1-f_b))); else
            they are those of independent bins.

    Raises:
        InputError: edges do not rise, a number is not finite, an error is negative, there are very many bins, or
            ``quantity`` is needed.
    """
    limits, contents = np.array(edges, dtype=np.float64), np.array(values, dtype=np.float64)
    sigma = None if errors is None else np.array(errors, dtype=np.float64)
    for numbers in (limits, contents, *(() if sigma is None else (sigma,))):
        if not np.all(np.abs(numbers) <= LARGEST_NUMBER):
            raise InputError(f"{label}: a number is not finite or too large", place)
    if len(contents) > _MOST:
        raise InputError(f"{label}: {len(contents)} bins, {_MOST} at most: add some up", place)
    if len(limits) < 2 or np.min(np.diff(limits)) <= 0:
        raise InputError(f"{label}: edges must rise, found {limits.tolist()[:20]}", place)
    if sigma is not None and np.min(sigma) < 0:
        raise InputError(f"{label}: an uncertainty is negative: {np.min(sigma):g}", place)
    widths = np.diff(limits)
    if quantity is None and np.ptp(widths) > _COINCIDENT * np.min(widths):
        raise InputError(
            f"{label}: bins of different widths: say with --quantity whether the numbers are 'per bin' or "
            "'per unit of rho'",
            place,
        )
    scale = widths if quantity == "per unit of rho" else np.ones_like(widths)
    histogram = Histogram(limits, contents * scale, None, multinomial, place, label)
    if sigma is None:
        return histogram
    return replace(histogram, covariance=_covariance(histogram, sigma * scale))


def _covariance(histogram: Histogram, sigma: FloatArray) -> FloatArray:
    if not histogram.shares or len(sigma) == 1:
        return np.asarray(sigma**2)
    fractions = histogram.fractions()
    odds = np.sqrt(fractions / np.maximum(1.0 - fractions, _COINCIDENT))
    correlation = np.maximum(-np.outer(odds, odds), -1.0)
    np.fill_diagonal(correlation, 1.0)
    return np.asarray(correlation * np.outer(sigma, sigma))
