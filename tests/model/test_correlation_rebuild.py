"""Points that no algebra gives, each against a card that states its correlations, read and fitted from the start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from combined import combine
from correlated import restate, solve
from nonlinear import curved_parts
from synthetic import Small, make_measurement, three_parts
from ttjroofit.analysis.correlation_scanner import (
    AlgebraScanner,
    RebuildingScanner,
    Scanned,
    algebra_scanner,
    make_scanner,
)
from ttjroofit.analysis.cross_sections import combine_cross_sections
from ttjroofit.analysis.scenarios import fit_scenario
from ttjroofit.card.statements import Card
from ttjroofit.errors import ModelError
from ttjroofit.inputs.measurement import FloatArray, Measurement
from ttjroofit.model.assemble import assemble
from ttjroofit.model.combination import Combination
from ttjroofit.model.correlations.path import line_values, stated_ranges
from ttjroofit.model.correlations.rebuild import follows_algebra
from ttjroofit.model.curved import Form
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.likelihood import reduce_likelihood
from ttjroofit.model.minimum import find_minimum
from ttjroofit.model.newton import Problems, minimise_all
from ttjroofit.model.options import ModelOptions

LINEAR = (
    "correlation x A_p0 B_s0 (0.5 & -0.2 : 0.8)",
    "correlation x C_p0 B_s0 (0.3 & 0.1 : 0.5)",
    "correlation y A_s0 B_s1 (0.6 & 0.5 : 1.0)",
)
CURVED = (
    "correlation x A_p0 B_s0 (0.5 & -0.2 : 0.8)",
    "correlation x A_s0 B_s1 (0.3 & 0.1 : 0.5)",
    "correlation y A_p1 B_s4 (0.4 & 0.1 : 0.6)",
)
TRUTHS = ("combine x = A_bin0 B_bin0", "combine y = A_bin1 B_bin1")
FIRST = make_measurement("A", bins=2, sources=1, profiled=2, seed=1)
SECOND = make_measurement("B", bins=2, sources=2, seed=2)
TIED = ("correlation b A_p0 B_s1 (0.5 & 0 : 0.8)", "correlation c A_s0 B_s0 (0.2 & -0.4 : 0.6)")


def rebuilding(combination: Combination, form: Form = "neyman", repair: str | None = None) -> RebuildingScanner:
    return RebuildingScanner(combination, stated_ranges(combination.prior), repair, form)  # type: ignore[arg-type]


def stated(lines: Sequence[str], values: FloatArray) -> list[str]:
    """The lines with other nominal values."""
    heads = [line.split("(")[0] for line in lines]
    return [f"{head}{value:.17g}" for head, value in zip(heads, values.tolist(), strict=True)]


def test_rebuilt_points_equal_the_algebra_where_that_holds(tmp_path: Path) -> None:
    """Profiled nuisances, one without a prior, `repair shrink` for impossible points."""
    combination = three_parts(tmp_path).combine(*LINEAR, "correlation x A_p0 C_p0 (0 & -0.9 : 0.9)", "repair shrink")
    fast = algebra_scanner(combination, eliminate(combination), "shrink")
    values = np.vstack(
        [line_values(fast.ranges, fast.ranges.scanned, 4)[1], [0.8, 0.5, 0.7, -0.9], [0.1, 0.2, 0.3, 0.4]]
    )
    expected, found = fast.scan(values), rebuilding(combination, repair="shrink").scan(values)
    assert set(expected.matrices.status) == {"good", "repaired"}
    np.testing.assert_allclose(found.fits.mass, expected.fits.mass, atol=1e-8)
    np.testing.assert_allclose(found.fits.sigma, expected.fits.sigma, rtol=1e-8)
    np.testing.assert_allclose(found.fits.chi2, expected.fits.chi2, rtol=1e-8)
    ends = [0, -1]
    np.testing.assert_allclose(found.points.means[ends], expected.points.means[ends], rtol=1e-8)
    np.testing.assert_allclose(found.points.covariances[ends], expected.points.covariances[ends], rtol=1e-6)
    assert np.isnan(found.points.means[1:-1]).all()


APART = ("correlation x A_s0 B_s1 (1 & 0.2 : 1)", "correlation x B_s0 C_s0 (-1 & -1 : 0.5)")
ON_AND_OFF = np.array([[1.0, -1.0], [0.3, -1.0], [1.0, 0.2], [0.3, 0.2]])


def test_names_that_are_one_come_apart(tmp_path: Path) -> None:
    combination = three_parts(tmp_path).combine(*APART)
    fast = algebra_scanner(combination, eliminate(combination), None)
    expected, found = fast.scan(ON_AND_OFF), rebuilding(combination).scan(ON_AND_OFF)
    np.testing.assert_allclose(found.fits.mass, expected.fits.mass, atol=1e-8)
    np.testing.assert_allclose(found.fits.sigma, expected.fits.sigma, rtol=1e-8)


def test_a_frozen_nuisance_that_is_one_with_another_is_rebuilt(tmp_path: Path) -> None:
    """This used to end with a singular matrix; apart, both names stay frozen."""
    parts = three_parts(tmp_path)
    both = {"B_s0": -0.7, "C_s0": 0.7}
    one = ModelOptions(freeze_parameters=("C_s0",), set_parameters={"C_s0": 0.7})
    card = parts.card(*APART)
    combination = assemble(card, parts.measurements, one)
    scan = make_scanner(combination, eliminate(combination), None)
    assert scan.method == "rebuilt"
    found = scan.scan(ON_AND_OFF)
    for point, row in enumerate(ON_AND_OFF):
        options = ModelOptions(freeze_parameters=tuple(both), set_parameters=both)
        build_anew = partial(assemble, measurements=parts.measurements, options=options)
        expected = solve(restate(card, row.tolist(), build_anew))
        assert found.fits.mass[point] == pytest.approx(expected.mass, abs=1e-8)
        assert found.fits.sigma[point] == pytest.approx(expected.posterior_sigma, rel=1e-7)


@pytest.mark.parametrize("free", [False, True])
def test_points_with_curved_sources_are_those_of_new_cards(tmp_path: Path, free: bool) -> None:
    """Relative, lognormal, asymmetric, profiled and relative; one without a prior."""
    parts = curved_parts(tmp_path, free=free, interpolation="smooth")
    card = parts.card(*CURVED)
    combination = build(parts, card)
    assert not follows_algebra(combination, "neyman")
    scan = make_scanner(combination, eliminate(combination), None)
    assert scan.method == "rebuilt"
    values = line_values(scan.ranges, scan.ranges.scanned, 3)[1]
    found = scan.scan(values)
    assert found.fits.good.all()
    for point, row in enumerate(values):
        expected = solve_tied(restate(card, row.tolist(), lambda changed: build(parts, changed)))
        assert found.fits.mass[point] == pytest.approx(expected[0], abs=1e-8)
        assert found.fits.sigma[point] == pytest.approx(expected[1], rel=1e-8)
    assert abs(found.fits.mass[-1] - found.fits.mass[0]) > 1e-3


def build(parts: Small, card: Card) -> Combination:
    return assemble(card, parts.measurements, ModelOptions())


def solve_tied(combination: Combination) -> tuple[float, float]:
    """Mass and sigma by the likelihood of the card, without what the scans are made of."""
    likelihood = reduce_likelihood(combination, eliminate(combination))
    start = find_minimum(likelihood)[None]
    problem = Problems(likelihood.mean[None], likelihood.precision, start, np.zeros(start.shape, dtype=bool))
    minima = minimise_all(likelihood, problem)
    mass = likelihood.parameters.position("m_t")
    return float(minima.values[0, mass]), float(minima.sigma(mass)[0])


def test_a_curved_source_that_comes_apart_from_its_twin(tmp_path: Path) -> None:
    """At 1 a relative source and a linear one are one explicit parameter, below two."""
    parts = curved_parts(tmp_path, interpolation="smooth")
    card = parts.card("correlation x A_s1 B_s0 (1 & 0.2 : 1)")
    scan = make_scanner(build(parts, card), eliminate(build(parts, card)), None)
    found = scan.scan(np.array([[1.0], [0.4]]))
    for point, value in enumerate((1.0, 0.4)):
        expected = solve_tied(restate(card, [value], lambda changed: build(parts, changed)))
        assert found.fits.mass[point] == pytest.approx(expected[0], abs=1e-8)
        assert found.fits.sigma[point] == pytest.approx(expected[1], rel=1e-8)


@pytest.mark.parametrize("form", ["neyman", "pearson"])
def test_cross_sections_alone_are_those_of_new_cards(tmp_path: Path, form: Form) -> None:
    combination = combine(tmp_path, *TRUTHS, *TIED, measurements=(FIRST, SECOND))
    scan = make_scanner(combination, eliminate(combination), None, form)
    assert isinstance(scan, AlgebraScanner if form == "neyman" else RebuildingScanner)
    values = line_values(scan.ranges, scan.ranges.scanned, 3)[1]
    check_cross_sections(tmp_path, scan.scan(values), values, (FIRST, SECOND), form)


def test_cross_sections_with_curved_sources_are_those_of_new_cards(tmp_path: Path) -> None:
    first, second = curved_parts(tmp_path, interpolation="smooth").measurements
    lines = ("correlation x A_p0 B_s0 (0.5 & -0.2 : 0.8)", "correlation x A_s0 B_s1 (0.3 & 0.1 : 0.5)")
    combination = combine(tmp_path, *TRUTHS, *lines, measurements=(first, second))
    scan = make_scanner(combination, eliminate(combination), None)
    assert scan.method == "rebuilt"
    values = line_values(scan.ranges, scan.ranges.scanned, 3)[1]
    check_cross_sections(tmp_path, scan.scan(values), values, (first, second), "neyman", lines)


def check_cross_sections(  # noqa: PLR0917
    folder: Path,
    found: Scanned,
    values: FloatArray,
    measurements: tuple[Measurement, ...],
    form: Form,
    lines: Sequence[str] = TIED,
) -> None:
    assert found.fits.good.all()
    assert np.isnan(found.fits.mass).all()
    for point, row in enumerate(values):
        anew = combine(folder, *TRUTHS, *stated(lines, row), measurements=measurements)
        expected = combine_cross_sections(anew, form=form).result
        np.testing.assert_allclose(found.points.means[point], expected.values, rtol=1e-8)
        np.testing.assert_allclose(found.points.covariances[point], expected.covariance, rtol=1e-7)
        assert found.fits.chi2[point] == pytest.approx(expected.chi2, rel=1e-7)


def test_impossible_points_are_told_apart(tmp_path: Path) -> None:
    lines = (*TIED, "correlation d A_p0 A_s0 (0 & -0.9 : 0.9)", "correlation d A_s0 B_s1 (0.1 & -0.9 : 0.9)")
    combination = combine(tmp_path, *TRUTHS, *lines, measurements=(FIRST, SECOND))
    scan = make_scanner(combination, eliminate(combination), None, "pearson")
    found = scan.scan(np.array([[0.5, 0.2, 0.0, 0.1], [0.8, 0.2, 0.9, -0.9]]))
    assert found.matrices.status == ("good", "not positive definite")
    assert found.fits.good.tolist() == [True, False]
    assert np.isnan(found.points.means[1]).all()


def test_the_algebra_holds_beside_a_curved_source_that_is_tied_to_nothing(tmp_path: Path) -> None:
    """A profiled nuisance that is not linear is tied by the published covariance, without a line of the card."""
    parts = curved_parts(tmp_path, interpolation="smooth")
    first, second = parts.measurements
    combination = parts.combine("correlation x A_s1 B_s4 (0.5 & 0 : 0.8)")
    assert not follows_algebra(combination, "neyman")
    plain = replace(first, responses={name: r for name, r in first.responses.items() if name != "A_p1"})
    assert follows_algebra(
        parts.with_measurements(plain, second).combine("correlation x A_s1 B_s4 (0.5 & 0 : 0.8)"), "neyman"
    )


def test_scenario_fits_with_tied_curved_sources_are_those_of_the_likelihood(tmp_path: Path) -> None:
    """This used to put the mean of the bins in place of that at fixed explicit nuisances."""
    combination = curved_parts(tmp_path, interpolation="smooth").combine(*CURVED)
    fit = fit_scenario(combination)
    mass, sigma = solve_tied(combination)
    assert fit.mass == pytest.approx(mass, abs=1e-8)
    # the breakdown is that of the sources made linear, whose curvature does not enter
    assert fit.total == pytest.approx(sigma, rel=0.02)


def test_pearson_with_a_prediction_is_an_error(tmp_path: Path) -> None:
    combination = three_parts(tmp_path).combine(*LINEAR)
    with pytest.raises(ModelError, match="has a prediction: --chi2 pearson scans cross sections alone"):
        make_scanner(combination, eliminate(combination), None, "pearson")


def test_linear_points_by_the_slow_twin(tmp_path: Path) -> None:
    """What the other tests lean on: a new card, solved and its sigma by the Hessian of all parameters."""
    parts = three_parts(tmp_path)
    card = parts.card(*LINEAR)
    values = np.array([0.2, 0.4, 0.7])
    found = rebuilding(build(parts, card)).scan(values[None])
    expected = solve(restate(card, values.tolist(), lambda changed: build(parts, changed)))
    assert found.fits.mass[0] == pytest.approx(expected.mass, abs=1e-8)
    assert found.fits.sigma[0] == pytest.approx(expected.posterior_sigma, rel=1e-7)
