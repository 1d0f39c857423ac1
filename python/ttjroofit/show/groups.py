"""Groups of the breakdown sorted into those of a kind of uncertainty and those of a measurement."""

from __future__ import annotations

from collections.abc import Collection

from ttjroofit.results.fit import Breakdown, FitResult

__all__ = ["groups_of_kind", "groups_of_measurements", "theory_name"]


def groups_of_kind(breakdown: Breakdown, measurements: Collection[str]) -> dict[str, float]:
    """Experimental groups, largest first: neither a measurement nor part of the prediction."""
    kinds = {
        name: sigma
        for name, sigma in breakdown.groups.items()
        if name not in measurements and not name.startswith("theory_") and name != "interpolation"
    }
    return _ranked(kinds)


def groups_of_measurements(breakdown: Breakdown, measurements: Collection[str]) -> dict[str, float]:
    """Groups that hold all nuisances of one measurement, largest first."""
    return _ranked({name: sigma for name, sigma in breakdown.groups.items() if name in measurements})


def theory_name(result: FitResult) -> str:
    """What ``Breakdown.tnp`` consists of in this fit: ``TNP``, ``scales`` or both."""
    kinds = {parameter.kind for parameter in result.parameters.values()}
    names = [name for kind, name in (("tnp", "TNP"), ("scale", "scales")) if kind in kinds]
    return "+".join(names) or "TNP"


def _ranked(groups: dict[str, float]) -> dict[str, float]:
    return dict(sorted(groups.items(), key=lambda item: (-item[1], item[0])))
