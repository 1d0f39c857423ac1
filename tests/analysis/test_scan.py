"""Scans on a grid: points, intervals, frozen groups, fixed values, contours, and independence of the tasks."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthetic import make_measurement, small, three_parts
from ttjroofit.analysis import scan as scan_module
from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.contour import contour, measurements_of
from ttjroofit.analysis.fit import FitOptions
from ttjroofit.analysis.grid import grid_points, grid_shape
from ttjroofit.analysis.profile import conditional_minima, fit_profile, make_profile
from ttjroofit.analysis.scan import scan
from ttjroofit.analysis.scan_options import Curves, ScanOptions
from ttjroofit.analysis.singles import fit_singles
from ttjroofit.analysis.tasks import Serial, SplitWork, Workers
from ttjroofit.errors import OptionError
from ttjroofit.model.combination import Combination
from ttjroofit.model.options import ModelOptions
from ttjroofit.results.scan import ScanResult
from ttjroofit.results.store import from_json, to_json

MASSES = "poi m_a A 172.5 [150,195]\npoi m_b B,C 172.5 [150,195]"


def run_scan(combination: Combination, **options: Any) -> ScanResult:
    return scan(combination, ScanOptions("grid", **options), FitOptions(), Serial(), Clock())


def heights(result: ScanResult) -> np.ndarray:
    return 2.0 * np.array([point.deltaNLL for point in result.points], dtype=np.float64)


@given(
    low=st.floats(-100.0, 100.0),
    width=st.floats(0.1, 100.0),
    count=st.integers(1, 40),
    align=st.booleans(),
)
def test_points_of_a_grid(low: float, width: float, count: int, align: bool) -> None:
    axis = grid_points([(low, low + width)], [count], align_edges=align)[:, 0]
    assert len(axis) == count
    # the grid is symmetric about its middle and inside of its edges
    np.testing.assert_allclose(axis + axis[::-1], 2.0 * low + width, atol=1e-10)
    assert low - 1e-10 <= axis.min() <= axis.max() <= low + width + 1e-10
    step = width / count if not align else width / max(count - 1, 1)
    np.testing.assert_allclose(np.diff(axis), step, atol=1e-10)


def test_grids_of_combine() -> None:
    assert grid_points([(0.0, 4.0)], [4], align_edges=False)[:, 0].tolist() == [0.5, 1.5, 2.5, 3.5]
    assert grid_points([(0.0, 3.0)], [4], align_edges=True)[:, 0].tolist() == [0.0, 1.0, 2.0, 3.0]
    assert grid_points([(0.0, 2.0), (0.0, 30.0)], [2, 3], align_edges=False).tolist() == [
        [x, y] for x in (0.5, 1.5) for y in (5.0, 15.0, 25.0)
    ]
    assert grid_shape(2, 900, ()) == [30, 30]
    assert grid_shape(2, 26, ()) == [6, 6]
    assert grid_shape(2, 26, (20, 30)) == [20, 30]
    with pytest.raises(OptionError, match=r"--gridPoints: 3 numbers for 2 parameters"):
        grid_shape(2, 50, (1, 2, 3))
    with pytest.raises(OptionError, match="is empty"):
        grid_shape(1, 50, (0,))


def test_scan_of_the_mass(tmp_path: Path) -> None:
    combination = three_parts(tmp_path).combine()
    result = run_scan(combination, points=30)
    assert result.good
    assert from_json(ScanResult, to_json(result)) == result
    profile, _ = fit_profile(make_profile(combination, ["m_t"]))
    expected = conditional_minima(profile, np.array([[point.values["m_t"]] for point in result.points]))
    # the EDM of Minuit2 is below 3e-8
    np.testing.assert_allclose(heights(result), expected.chi2 + profile.likelihood.offset - profile.chi2, atol=1e-6)
    sigma = result.fit["m_t"].hesse
    assert sigma is not None
    low, high = result.grid.ranges["m_t"]
    # HESSE of RooFit is good to 1e-4
    assert (high - low) / 6.0 == pytest.approx(sigma, rel=1e-3)
    assert (high + low) / 2.0 == pytest.approx(result.best["m_t"])
    inside = [point for point in result.points if 2.0 * (point.deltaNLL or 0.0) < 1.0]
    lower, upper = result.intervals["m_t"]["68"]
    assert lower is not None
    assert upper is not None
    assert all(lower < point.values["m_t"] < upper for point in inside)
    assert len(inside) == pytest.approx((upper - lower) / (high - low) * 30, abs=1)


def test_jobs_of_a_grid_are_its_parts(tmp_path: Path) -> None:
    combination = three_parts(tmp_path).combine()
    whole = run_scan(combination, parameters=("m_t", "pdf_a"), grid_points=(4, 5))
    parts = [
        run_scan(combination, parameters=("m_t", "pdf_a"), grid_points=(4, 5), first=first, last=last)
        for first, last in ((0, 6), (7, None))
    ]
    assert [len(part.points) for part in parts] == [7, 13]
    assert [*parts[0].points, *parts[1].points] == whole.points
    assert {tuple(point.values) for point in whole.points} == {("m_t", "pdf_a")}
    with pytest.raises(OptionError, match=r"the grid has points 0 to 19"):
        run_scan(combination, parameters=("m_t", "pdf_a"), grid_points=(4, 5), first=20)


def test_intervals_of_two_parameters_profile_the_other(tmp_path: Path) -> None:
    combination = three_parts(tmp_path).combine()
    both = run_scan(combination, parameters=("m_t", "B_s0"), grid_points=(2, 2))
    for name in ("m_t", "B_s0"):
        single = run_scan(combination, parameters=(name,), points=2)
        # the two best fits differ by the EDM of Minuit, 3e-8: 2e-4 sigma
        np.testing.assert_allclose(both.intervals[name]["68"], single.intervals[name]["68"], rtol=1e-6, atol=3e-4)


def test_breakdown_adds_up(tmp_path: Path) -> None:
    combination = three_parts(tmp_path).combine()
    result = run_scan(combination, points=5, breakdown=("theory", "A", "syst", "stat"))
    assert [curve.frozen for curve in result.curves] == [["theory"], ["theory", "A"], ["theory", "A", "syst"]]
    assert [part.label for part in result.breakdown] == ["theory", "A", "syst", "stat"]
    low, high = np.array(result.intervals["m_t"]["68"], dtype=float) - result.best["m_t"]
    assert math.hypot(*(part.lo or 0.0 for part in result.breakdown)) == pytest.approx(-low, rel=1e-9)
    assert math.hypot(*(part.hi or 0.0 for part in result.breakdown)) == pytest.approx(high, rel=1e-9)
    assert all((part.lo or 0.0) < 0.0 < (part.hi or 0.0) for part in result.breakdown)
    for curve in result.curves:
        assert curve.best["m_t"] == pytest.approx(result.best["m_t"], rel=1e-12)
        assert curve.deltaNLL == pytest.approx(0.0, abs=1e-7)
    # freezing more makes the curve steeper everywhere
    steeper = [heights(result), *(2.0 * np.array([p.deltaNLL for p in c.points], dtype=float) for c in result.curves)]
    assert all(np.all(after >= before - 1e-7) for before, after in pairwise(steeper))


def test_fixed_values_touch_the_profile(tmp_path: Path) -> None:
    """A scan for a fixed value lies above the profile, and its minimum on the profile of what is fixed."""
    combination = three_parts(tmp_path).combine()
    result = run_scan(combination, points=7, curves=Curves("pdf_a", (-1.0, 0.5)))
    assert [curve.held for curve in result.curves] == [{"pdf_a": -1.0}, {"pdf_a": 0.5}]
    for curve in result.curves:
        above = 2.0 * np.array([point.deltaNLL for point in curve.points], dtype=float) - heights(result)
        assert np.all(above > -1e-7)
    fixed = run_scan(combination, parameters=("pdf_a",), ranges={"pdf_a": (-1.0, 0.5)}, points=2, align_edges=True)
    np.testing.assert_allclose([2.0 * curve.deltaNLL for curve in result.curves], heights(fixed), atol=1e-6)
    # a nuisance of a measurement can be held too
    kept = run_scan(combination, points=2, curves=Curves("B_s0", (0.0,)))
    assert kept.curves[0].held == {"B_s0": 0.0}


def test_fast_scan_profiles_nothing(tmp_path: Path) -> None:
    combination = three_parts(tmp_path).combine()
    slow, fast = (run_scan(combination, points=6, ranges={"m_t": (170.0, 175.0)}, fast=f) for f in (False, True))
    assert fast.fast
    assert np.all(heights(fast) > heights(slow))
    assert fast.best == slow.best


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"parameters": ("m_t", "m_t")}, "named twice"),
        ({"parameters": ("m_t", "pdf_a", "pdf_b")}, "takes 1 or 2 parameters, not 3"),
        ({"breakdown": ("stat",)}, "theory,syst,stat"),
        ({"breakdown": ("theroy", "stat")}, "no group theroy.*theory"),
        ({"parameters": ("m_t", "pdf_a"), "breakdown": ("syst", "stat")}, "for the scan of one parameter"),
        ({"fast": True, "curves": Curves("pdf_a", (0.0,))}, "leave out --fastScan"),
        ({"curves": Curves("m_t", (0.0,))}, "it is the parameter that is scanned"),
        ({"curves": Curves("pdf_c", (0.0,))}, "no parameter of this name.*pdf_b"),
        ({"range_x": (1.0, 2.0), "ranges": {"m_t": (1.0, 2.0)}}, "leave out one"),
    ],
)
def test_options_that_do_not_go_together(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        run_scan(three_parts(tmp_path).combine(), **options)


def test_failed_points_are_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profile_at = scan_module.profile_at

    def failing(profile: Any, points: np.ndarray) -> Any:
        found = profile_at(profile, points)
        return replace(found, status=np.where(points[:, 0] > 174.0, 4, found.status))

    monkeypatch.setattr(scan_module, "profile_at", failing)
    result = run_scan(three_parts(tmp_path).combine(), points=4, range_x=(170.0, 178.0))
    assert [point.status for point in result.points] == [0, 0, 4, 4]
    assert not result.good


class Backwards(Workers):
    """Runs the tasks from the last to the first."""

    def run(self, asked: SplitWork[Any]) -> list[Any]:
        assert asked.name
        return [asked.work(asked.shared, task) for task in reversed(asked.tasks)][::-1]


def test_results_do_not_depend_on_who_runs_the_tasks(tmp_path: Path) -> None:
    combination = three_parts(tmp_path).combine()
    options = ScanOptions("grid", points=60, breakdown=("theory", "stat"))
    texts = [
        to_json(replace(scan(combination, options, FitOptions(), workers, Clock()), timing_s={}))
        for workers in (Serial(), Backwards())
    ]
    assert texts[0] == texts[1]


def test_contour_is_at_its_level(tmp_path: Path) -> None:
    combination = three_parts(tmp_path).combine(poi=MASSES)
    result = contour(combination, ScanOptions("contour2d", points=8), FitOptions(), Serial(), Clock())
    assert result.good
    assert result.parameters == ["m_a", "m_b"]
    assert result.masses
    profile, _ = fit_profile(make_profile(combination, ["m_a", "m_b"]))
    for name, level in (("68", 2.2957), ("95", 5.9915)):
        line = result.contours[name]
        assert line.delta_chi2 == pytest.approx(level, abs=1e-4)
        points = np.array(line.points, dtype=float)
        found = conditional_minima(profile, points)
        np.testing.assert_allclose(found.chi2 + profile.likelihood.offset - profile.chi2, line.delta_chi2, atol=1e-5)
        # anticlockwise about the best fit
        x, y = (points - [result.best["m_a"], result.best["m_b"]]).T
        assert np.all(np.diff(np.unwrap(np.arctan2(y, x))) > 0.0)
    backwards = contour(combination, ScanOptions("contour2d", points=8), FitOptions(), Backwards(), Clock())
    assert to_json(replace(backwards, timing_s={})) == to_json(replace(result, timing_s={}))


def test_contour_of_a_gaussian_is_its_ellipse(tmp_path: Path) -> None:
    """Two nuisances of the measurements are a Gaussian up to the curvature of the prediction."""
    combination = three_parts(tmp_path).combine("correlation b A_p0 B_s0 0.5")
    options = ScanOptions("contour2d", ("A_p0", "B_s0"), points=6)
    result = contour(combination, options, FitOptions(), Serial(), Clock())
    assert not result.masses
    inverse = np.linalg.inv(np.array(result.covariance, dtype=float))
    for line in result.contours.values():
        shift = np.array(line.points, dtype=float) - list(result.best.values())
        np.testing.assert_allclose(np.einsum("bi,ij,bj->b", shift, inverse, shift), line.delta_chi2, rtol=2e-2)


def test_contour_that_leaves_the_range_is_open(tmp_path: Path) -> None:
    made = three_parts(tmp_path)
    best = contour(made.combine(poi=MASSES), ScanOptions("contour2d", points=3), FitOptions(), Serial(), Clock())
    options = ModelOptions(ranges={"m_a": (best.best["m_a"] - 1.0, 195.0)})
    combination = made.combine(poi=MASSES, options=options)
    result = contour(combination, ScanOptions("contour2d", points=8), FitOptions(), Serial(), Clock())
    codes = set(result.contours["68"].status)
    assert codes == {0, -2}
    assert [point is None for point in result.contours["68"].points] == [c != 0 for c in result.contours["68"].status]
    with pytest.raises(OptionError, match="three points or more"):
        contour(combination, ScanOptions("contour2d", points=2), FitOptions(), Serial(), Clock())
    with pytest.raises(OptionError, match="takes 2 parameters, not 1"):
        contour(made.combine(), ScanOptions("contour2d"), FitOptions(), Serial(), Clock())


def test_standalone_masses(tmp_path: Path) -> None:
    """Measurements without anything in common: alone they give what they give together."""
    made = small(tmp_path, make_measurement("A", seed=1), make_measurement("B", seed=2))
    poi = "poi m_a A 172.5 [150,195]\npoi m_b B 172.5 [150,195]"
    off = ModelOptions(freeze_groups=("theory_pdf", "theory_tnp"))
    combination = made.combine(poi=poi, options=off)
    assert measurements_of(combination, "m_b") == ("B",)
    alone = {
        mass: made.combine(poi=poi, options=replace(off, measurements=measurements_of(combination, mass)))
        for mass in ("m_a", "m_b")
    }
    options = ScanOptions("contour2d", points=3)
    result = contour(combination, options, FitOptions(), Serial(), Clock(), alone=alone)
    assert [single.measurements for single in result.standalone] == [["A"], ["B"]]
    for single in result.standalone:
        together = result.fit[single.parameter]
        assert single.fit.value == pytest.approx(together.value, abs=1e-3 * (together.hesse or np.nan))
        np.testing.assert_allclose(single.fit.intervals["95"], together.intervals["95"], rtol=1e-6)


@pytest.mark.parametrize("algo", ["none", "singles"])
def test_singles(tmp_path: Path, algo: Any) -> None:
    result = fit_singles(three_parts(tmp_path).combine(), ScanOptions(algo, ("m_t", "A_p0")), FitOptions(), Clock())
    assert result.good
    assert list(result.parameters) == ["m_t", "A_p0"]
    assert result.correlation.names == ["m_t", "A_p0"]
    mass = result.parameters["m_t"]
    assert mass.unit == "GeV"
    assert (mass.minos is None) == (algo == "none")
    assert set(mass.intervals) == (set() if algo == "none" else {"68", "95"})
    if mass.minos is not None:
        errors = np.array(mass.intervals["68"], dtype=float) - mass.value
        # the tolerance of MINOS
        np.testing.assert_allclose(errors, [mass.minos.lo, mass.minos.hi], atol=1e-3 * (mass.hesse or np.nan))
