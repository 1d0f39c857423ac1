"""Bounds over all admissible correlation matrices: against random ones, closed forms, and a model made anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from correlated import restate, solve
from synthetic import Small, three_parts
from ttjroofit.analysis.correlation_scanner import AlgebraScanner, algebra_scanner
from ttjroofit.card import read_card
from ttjroofit.card.statements import Card
from ttjroofit.errors import ModelError
from ttjroofit.model.assemble import assemble, load_combination
from ttjroofit.model.combination import Combination
from ttjroofit.model.correlations.admissible import AdmissibleSet, admissible_set
from ttjroofit.model.correlations.bounds import Bound, MassOverSet, find_bounds
from ttjroofit.model.correlations.refit import Refits
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.options import ModelOptions

CARDS = Path(__file__).parents[2] / "cards"

RANDOM = 1000

SLACK = 1e-8
"""In GeV: where the search stops."""


def scan_of(combination: Combination) -> AlgebraScanner:
    return algebra_scanner(combination, eliminate(combination), "shrink")


def bounds_of(scan: AlgebraScanner) -> tuple[AdmissibleSet, dict[str, Bound]]:
    admissible = admissible_set(scan.ranges)
    return admissible, find_bounds(MassOverSet(admissible, scan.response, scan.fitter))


def random_admissible(admissible: AdmissibleSet, count: int, seed: int) -> np.ndarray:
    """Values drawn evenly in the ranges or at their ends, moved towards the centre until the matrix is one."""
    rng = np.random.default_rng(seed)
    centre, _ = admissible.centre()
    low, high = admissible.low, admissible.high
    drawn = rng.uniform(low, high, (count, len(low)))
    corners = np.where(rng.random((count, len(low))) < 0.5, low, high)
    values = np.where(np.arange(count)[:, None] % 2 == 0, drawn, corners)
    for row in values:
        share = 1.0
        while admissible.smallest_eigenvalue(centre + share * (row - centre)) < 0.0:
            share *= 0.8
        row[:] = centre + share * (row - centre)
    return values


def fit_all(scan: AlgebraScanner, admissible: AdmissibleSet, values: np.ndarray) -> Refits:
    transform = admissible.merged.transform
    matrices = np.array([transform @ admissible.matrix(row) @ transform.T for row in values])
    return scan.fitter.fit(scan.response.at(matrices))


def beats(bounds: dict[str, Bound], fits: Refits) -> None:
    assert fits.good.all()
    for quantity in ("mass", "sigma"):
        values = getattr(fits, quantity)
        assert getattr(bounds[f"{quantity}_low"], quantity) <= np.min(values) + SLACK
        assert getattr(bounds[f"{quantity}_high"], quantity) >= np.max(values) - SLACK


def test_bounds_of_the_three_measurements_beat_random_matrices() -> None:
    """The matrices that attain them are inside the ranges, definite, and give the same fit in a model made anew."""
    card = read_card(CARDS / "atlas_cms.txt")
    combination = load_combination(card)
    scan = scan_of(combination)
    admissible, bounds = bounds_of(scan)
    beats(bounds, fit_all(scan, admissible, random_admissible(admissible, RANDOM, 3)))
    for bound in bounds.values():
        assert bound.converged
        assert bound.eigenvalue > 0.0
        assert np.all((bound.values >= scan.ranges.low) & (bound.values <= scan.ranges.high))
        stated = {(pair.first, pair.second): v for pair, v in zip(scan.ranges.pairs, bound.values, strict=True)}
        values = [stated.get((a.first, a.second), a.nominal) for a in card.assumptions]
        anew = solve(restate(card, values, load_combination))
        assert bound.mass == pytest.approx(anew.mass, abs=1e-7)
        assert bound.sigma == pytest.approx(anew.sigma, abs=1e-7)


@pytest.fixture
def parts(tmp_path: Path) -> Small:
    return three_parts(tmp_path)


def build(parts: Small, *lines: str) -> tuple[Card, Combination]:
    card = parts.card(*lines)
    return card, assemble(card, parts.measurements, ModelOptions())


@pytest.mark.parametrize(
    "lines",
    [
        ["correlation x A_s0 B_s1 (0.5 & -1 : 1)"],
        ["correlation x A_s0 B_s1 (0.5 & 0 : 1)", "correlation x B_s1 C_s0 (0.5 & 0 : 1)", "correlation x A_s0 C_s0 0"],
        [
            "correlation x A_s0 B_s1 1",
            "correlation x B_s1 C_s0 (0.5 & -0.5 : 1)",
            "correlation y A_p0 B_s0 (0 & -1 : 1)",
        ],
        [
            "correlation x A_s0 B_s1 -1",
            "correlation x B_s1 C_s0 (0.5 & 0 : 1)",
            "correlation x A_s0 C_s0 (-0.5 & -1 : 0)",
        ],
    ],
    ids=["one pair", "circle", "chain", "opposite chain"],
)
def test_bounds_beat_a_fine_grid_of_scans(parts: Small, lines: list[str]) -> None:
    """Every grid point that is a matrix lies within the bounds, and the bounds are where the grid comes close."""
    _, combination = build(parts, *lines)
    scan = scan_of(combination)
    admissible, bounds = bounds_of(scan)
    steps = np.linspace(0.0, 1.0, 41)
    grid = np.stack(
        np.meshgrid(*(low + (high - low) * steps for low, high in zip(admissible.low, admissible.high, strict=True))),
        axis=-1,
    )
    values = grid.reshape(-1, len(admissible.low))
    values = values[[admissible.smallest_eigenvalue(row) > 1e-6 for row in values]]
    fits = fit_all(scan, admissible, values)
    beats(bounds, fits)
    reach = float(np.max(fits.mass) - np.min(fits.mass))
    assert bounds["mass_high"].mass - np.max(fits.mass) < 0.1 * reach
    assert np.min(fits.mass) - bounds["mass_low"].mass < 0.1 * reach
    assert all(np.all(np.abs(bound.values) <= 1.0) for bound in bounds.values())


def test_chain_of_one_has_one_value(parts: Small) -> None:
    """B_s1 is A_s0 with the other sign: the two correlations with C_s0 are one variable."""
    _, combination = build(
        parts,
        "correlation x A_s0 B_s1 -1",
        "correlation x B_s1 C_s0 (0.5 & 0.2 : 1)",
        "correlation x A_s0 C_s0 (-0.5 & -0.8 : 0)",
    )
    admissible, bounds = bounds_of(scan_of(combination))
    assert len(admissible.low) == 1
    assert (admissible.low[0], admissible.high[0]) == (-0.8, -0.2)
    for bound in bounds.values():
        assert bound.values[1] == -bound.values[2]


def test_no_admissible_matrix_names_who_is_to_blame(parts: Small) -> None:
    _, combination = build(
        parts,
        "correlation x A_s0 B_s1 (0.9 & 0.8 : 1)",
        "correlation x A_s0 C_s0 (0.9 & 0.8 : 1)",
        "correlation x B_s1 C_s0 (-0.9 & -1 : -0.8)",
        "repair shrink",
    )
    with pytest.raises(
        ModelError, match=r"no correlation matrix inside .* at best, carried by .*A_s0.*widen the ranges"
    ):
        bounds_of(scan_of(combination))


def test_ranges_that_contradict_a_merged_name_are_an_error(parts: Small) -> None:
    _, combination = build(
        parts,
        "correlation x A_s0 B_s1 1",
        "correlation x A_s0 C_s0 (0.5 & 0.4 : 0.6)",
        "correlation x B_s1 C_s0 (0.5 & 0.5 : 0.7)",
    )
    ranges = scan_of(combination).ranges
    assert admissible_set(ranges).low.tolist() == [0.5]
    apart = type(ranges)(
        ranges.pairs,
        ranges.names,
        ranges.first,
        ranges.second,
        ranges.nominal,
        np.where(ranges.low == 0.5, 0.65, ranges.low),
        ranges.high,
    )
    with pytest.raises(ModelError, match="no value in the range of the correlation of B_s1 and C_s0 agrees"):
        admissible_set(apart)


def test_projection_is_the_nearest_admissible_matrix(parts: Small) -> None:
    """Against draws: none of the admissible is nearer to the nominal values, which are not."""
    _, combination = build(
        parts,
        "correlation x A_s0 B_s1 (0.9 & 0 : 1)",
        "correlation x A_s0 C_s0 (0.9 & 0 : 1)",
        "correlation x B_s1 C_s0 (0.1 & 0 : 1)",
        "repair nearest",
    )
    admissible = admissible_set(scan_of(combination).ranges)
    nominal = admissible.nominal
    assert admissible.smallest_eigenvalue(nominal) < 0.0
    nearest = admissible.project(nominal)
    assert admissible.smallest_eigenvalue(nearest) > 0.0
    distance = float(np.linalg.norm(nearest - nominal))
    rng = np.random.default_rng(2)
    near = nominal + 2.0 * distance * rng.uniform(-1.0, 1.0, (4000, 3))
    near = np.clip(near, admissible.low, admissible.high)
    distances = [np.linalg.norm(row - nominal) for row in near if admissible.smallest_eigenvalue(row) >= 0.0]
    assert len(distances) > 50
    assert min(distances) >= distance - 1e-6
