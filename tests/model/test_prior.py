"""Prior correlations: names that are one parameter, contradictions, and what cannot be stated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthetic import Small, make_measurement, small
from ttjroofit.card.parser import read_card
from ttjroofit.card.statements import Repair
from ttjroofit.errors import CardError, ModelError, Place
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.options import ModelOptions
from ttjroofit.model.prior import Owner, Prior, StatedCorrelation, build_prior

OWNERS = {name: Owner(name[0], profiled=False, without_prior=False) for name in ("a", "b", "c", "d", "e", "f")}


def state(*pairs: tuple[str, str, float]) -> list[StatedCorrelation]:
    return [
        StatedCorrelation(first, second, value, value, value, "block", Place(Path("card.txt"), line))
        for line, (first, second, value) in enumerate(pairs, start=1)
    ]


def prior_of(*pairs: tuple[str, str, float]) -> Prior:
    return build_prior(OWNERS, state(*pairs), None)


def between_names(prior: Prior) -> np.ndarray:
    """Correlation of all names, shape (N, N)."""
    return prior.transform @ prior.correlation @ prior.transform.T


def parts(folder: Path) -> Small:
    return small(
        folder,
        make_measurement("A", bins=3, sources=2, profiled=2, seed=1, free=["A_p1"]),
        make_measurement("B", bins=3, sources=3, seed=2),
    )


def test_nothing_stated() -> None:
    prior = prior_of()
    assert prior.parameters == prior.names == tuple(OWNERS)
    np.testing.assert_array_equal(prior.transform, np.eye(6))
    np.testing.assert_array_equal(prior.correlation, np.eye(6))
    assert prior.repaired is None


def test_merging_keeps_the_first_name_and_the_sign() -> None:
    prior = prior_of(("d", "b", -1.0), ("b", "e", -1.0))
    assert prior.parameters == ("a", "b", "c", "f")
    np.testing.assert_array_equal(prior.transform[:, 1], [0.0, 1.0, 0.0, -1.0, -1.0, 0.0])


def test_two_clusters_that_are_joined_later() -> None:
    prior = prior_of(("e", "f", -1.0), ("b", "c", -1.0), ("f", "c", 1.0))
    assert prior.parameters == ("a", "b", "d")
    np.testing.assert_array_equal(prior.transform[:, 1], [0.0, 1.0, -1.0, 0.0, 1.0, -1.0])


def test_merged_names_inherit_correlations_with_their_sign() -> None:
    prior = prior_of(("a", "b", -1.0), ("b", "c", 0.6), ("d", "a", 0.3))
    matrix = between_names(prior)
    assert matrix[1, 2] == 0.6
    assert matrix[0, 2] == -0.6
    assert matrix[0, 3] == 0.3
    assert matrix[1, 3] == -0.3


def test_a_merged_source_is_one_source_with_both_shifts(tmp_path: Path) -> None:
    data = parts(tmp_path)
    a, b = data.measurements
    reduced = eliminate(data.combine("correlation b A_s0 B_s1 -1")).reduced
    apart = eliminate(data.combine()).reduced
    expected = apart.covariance.copy()
    expected[:3, 3:] -= np.outer(a.shifts[:, 0], b.shifts[:, 1])
    expected[3:, :3] = expected[:3, 3:].T
    np.testing.assert_allclose(reduced.covariance, expected, atol=1e-9 * np.max(expected))


def test_almost_one_tends_to_one(tmp_path: Path) -> None:
    """Merging is the limit of strong correlations; the distance is of order 1 - rho."""
    data = parts(tmp_path)
    merged = eliminate(data.combine("correlation b A_p0 B_s1 1")).reduced.covariance
    for distance in (1e-3, 1e-5):
        near = eliminate(data.combine(f"correlation b A_p0 B_s1 {1.0 - distance}")).reduced.covariance
        sigma = np.sqrt(np.diag(merged))
        assert np.max(np.abs(near - merged) / np.outer(sigma, sigma)) < 2.0 * distance


@given(st.lists(st.sampled_from([1, -1]), min_size=6, max_size=6), st.randoms(use_true_random=False))
def test_merging_recovers_hidden_signs(signs: list[int], random) -> None:  # type: ignore[no-untyped-def]
    """State the products of hidden signs along a random tree: all names become one with just these signs."""
    names = list(OWNERS)
    order = random.sample(range(6), 6)
    pairs = [(i, order[random.randrange(k)]) for k, i in enumerate(order) if k > 0]
    prior = prior_of(*((names[i], names[j], float(signs[i] * signs[j])) for i, j in pairs))
    assert prior.parameters == ("a",)
    np.testing.assert_array_equal(prior.transform[:, 0], np.array(signs) * signs[0])


@given(st.floats(-0.4, 0.4), st.floats(-0.4, 0.4), st.sampled_from([1, -1]))
def test_prior_is_a_correlation_matrix(first: float, second: float, sign: int) -> None:
    prior = prior_of(("a", "b", first), ("c", "d", second), ("b", "c", 0.2), ("e", "d", float(sign)))
    np.testing.assert_array_equal(np.diag(prior.correlation), 1.0)
    np.testing.assert_array_equal(prior.correlation, prior.correlation.T)
    assert np.linalg.eigvalsh(prior.correlation)[0] > 0.0
    assert between_names(prior)[2, 4] == sign * second


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        (
            [("a", "b", 1.0), ("b", "c", 1.0), ("a", "c", -1.0)],
            r"card\.txt:3: correlation -1 of a and c contradicts the correlations of exactly \+-1",
        ),
        ([("a", "b", 1.0), ("b", "a", -1.0)], r"card\.txt:2: correlation -1 of b and a contradicts"),
        (
            [("a", "b", 1.0), ("a", "c", 0.3), ("b", "c", 0.5)],
            r"card\.txt:3: correlation 0\.5 of b and c contradicts 0\.3 for a and c at card\.txt:2",
        ),
        (
            [("a", "b", -1.0), ("a", "c", 0.3), ("b", "c", 0.3)],
            r"card\.txt:3: correlation 0\.3 of b and c contradicts 0\.3 for a and c",
        ),
        (
            [("a", "b", 1.0), ("b", "c", 1.0), ("a", "c", 0.9)],
            r"card\.txt:3: correlation 0\.9 of a and c contradicts their being one parameter",
        ),
    ],
)
def test_contradictions_about_one_parameter(pairs: list[tuple[str, str, float]], message: str) -> None:
    with pytest.raises(CardError, match=message):
        prior_of(*pairs)


def test_the_same_said_of_both_merged_names_is_no_contradiction() -> None:
    prior = prior_of(("a", "b", -1.0), ("a", "c", 0.3), ("b", "c", -0.3))
    assert between_names(prior)[0, 2] == 0.3


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            ["correlation one A_s0 B_s0 0.5", "correlation two B_s0 A_s0 0.6"],
            r":7: correlation 0\.6 of B_s0 and A_s0 contradicts 0\.5 stated at .*card\.txt:6: .*blocks one and two",
        ),
        (["correlation one A_s0 A_s* 0.5"], r"card\.txt:6: nuisance A_s0 cannot be correlated with itself"),
        (
            ["correlation one A_p0 A_p1 0.5"],
            r"card\.txt:6: A_p0 and A_p1 were both profiled in A.*already holds their correlation",
        ),
        (["correlation one A_p1 B_s0 0.5"], r"card\.txt:6: nuisance A_p1 was free in the fit of A: it has no prior"),
        (["correlation one A_s0 B_s9 0.5"], r"card\.txt:6: .*B_s9.*nearest: B_s"),
    ],
)
def test_statements_that_cannot_be(tmp_path: Path, lines: list[str], message: str) -> None:
    with pytest.raises(CardError, match=message):
        parts(tmp_path).combine(*lines)


def test_a_repeated_statement_counts_once(tmp_path: Path) -> None:
    combination = parts(tmp_path).combine("correlation one A_s0 B_s0 0.5", "correlation two B_s0 A_s0 0.5")
    assert len(combination.prior.stated) == 1
    names = combination.prior.names
    assert between_names(combination.prior)[names.index("A_s0"), names.index("B_s0")] == 0.5


def test_sources_of_one_measurement_may_be_correlated(tmp_path: Path) -> None:
    combination = parts(tmp_path).combine("correlation one A_p0 A_s0 0.5", "correlation one B_s0 B_s1 0.4")
    assert len(combination.prior.stated) == 2


def test_a_free_nuisance_has_no_prior(tmp_path: Path) -> None:
    combination = parts(tmp_path).combine()
    free = [name for name, is_free in zip(combination.prior.parameters, combination.prior.free, strict=True) if is_free]
    assert free == ["A_p1"]


def test_statements_about_measurements_not_in_use_are_passed_over(tmp_path: Path) -> None:
    combination = parts(tmp_path).combine("correlation one A_s0 B_s0 0.5", options=ModelOptions(measurements=("B",)))
    assert combination.prior.stated == ()
    assert combination.bins == ("B_bin0", "B_bin1", "B_bin2")


def test_what_the_real_scenario_says_without_repair(cards: Path) -> None:
    card = replace(read_card(cards / "atlas_cms.txt"), repair=None)
    with pytest.raises(ModelError, match=r"not positive definite: its smallest eigenvalue -0\.0606602") as caught:
        load_combination(card, ModelOptions(scenario="jes_modelling"))
    for name in ("CMS_scale_j_flavorBottom", "ATLAS_8TeV_scale_b", "ATLAS_13TeV_scale_b"):
        assert name in str(caught.value)
    assert "`repair shrink` or `repair nearest`" in str(caught.value)


def test_a_singular_matrix_is_refused_too() -> None:
    """Three unit vectors in a plane, 60 degrees apart."""
    with pytest.raises(
        ModelError, match=r"singular: its smallest eigenvalue [-.e0-9]+ is carried by [abc], [abc], [abc];"
    ):
        prior_of(("a", "b", 0.5), ("b", "c", 0.5), ("a", "c", -0.5))


@pytest.mark.parametrize("method", ["shrink", "nearest"])
def test_repair_lists_what_changed(cards: Path, method: Literal["shrink", "nearest"]) -> None:
    combination = load_combination(read_card(cards / "atlas_cms.txt"), ModelOptions(scenario="jes_modelling"))
    stated = combination.prior.stated
    mentioned = {name for pair in stated for name in (pair.first, pair.second)}
    owners = {name: owner for name, owner in combination.owners.items() if name in mentioned}
    prior = build_prior(owners, stated, Repair(method, Place(Path("card.txt"), 9)))
    assert prior.repaired is not None
    assert prior.repaired.method == method
    changes = prior.changes()
    sizes = [abs(held - pair.nominal) for pair, held in changes]
    assert len(changes) == 62
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 0.01
    i, j = np.nonzero(np.triu(prior.correlation, 1))
    correlated = {frozenset((prior.parameters[a], prior.parameters[b])) for a, b in zip(i, j, strict=True)}
    assert correlated == {frozenset((pair.first, pair.second)) for pair in stated}


def test_the_real_scenario_is_repaired_by_shrinking(cards: Path) -> None:
    prior = load_combination(read_card(cards / "atlas_cms.txt"), ModelOptions(scenario="jes_modelling")).prior
    assert prior.repaired is not None
    assert prior.repaired.method == "shrink"
    assert prior.repaired.eigenvalue_before == pytest.approx(-0.0606602, abs=5e-8)
    assert prior.repaired.factor == pytest.approx((1.0 - 1e-4) / (1.0 + 0.0606602), rel=1e-6)
    assert len(prior.parameters) == 614
