"""Every point of a scan against the combination made anew from a card with its values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from correlated import restate, solve
from synthetic import TIES, Small, three_parts
from ttjroofit.analysis.correlation_scanner import AlgebraScanner, Scanned, algebra_scanner
from ttjroofit.card import read_card
from ttjroofit.card.scenarios import active_assumptions
from ttjroofit.card.statements import Card
from ttjroofit.inputs.measurement import Measurement, Response
from ttjroofit.model.assemble import assemble, load_combination
from ttjroofit.model.combination import Combination
from ttjroofit.model.correlations.path import LIMIT, line_values, single_values, stated_ranges
from ttjroofit.model.correlations.response import independent, prior_response
from ttjroofit.model.elimination import eliminate, information
from ttjroofit.model.options import ModelOptions

CARDS = Path(__file__).parents[2] / "cards"

IN_FORCE = [
    "correlation x A_p0 B_s0 (0.5 & -0.2 : 0.8)",
    "correlation x C_p0 B_s0 (0.3 & 0.1 : 0.5)",
    "correlation y A_s0 B_s1 (0.6 & 0.5 : 1.0)",
    "correlation y B_s1 C_s0 -0.3",
]


def same(scanner_: AlgebraScanner, scanned: Scanned, point: int, combination: Combination) -> None:
    """Within the rounding of 600 nuisances; 1e-8 GeV is what is asked of the mass."""
    expected = solve(combination)
    assert scanned.fits.mass[point] == pytest.approx(expected.mass, abs=1e-8)
    assert scanned.fits.sigma[point] == pytest.approx(expected.sigma, rel=1e-9)
    assert scanned.fits.sigma[point] == pytest.approx(expected.posterior_sigma, rel=1e-7)
    assert scanned.fits.chi2[point] == pytest.approx(expected.chi2, abs=1e-6)
    np.testing.assert_allclose(scanned.points.means[point], expected.bins, rtol=1e-9)
    scale = np.sqrt(np.diag(expected.covariance))
    np.testing.assert_allclose(
        scanned.points.covariances[point] / np.outer(scale, scale),
        expected.covariance / np.outer(scale, scale),
        atol=1e-8,
    )
    assert len(scanner_.ranges.pairs) == len(combination.prior.stated)


def in_force(card: Card, scenario: str) -> Card:
    """The card with the assumptions of a scenario only, so that they are in the order of the stated correlations."""
    return replace(card, assumptions=active_assumptions(card, scenario), scenarios=(), scenario=None)


@pytest.mark.parametrize("scenario", ["jes_modelling", "strong"])
def test_points_of_the_three_measurements_are_those_of_new_cards(scenario: str) -> None:
    """With `repair shrink`, whose factor every point has of its own; and with names that are one parameter."""
    card = in_force(read_card(CARDS / "atlas_cms.txt"), scenario)
    combination = load_combination(card)
    scan = algebra_scanner(combination, eliminate(combination), "shrink")
    members = scan.ranges.scanned
    values = np.concatenate([single_values(scan.ranges, member, 5) for member in members])
    values = np.concatenate([values, line_values(scan.ranges, members, 9)[1]])
    scanned = scan.scan(values)
    assert scanned.fits.good.all()
    rng = np.random.default_rng(5)
    for point in [*rng.choice(len(values), 5, replace=False).tolist(), len(values) - 9]:
        same(scan, scanned, point, restate(card, values[point].tolist(), load_combination))


@pytest.fixture
def parts(tmp_path: Path) -> Small:
    return three_parts(tmp_path)


def builder(parts: Small, options: ModelOptions | None = None) -> Callable[[Card], Combination]:
    return lambda card: assemble(card, parts.measurements, options or ModelOptions())


@pytest.mark.parametrize("ties", [*list(TIES)[1:], "frozen"])
def test_points_of_every_kind_of_nuisances(parts: Small, ties: str) -> None:
    """Externalised, profiled, without a prior, frozen at a value; profiled with profiled, where no factors exist."""
    options = (
        ModelOptions(freeze_parameters=("A_s0", "C_p1"), set_parameters={"A_s0": 0.7}) if ties == "frozen" else None
    )
    stated = TIES.get(ties, TIES["profiled with external"] + TIES["external with external"])
    card = parts.card(*(f"correlation x {a} {b} ({v} & {v - 0.1} : {v + 0.1})" for a, b, v in stated))
    build = builder(parts, options)
    scan = algebra_scanner(build(card), eliminate(build(card)), None)
    values = line_values(scan.ranges, scan.ranges.scanned, 5)[1]
    scanned = scan.scan(values)
    for point in range(len(values)):
        same(scan, scanned, point, restate(card, values[point].tolist(), build))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(-0.95, 0.95), min_size=4, max_size=4))
def test_any_values_are_exact_or_not_positive_definite(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[float]
) -> None:
    parts = three_parts(tmp_path_factory.mktemp("parts"))
    card = parts.card(*IN_FORCE)
    scan = algebra_scanner(builder(parts)(card), eliminate(builder(parts)(card)), None)
    scanned = scan.scan(np.array([drawn]))
    smallest = float(np.linalg.eigvalsh(scan.ranges.matrices(np.array([drawn]))[0])[0])
    if smallest > 1e-3:
        same(scan, scanned, 0, restate(card, drawn, builder(parts)))
    elif smallest < -1e-3:
        assert scanned.matrices.status == ("not positive definite",)
        assert np.isnan(scanned.fits.mass[0])
    assert scanned.matrices.eigenvalue[0] == pytest.approx(smallest, abs=1e-12)


def test_nearest_repair_is_that_of_a_new_card(parts: Small) -> None:
    card = parts.card(*IN_FORCE, "correlation y A_s0 C_s0 0.5", "repair nearest")
    scan = algebra_scanner(builder(parts)(card), eliminate(builder(parts)(card)), "nearest")
    values = np.array([[0.5, 0.3, 0.95, -0.3, 0.5], [0.5, 0.3, 0.6, -0.3, 0.5]])
    scanned = scan.scan(values)
    assert scanned.matrices.status == ("repaired", "good")
    for point in (0, 1):
        same(scan, scanned, point, restate(card, values[point].tolist(), builder(parts)))


def test_exactly_one_merges_as_a_new_card_does(parts: Small) -> None:
    """A chain: B_s1 is A_s0, so what is stated of B_s1 and C_s0 holds for A_s0 too; -1 turns the sign."""
    card = parts.card(*IN_FORCE)
    scan = algebra_scanner(builder(parts)(card), eliminate(builder(parts)(card)), None)
    for one in (1.0, -1.0):
        values = np.array([[0.5, 0.3, one, -0.3]])
        scanned = scan.scan(values)
        assert scanned.matrices.status == ("good",)
        same(scan, scanned, 0, restate(card, values[0].tolist(), builder(parts)))


def test_one_is_the_limit_where_nothing_else_is_stated(parts: Small) -> None:
    """Without a chain the merged parameter is the limit of two nuisances; a range ends just below."""
    card = parts.card("correlation x A_s0 B_s1 (0.5 & 0 : 1.0)")
    scan = algebra_scanner(builder(parts)(card), eliminate(builder(parts)(card)), None)
    assert scan.ranges.high[0] == LIMIT
    scanned = scan.scan(np.array([[LIMIT], [1.0]]))
    assert scanned.fits.mass[0] == pytest.approx(scanned.fits.mass[1], abs=1e-7)
    same(scan, scanned, 1, restate(card, [1.0], builder(parts)))


def test_contradictions_and_impossible_points_have_a_status_each(parts: Small) -> None:
    card = parts.card(
        "correlation x A_s0 B_s1 (0.5 & 0 : 0.9)",
        "correlation x A_s0 C_s0 (0.4 & 0 : 0.9)",
        "correlation x B_s1 C_s0 (0.4 & -0.9 : 0.9)",
    )
    scan = algebra_scanner(builder(parts)(card), eliminate(builder(parts)(card)), None)
    scanned = scan.scan(np.array([[1.0, 0.4, 0.3], [0.9, 0.9, -0.9], [0.5, 0.4, 0.4]]))
    assert scanned.matrices.status == ("contradiction", "not positive definite", "good")
    assert np.isnan(scanned.matrices.eigenvalue[0])
    assert scanned.matrices.eigenvalue[1] == pytest.approx(-0.8, abs=1e-12)
    assert scanned.fits.good.tolist() == [False, False, True]


def test_a_form_that_is_not_positive_definite_is_found(parts: Small) -> None:
    """Published constraints beyond the prior leave no likelihood for correlations that a prior alone could have."""
    loose = [replace(m, covariance=_widened(m)) for m in parts.measurements]
    card = parts.card("correlation x A_p0 C_p1 (0.1 & 0 : 0.9)")

    def build(changed: Card) -> Combination:
        return assemble(changed, loose, ModelOptions())

    scan = algebra_scanner(build(card), eliminate(build(card)), None)
    grid = np.linspace(0.0, 0.999, 25)[:, None]
    found = scan.scan(grid).points.positive.tolist()
    expected = []
    for value in grid[:, 0]:
        prior = restate(card, [float(value)], build)
        hessian = _hessian(prior)
        expected.append(bool(np.linalg.eigvalsh(hessian)[0] > 0.0))
    assert found == expected
    assert set(found) == {True, False}


def _widened(measurement: Measurement) -> np.ndarray:
    """The covariance with the standard deviations of the profiled nuisances two and a half times as large."""
    scale = np.repeat([1.0, 2.5], [len(measurement.bins), len(measurement.profiled)])
    return measurement.covariance * np.outer(scale, scale)


def _hessian(combination: Combination) -> np.ndarray:
    hessian = information(combination).hessian
    scale = np.sqrt(np.abs(np.diag(hessian)))
    return hessian / np.outer(scale, scale)


def test_ranges_and_lines_pass_the_nominal_value(parts: Small) -> None:
    ranges = stated_ranges(builder(parts)(parts.card(*IN_FORCE)).prior)
    assert ranges.scanned.tolist() == [0, 1, 2]
    assert {block: members.tolist() for block, members in ranges.blocks.items()} == {"x": [0, 1], "y": [2]}
    assert single_values(ranges, 0, 3)[:, 0].tolist() == pytest.approx([-0.2, 0.3, 0.5, 0.8])
    line, values = line_values(ranges, [0, 1], 2)
    assert line.tolist() == [0.0, 0.5, 1.0]
    assert values[:, :2].tolist() == [[-0.2, 0.1], [0.5, 0.3], [0.8, 0.5]]
    assert (values[:, 2:] == [0.6, -0.3]).all()


def test_moving_the_reference_changes_nothing(parts: Small) -> None:
    """The response about other correlations is the response of the combination that has them."""
    combination = builder(parts)(parts.card(*IN_FORCE))
    direct = prior_response(combination)
    moved = prior_response(independent(combination)).moved(direct.correlation)
    for quantity in ("mean", "covariance", "on_bins", "pull", "information", "posterior", "regression"):
        expected = getattr(direct, quantity)
        np.testing.assert_allclose(
            getattr(moved, quantity), expected, rtol=1e-9, atol=1e-11 * np.max(np.abs(expected)), err_msg=quantity
        )
    assert moved.offset == pytest.approx(direct.offset, abs=1e-9)


def test_linear_pairs_beside_a_source_that_is_not(parts: Small) -> None:
    """The source stays explicit in every fit; the correlations of the others follow from the algebra as before."""
    second = parts.measurements[1]
    response = Response("lognormal", second.shifts[:, 2], -0.8 * second.shifts[:, 2])
    beside = parts.with_measurements(
        parts.measurements[0], replace(second, responses={"B_s2": response}), parts.measurements[2]
    )
    card = beside.card(*IN_FORCE)
    scan = algebra_scanner(builder(beside)(card), eliminate(builder(beside)(card)), None)
    values = line_values(scan.ranges, scan.ranges.scanned, 3)[1]
    scanned = scan.scan(values)
    good = np.flatnonzero(scanned.fits.good)
    assert len(good) >= 2
    for point in good:
        expected = solve(restate(card, values[point].tolist(), builder(beside)))
        assert scanned.fits.mass[point] == pytest.approx(expected.mass, abs=1e-8)
        assert scanned.fits.sigma[point] == pytest.approx(expected.sigma, rel=1e-9)
