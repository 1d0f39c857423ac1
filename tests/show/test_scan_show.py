"""Summaries and figures of scans, singles and contours, also of those that failed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from ttjroofit.results.contour import Contour, ContourResult, Standalone
from ttjroofit.results.fit import CorrelationMatrix, FitStatus, GoodnessOfFit, Interval
from ttjroofit.results.scan import BreakdownPart, Grid, ScanCurve, ScanPoint, ScanResult
from ttjroofit.results.singles import SingleResult, SinglesResult
from ttjroofit.show.contour import contour_summary
from ttjroofit.show.contour_figures import contour_figures
from ttjroofit.show.scan import scan_summary
from ttjroofit.show.scan_figures import scan_figures
from ttjroofit.show.singles import singles_summary
from ttjroofit.show.style import save_figure

GOOD = FitStatus(True, "Minuit2,migrad", 1, 1, 0, 0, 0, 3, 1e-9, 300)
BAD = replace(GOOD, good=False, migrad=4, cov_quality=1)
QUALITY = "a stand-in for NLO predictions, not for physics results"
LONG = "ATLAS_13TeV_ttbar_modelling_parton_shower_and_hadronisation_two_point"


def single(name: str) -> SingleResult:
    unit = "GeV" if name.startswith("m_t") else ""
    intervals: dict[str, tuple[float | None, float | None]] = {"68": (171.0, 173.25), "95": (170.0, None)}
    return SingleResult(172.0, unit, 1.0, Interval(-1.0, 1.25), intervals)


def scanned(*names: str, shape: tuple[int, ...] = (9,), status: FitStatus = GOOD) -> ScanResult:
    axes = [np.linspace(169.0, 175.0, count) for count in shape]
    grid = np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=1)
    points = [
        ScanPoint(dict(zip(names, point, strict=True)), 0.5 * sum((x - 172.0) ** 2 for x in point), 0)
        for point in grid.tolist()
    ]
    fit = {name: single(name) for name in names}
    return ScanResult(
        schema="ttjroofit/scan/1",
        card="atlas_cms",
        version="0.0.0",
        measurements=["A"],
        scenario=None,
        pulls="published",
        asimov=False,
        quality=[QUALITY],
        fast=False,
        parameters=list(names),
        grid=Grid(list(shape), dict.fromkeys(names, (169.0, 175.0)), 0, len(points) - 1, True),
        best=dict.fromkeys(names, 172.0),
        fit=fit,
        minimum=dict.fromkeys(names, 172.0),
        goodness_of_fit=GoodnessOfFit(13.6, 15, 0.55),
        points=points,
        intervals={name: fit[name].intervals for name in names},
        curves=[],
        breakdown=[],
        status=status,
        good=status.good,
        timing_s={},
    )


def with_curves(result: ScanResult) -> ScanResult:
    name = result.parameters[0]
    frozen = ScanCurve("theory frozen", ["theory"], {}, {name: 172.0}, 0.0, result.points, result.intervals)
    held = ScanCurve("pdf_a = -1", [], {"pdf_a": -1.0}, {name: 171.5}, 0.7, result.points, result.intervals)
    parts = [BreakdownPart("theory", -0.8, 0.8), BreakdownPart("stat", None, 0.6)]
    return replace(result, curves=[frozen, held], breakdown=parts)


def with_failures(result: ScanResult) -> ScanResult:
    points = [
        replace(point, status=4, deltaNLL=None if i == 3 else point.deltaNLL) if i in (2, 3) else point
        for i, point in enumerate(result.points)
    ]
    return replace(result, points=points, good=False)


def contoured(*, open_end: bool = False, masses: bool = True) -> ContourResult:
    names = ("m_t_CMS", "m_t_ATLAS") if masses else ("m_t", LONG)
    angle = 2.0 * np.pi * np.arange(24) / 24

    def line(level: float) -> Contour:
        x, y = 172.0 + np.sqrt(level) * np.cos(angle), 172.0 + np.sqrt(level) * np.sin(angle + 0.3)
        reached = [not (open_end and level > 3 and 7 < i < 13) for i in range(24)]
        points = [(float(a), float(b)) if there else None for a, b, there in zip(x, y, reached, strict=True)]
        return Contour(level, points, [0 if there else -2 for there in reached])

    fit = {name: single(name) for name in names}
    alone = [Standalone(name, ["CMS_13TeV"], fit[name], True) for name in names] if masses else []
    return ContourResult(
        schema="ttjroofit/contour/1",
        card="atlas_cms",
        version="0.0.0",
        measurements=["A"],
        scenario=None,
        pulls="published",
        asimov=True,
        quality=[QUALITY],
        parameters=list(names),
        masses=masses,
        best=dict.fromkeys(names, 172.0),
        fit=fit,
        covariance=[[1.0, 0.3], [0.3, 1.0]],
        minimum=dict.fromkeys(names, 172.0),
        goodness_of_fit=GoodnessOfFit(13.6, 15, 0.55),
        contours={"68": line(2.2957), "95": line(5.9915)},
        standalone=alone,
        status=GOOD,
        good=True,
        timing_s={},
    )


def texts(figure: Figure) -> str:
    legends = [
        text.get_text() for axes in figure.axes for text in (axes.get_legend().get_texts() if axes.get_legend() else [])
    ]
    notes = [text.get_text() for axes in figure.axes for text in axes.texts]
    labels = [label for axes in figure.axes for label in (axes.get_xlabel(), axes.get_ylabel())]
    return "\n".join([*(text.get_text() for text in figure.texts), *legends, *notes, *labels])


def test_scan_summary() -> None:
    text = scan_summary(with_curves(scanned("m_t")))
    assert "m_t = 172.000 +- 1.000 GeV" in text
    assert "MINOS       +1.250 -1.000 GeV" in text
    assert "95% of m_t, profile: [170.000, open] GeV" in text
    assert "9 points, m_t [169.000, 175.000] GeV" in text
    assert "stat                    +0.600 -n/a GeV" in text
    assert "pdf_a = -1" in text
    assert QUALITY in text
    assert "***" not in text


def test_what_failed_stands_above_all_numbers() -> None:
    text = scan_summary(with_failures(scanned("m_t")))
    assert text.index("*** NOT CONVERGED: 2 of 9 points ***") < text.index("m_t = 172")
    assert "*** FIT FAILED (migrad 4, covariance quality 1 of 3) ***" in scan_summary(scanned("m_t", status=BAD))
    assert "*** NOT CONVERGED: the end of an interval ***" in scan_summary(replace(scanned("m_t"), good=False))


def test_part_of_a_grid_says_so() -> None:
    result = scanned("m_t")
    part = replace(result, points=result.points[2:5], grid=replace(result.grid, first=2, last=4))
    assert "9 points, points 2 to 4, m_t" in scan_summary(part)


@pytest.mark.parametrize("failed", [False, True])
def test_scan_figures(failed: bool, tmp_path: Path) -> None:
    result = with_curves(scanned("m_t"))
    figures = scan_figures(with_failures(result) if failed else result)
    assert list(figures) == ["scan", "scan_breakdown", "scan_curves"]
    text = texts(figures["scan"])
    assert "[GeV]" in text
    assert r"$-2\,\Delta\ln L$" in text
    assert QUALITY in text
    assert "MINOS, 68%" in text
    assert "parabola of HESSE" in text
    assert ("not converged" in text) == failed
    assert ("NOT CONVERGED: 2 of 27 points" in text) == failed
    assert "theory: +0.80 -0.80 GeV" in texts(figures["scan_breakdown"])
    assert "pdf_a = -1: 171.50" in texts(figures["scan_curves"])
    for name, figure in figures.items():
        first, again = (save_figure(figure, tmp_path / str(i), name) for i in range(2))
        assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]


@pytest.mark.parametrize("shape", [(9, 7), (5, 1)])
def test_map_of_two(shape: tuple[int, int]) -> None:
    result = with_failures(scanned("m_t", LONG, shape=shape))
    figure = scan_figures(result)["scan_map"]
    text = texts(figure)
    assert "ATLAS_13TeV_ttbar" in text
    assert r"prior $\sigma$" in text
    assert "best fit" in text
    assert "not converged" in text
    mesh = figure.axes[0].collections[0]
    assert mesh.get_array() is not None
    assert np.ma.size(mesh.get_array()) == shape[0] * shape[1]


def test_map_of_a_part() -> None:
    result = scanned("m_t", "pdf_a", shape=(4, 3))
    part = replace(result, points=result.points[5:], grid=replace(result.grid, first=5))
    drawn = scan_figures(part)["scan_map"].axes[0].collections[0].get_array()
    assert np.ma.count_masked(np.ma.masked_invalid(drawn)) == 5


def test_contours() -> None:
    text = contour_summary(contoured())
    assert "correlation   30.0 %" in text
    assert "68%: delta chi2 = 2.296, 24 of 24 points" in text
    assert "m_t_CMS = 172.000 +- 1.000 GeV (CMS_13TeV)" in text
    assert "*** Asimov data set ***" in text
    figure = contour_figures(contoured())["contour"]
    drawn = texts(figure)
    for label in ("68% joint, profile by Minuit", "ellipses of HESSE", "equal masses", "CMS_13TeV alone", "best fit"):
        assert label in drawn
    assert figure.axes[0].get_xlim() == figure.axes[0].get_ylim()
    without = texts(contour_figures(contoured(masses=False))["contour"])
    assert "equal masses" not in without
    assert "alone" not in without


def test_open_contour() -> None:
    result = contoured(open_end=True)
    assert "95%: delta chi2 = 5.992, 19 of 24 points" in contour_summary(result)
    assert "NOT CONVERGED" not in contour_summary(result)
    lines = [line for line in contour_figures(result)["contour"].axes[0].lines if len(line.get_xdata()) == 19]
    assert len(lines) == 1
    broken = replace(result.contours["68"], status=[4, *[0] * 23])
    failed = replace(result, contours={**result.contours, "68": broken}, good=False)
    assert "*** NOT CONVERGED: 1 of 48 points ***" in contour_summary(failed)


def test_singles_summary() -> None:
    result = SinglesResult(
        schema="ttjroofit/singles/1",
        algo="singles",
        card="atlas_cms",
        version="0.0.0",
        measurements=["A"],
        scenario=None,
        pulls="published",
        asimov=False,
        quality=[QUALITY],
        parameters={"m_t": single("m_t"), "pdf_a": replace(single("pdf_a"), minos=None, hesse=None, intervals={})},
        correlation=CorrelationMatrix(["m_t", "pdf_a"], [[1.0, 0.1], [0.1, 1.0]]),
        minimum={"m_t": 172.0},
        goodness_of_fit=GoodnessOfFit(13.6, 15, 0.55),
        status=GOOD,
        good=True,
        timing_s={},
    )
    text = singles_summary(result)
    assert "m_t = 172.000 +- 1.000 GeV" in text
    assert "68%         [171.000, 173.250] GeV" in text
    assert "pdf_a = 172.000 +- n/a\n" in text
    assert "chi2/ndf      13.6/15, p = 0.55" in text
