"""Points of a correlation scan by low-rank updates against the model made anew: a ratio of times, measured in one run.

    python benchmarks/correlation_scan.py [CARD] [POINTS] [REBUILT]

CARD is cards/atlas_cms.txt unless given. Every correlation with a range is scanned, POINTS (default 5000) in all;
REBUILT of them (default 10), drawn with a fixed seed, are also eliminated and fitted anew, inputs already read. Then
the derivatives of all pairs are timed, and the bounds.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from ttjroofit.analysis.correlation_scanner import AlgebraScanner, algebra_scanner
from ttjroofit.analysis.pair_sensitivity import pair_count
from ttjroofit.card import read_card
from ttjroofit.card.statements import Repair
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.combination import Combination
from ttjroofit.model.correlations.admissible import admissible_set
from ttjroofit.model.correlations.bounds import MassOverSet, find_bounds
from ttjroofit.model.correlations.path import single_values
from ttjroofit.model.correlations.refit import mass_fitter
from ttjroofit.model.correlations.response import prior_response
from ttjroofit.model.correlations.sensitivity import mass_sensitivity
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.prior import build_prior

CARD = Path(__file__).parents[1] / "cards" / "atlas_cms.txt"


def main() -> None:
    """Time everything and print it."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else CARD
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 5000
    rebuilt = int(sys.argv[3]) if len(sys.argv) > 3 else 10
    card = read_card(path)
    combination = load_combination(card)
    repair = card.repair.method if card.repair is not None else None
    start = time.perf_counter()
    scan = algebra_scanner(combination, eliminate(combination), repair)
    prepared = time.perf_counter() - start
    members = scan.ranges.scanned.tolist()
    grids = [single_values(scan.ranges, member, -(-count // len(members))) for member in members]
    start = time.perf_counter()
    masses = np.concatenate([scan.scan(values).fits.mass for values in grids])
    fast = (time.perf_counter() - start) / len(masses)
    points = np.concatenate(grids)
    chosen = np.random.default_rng(1).choice(np.flatnonzero(np.isfinite(masses)), rebuilt, replace=False)
    start = time.perf_counter()
    slow_masses = [_rebuild(combination, scan, points[point], card.repair) for point in chosen]
    slow = (time.perf_counter() - start) / rebuilt
    difference = float(np.max(np.abs(slow_masses - masses[chosen])))
    sys.stdout.write(
        f"{path.stem}: {len(members)} correlations, {len(masses)} points\n"
        f"prepared   {prepared:10.3f} s, once\n"
        f"scan       {len(masses) * fast:10.3f} s, {1.0 / fast:.0f} points/s\n"
        f"rebuilt    {1.0 / slow:10.2f} points/s ({rebuilt} points)\n"
        f"ratio      {slow / fast:10.0f}\n"
        f"largest difference of the masses: {difference:.1e} GeV\n"
    )
    _time_others(combination, scan)


def _rebuild(combination: Combination, scan: AlgebraScanner, values: np.ndarray, repair: Repair | None) -> float:
    """Prior, repair, elimination of all nuisances and fit, from the stated correlations."""
    stated = [replace(pair, nominal=value) for pair, value in zip(scan.ranges.pairs, values.tolist(), strict=True)]
    anew = replace(combination, prior=build_prior(combination.owners, stated, repair))
    fitter = mass_fitter(anew)
    return float(fitter.values[fitter.mass])


def _time_others(combination: Combination, scan: AlgebraScanner) -> None:
    start = time.perf_counter()
    response = prior_response(combination)
    sensitivity = mass_sensitivity(scan.fitter, response)
    everything = np.arange(len(response.names))
    sensitivity.of_value(everything[:, None], everything)
    sensitivity.of_sigma(everything[:, None], everything)
    sys.stdout.write(f"derivatives of {pair_count(combination, response)} pairs: {time.perf_counter() - start:.3f} s\n")
    start = time.perf_counter()
    bounds = find_bounds(MassOverSet(admissible_set(scan.ranges), scan.response, scan.fitter))
    low, high = bounds["mass_low"].mass, bounds["mass_high"].mass
    sys.stdout.write(f"bounds {low:.3f} to {high:.3f} GeV: {time.perf_counter() - start:.1f} s\n")


if __name__ == "__main__":
    main()
