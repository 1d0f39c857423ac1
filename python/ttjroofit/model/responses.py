"""Sources that are not linear: what is expected in a bin as a function of its true value and of their nuisances.

With delta_i(theta_i) the curve of a source through its shifts for -1, 0 and +1 standard deviations, a bin is expected
at
    y = x (1 - sum_relative delta_i) exp(-sum_lognormal delta_i) - sum_absolute delta_i,
x its true value. Plain linear sources are the special case y = x - E theta, which elimination takes care of; those here
stay explicit parameters of the reduced model, and so do sources without a prior.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.model.gaussian import Indices
from ttjroofit.model.shape import Jet

__all__ = ["Curve", "Responses", "explicit_sources", "source_curves"]


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
        interpolation: ``smooth``: straight beyond +-1, between them a polynomial of order 6 with the same first and
            second derivatives at +-1 (HistFactory's code 4, CERN-OPEN-2012-016); ``kinked``: two straight lines.
    """

    source: str
    kind: Literal["absolute", "relative", "lognormal"]
    bins: Indices
    up: FloatArray
    down: FloatArray
    interpolation: Literal["smooth", "kinked"]

    def derivatives(self, theta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Give delta and its first two derivatives; ``theta`` of shape (...) gives shapes (..., b)."""
        t = theta[..., None]
        rising = t >= 0.0
        slope = np.where(rising, self.up, -self.down)
        straight = (slope * t, slope, np.zeros_like(slope))
        if self.interpolation == "kinked":
            return straight
        odd, even = self.odd, self.even
        inside = (
            odd * t + even * t**2 * (15.0 - 10.0 * t**2 + 3.0 * t**4),
            odd + even * t * (30.0 - 40.0 * t**2 + 18.0 * t**4),
            even * (30.0 - 120.0 * t**2 + 90.0 * t**4),
        )
        outside = np.abs(t) > 1.0
        value, first, second = (np.where(outside, s, i) for s, i in zip(straight, inside, strict=True))
        return value, first, second

    @property
    def odd(self) -> FloatArray:
        """Coefficient of theta of the smooth curve, shape (b,)."""
        return np.asarray((self.up - self.down) / 2.0)

    @property
    def even(self) -> FloatArray:
        """Coefficient of theta^2 (15 - 10 theta^2 + 3 theta^4) of the smooth curve, shape (b,)."""
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
    for name in measurement.sources:
        if name not in explicit:
            continue
        shift = measurement.shifts[:, measurement.sources.index(name)]
        response = measurement.responses.get(name)
        if response is None:
            curves.append(Curve(name, "absolute", where, shift, -shift, "kinked"))
            continue
        up, down = response.up, response.down
        if response.kind == "relative":
            up, down = up / measurement.values, down / measurement.values
        elif response.kind == "lognormal":
            up, down = np.log1p(up / measurement.values), np.log1p(down / measurement.values)
        curves.append(Curve(name, response.kind, where, up, down, response.interpolation))
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
        absolute = self._sum(true, values, "absolute")
        relative = self._sum(true, values, "relative")
        lognormal = self._sum(true, values, "lognormal")
        rest, factor = 1.0 - relative.value, np.exp(-lognormal.value)
        # scale = (1 - r) exp(-l), with r' and l' the gradients of r and l
        scale = Jet(
            rest * factor,
            -factor[..., None] * (relative.first + rest[..., None] * lognormal.first),
            factor[..., None, None]
            * (
                -relative.second
                - rest[..., None, None] * lognormal.second
                + _outer(relative.first, lognormal.first)
                + _outer(lognormal.first, relative.first)
                + rest[..., None, None] * _outer(lognormal.first, lognormal.first)
            ),
        )
        product = _product(true, scale)
        return Jet(product.value - absolute.value, product.first - absolute.first, product.second - absolute.second)

    def _sum(self, like: Jet, values: FloatArray, kind: str) -> Jet:
        """Sum of the curves of one kind, as a jet of the same shape as ``like``."""
        total = Jet(np.zeros_like(like.value), np.zeros_like(like.first), np.zeros_like(like.second))
        for curve, parameter, sign in zip(self.curves, self.parameters, self.signs, strict=True):
            if curve.kind == kind:
                value, first, second = curve.derivatives(sign * values[..., parameter])
                total.value[..., curve.bins] += value
                total.first[..., curve.bins, parameter] += sign * first
                total.second[..., curve.bins, parameter, parameter] += second
        return total

    def names(self, parameters: Sequence[str]) -> tuple[str, ...]:
        """Distinct names of the nuisances, given those of all P parameters."""
        return tuple(dict.fromkeys(parameters[i] for i in self.parameters))


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
