"""The summary and the figures of ``-M CorrelationScan``."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from example_results import QUALITY

from ttjroofit.results.correlation_scan import (
    SCHEMA,
    AssumptionScan,
    BinSensitivity,
    BinShift,
    BoundResult,
    CombinedBin,
    CorrelationScanResult,
    LargestShift,
    LineScan,
    PairSensitivity,
    PairValue,
    ScanPoint,
)
from ttjroofit.results.fit import GoodnessOfFit, PriorRepair, RepairedCorrelation
from ttjroofit.results.scenarios import RepairComparison, ScenarioFit, ScenarioResult
from ttjroofit.show.correlation_scan import correlation_scan_summary
from ttjroofit.show.correlation_scan_figures import correlation_scan_figures
from ttjroofit.show.correlation_scan_remarks import point_remark

FIRST = "CMS_modelling_ttbar_isrmuRfac1p0fsrmuRfac0p5_a_very_long_name_of_a_nuisance"
SECOND = "ATLAS_13TeV_modelling_ttbar_isrmuRfac1p0fsrmuRfac0p5_a_very_long_name_of_a_nuisance"


def points(shift: float, *, broken: bool = False) -> list[ScanPoint]:
    made = [
        ScanPoint(0.1 * i, 171.5 + shift * (i - 5), 1.0 + shift * (i - 5) / 3, 13.6, 0.3, "good") for i in range(11)
    ]
    if broken:
        made[-2:] = [
            ScanPoint(0.9, None, None, None, -0.1, "not positive definite"),
            replace(made[-1], status="repaired"),
        ]
    return made


def assumption(number: int) -> AssumptionScan:
    shift = 0.01 / (1 + number)
    return AssumptionScan(
        (f"{FIRST}_{number}", f"{SECOND}_{number}"),
        "modelling",
        0.5,
        0.25,
        0.75,
        5000.0 * shift,
        -1700.0 * shift,
        {"bin_1": BinShift(1.0, 0.1)},
        points(shift, broken=number == 1),
    )


def pair(number: int, *, stated: bool) -> PairSensitivity:
    return PairSensitivity(
        (f"{FIRST}_{number}", SECOND),
        ("CMS_13TeV", "ATLAS_13TeV"),
        stated,
        0.0,
        0.2 / (1 + number),
        0.01 * (1 + number),
        100.0 / (1 + number),
        5.0 * (1 + number),
        (-0.5, 1.0),
        LargestShift(-123.4, -0.5),
        LargestShift(56.7, 1.0),
    )


FIT = ScenarioFit(171.4905, 0.9923, 0.6014, 0.2203, 0.5596, 0.1839, 0.7297, 0.2113, GoodnessOfFit(13.62, 15, 0.55))
REPAIR = PriorRepair("shrink", 0.9427, -0.0607, 1e-4, [RepairedCorrelation((FIRST, SECOND), 0.9, 0.848)])


@pytest.fixture
def result() -> CorrelationScanResult:
    bound = BoundResult(171.379, 1.0, 1e-7, True, [PairValue((FIRST, SECOND), 0.25)])
    return CorrelationScanResult(
        schema=SCHEMA,
        card="toy",
        version="0",
        measurements=["CMS_13TeV", "ATLAS_13TeV"],
        quality=[QUALITY],
        asimov=False,
        scenario="jes_modelling",
        repair="shrink",
        parameter="m_t",
        unit="GeV",
        mass=171.4905,
        sigma=0.9923,
        assumptions=[assumption(number) for number in range(25)],
        blocks=[
            LineScan("modelling", 25, 44.4, -8.9, {"bin_1": BinShift(2.0, -0.5)}, points(0.009)),
            LineScan("all", 25, 14.4, -2.2, {"bin_1": BinShift(2.0, -0.5)}, points(0.003, broken=True)),
        ],
        pairs=109891,
        derivatives=[pair(number, stated=number == 0) for number in range(20)],
        nuisances=[],
        bins=[BinSensitivity("bin_1", 4.0, (FIRST, SECOND), 0.5, 0.1)],
        bounds=dict.fromkeys(("mass_low", "mass_high", "sigma_low", "sigma_high"), bound),
        bounds_error=None,
        scenarios=[
            ScenarioResult("jes_modelling", True, 62, 0, -0.06, REPAIR, FIT, None),
            ScenarioResult("a_scenario_with_a_long_name", False, 3, 3, 1.0, None, FIT, None),
            ScenarioResult("impossible", False, 0, 0, None, None, None, "the matrix is not positive definite " * 4),
        ],
        repairs=[
            RepairComparison("shrink", REPAIR, [-0.0607, 0.02], [1e-4, 0.08], 0.386, FIT, None),
            RepairComparison("nearest", None, [-0.0607, 0.02], [], None, None, "`repair nearest` did not converge"),
        ],
        timing_s={"scans": 0.49},
    )


def test_summary_has_every_table(result: CorrelationScanResult) -> None:
    text = correlation_scan_summary(result)
    assert "m_t = 171.490 +- 0.992 GeV" in text
    assert re.search(r"modelling +25 together +44\.4 +-8\.9$", text, re.MULTILINE)
    assert re.search(r"all +25 together +14\.4 +-2\.2  no fit\*$", text, re.MULTILINE)
    assert "... and 13 more in result.json" in text
    assert re.search(r"^  s CMS_modelling.* \+100\.0 +-123\.4 +-0\.50 +-0\.50:1\.00$", text, re.MULTILINE)
    assert re.search(r"^  bin_1 +0\.500 +-12\.5$", text, re.MULTILINE)
    assert re.search(r"^  smallest mass +171\.379 +1\.000$", text, re.MULTILINE)
    assert re.search(
        r"^> jes_modelling +62 +0 +171\.490 +0\.992 +0\.60 +0\.22 +0\.18 +0\.73 +13\.6/15 +0\.55 +shrink$", text, re.M
    )
    assert "impossible           no fit: the matrix is not positive definite" in text
    assert "nearest: no fit: `repair nearest` did not converge" in text
    assert "0.900 ->  0.848" in text
    assert [line for line in text.splitlines() if len(line) > 100] == []
    assert text.isascii()


def test_uncertainty_is_ranked_by_itself(result: CorrelationScanResult) -> None:
    text = correlation_scan_summary(result)
    rows = re.findall(r"^ +(?:s )?CMS_\S+ +([+-]\S+) +\+56\.7", text, re.MULTILINE)
    assert [float(row) for row in rows] == [5.0 * (20 - i) for i in range(12)]


def test_points_without_a_fit_are_told(result: CorrelationScanResult) -> None:
    assert point_remark(points(0.1)) == ""
    assert point_remark(points(0.1, broken=True)) == "1 of 11 points have no fit"
    assert point_remark([replace(point, status="repaired") for point in points(0.1)]) == "repaired"
    failed = replace(result.blocks[0], points=[replace(result.blocks[0].points[0], status="fit failed")])
    assert "A FIT OF THE SCAN FAILED" in correlation_scan_summary(replace(result, blocks=[failed]))
    assert "Asimov" in correlation_scan_summary(replace(result, asimov=True))


def test_nothing_scanned_is_said(result: CorrelationScanResult) -> None:
    bare = replace(
        result,
        assumptions=[],
        blocks=[],
        derivatives=[],
        bounds={},
        scenarios=[],
        repairs=[],
        bounds_error="no correlation of the card has a range",
    )
    text = correlation_scan_summary(bare)
    assert "Bounds: no correlation of the card has a range" in text
    assert "Half the shift" not in text
    assert correlation_scan_figures(bare) == {}


def test_figures_show_what_is_in_the_result(result: CorrelationScanResult) -> None:
    figures = correlation_scan_figures(result)
    assert list(figures) == ["half_shifts", "blocks", "assumptions", "scenarios"]
    bars, sigma_bars = figures["half_shifts"].axes
    widths = [patch.get_width() for patch in bars.patches]
    assert widths[:3] == pytest.approx([44.4, 14.4, 50.0])
    assert len(widths) == len(sigma_bars.patches) == 22
    lower, upper = figures["blocks"].axes
    modelling = upper.lines[0].get_ydata()
    assert modelling[0] == pytest.approx(1000.0 * (171.5 - 0.045 - result.mass))
    assert np.count_nonzero(np.isnan(lower.lines[1].get_ydata())) == 1
    assert len(figures["assumptions"].axes[0].lines) == 11
    texts = [text.get_text() for axes in figures["scenarios"].axes for text in axes.texts]
    assert any("impossible: no fit" in text for text in texts) or any(
        "impossible: no fit" in text.get_text() for text in figures["scenarios"].texts
    )


def test_a_scan_without_any_fit_is_drawn(result: CorrelationScanResult) -> None:
    none = [ScanPoint(0.1 * i, None, None, None, -0.1, "not positive definite") for i in range(5)]
    scans = [replace(scan, half_shift_MeV=None, half_sigma_shift_MeV=None, points=none) for scan in result.assumptions]
    lines = [replace(line, half_shift_MeV=None, half_sigma_shift_MeV=None, points=none) for line in result.blocks]
    broken = replace(result, assumptions=scans, blocks=lines)
    assert "n/a" in correlation_scan_summary(broken)
    assert "half_shifts" in correlation_scan_figures(broken)


def without_mass(result: CorrelationScanResult, bins: int) -> CorrelationScanResult:
    """Cross sections of which the last one moves most, by up to one standard deviation."""
    combined = [CombinedBin(f"{FIRST}_bin{b}", "pb", 100.0 + b, 4.0, -3.9, 4.1) for b in range(bins)]
    shifts = {row.name: BinShift(4.0 * (b + 1) / bins, -0.1) for b, row in enumerate(combined)}

    def moved(scan: AssumptionScan | LineScan) -> dict[str, object]:
        made = [
            replace(
                point,
                mass=None,
                sigma=None,
                values=None if point.mass is None else [row.value + 4.0 * (point.at - 0.5) for row in combined],
                sigmas=None if point.mass is None else [row.sigma - 0.2 * point.at for row in combined],
            )
            for point in scan.points
        ]
        return {"points": made, "bins": shifts, "half_shift_MeV": None, "half_sigma_shift_MeV": None}

    return replace(
        result,
        mass=None,
        sigma=None,
        parameter=None,
        unit=None,
        assumptions=[replace(scan, **moved(scan)) for scan in result.assumptions],
        blocks=[replace(line, **moved(line)) for line in result.blocks],
        combined=combined,
        derivatives=[],
        bounds={},
        bounds_error="they follow from linear algebra",
        derivatives_error="they follow from linear algebra",
        scenarios=[],
        repairs=[],
        method="rebuilt",
        chi2_form="pearson",
    )


def test_cross_sections_take_the_place_of_the_mass(result: CorrelationScanResult) -> None:
    found = without_mass(result, 2)
    text = correlation_scan_summary(found)
    assert "chi2          Pearson" in text
    assert re.search(r"^nominal +CMS_modelling\S+bin0 = 100 \+- 4 \(\+4\.1 -3\.9\) pb$", text, re.MULTILINE)
    assert re.search(r"^  all, 25 together  no fit\*$", text, re.MULTILINE)
    assert re.search(r"^    CMS_modelling\S+bin1 +4 +100\.0 +-2\.5  pb$", text, re.MULTILINE)
    assert "... and 13 more in result.json" in text
    assert "No bounds: they follow" in text
    assert "No derivatives by the correlations of all pairs: they follow" in text
    assert [line for line in text.splitlines() if len(line) > 100] == []
    assert text.isascii()
    figures = correlation_scan_figures(found)
    assert list(figures) == ["half_shifts", "blocks", "assumptions"]
    left, right = figures["half_shifts"].axes
    assert [patch.get_width() for patch in left.patches] == pytest.approx([50.0] * 17 + [100.0] * 17)
    assert [patch.get_width() for patch in right.patches] == pytest.approx([-2.5] * 34)
    axes = figures["blocks"].axes
    assert len(axes) == 4
    assert axes[0].lines[0].get_ydata()[0] == pytest.approx(-2.0)
    assert axes[1].lines[0].get_ydata()[-1] == pytest.approx(-0.2)
    assert np.count_nonzero(np.isnan(axes[0].lines[1].get_ydata())) == 1


def test_many_cross_sections_are_those_that_move_most(result: CorrelationScanResult) -> None:
    found = without_mass(result, 19)
    text = correlation_scan_summary(found)
    assert "    ... and 13 more in result.json" in text
    assert re.search(r"^    CMS_modelling\S+bin18 +4 +100\.0", text, re.MULTILINE)
    figures = correlation_scan_figures(found)
    assert len(figures["blocks"].axes) == 12
    assert len(figures["half_shifts"].axes[0].patches) == 6 * 12
    assert correlation_scan_figures(replace(found, assumptions=[], blocks=[])) == {}
