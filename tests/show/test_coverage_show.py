"""The table and the figures of ``-M Coverage``."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from example_results import QUALITY
from matplotlib.figure import Figure

from ttjroofit.results.coverage import (
    SCHEMA,
    BinCoverage,
    BinPull,
    ChoiceCoverage,
    CoverageResult,
    Estimate,
    Histogram,
    IntervalCoverage,
    MassCoverage,
    Pull,
)
from ttjroofit.show.coverage import coverage_summary
from ttjroofit.show.coverage_figures import coverage_figures


def choice(mean: float, width: float) -> ChoiceCoverage:
    edges = np.linspace(-5.0, 5.0, 11)
    pull = Pull(Estimate(mean, 0.01), Estimate(width, 0.007), Estimate(width, 0.009))
    counts = [0, 1, 20, 130, 340, 350, 140, 18, 1, 0]
    return ChoiceCoverage(
        bias=Estimate(mean, 0.01),
        rms=Estimate(1.1 * width, 0.008),
        mean_sigma=Estimate(1.1, 0.001),
        rms_over_sigma=Estimate(width, 0.007),
        hesse=pull,
        minos=replace(pull, width=Estimate(width + 0.005, 0.007)),
        coverage=[
            IntervalCoverage(0.682689, 1.0, Estimate(0.68, 0.0047), Estimate(0.69, 0.0046)),
            IntervalCoverage(0.95, 3.8415, Estimate(0.94, 0.0024), Estimate(0.955, 0.0021)),
        ],
        linear_mean=mean,
        linear_width=width,
        linear_width_over_truths=1.25,
        histogram=Histogram(edges.tolist(), counts, counts),
    )


def bin_pull(mean: float, width: float) -> BinPull:
    return BinPull(Estimate(mean, 0.01), Estimate(width, 0.007), mean, width, 1.1)


@pytest.fixture(params=[["m_t"], ["m_t_CMS_13TeV", "m_t_a_measurement_with_a_very_long_name_of_its_own"]])
def result(request: pytest.FixtureRequest) -> CoverageResult:
    choices = {"published": choice(0.012, 1.003), "zero": choice(0.34, 0.91)}
    names = [f"CMS_13TeV_{i}" for i in range(3)] + [f"ATLAS_8TeV_{i}" for i in range(8)]
    return CoverageResult(
        schema=SCHEMA,
        card="toy",
        version="0",
        measurements=["CMS_13TeV", "ATLAS_8TeV"],
        quality=[QUALITY],
        scenario=None,
        toys=10_000,
        seed=123456,
        unconverged=0,
        masses={name: MassCoverage("GeV", 171.49, 0.077, 0.992, 0.962, 1.024, choices) for name in request.param},
        bins=[
            BinCoverage(
                name, name[:-2], {"published": bin_pull(0.01, 1.001), "zero": bin_pull(-0.03 * i, 1 - 0.01 * i)}
            )
            for i, name in enumerate(names)
        ],
        timing_s={"toys": 1.5},
    )


def numbers(text: str, label: str) -> list[float]:
    line = next(line for line in text.splitlines() if line.strip().startswith(label))
    return [float(number) for number in re.findall(r"-?\d+\.\d+", line.strip()[len(label) :])]


def test_summary_has_both_choices_side_by_side(result: CoverageResult) -> None:
    text = coverage_summary(result)
    assert all(len(line) <= 100 for line in text.splitlines())
    assert all(part in text for part in ("10000 of the full likelihood", "seed 123456", "no scenario"))
    assert numbers(text, "pull of HESSE: width") == [1.003, 0.007, 0.91, 0.007]
    assert numbers(text, "signed root of MINOS: width") == [1.008, 0.007, 0.915, 0.007]
    assert numbers(text, "coverage of 68.27% intervals of HESSE [%]") == [68.0, 0.47, 68.0, 0.47]
    assert numbers(text, "coverage of 95% intervals of MINOS [%]") == [95.5, 0.21, 95.5, 0.21]
    assert numbers(text, "error in the data:") == [0.992, 0.962, 1.024]
    assert numbers(text, "width, by algebra") == [1.001, 1.001, 0.9, 1.0]
    assert text.count("shifted by +0.077 GeV") == len(result.masses)
    assert "FAILED" not in text


def test_toys_without_a_fit_stand_above_all(result: CoverageResult) -> None:
    failed = replace(result, unconverged=3)
    assert "*** FITS FAILED for 3 of 10000 toys, which are left out" in coverage_summary(failed)
    for figure in coverage_figures(failed).values():
        assert "FITS FAILED for 3 of 10000 toys" in " ".join(texts(figure))


def test_figures(result: CoverageResult) -> None:
    figures = coverage_figures(result)
    assert list(figures) == [*(f"coverage_{name}" for name in result.masses), "coverage_bins"]
    first = next(iter(figures.values()))
    hesse, minos, coverage = first.axes
    labels = [text.get_text() for text in hesse.get_legend().get_texts()]
    assert labels[1:] == [
        "post-fit values: mean 0.012 \u00b1 0.010,\nwidth 1.003 \u00b1 0.007",
        "zero pulls: mean 0.340 \u00b1 0.010,\nwidth 0.910 \u00b1 0.007",
    ]
    assert minos.get_title() == "pull of MINOS"
    heights = sorted({round(patch.get_height(), 4) for patch in coverage.patches})
    assert heights == [-1.0, -0.2689, 0.5, 0.7311]
    assert QUALITY in texts(first)
    # the combination of cross sections knows no prediction
    assert QUALITY not in texts(figures["coverage_bins"])


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.texts]
