"""Sources that are not linear: what is expected in a bin as a function of its true value and of their nuisances.

With delta_i(theta_i) the curve of a source through its shifts for -1, 0 and +1 standard deviations, a bin is expected
at
    y = x prod_relative (1 - delta_i) exp(-sum_lognormal delta_i) - sum_absolute delta_i,
x its true value: relative shifts and absolute ones combine as in Convino (EPJC 77 (2017) 792). Plain linear sources are
the special case y = x - E theta, which elimination takes care of; those here stay explicit parameters of the reduced
model, and so do sources without a prior.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.model.gaussian import Indices
from ttjroofit.model.shape import Jet

__all__ = ["KNEES", "Curve", "Responses", "explicit_sources", "source_curves"]

KINK = 1e-3
"""Width over which two straight lines are joined: far below a sigma, and minimisers meet no corner."""

KNEES = {"smooth": 1.0, "kinked": KINK}
"""Knees of the interpolations."""


def explicit_sources(measurement: Measurement) -> frozenset[str]:
    """Sources of a measurement that cannot be eliminated: not linear, or without a prior."""
    return frozenset(measurement.responses) | measurement.without_prior.intersection(measurement.sources)


@dataclass(frozen=True, eq=False)
class Curve:
    """delta(theta) of one source in the bins of its measurement.

    Attributes:
        source: its name.
        kind: ``absolute``: delta is in the unit of the values; ``relative``: a share of the true value; ``lognormal``:
            the logarithm of a factor.
        bins: positions of the b bins among all bins.
        up: delta(+1), shape (b,).
        down: delta(-1), shape (b,).
        centre: value of the nuisance where delta is 0: the post-fit value of a profiled one, else 0.
        knee: the curve is straight beyond +-knee, between them a polynomial of order 6 with the same first and second
            derivatives at the ends; 1 is HistFactory's code 4 (CERN-OPEN-2012-016), ``KINK`` two straight lines.
    """

    source: str
    kind: Literal["absolute", "relative", "lognormal"]
    bins: Indices
    up: FloatArray
    down: FloatArray
    knee: float
    centre: float = 0.0

    def derivatives(self, theta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Give delta and its first two derivatives; ``theta`` of shape (...) gives shapes (..., b)."""
        t = theta[..., None] - self.centre
        slope = np.where(t >= 0.0, self.up, -self.down)
        straight = (slope * t, slope, np.zeros_like(slope))
        odd, even, k = self.odd, self.even, t / self.knee
        inside = (
            odd * t + even * self.knee * k**2 * (15.0 - 10.0 * k**2 + 3.0 * k**4),
            odd + even * k * (30.0 - 40.0 * k**2 + 18.0 * k**4),
            even / self.knee * (30.0 - 120.0 * k**2 + 90.0 * k**4),
        )
        outside = np.abs(k) > 1.0
        value, first, second = (np.where(outside, s, i) for s, i in zip(straight, inside, strict=True))
        return value, first, second

    @property
    def odd(self) -> FloatArray:
        """Coefficient of theta inside the knee, shape (b,)."""
        return np.asarray((self.up - self.down) / 2.0)

    @property
    def even(self) -> FloatArray:
        """Coefficient of knee k^2 (15 - 10 k^2 + 3 k^4), k = theta / knee, inside the knee; shape (b,)."""
        return np.asarray((self.up + self.down) / 16.0)


def source_curves(measurement: Measurement, explicit: Collection[str], bins: slice) -> tuple[Curve, ...]:
    """Curves of the explicit sources of a measurement, straight lines where they are linear.

    Args:
        measurement: of the sources.
        explicit: names of explicit sources, also of other measurements.
        bins: where its bins lie among all bins.
    """
    where = np.arange(bins.start, bins.stop, dtype=np.intp)
    curves = []
    centres = dict(zip(measurement.profiled, measurement.profiled_values.tolist(), strict=True))
    for name in measurement.nuisances:
        if name not in explicit:
            continue
        response = measurement.responses.get(name)
        if response is None:
            shift = measurement.shifts[:, measurement.sources.index(name)]
            curves.append(Curve(name, "absolute", where, shift, -shift, KNEES["smooth"]))
            continue
        up, down = response.up, response.down
        if response.kind == "relative":
            up, down = up / measurement.values, down / measurement.values
        elif response.kind == "lognormal":
            up, down = np.log1p(up / measurement.values), np.log1p(down / measurement.values)
        knee = KNEES[response.interpolation]
        curves.append(Curve(name, response.kind, where, up, down, knee, centres.get(name, 0.0)))
    return tuple(curves)


@dataclass(frozen=True, eq=False)
class Responses:
    """All explicit sources of a combination.

    Attributes:
        curves: of the sources.
        parameters: position of the nuisance of each curve among the P explicit parameters.
        signs: +1, or -1 for a source that equals minus its parameter.
    """

    curves: tuple[Curve, ...]
    parameters: tuple[int, ...]
    signs: tuple[float, ...]

    def apply(self, true: Jet, values: FloatArray) -> Jet:
        """Expected bins from true ones.

        Args:
            true: jet of the n true values over P parameters.
            values: the parameters, shape (..., P).

        Returns:
            Jet of y.
        """
        absolute = _constant(true, 0.0)
        scale = _constant(true, 1.0)
        for curve, parameter, sign in zip(self.curves, self.parameters, self.signs, strict=True):
            delta, first, second = curve.derivatives(sign * values[..., parameter])
            if curve.kind == "absolute":
                _add(absolute, curve.bins, parameter, (delta, sign * first, second))
                continue
            factor = _constant(true, 1.0)
            if curve.kind == "relative":
                _add(factor, curve.bins, parameter, (-delta, -sign * first, -second))
            else:
                shrunk = np.exp(-delta)
                _add(
                    factor, curve.bins, parameter, (shrunk - 1.0, -sign * first * shrunk, (first**2 - second) * shrunk)
                )
            scale = _product(scale, factor)
        product = _product(true, scale)
        return Jet(product.value - absolute.value, product.first - absolute.first, product.second - absolute.second)


def _constant(like: Jet, value: float) -> Jet:
    """A jet of the same shape that does not depend on anything."""
    return Jet(np.full_like(like.value, value), np.zeros_like(like.first), np.zeros_like(like.second))


def _add(jet: Jet, bins: Indices, parameter: int, terms: tuple[FloatArray, FloatArray, FloatArray]) -> None:
    """Add a function of one parameter to some bins: its value and two derivatives, shapes (..., b)."""
    value, first, second = terms
    jet.value[..., bins] += value
    jet.first[..., bins, parameter] += first
    jet.second[..., bins, parameter, parameter] += second


def _outer(first: FloatArray, second: FloatArray) -> FloatArray:
    return np.asarray(first[..., :, None] * second[..., None, :])


def _product(one: Jet, other: Jet) -> Jet:
    """Bin by bin."""
    value, scale = one.value[..., None], other.value[..., None]
    return Jet(
        one.value * other.value,
        one.first * scale + value * other.first,
        one.second * scale[..., None]
        + _outer(one.first, other.first)
        + _outer(other.first, one.first)
        + value[..., None] * other.second,
    )
