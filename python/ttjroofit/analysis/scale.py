"""The seven-point scale envelope of the masses: refits with each variation as the nominal prediction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from ttjroofit.model.combination import Combination
from ttjroofit.model.likelihood import theory_of
from ttjroofit.results.fit import Envelope, ScaleUncertainty
from ttjroofit.roofit.minimise import FINE_TOLERANCE, FitPlan, Minimised, minimise
from ttjroofit.roofit.workspace import scale_values, set_values

__all__ = ["scale_uncertainties"]

Shifts = dict[tuple[float, float], dict[str, float]]


def scale_uncertainties(
    workspace: Any, combination: Combination, central: Minimised, plan: FitPlan
) -> dict[str, ScaleUncertainty]:
    """Envelopes of all floating masses, correlated and uncorrelated between energies.

    Args:
        workspace: its parameters are left at ``central``.
        combination: names the variations; without any there is no uncertainty to give.
        central: the nominal fit.
        plan: the refits use its minimiser, on the reduced model, without HESSE and MINOS.

    Returns:
        By name of the mass.
    """
    theory = theory_of(combination)
    masses = [item.name for item in theory.parameters.masses if not item.frozen]
    energies = sorted({measurement.energy_TeV for measurement in combination.measurements})
    if not theory.scales or not masses:
        return {}
    refit = FitPlan(minimizer=plan.minimizer, hesse=False, tolerance=FINE_TOLERANCE, verbosity=plan.verbosity)
    everything = [measurement.name for measurement in combination.measurements]
    together, converged = _vary(workspace, combination, everything, central, refit)
    alone = []
    for energy in energies:
        chosen = [measurement.name for measurement in combination.measurements if measurement.energy_TeV == energy]
        # with one energy the two assumptions are the same
        shifts, good = (
            (together, True) if chosen == everything else _vary(workspace, combination, chosen, central, refit)
        )
        alone.append(shifts)
        converged = converged and good
    return {
        mass: ScaleUncertainty(
            correlated=_envelope(together, mass),
            uncorrelated=_quadrature([_envelope(shifts, mass) for shifts in alone]),
            shifts={f"{mu_r:g}_{mu_f:g}": shift[mass] for (mu_r, mu_f), shift in together.items()},
            converged=converged,
        )
        for mass in masses
    }


def _vary(
    workspace: Any, combination: Combination, varied: Collection[str], central: Minimised, plan: FitPlan
) -> tuple[Shifts, bool]:
    """Shift of every floating mass for every variation of the predictions of some measurements."""
    start = dict(zip(central.names, central.values.tolist(), strict=True))
    masses = [item.name for item in theory_of(combination).parameters.masses if not item.frozen]
    shifts, converged = {}, True
    for key, ratios in theory_of(combination).scales.items():
        changed = {name: ratio for name, ratio in ratios.items() if name in varied}
        set_values(workspace, {**start, **scale_values(combination, changed)})
        refit = minimise(workspace, plan)
        converged = converged and refit.status.migrad == 0
        shifts[key] = {mass: refit.value(mass) - central.value(mass) for mass in masses}
    set_values(workspace, {**start, **scale_values(combination, {})})
    return shifts, converged


def _envelope(shifts: Mapping[tuple[float, float], Mapping[str, float]], mass: str) -> Envelope:
    moves = [0.0, *(shift[mass] for shift in shifts.values())]
    return Envelope(up=max(moves), down=min(moves))


def _quadrature(envelopes: Sequence[Envelope]) -> Envelope:
    return Envelope(
        up=float(np.sqrt(sum(envelope.up**2 for envelope in envelopes))),
        down=-float(np.sqrt(sum(envelope.down**2 for envelope in envelopes))),
    )
