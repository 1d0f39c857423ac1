"""Smoothing of systematic shifts: relative shifts replaced by a polynomial in the bin centre, and what that changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ttjroofit.card.patterns import require_names
from ttjroofit.card.statements import SmoothStatement
from ttjroofit.errors import CardError
from ttjroofit.inputs.measurement import FloatArray, Measurement, Response

__all__ = ["Smoothed", "apply_smoothing", "polynomial_projection", "smooth_source"]


@dataclass(frozen=True, eq=False)
class Smoothed:
    """One smoothed curve: the shift of a source, or one of the two of a source that is not linear.

    Attributes:
        source: its name.
        measurement: it belongs to.
        part: ``shift``, or ``up`` or ``down``, which are smoothed apart.
        order: of the polynomial.
        edges: shape (n+1,), of the bins.
        before: shape (n,), shift over value.
        after: shape (n,), the polynomial.
        sigma: shape (n,), uncertainties of ``before`` that weighted the fit, relative to the values.
        weights: where they come from: ``monte_carlo``, the shift_sigma of the source, or ``statistical``, the
            statistical uncertainties of the bins.
        chi2: sum of ((before - after) / sigma)^2.
        ndf: bins less coefficients.
        projection: shape (n, n), the linear map from the shifts before to those after, in the unit of the values.
    """

    source: str
    measurement: str
    part: Literal["shift", "up", "down"]
    order: int
    edges: FloatArray
    before: FloatArray
    after: FloatArray
    sigma: FloatArray
    weights: Literal["monte_carlo", "statistical"]
    chi2: float
    ndf: int
    projection: FloatArray


def polynomial_projection(points: FloatArray, sigma: FloatArray, order: int) -> FloatArray:
    """The weighted least-squares fit of a polynomial as a linear map from n ordinates to the n fitted ones.

    Args:
        points: shape (n,), abscissas, rising.
        sigma: shape (n,), uncertainties of the ordinates, positive.
        order: of the polynomial, below n.

    Returns:
        Shape (n, n), of rank ``order`` + 1; its square is itself.
    """
    low, high = points[0], points[-1]
    scaled = (2.0 * points - low - high) / (high - low) if high > low else np.zeros_like(points)
    # an orthonormal basis keeps the columns apart whatever the bins are
    basis, _ = np.linalg.qr(np.polynomial.legendre.legvander(scaled, order) / sigma[:, None])
    return np.asarray(sigma[:, None] * (basis @ basis.T) / sigma)


def apply_smoothing(
    measurements: Sequence[Measurement], statements: Sequence[SmoothStatement]
) -> tuple[tuple[Measurement, ...], tuple[Smoothed, ...]]:
    """Smooth the sources that the card names.

    Args:
        measurements: all of the card.
        statements: the ``smooth`` lines of the card.

    Returns:
        The measurements with smooth shifts, and what was smoothed, in the order of measurements and sources.

    Raises:
        CardError: if a pattern matches no source, two lines match one source, the order is too high for the bins of a
            measurement, or a value is 0.
    """
    asked = _asked(measurements, statements)
    smooth: list[Measurement] = []
    records: list[Smoothed] = []
    for measurement in measurements:
        changed = measurement
        for source in measurement.sources:
            if source in asked:
                changed, curves = smooth_source(changed, source, asked[source])
                records += curves
        smooth.append(changed)
    return tuple(smooth), tuple(records)


def _asked(measurements: Sequence[Measurement], statements: Sequence[SmoothStatement]) -> dict[str, SmoothStatement]:
    """Source to the line that smooths it."""
    known = [name for measurement in measurements for name in measurement.sources]
    asked: dict[str, SmoothStatement] = {}
    for statement in statements:
        for pattern in statement.patterns:
            for name in require_names(pattern, known, kind="externalised source", place=statement.place):
                first = asked.setdefault(name, statement)
                if first is not statement:
                    message = f"source {name} is smoothed already at {first.place}; let one line match it only"
                    raise CardError(message, statement.place)
    return asked


def smooth_source(
    measurement: Measurement, source: str, statement: SmoothStatement
) -> tuple[Measurement, tuple[Smoothed, ...]]:
    """Smooth one source; of one that is not linear ``up`` and ``down`` apart.

    Raises:
        CardError: see ``apply_smoothing``.
    """
    _check_possible(measurement, statement)
    column = measurement.sources.index(source)
    shifts, responses = measurement.shifts.copy(), dict(measurement.responses)
    response = responses.get(source)
    if response is None:
        parts = {"shift": _fit(measurement, source, "shift", statement.order)}
        shifts[:, column] = parts["shift"].after * measurement.values
    else:
        parts = {part: _fit(measurement, source, part, statement.order) for part in ("up", "down")}
        responses[source] = _smooth_response(measurement, response, parts, statement)
        shifts[:, column] = (responses[source].up - responses[source].down) / 2.0
    return replace(measurement, shifts=shifts, responses=responses), tuple(parts.values())


def _smooth_response(
    measurement: Measurement, response: Response, parts: Mapping[str, Smoothed], statement: SmoothStatement
) -> Response:
    lowest = min(float(np.min(part.after)) for part in parts.values())
    if response.kind == "lognormal" and lowest <= -1.0:
        raise CardError(
            f"the smooth shift of the lognormal source {parts['up'].source} leaves nothing of a value "
            f"({lowest:.0%}): use another order",
            statement.place,
        )
    return replace(response, up=parts["up"].after * measurement.values, down=parts["down"].after * measurement.values)


def _fit(measurement: Measurement, source: str, part: Literal["shift", "up", "down"], order: int) -> Smoothed:
    values, column = measurement.values, measurement.sources.index(source)
    response = measurement.responses.get(source)
    shift = measurement.shifts[:, column] if response is None else response.up if part == "up" else response.down
    monte_carlo = None if measurement.shift_sigma is None else measurement.shift_sigma[:, column]
    known = monte_carlo is not None and bool(np.all(monte_carlo > 0.0))
    bins = np.sqrt(np.diag(measurement.covariance))[: len(values)]
    sigma = np.abs((monte_carlo if known and monte_carlo is not None else bins) / values)
    centres = (measurement.edges[:-1] + measurement.edges[1:]) / 2.0
    relative = polynomial_projection(centres, sigma, order)
    before = shift / values
    after = relative @ before
    return Smoothed(
        source=source,
        measurement=measurement.name,
        part=part,
        order=order,
        edges=measurement.edges,
        before=before,
        after=after,
        sigma=sigma,
        weights="monte_carlo" if known else "statistical",
        chi2=float(np.sum(((before - after) / sigma) ** 2)),
        ndf=len(values) - order - 1,
        projection=values[:, None] * relative / values,
    )


def _check_possible(measurement: Measurement, statement: SmoothStatement) -> None:
    bins = len(measurement.bins)
    if statement.order + 1 >= bins:
        cure = f"use order {bins - 2} at most" if bins > 1 else "leave it out"
        raise CardError(
            f"a polynomial of order {statement.order} goes through all {bins} bins of {measurement.name} and smooths "
            f"nothing: {cure}",
            statement.place,
        )
    for name, value in zip(measurement.bins, measurement.values.tolist(), strict=True):
        if value == 0.0:
            raise CardError(f"bin {name} has the value 0: there is no relative shift to smooth", statement.place)
