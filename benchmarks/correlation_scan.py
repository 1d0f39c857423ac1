"""Points of a correlation scan by low-rank updates against the model made anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.comparison import Comparison, Setup, clocked
from ttjroofit.analysis.correlation_scanner import AlgebraScanner, algebra_scanner
from ttjroofit.analysis.pair_sensitivity import pair_count
from ttjroofit.card import read_card
from ttjroofit.card.statements import Card
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.combination import Combination
from ttjroofit.model.correlations.path import single_values
from ttjroofit.model.correlations.refit import MassFitter, mass_fitter
from ttjroofit.model.correlations.response import prior_response
from ttjroofit.model.correlations.sensitivity import mass_sensitivity
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.prior import build_prior

__all__ = ["compare"]


def compare(setup: Setup) -> list[Comparison]:
    """Every correlation with a range scanned; derivatives of all pairs against finite differences."""
    card = read_card(Path(setup.card))
    combination = load_combination(card)
    repair = card.repair.method if card.repair is not None else None
    scan = algebra_scanner(combination, eliminate(combination), repair)
    members = scan.ranges.scanned.tolist()
    if not members:
        return []
    grids = [single_values(scan.ranges, member, -(-setup.points // len(members))) for member in members]
    fast_s, masses = clocked(lambda: np.concatenate([scan.scan(values).fits.mass for values in grids]), setup.repeats)
    points = np.concatenate(grids)
    chosen = np.random.default_rng(1).choice(np.flatnonzero(np.isfinite(masses)), setup.rebuilt, replace=False)
    slow_s, slow = clocked(lambda: [_rebuild(combination, scan, points[point], card) for point in chosen])
    rebuilt_s = slow_s / setup.rebuilt
    fitter = mass_fitter(combination)
    pairs_s, pairs = clocked(lambda: _derivatives(combination, fitter), setup.repeats)
    return [
        Comparison(
            f"scan of {len(members)} correlations",
            "eliminate and fit anew",
            "low-rank update, Newton",
            "point",
            rebuilt_s,
            fast_s / len(masses),
            f"{np.max(np.abs(np.array(slow) - masses[chosen])):.0e} GeV",
            f"{len(masses)} points; {setup.rebuilt} of them, drawn with a seed, made anew, inputs already read.",
        ),
        Comparison(
            f"derivatives of {pairs} pairs",
            "two fits a pair",
            "closed form",
            "pair",
            2.0 * rebuilt_s,
            pairs_s / pairs,
            "1e-5 (tests)",
            "The slow time is that of two points made anew, as a central difference needs.",
        ),
    ]


def _rebuild(combination: Combination, scan: AlgebraScanner, values: FloatArray, card: Card) -> float:
    """Prior, repair, elimination of all nuisances and fit, from the stated correlations."""
    stated = [replace(pair, nominal=value) for pair, value in zip(scan.ranges.pairs, values.tolist(), strict=True)]
    anew = replace(combination, prior=build_prior(combination.owners, stated, card.repair))
    fitter = mass_fitter(anew)
    return float(fitter.values[fitter.mass])


def _derivatives(combination: Combination, fitter: MassFitter) -> int:
    """Derivatives of mass and sigma for all pairs; their number."""
    response = prior_response(combination)
    sensitivity = mass_sensitivity(fitter, response)
    everything = np.arange(len(response.names))
    sensitivity.of_value(everything[:, None], everything)
    sensitivity.of_sigma(everything[:, None], everything)
    return pair_count(combination, response)
