"""The points that a calculation was run at: masses, scales and members of a PDF family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ttjroofit.errors import InputError
from ttjroofit.inputs.calculation.family import Family
from ttjroofit.inputs.calculation.histogram import Histogram

__all__ = ["USUAL_MASS", "Calculation", "Point", "Points", "add_point", "central_mass"]

USUAL_MASS = 172.5
"""GeV; preferred where variations leave the choice of the nominal mass open."""


class Point(NamedTuple):
    """A run of the calculation.

    Attributes:
        mass: of the top quark, GeV.
        mur: factor on the renormalisation scale.
        muf: factor on the factorisation scale.
        member: of the PDF family, 0 is the central one.
    """

    mass: float
    mur: float = 1.0
    muf: float = 1.0
    member: int = 0

    def __str__(self) -> str:
        return f"mass {self.mass:g} muR {self.mur:g} muF {self.muf:g} PDF member {self.member}"


Points = dict[Point, Histogram]


@dataclass(frozen=True, eq=False)
class Calculation:
    """Histograms of one order and one PDF family.

    Attributes:
        points: a histogram each.
        family: of the PDF members; None if only the central one was used, or nothing is known of the others.
        tnps: name of a theory nuisance parameter to the histograms at +1 and -1 standard deviation, at the nominal
            mass; None instead of that at -1 stands for the opposite change.
        tnp_mass: GeV, where they were moved; None if there are none.
    """

    points: Mapping[Point, Histogram]
    family: Family | None = None
    tnps: Mapping[str, tuple[Histogram, Histogram | None]] = field(default_factory=dict)
    tnp_mass: float | None = None


def add_point(points: Points, point: Point, histogram: Histogram) -> None:
    """Add a histogram.

    Raises:
        InputError: there is one at this point already.
    """
    if point in points:
        raise InputError(f"{point} is given twice, first in {points[point].place}; remove one", histogram.place)
    points[point] = histogram


def central_mass(points: Mapping[Point, Histogram]) -> float:
    """The mass with most variations of scales and PDFs; among equals that nearest to 172.5 GeV."""
    masses = {point.mass for point in points}
    counts = {mass: sum(point.mass == mass for point in points) for mass in masses}
    return min(masses, key=lambda mass: (-counts[mass], abs(mass - USUAL_MASS), mass))
