"""The result of ``-M Impacts``: every nuisance with what it does to every mass, in the keys of combineTool too."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ttjroofit.results.fit import FitStatus
from ttjroofit.results.header import Header

__all__ = ["SCHEMA", "ImpactMass", "ImpactParameter", "ImpactsResult", "combine_json"]

SCHEMA = "ttjroofit/impacts/1"


@dataclass(frozen=True)
class ImpactMass:
    """A mass, the parameter of interest.

    Attributes:
        name: of the mass.
        unit: of all shifts of this mass.
        fit: lower end of the 68% interval, value, upper end.
        data: part of the data in the standard deviation of the estimator.
        estimator: the root of ``data`` squared plus the sum of all squared global impacts.
    """

    name: str
    unit: str
    fit: tuple[float, float, float]
    data: float
    estimator: float


@dataclass(frozen=True)
class ImpactParameter:
    """A nuisance and its impacts; None stands where a refit failed.

    Attributes:
        name: of the nuisance.
        type: ``Gaussian``, or ``Unconstrained`` without a prior.
        groups: it belongs to.
        prefit: value before the fit minus one prior sigma, the value, and plus one.
        fit: value after the fit minus its standard deviation, the value, and plus it.
        values: mass to its value with the nuisance at its post-fit value minus sigma, at it, and plus sigma.
        impact: mass to the larger of the two shifts, without sign.
        ordinary: mass to its shift for +1 post-fit sigma in the parabolic approximation.
        global_impact: mass to its shift when the auxiliary observable moves by its prefit sigma.
    """

    name: str
    type: str
    groups: list[str]
    prefit: tuple[float, float, float]
    fit: tuple[float, float, float]
    values: dict[str, tuple[float | None, float, float | None]]
    impact: dict[str, float | None]
    ordinary: dict[str, float]
    global_impact: dict[str, float]


@dataclass(frozen=True)
class ImpactsResult(Header):
    """Impacts of all floating nuisances, the largest impact on the first mass first.

    Attributes:
        measurements, quality, asimov: as in the fit.
        method: ``analytic``, or ``refit`` for fits of the full model with the nuisance held.
        masses: the parameters of interest.
        parameters: the nuisances.
        status: of the fit that the impacts belong to.
    """

    measurements: list[str]
    quality: list[str]
    asimov: bool
    method: str
    masses: list[ImpactMass]
    parameters: list[ImpactParameter]
    status: FitStatus


def combine_json(result: ImpactsResult) -> str:
    """The JSON that ``combineTool.py -M Impacts`` writes and ``plotImpacts.py`` reads."""
    parameters = [
        {
            "name": parameter.name,
            "type": parameter.type,
            "groups": parameter.groups,
            "prefit": parameter.prefit,
            "fit": parameter.fit,
            **parameter.values,
            **{f"impact_{mass}": impact for mass, impact in parameter.impact.items()},
        }
        for parameter in result.parameters
    ]
    masses = [{"name": mass.name, "fit": mass.fit} for mass in result.masses]
    document = {"POIs": masses, "params": parameters, "method": "default"}
    return json.dumps(document, indent=1, sort_keys=True, allow_nan=False) + "\n"
