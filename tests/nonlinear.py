"""Made-up measurements with sources of every kind that is not linear."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from synthetic import Small, make_measurement, small
from ttjroofit.inputs.measurement import Measurement, Response
from ttjroofit.inputs.profiled import profiled_responses

__all__ = ["CURVED", "bent", "curved_parts", "scaled"]

CURVED = ("A_p1", "A_s0", "B_s0", "B_s1", "B_s2")
"""The sources of ``curved_parts`` that are not linear."""


def bent(measurement: Measurement, kinds: dict[str, tuple[str, str]], free: tuple[str, ...] = ()) -> Measurement:
    """The measurement with sources of a kind and an interpolation, asymmetric by a third; ``free`` lose their prior."""
    responses = {}
    for name, (kind, interpolation) in kinds.items():
        up = measurement.shifts[:, measurement.sources.index(name)]
        tilt = 1.0 + 0.2 * np.linspace(-1.0, 1.0, len(up))
        responses[name] = Response(kind, up, -0.66 * up * tilt, interpolation)  # type: ignore[arg-type]
    shifts = measurement.shifts.copy()
    for name, response in responses.items():
        shifts[:, measurement.sources.index(name)] = (response.up - response.down) / 2.0
    return replace(
        measurement, shifts=shifts, responses=responses, without_prior=measurement.without_prior | frozenset(free)
    )


def scaled(measurement: Measurement, *names: str) -> Measurement:
    """The measurement with profiled nuisances whose effect scales with the true values."""
    relative = profiled_responses(measurement.covariance, measurement.values, measurement.profiled, names)
    return replace(measurement, responses={**relative, **measurement.responses})


def curved_parts(folder: Path, *, free: bool = False, interpolation: str = "kinked") -> Small:
    """One measurement with profiled nuisances and an asymmetric source, one with every kind of source.

    One of the profiled nuisances is relative.

    One source has the ``interpolation`` given; with a kink, the minimum may lie in it.
    """
    first = make_measurement("A", bins=3, sources=2, profiled=2, seed=1)
    second = make_measurement("B", bins=4, sources=5, seed=2)
    kinds = {"B_s0": ("relative", "smooth"), "B_s1": ("lognormal", "smooth"), "B_s2": ("absolute", interpolation)}
    return small(
        folder,
        scaled(bent(first, {"A_s0": ("absolute", "smooth")}), "A_p1"),
        bent(second, kinds, ("B_s3",) if free else ()),
    )
