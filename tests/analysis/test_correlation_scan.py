"""``-M CorrelationScan`` as a whole: what its numbers mean, and what it says where there are none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from combined import combine
from correlated import solve
from synthetic import Small, three_parts
from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.correlation_scan import ScanOptions, scan_correlations
from ttjroofit.analysis.cross_sections import combine_cross_sections
from ttjroofit.analysis.scenarios import compare_repairs, compare_scenarios
from ttjroofit.card import read_card
from ttjroofit.errors import ModelError
from ttjroofit.inputs.measurement import Response
from ttjroofit.model.assemble import assemble, load_combination
from ttjroofit.model.curved import Form
from ttjroofit.model.options import ModelOptions
from ttjroofit.results.correlation_scan import CorrelationScanResult
from ttjroofit.results.store import from_json, to_json

CARDS = Path(__file__).parents[2] / "cards"


@pytest.fixture(scope="module")
def result() -> CorrelationScanResult:
    card = read_card(CARDS / "atlas8_atlas13.txt")
    return scan_correlations(card, load_combination(card), ScanOptions(points=5), Clock())


def test_shifts_are_half_the_difference_of_the_ends(result: CorrelationScanResult) -> None:
    for scan in result.assumptions:
        good = [point for point in scan.points if point.mass is not None and point.sigma is not None]
        assert scan.half_shift_MeV == pytest.approx(500.0 * (good[-1].mass - good[0].mass))
        assert scan.half_sigma_shift_MeV == pytest.approx(500.0 * (good[-1].sigma - good[0].sigma))
        assert scan.points[0].at == scan.low
        assert scan.points[-1].at == pytest.approx(scan.high, abs=1e-8)
    sizes = [abs(scan.half_shift_MeV or 0.0) for scan in result.assumptions]
    assert sizes == sorted(sizes, reverse=True)


def test_every_scan_passes_the_fit_of_the_card(result: CorrelationScanResult) -> None:
    expected = solve(load_combination(read_card(CARDS / "atlas8_atlas13.txt")))
    assert result.mass == pytest.approx(expected.mass, abs=1e-8)
    assert result.sigma == pytest.approx(expected.sigma, rel=1e-8)
    scans = [(scan.points, scan.nominal) for scan in result.assumptions] + [
        (line.points, 0.5) for line in result.blocks
    ]
    for points, nominal in scans:
        (here,) = (point for point in points if point.at == nominal)
        assert here.mass == pytest.approx(expected.mass, abs=1e-8)
        assert here.chi2 == pytest.approx(expected.chi2, abs=1e-6)


def test_blocks_and_all_together(result: CorrelationScanResult) -> None:
    counts = {line.name: line.correlations for line in result.blocks}
    assert counts == {"atlas8_atlas13_jes": 16, "atlas8_atlas13_modelling": 6, "all": 22}
    statuses = {point.status for line in result.blocks for point in line.points}
    assert statuses == {"good", "not positive definite"}
    assert all((p.mass is None) == (p.status != "good") for line in result.blocks for p in line.points)


def test_bins_shift_in_their_own_units(result: CorrelationScanResult) -> None:
    combination = load_combination(read_card(CARDS / "atlas8_atlas13.txt"))
    assert [row.bin for row in result.bins] == list(combination.truths)
    assert all(set(scan.bins) == set(combination.truths) for scan in result.assumptions)
    sigma = np.sqrt(np.diag(solve(combination).covariance))
    assert [row.sigma for row in result.bins] == pytest.approx(sigma.tolist())


def test_three_numbers_a_nuisance_give_all_derivatives(result: CorrelationScanResult) -> None:
    by_name = {nuisance.name: nuisance for nuisance in result.nuisances}
    for pair in result.derivatives:
        a, b = (by_name[name] for name in pair.nuisances)
        assert pair.mass_derivative == pytest.approx(a.shift * b.pull + b.shift * a.pull)
        variance = 2.0 * a.shift * b.shift + a.variance_shift * b.pull + b.variance_shift * a.pull
        assert pair.sigma_derivative == pytest.approx(variance / (2.0 * result.sigma))


def test_bounds_hold_every_point(result: CorrelationScanResult) -> None:
    scans = [scan.points for scan in result.assumptions] + [line.points for line in result.blocks]
    masses = [point.mass for points in scans for point in points if point.mass is not None]
    assert result.bounds["mass_low"].mass < min(masses) < max(masses) < result.bounds["mass_high"].mass
    assert len(result.bounds["mass_low"].correlations) == 22
    assert result.bounds_error is None


def test_scenarios_are_those_of_fits_of_their_own(result: CorrelationScanResult) -> None:
    card = read_card(CARDS / "atlas8_atlas13.txt")
    assert [scenario.name for scenario in result.scenarios] == [stated.name for stated in card.scenarios]
    assert [scenario.name for scenario in result.scenarios if scenario.in_force] == [result.scenario]
    for scenario in result.scenarios:
        expected = solve(load_combination(card, ModelOptions(scenario=scenario.name)))
        assert scenario.fit is not None
        assert scenario.fit.mass == pytest.approx(expected.mass, abs=1e-8)
        assert scenario.fit.total == pytest.approx(expected.sigma, rel=1e-8)
        assert scenario.fit.exp**2 == pytest.approx(scenario.fit.stat**2 + scenario.fit.syst**2)
    merged = {scenario.name: scenario.merged for scenario in result.scenarios}
    assert merged["strong"] == 23
    assert merged["none"] == 0


def test_result_is_the_same_after_json(result: CorrelationScanResult) -> None:
    assert from_json(CorrelationScanResult, to_json(result)) == result
    assert result.good
    assert not result.repairs


@pytest.fixture
def parts(tmp_path: Path) -> Small:
    return three_parts(tmp_path)


IMPOSSIBLE = [
    "correlation x A_s0 B_s1 (0.9 & 0.5 : 1)",
    "correlation x A_s0 C_s0 (0.9 & 0.5 : 1)",
    "correlation x B_s1 C_s0 (0.1 & 0 : 0.2)",
]


def test_repairs_are_compared(parts: Small) -> None:
    """Both leave the same smallest eigenvalue; the nearest matrix is nearer than the shrunk one."""
    combination = parts.combine(*IMPOSSIBLE, "repair shrink")
    shrunk, nearest = compare_repairs(combination)
    assert (shrunk.method, nearest.method) == ("shrink", "nearest")
    for repaired in (shrunk, nearest):
        assert repaired.spectrum_before[0] < 0.0
        assert repaired.spectrum_after[0] == pytest.approx(1e-4, rel=1e-6)
        assert repaired.error is None
        changed = replace(
            combination,
            prior=assemble(
                replace(parts.card(*IMPOSSIBLE, f"repair {repaired.method}")), parts.measurements, ModelOptions()
            ).prior,
        )
        assert repaired.fit is not None
        assert repaired.fit.mass == pytest.approx(solve(changed).mass, abs=1e-8)
    assert nearest.distance is not None
    assert shrunk.distance is not None
    assert nearest.distance < shrunk.distance
    assert compare_repairs(parts.combine("correlation x A_s0 B_s1 0.5")) == []


def test_error_rows_of_a_shipped_card(tmp_path: Path) -> None:
    """Without its repair, the card of three measurements has scenarios that are no likelihood."""
    text = (CARDS / "atlas_cms.txt").read_text().replace("../inputs", str(CARDS.parent / "inputs"))
    text = text.replace("correlations/scenarios.txt", str(CARDS / "correlations" / "scenarios.txt"))
    (tmp_path / "card.txt").write_text(text.replace("repair        shrink", ""))
    found = {
        scenario.name: scenario for scenario in compare_scenarios(read_card(tmp_path / "card.txt"), ModelOptions())
    }
    assert {name for name, scenario in found.items() if scenario.fit is None} == {
        "jes",
        "jes_modelling",
        "jes_modelling_tt0jet",
        "nominal",
    }
    assert "smallest eigenvalue -0.0606602 is carried by CMS_scale_j_flavorBottom" in (found["jes"].error or "")


def scan(parts: Small, *lines: str, options: ModelOptions | None = None) -> CorrelationScanResult:
    card = parts.card(*lines)
    model = options or ModelOptions()
    return scan_correlations(card, assemble(card, parts.measurements, model), ScanOptions(3, model), Clock())


def test_no_range_means_no_scan_and_no_bounds(parts: Small) -> None:
    found = scan(parts, "correlation x A_s0 B_s1 0.5")
    assert found.assumptions == []
    assert found.blocks == []
    assert found.bounds == {}
    assert found.bounds_error == "no correlation of the card has a range"
    assert found.derivatives


def test_ranges_without_a_matrix_say_who_is_to_blame(parts: Small) -> None:
    lines = [line.replace("(0.9 & 0.5 : 1)", "(0.9 & 0.85 : 1)") for line in IMPOSSIBLE]
    found = scan(parts, *lines, "repair shrink")
    assert found.bounds == {}
    assert found.bounds_error is not None
    assert "widen the ranges" in found.bounds_error
    assert {point.status for item in found.assumptions for point in item.points} == {"repaired"}


def test_frozen_mass_is_an_error(parts: Small) -> None:
    with pytest.raises(ModelError, match="all masses are frozen"):
        scan(parts, options=ModelOptions(freeze_parameters=("m_t",)))


def test_correlation_of_a_source_that_is_not_linear_is_scanned(parts: Small) -> None:
    """What follows from linear algebra is left out, with the reason."""
    first, second, third = parts.measurements
    response = Response("relative", second.shifts[:, 1], -second.shifts[:, 1])
    relative = parts.with_measurements(first, replace(second, responses={"B_s1": response}), third)
    other = scan(relative, "correlation x A_s0 C_s0 (0.5 & 0 : 1)")
    assert (other.good, other.method, other.derivatives_error) == (True, "algebra", None)
    found = scan(relative, "correlation x A_s0 B_s1 (0.5 & 0 : 1)")
    assert (found.good, found.method) == (True, "rebuilt")
    assert (found.derivatives, found.nuisances, found.bins, found.bounds) == ([], [], [], {})
    for reason in (found.derivatives_error, found.bounds_error):
        assert "does not hold for sources that are not linear" in (reason or "")
    (item,) = found.assumptions
    assert item.half_shift_MeV == pytest.approx(500.0 * (item.points[-1].mass - item.points[0].mass))
    assert all(shift.half_shift is not None for shift in item.bins.values())
    (middle,) = (point for point in item.points if point.at == 0.5)
    assert (found.mass, found.sigma) == pytest.approx((middle.mass, middle.sigma))
    assert [row.name for row in found.combined] == list(relative.combine().truths)
    assert from_json(CorrelationScanResult, to_json(found)) == found


RANGES = ("correlation x C_s0 B_s1 (0.5 & 0 : 0.9)", "correlation y C_p0 B_s0 (0.1 & -0.2 : 0.4)")


@pytest.mark.parametrize("form", ["neyman", "pearson"])
def test_a_card_without_prediction_scans_its_cross_sections(tmp_path: Path, form: Form) -> None:
    measurements = three_parts(tmp_path).measurements[1:]
    combination = combine(tmp_path, "combine x = B_bin0 C_bin0", *RANGES, measurements=measurements)
    card = read_card(tmp_path / "card.txt")
    found = scan_correlations(card, combination, ScanOptions(5, form=form), Clock())
    assert found.method == ("algebra" if form == "neyman" else "rebuilt")
    assert (found.mass, found.sigma, found.parameter, found.unit) == (None, None, None, None)
    expected = combine_cross_sections(combination, form=form).result
    assert [row.value for row in found.combined] == pytest.approx(expected.values, rel=1e-8)
    assert [row.sigma for row in found.combined] == pytest.approx(expected.sigma, rel=1e-8)
    if expected.errors is not None:
        assert [row.hi for row in found.combined] == pytest.approx([error.hi for error in expected.errors], rel=1e-6)
    assert (found.derivatives, found.bounds, found.scenarios, found.repairs) == ([], {}, [], [])
    assert bool(found.bins) == (form == "neyman")
    for item in found.assumptions:
        assert item.half_shift_MeV is None
        for at, name in enumerate(combination.truths):
            ends = [point.values[at] for point in (item.points[0], item.points[-1]) if point.values is not None]
            assert item.bins[name].half_shift == pytest.approx((ends[1] - ends[0]) / 2.0)
    sizes = [
        max(abs(item.bins[row.name].half_shift or 0.0) / row.sigma for row in found.combined)
        for item in found.assumptions
    ]
    assert sizes == sorted(sizes, reverse=True)
    assert [line.name for line in found.blocks] == ["x", "y", "all"]
    assert from_json(CorrelationScanResult, to_json(found)) == found


def test_nothing_stated_has_cross_sections_but_no_scan(tmp_path: Path) -> None:
    combination = combine(tmp_path, measurements=three_parts(tmp_path).measurements[:2])
    found = scan_correlations(read_card(tmp_path / "card.txt"), combination, ScanOptions(), Clock())
    assert (found.assumptions, found.blocks) == ([], [])
    assert len(found.combined) == 7
    assert found.bounds_error == "they are those of a mass, and the card has no prediction"
