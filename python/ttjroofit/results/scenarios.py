"""Fits with each correlation scenario of a card, and with each repair of an impossible one."""

from __future__ import annotations

from dataclasses import dataclass

from ttjroofit.results.fit import GoodnessOfFit, PriorRepair

__all__ = ["RepairComparison", "ScenarioFit", "ScenarioResult"]


@dataclass(frozen=True)
class ScenarioFit:
    """The mass fitted with one set of correlations, in GeV.

    Attributes:
        mass: value.
        total, exp, stat, syst, pdf, tnp, interpolation: as the breakdown of ``-M Fit``.
        goodness_of_fit: of the fit.
    """

    mass: float
    total: float
    exp: float
    stat: float
    syst: float
    pdf: float
    tnp: float
    interpolation: float
    goodness_of_fit: GoodnessOfFit


@dataclass(frozen=True)
class ScenarioResult:
    """One scenario of the card.

    Attributes:
        name: of the scenario.
        in_force: whether it is the one of this run.
        correlations: how many it states between nuisances in use.
        merged: how many names it makes one parameter with another.
        smallest_eigenvalue: of the correlation matrix as stated; None if the scenario is impossible otherwise.
        repair: what the card's repair did, None if none was needed.
        fit: None if there is no likelihood or no minimum.
        error: why there is no fit.
    """

    name: str
    in_force: bool
    correlations: int
    merged: int
    smallest_eigenvalue: float | None
    repair: PriorRepair | None
    fit: ScenarioFit | None
    error: str | None


@dataclass(frozen=True)
class RepairComparison:
    """The scenario in force, its matrix repaired by one method.

    Attributes:
        method: ``shrink`` or ``nearest``.
        repair: what it did, all changes by name; None if it failed.
        spectrum_before: eigenvalues of the stated matrix over the nuisances that it touches, smallest first.
        spectrum_after: of the repaired one.
        distance: Frobenius norm of the change.
        fit: with the repaired matrix.
        error: why the repair or the fit failed.
    """

    method: str
    repair: PriorRepair | None
    spectrum_before: list[float]
    spectrum_after: list[float]
    distance: float | None
    fit: ScenarioFit | None
    error: str | None
