"""The table and figures of ``-M ShiftStatistics``, and the pages of a smoothing."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from example_results import QUALITY, fit_result
from matplotlib.figure import Figure

from ttjroofit.results.shift_statistics import SCHEMA, MassShiftStatistics, ShiftStatistic, ShiftStatisticsResult
from ttjroofit.results.smoothing import SmoothedShift
from ttjroofit.results.toys import Estimate
from ttjroofit.show.shift_statistics import shift_statistics_summary
from ttjroofit.show.shift_statistics_figures import shift_statistics_figures
from ttjroofit.show.smoothing_figures import smoothing_pages


def entry(name: str, kind: str, size: float, unconverged: int = 0) -> ShiftStatistic:
    count = 1 if kind == "source" else 3
    return ShiftStatistic(
        name=name,
        kind=kind,
        measurement="ATLAS_8TeV" if kind == "source" else "",
        fluctuated=count,
        members=2 * count - 1,
        impact=-2.0 * size,
        mc_stat=Estimate(size, 0.05 * size),
        mean_move=Estimate(0.01, 0.002),
        sigma_rms=Estimate(size / 4.0, None),
        sigma_mean_move=Estimate(0.0, 0.001),
        unconverged=unconverged,
    )


def result(sources: int = 3, unconverged: int = 0) -> ShiftStatisticsResult:
    rows = [entry(f"ATLAS_8TeV_modelling_{i}", "source", 0.3 / (i + 1)) for i in range(sources)]
    rows += [entry("modelling_ttbar", "group", 0.35), entry("all", "all", 0.4, unconverged)]
    mass = MassShiftStatistics(172.34, 1.2, "GeV", rows)
    return ShiftStatisticsResult(
        schema=SCHEMA,
        card="atlas8",
        version="0.1.0",
        measurements=["ATLAS_8TeV"],
        scenario=None,
        pulls="published",
        quality=[QUALITY],
        toys=1000,
        seed=7,
        method="explicit",
        smoothed=2,
        masses={"m_t": mass},
        good=unconverged == 0,
        timing_s={"toys": 0.9},
    )


def texts(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text")))


def test_table_holds_the_numbers() -> None:
    text = shift_statistics_summary(result())
    assert max(map(len, text.splitlines())) <= 100
    assert "1000 over shifts, seed 7, combination explicit, 2 sources smoothed in each" in text
    (line,) = re.findall(r"^  ATLAS_8TeV_modelling_0 .*", text, flags=re.MULTILINE)
    numbers = [float(number) for number in re.findall(r"[-+]?\d+\.\d+", line)]
    assert numbers == [-0.6, 0.3, 0.015, 0.075]
    assert line.endswith("0.075 +- n/a")
    assert "modelling_ttbar (3 of 5)" in text
    assert "all nuisances (3 of 5)" in text
    assert "***" not in text


def test_long_tables_are_cut_and_lost_toys_are_marked() -> None:
    text = shift_statistics_summary(result(sources=40, unconverged=4))
    assert "... and 10 more sources in result.json" in text
    assert re.search(r"\*\*\* .*4 of .*1000", text)


def test_bars() -> None:
    figures = shift_statistics_figures(result(sources=40))
    (name,) = figures
    assert name == "shift_statistics_m_t"
    (axes,) = figures[name].axes
    widths = [patch.get_width() for patch in axes.patches]
    # 25 sources, a group and all: impacts, then Monte Carlo uncertainties
    assert len(widths) == 2 * 27
    np.testing.assert_allclose([widths[0], widths[27]], [0.6, 0.3])
    assert axes.get_xlim()[1] > max(widths)
    assert "25 of 40 sources" in texts(figures[name]).replace("\n", " ")
    assert QUALITY.split()[0] in texts(figures[name])


def smoothed(number: int, weights: str = "monte_carlo") -> SmoothedShift:
    return SmoothedShift(
        source=f"source_{number}",
        measurement=fit_result().spectra[0].measurement,
        part="up" if number == 0 else "shift",
        order=1,
        edges=[0.0, 0.2, 0.5, 1.0],
        before=[0.01, -0.02, 0.03],
        after=[0.0, 0.005, 0.0175],
        sigma=[0.01, 0.01, 0.02],
        weights=weights,
        chi2=7.6,
        ndf=1,
    )


def test_pages_show_before_and_after() -> None:
    fit = replace(fit_result(), smoothing=[smoothed(i) for i in range(13)])
    first, second = smoothing_pages(fit)
    assert (len(first.axes), len(second.axes)) == (12, 1)
    assert "page 2 of 2 (13 curves)" in texts(second)
    axes = first.axes[0]
    assert axes.get_title() == "source_0, up"
    points, line = axes.containers[0][0], axes.lines[-1]
    np.testing.assert_allclose(points.get_ydata(), [1.0, -2.0, 3.0])
    # the line is the polynomial through the smooth values, in percent
    expected = np.interp([0.1, 0.35, 0.75], *line.get_data())
    np.testing.assert_allclose(expected, [0.0, 0.5, 1.75], atol=0.3)
    assert "7.6" in texts(first)


def test_statistical_weights_are_no_errors_of_the_shifts() -> None:
    (page,) = smoothing_pages(replace(fit_result(), smoothing=[smoothed(1, "statistical")]))
    assert "statistical weights" in texts(page)
    assert "7.6" not in texts(page)


def test_no_page_without_smoothing() -> None:
    assert smoothing_pages(fit_result()) == []


@pytest.mark.parametrize("sources", [1, 2])
def test_few_rows_can_be_drawn(sources: int) -> None:
    assert len(shift_statistics_figures(result(sources))["shift_statistics_m_t"].axes[0].get_yticks()) == sources + 2
