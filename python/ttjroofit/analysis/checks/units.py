"""Check of units: no measurement has more top-quark pairs than there are."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ttjroofit.analysis.checks.check import Check, Found, Subject
from ttjroofit.analysis.places import line_of

__all__ = ["CHECKS", "inclusive"]

PICOBARNS = {"pb": 1.0, "fb": 1e-3, "nb": 1e3, "mb": 1e9, "ab": 1e-6}
"""Units of cross sections in pb."""

INCLUSIVE = {7.0: 177.3, 8.0: 252.9, 13.0: 831.8, 14.0: 984.5}
"""Cross section of top-quark pairs in pb by energy in TeV: NNLO+NNLL at 172.5 GeV, M. Czakon and A. Mitov, Comput.
Phys. Commun. 185 (2014) 2930; good to 6%, where a factor of 1000 is looked for."""


def inclusive(energy: float) -> float:
    """Cross section of all top-quark pairs in pb at an energy in TeV, a power law between the energies known."""
    return float(np.exp(np.interp(np.log(energy), np.log(list(INCLUSIVE)), np.log(list(INCLUSIVE.values())))))


def _units(subject: Subject, threshold: float) -> Iterator[Found]:
    for measurement in subject.measurements:
        factor = PICOBARNS.get(measurement.unit.strip())
        if factor is None or measurement.total <= 0 or measurement.energy_TeV < min(INCLUSIVE):
            continue
        share = factor * measurement.total / inclusive(measurement.energy_TeV)
        if not threshold <= share <= 1.0:
            message = (
                f"{measurement.name}: {measurement.total:.4g} {measurement.unit} over all bins is {share:.2g} of the "
                "cross section of all top-quark pairs"
            )
            yield Found(message, [(measurement.name, share)], place=line_of(measurement.path, "unit"))


CHECKS = (
    Check(
        "unit-suspicious",
        "the cross section is larger than that of all top-quark pairs, or less than a thousandth of it",
        1e-3,
        "dilepton decays (2% in e mu) within acceptance (30%) and with a hard jet (30%) are 2 in 1000",
        "check `unit` (pb or fb) and `quantity` (per bin or per unit of rho)",
        _units,
    ),
)
