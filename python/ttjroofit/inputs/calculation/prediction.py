"""From the points of a calculation to a prediction in the bins of a measurement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import ValidationError

from ttjroofit.errors import InputError, Place
from ttjroofit.inputs.calculation.family import Family, plain_name
from ttjroofit.inputs.calculation.histogram import Histogram
from ttjroofit.inputs.calculation.points import Calculation, Point, central_mass
from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.inputs.pdf_sets import deviation_shifts
from ttjroofit.inputs.schema import PredictionFile

__all__ = ["Target", "predict"]

_MOST = 8
"""Names of missing points in a message."""
_OUTSIDE = 1e-9  # of the cross section: rounding
_SEVEN_POINTS = ((0.5, 0.5), (0.5, 1.0), (1.0, 0.5), (1.0, 2.0), (2.0, 1.0), (2.0, 2.0))


@dataclass(frozen=True, eq=False)
class Target:
    """What is wanted of a calculation.

    Attributes:
        measurement: whose bins and energy it is for.
        name: of the calculation: letters, digits and underscores.
        quality: one line that says what it is good for.
        source: how the numbers were made.
        nominal_mass: GeV, where scales and PDFs were varied; None for the mass with most variations.
        unit: ``pb`` or ``fb`` of the histograms, None if unknown; then no cross sections are written.
    """

    measurement: Measurement
    name: str
    quality: str
    source: str
    nominal_mass: float | None = None
    unit: str | None = None


def predict(calculation: Calculation, target: Target, place: Place) -> tuple[PredictionFile, list[str]]:
    """Bin, normalise and collect the points.

    Args:
        calculation: with at least two masses.
        target: what is wanted.
        place: of the calculation, for errors.

    Returns:
        The prediction, and what the user must know.

    Raises:
        InputError: a point is missing, an edge of the measurement is none of the histograms, a share is not positive
            or a Monte Carlo uncertainty unknown.
    """
    edges = target.measurement.edges
    remarks: list[str] = []
    masses = _masses(calculation, place)
    nominal = _nominal(calculation, masses, target, place)
    central = [calculation.points[Point(mass)].rebinned(edges) for mass in masses]
    fractions = [histogram.fractions() for histogram in central]
    content: dict[str, Any] = {
        **_head(target),
        "masses": masses,
        "nominal_mass": nominal,
        "fractions": [row.tolist() for row in fractions],
        **_uncertainties(central),
        "cross_section_pb": _cross_sections(central, target.unit),
    }
    shape = fractions[masses.index(nominal)]
    varied = _Varied(calculation, nominal, edges, shape, place)
    content |= {"scale": varied.scales(remarks), "pdf": varied.pdf(remarks), "tnp": varied.tnps()}
    outside = max(calculation.points[Point(mass)].outside(edges) for mass in masses)
    if outside > _OUTSIDE:
        remarks.append(f"{100 * outside:.2g}% of the cross section lies outside of the bins and is left out")
    remarks += _unused(calculation, masses, nominal)
    try:
        return PredictionFile.model_validate(content), remarks
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        raise InputError(f"{' '.join(map(str, problem['loc']))}: {problem['msg']}", place) from None


def _head(target: Target) -> dict[str, Any]:
    return {
        "schema": "ttjroofit/prediction/1",
        "name": target.name,
        "measurement": target.measurement.name,
        "quality": target.quality,
        "source": target.source,
        "energy_TeV": target.measurement.energy_TeV,
        "edges": target.measurement.edges.tolist(),
    }


def _masses(calculation: Calculation, place: Place) -> list[float]:
    """Masses, rising; each has the central point."""
    masses = sorted({point.mass for point in calculation.points})
    missing = [Point(mass) for mass in masses if Point(mass) not in calculation.points]
    if missing:
        raise InputError(f"no {_listed(missing)}: every mass needs the central point", place)
    if len(masses) < 2:
        found = f"found {masses[0]:g} GeV alone" if masses else "found none"
        raise InputError(f"at least two masses are needed, {found}", place)
    return masses


def _nominal(calculation: Calculation, masses: Sequence[float], target: Target, place: Place) -> float:
    most = calculation.tnp_mass if calculation.tnp_mass is not None else central_mass(calculation.points)
    nominal = most if target.nominal_mass is None else target.nominal_mass
    if calculation.tnp_mass not in (None, nominal):
        raise InputError(
            f"theory nuisance parameters are moved at {calculation.tnp_mass:g} GeV, not at the nominal mass "
            f"{nominal:g}",
            place,
        )
    if nominal not in masses:
        known = ", ".join(f"{mass:g}" for mass in masses)
        raise InputError(f"no point at the nominal mass {nominal:g}; there are {known}", place)
    return nominal


def _uncertainties(central: Sequence[Histogram]) -> dict[str, Any]:
    covariances = [histogram.fraction_covariance() for histogram in central]
    sigma = [np.sqrt(np.diag(covariance)) for covariance in covariances]
    entries: dict[str, Any] = {"fraction_sigma": [row.tolist() for row in sigma]}
    if central[0].shares:
        return entries | {"monte_carlo": "multinomial"}
    triangles = []
    for covariance, row in zip(covariances, sigma, strict=True):
        correlation = np.clip(covariance / np.outer(row, row), -1.0, 1.0)
        np.fill_diagonal(correlation, 1.0)
        triangles.append([line[: i + 1].tolist() for i, line in enumerate(correlation)])
    return entries | {"monte_carlo": "correlated", "fraction_correlation": triangles}


def _cross_sections(central: Sequence[Histogram], unit: str | None) -> list[float] | None:
    if unit is None:
        return None
    factor = {"pb": 1.0, "fb": 1e-3}[unit]
    return [factor * float(np.sum(histogram.contents)) for histogram in central]


@dataclass(frozen=True, eq=False)
class _Varied:
    """What was varied at the nominal mass.

    Attributes:
        calculation: with all points.
        mass: GeV, the nominal one.
        edges: shape (n+1,), of the measurement.
        shape: shape (n,), the fractions there.
        place: of the calculation, for errors.
    """

    calculation: Calculation
    mass: float
    edges: FloatArray
    shape: FloatArray
    place: Place

    def scales(self, remarks: list[str]) -> dict[str, list[float]]:
        """``muR_muF`` to ratios to the nominal shape."""
        found = sorted({(p.mur, p.muf) for p in self.calculation.points if p.member == 0} - {(1.0, 1.0)})
        self._require((Point(self.mass, *factors) for factors in found), "a scale variation that other masses have")
        seven = [f"{r:g}_{f:g}" for r, f in _SEVEN_POINTS if (r, f) not in found]
        if not found:
            remarks.append("no scale variations")
        elif seven:
            remarks.append(f"no scale variations {', '.join(seven)} (muR_muF) of the seven points")
        return {f"{r:.15g}_{f:.15g}": (self._at(Point(self.mass, r, f)) / self.shape).tolist() for r, f in found}

    def pdf(self, remarks: list[str]) -> dict[str, Any] | None:
        """The block of PDF members."""
        family = self.calculation.family
        found = sorted(p.member for p in self.calculation.points if p.member > 0 and p[:3] == (self.mass, 1.0, 1.0))
        if family is None or not found:
            remarks.append("no PDF uncertainty" + (": its members are not used" if found else ""))
            return None
        count = family.members if family.members is not None else found[-1]
        if family.kind == "hessian" and count % 2:
            raise InputError(
                f"{count} error members of {family.name}, pairs were expected: give --pdf-members", self.place
            )
        if family.kind == "replicas" and count < 2:
            raise InputError(f"1 replica of {family.name} has no spread: two are needed at least", self.place)
        self._require((Point(self.mass, member=j) for j in range(1, count + 1)), _member_of(family))
        beyond = [str(member) for member in found if member > count]
        if beyond:
            remarks.append(
                f"members {', '.join(beyond)} of {family.name} are no eigenvectors or replicas, and not used"
            )
        return _pdf_block(family, count, lambda j: self._at(Point(self.mass, member=j)), self.shape)

    def tnps(self) -> dict[str, Any] | None:
        """The block of theory nuisance parameters."""
        named = self.calculation.tnps
        if not named:
            return None
        shifts = []
        for up, down in named.values():
            change = up.rebinned(self.edges).fractions() - self.shape
            if down is not None:
                change = (up.rebinned(self.edges).fractions() - down.rebinned(self.edges).fractions()) / 2.0
            shifts.append((change / self.shape).tolist())
        return {"names": list(named), "shifts": shifts}

    def _at(self, point: Point) -> FloatArray:
        return self.calculation.points[point].rebinned(self.edges).fractions()

    def _require(self, wanted: Iterable[Point], why: str) -> None:
        missing = [point for point in wanted if point not in self.calculation.points]
        if missing:
            raise InputError(f"no {_listed(missing)}: {why}", self.place)


def _member_of(family: Family) -> str:
    number = "" if family.first is None else f", LHAPDF {family.first} + member"
    return f"{family.name} has {family.members or 'consecutive'} error members ({family.kind}{number})"


def _pdf_block(
    family: Family, count: int, shape_of: Callable[[int], FloatArray], central: FloatArray
) -> dict[str, Any]:
    """Replicas get one name each: only so they mean the same for every measurement."""
    members = np.array([shape_of(member) for member in range(1, count + 1)])
    kinds = {"hessian": "pairs", "symmhessian": "symmetric", "replicas": "shifts"}
    number = count // 2 if family.kind == "hessian" else count
    rows = deviation_shifts(members, central) if family.kind == "replicas" else members
    return {
        "kind": kinds[family.kind],
        "confidence_level": family.confidence_level,
        "names": [f"pdf_{plain_name(family.name)}_{j}" for j in range(1, number + 1)],
        "members": rows.tolist(),
    }


def _unused(calculation: Calculation, masses: Sequence[float], nominal: float) -> list[str]:
    """Variations that the format does not hold: at other masses, or of several things at once."""
    points = calculation.points
    elsewhere = [p for p in points if p.mass != nominal and p != Point(p.mass)]
    mixed = [p for p in points if p.member > 0 and (p.mur, p.muf) != (1.0, 1.0) and p.mass == nominal]
    remarks = []
    if elsewhere:
        remarks.append(
            f"{len(elsewhere)} variations at other masses than {nominal:g} GeV are not used: ratios and shifts are "
            "taken at one mass, --nominal-mass chooses it"
        )
        scales = {(p.mur, p.muf) for p in points if p.member == 0}
        varied = {p.mass for p in elsewhere if p.member == 0}
        holes = [Point(m, *s) for m in masses if m in varied for s in sorted(scales) if Point(m, *s) not in points]
        if holes:
            remarks.append(f"among them there is no {_listed(holes)}")
    if mixed:
        remarks.append(f"{len(mixed)} points with another PDF member and other scales at once are not used")
    return remarks


def _listed(points: Sequence[Point]) -> str:
    more = f" and {len(points) - _MOST} more" if len(points) > _MOST else ""
    return "; ".join(str(point) for point in points[:_MOST]) + more
