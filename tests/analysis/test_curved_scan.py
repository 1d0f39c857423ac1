"""Scans of cards whose sources are not linear."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nonlinear import curved_parts
from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.fit import FitOptions
from ttjroofit.analysis.profile import conditional_minima, fit_profile, freeze, make_profile
from ttjroofit.analysis.scan import scan
from ttjroofit.analysis.scan_conditions import everything
from ttjroofit.analysis.scan_options import Curves, ScanOptions
from ttjroofit.analysis.singles import fit_singles
from ttjroofit.analysis.tasks import Serial
from ttjroofit.model.combination import Combination
from ttjroofit.results.scan import ScanResult

TIED = "correlation b A_p0 B_s0 0.6"


def run_scan(combination: Combination, **options: Any) -> ScanResult:
    return scan(combination, ScanOptions("grid", **options), FitOptions(), Serial(), Clock())


@pytest.mark.parametrize("free", [False, True])
@pytest.mark.parametrize("names", [("m_t",), ("B_s0",), ("B_s1",), ("A_s0",), ("B_s4",), ("m_t", "B_s1")])
def test_intervals_are_those_of_minos(tmp_path: Path, names: tuple[str, ...], free: bool) -> None:
    combination = curved_parts(tmp_path, free=free, interpolation="smooth").combine(TIED)
    result = run_scan(combination, parameters=names, grid_points=(3,) * len(names))
    assert result.good
    singles = fit_singles(combination, ScanOptions("singles", parameters=names), FitOptions(), Clock())
    for name in names:
        single = singles.parameters[name]
        assert single.minos is not None
        assert single.hesse is not None
        low, high = result.intervals[name]["68"]
        # the same crossing by two programs
        assert low - single.value == pytest.approx(single.minos.lo, abs=1e-3 * single.hesse)  # type: ignore[operator]
        assert high - single.value == pytest.approx(single.minos.hi, abs=1e-3 * single.hesse)  # type: ignore[operator]


@pytest.mark.parametrize("interpolation", ["smooth", "kinked"])
def test_points_are_the_profile(tmp_path: Path, interpolation: str) -> None:
    combination = curved_parts(tmp_path, interpolation=interpolation).combine(TIED)
    result = run_scan(combination, points=9)
    assert result.good
    profile, _ = fit_profile(make_profile(combination, ["m_t"]))
    expected = conditional_minima(profile, np.array([[point.values["m_t"]] for point in result.points]))
    assert expected.converged.all()
    heights = 2.0 * np.array([point.deltaNLL for point in result.points], dtype=np.float64)
    # the EDM of Minuit2 is below 3e-8 where it knows the curvature, which changes within a kink
    tolerance = 1e-6 if interpolation == "smooth" else 1e-4
    np.testing.assert_allclose(heights, expected.chi2 + profile.likelihood.offset - profile.chi2, atol=tolerance)


def test_curve_of_a_family_touches_the_profile(tmp_path: Path) -> None:
    combination = curved_parts(tmp_path, interpolation="smooth").combine(TIED)
    family = run_scan(combination, points=5, curves=Curves("B_s1", (-1.0, 1.0)), ranges={"m_t": (165.0, 180.0)})
    assert family.good
    for curve in family.curves:
        for point, under in zip(family.points, curve.points, strict=True):
            assert under.deltaNLL >= point.deltaNLL - 1e-7  # type: ignore[operator]


def test_freezing_leaves_the_minimum(tmp_path: Path) -> None:
    """Frozen where they are, the nuisances that are not linear included: linear ones were taken at another minimum."""
    combination = curved_parts(tmp_path, interpolation="smooth").combine(TIED)
    profile, _ = fit_profile(make_profile(combination, ["m_t"]))
    for names in (everything(combination), ["A_p0", "B_s4"], ["B_s0", "B_s1"]):
        frozen = freeze(profile, names)
        assert frozen.chi2 == pytest.approx(profile.chi2, abs=1e-6)
        again = conditional_minima(frozen, np.empty((1, 0)), ())
        assert again.chi2[0] + frozen.likelihood.offset == pytest.approx(frozen.chi2, abs=1e-6)
        assert frozen.covariance()[0, 0] < profile.covariance()[0, 0]
