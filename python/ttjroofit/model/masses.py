"""Which measurement has which mass: one for all, one an experiment, an energy or a measurement; and how two compare."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ttjroofit.card.statements import PoiStatement
from ttjroofit.errors import OptionError, suggestion
from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.model.combination import Theory
from ttjroofit.model.parameters import Parameter, Parameters
from ttjroofit.model.spectrum import Spectrum

__all__ = ["SINGLE_MASS", "SPLITS", "Masses", "Split", "choose_masses", "difference", "ratio", "tie_masses"]

Split = Literal["experiment", "energy", "measurement"]

SINGLE_MASS = "m_t"
"""Name of the mass that all measurements share, and what the names of split masses begin with."""

SPLITS: dict[str, Callable[[Measurement], str]] = {
    "experiment": lambda measurement: measurement.experiment,
    "energy": lambda measurement: f"{measurement.energy_TeV:g}TeV".replace(".", "p"),
    "measurement": lambda measurement: measurement.name,
}
"""What the measurements that share a mass have in common."""


@dataclass(frozen=True)
class Masses:
    """The mass parameters of a combination.

    Attributes:
        parameters: in the order of the card, or of the measurements if the masses are split.
        of: name of a measurement to the name of its mass.
    """

    parameters: tuple[Parameter, ...]
    of: Mapping[str, str]


def choose_masses(pois: Sequence[PoiStatement], used: Sequence[Measurement], split: str | None) -> Masses:
    """The masses of the measurements in use.

    Args:
        pois: of the card; every measurement in use has one.
        used: the measurements in use.
        split: replace the masses of the card by one an experiment, energy or measurement; None: leave them.

    Returns:
        The masses. A split mass starts in the range of the card's mass of its first measurement.

    Raises:
        OptionError: if there is no such split.
    """
    stated = {name: poi for poi in pois for name in poi.measurements}
    if split is None:
        of = {measurement.name: stated[measurement.name].name for measurement in used}
        return Masses(tuple(_mass(poi.name, poi) for poi in pois if poi.name in of.values()), of)
    if split not in SPLITS:
        raise OptionError(f"--split {split}: masses cannot be split so{suggestion(split, SPLITS)}")
    of = {m.name: re.sub(r"\W", "_", f"{SINGLE_MASS}_{SPLITS[split](m)}") for m in used}
    first: dict[str, PoiStatement] = {}
    for measurement, mass in of.items():
        first.setdefault(mass, stated[measurement])
    return Masses(tuple(_mass(name, poi) for name, poi in first.items()), of)


def _mass(name: str, poi: PoiStatement) -> Parameter:
    return Parameter(name, "mass", poi.start, poi.low, poi.high, 1.0, "GeV")


def tie_masses(theory: Theory) -> Theory:
    """The same prediction with all its masses made one, ``m_t``, that starts at their mean and has all their ranges."""
    masses = theory.parameters.masses
    tied = replace(
        masses[0],
        name=SINGLE_MASS,
        start=float(np.mean([mass.start for mass in masses])),
        low=min(mass.low for mass in masses),
        high=max(mass.high for mass in masses),
    )
    others = tuple(item for item in theory.parameters.items if item.kind != "mass")
    parameters = Parameters((tied, *others))
    moved = np.array([0 if item.kind == "mass" else parameters.position(item.name) for item in theory.parameters.items])
    terms = tuple(
        replace(term, mass=0, norm=int(moved[term.norm]), nuisances=moved[term.nuisances])
        for term in theory.spectrum.terms
    )
    responses = theory.spectrum.responses
    if responses is not None:
        responses = replace(responses, parameters=tuple(int(moved[i]) for i in responses.parameters))
    return replace(theory, parameters=parameters, spectrum=Spectrum(terms, responses=responses))


def difference(values: FloatArray, covariance: FloatArray) -> tuple[float, float]:
    """Value and error of a - b.

    Args:
        values: a and b, shape (2,).
        covariance: shape (2, 2).
    """
    return float(values[0] - values[1]), _propagated(np.array([1.0, -1.0]), covariance)


def ratio(values: FloatArray, covariance: FloatArray) -> tuple[float, float]:
    """Value and error of a / b by linear propagation.

    Args:
        values: a and b, shape (2,).
        covariance: shape (2, 2).
    """
    quotient = float(values[0] / values[1])
    return quotient, _propagated(np.array([1.0, -quotient]) / values[1], covariance)


def _propagated(gradient: FloatArray, covariance: FloatArray) -> float:
    return float(np.sqrt(gradient @ covariance @ gradient))
