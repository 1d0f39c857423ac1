"""The table and the pages of ``-M Impacts``."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from example_results import QUALITY, fit_result

from ttjroofit.results.impacts import SCHEMA, ImpactMass, ImpactParameter, ImpactsResult
from ttjroofit.show.impacts import impacts_summary
from ttjroofit.show.impacts_figures import impacts_figures

COUNT = 45


def parameter(number: int, masses: list[str]) -> ImpactParameter:
    size = 0.5 / (1 + number)
    return ImpactParameter(
        name=f"CMS_modelling_ttbar_isrmuRfac1p0fsrmuRfac0p5_{number}",
        type="Gaussian",
        groups=["modelling_ttbar"],
        prefit=(-1.0, 0.0, 1.0),
        fit=(-0.7, 0.2, 1.1),
        values=dict.fromkeys(masses, (171.5 - size, 171.5, 171.5 + 0.9 * size)),
        impact=dict.fromkeys(masses, size),
        ordinary=dict.fromkeys(masses, 0.95 * size),
        global_impact=dict.fromkeys(masses, 0.8 * size),
    )


@pytest.fixture(params=[["m_t"], ["m_t_CMS_13TeV", "m_t_ATLAS_8TeV", "m_t_ATLAS_13TeV"]], ids=["one", "three"])
def result(request: pytest.FixtureRequest) -> ImpactsResult:
    fitted = fit_result()
    return ImpactsResult(
        schema=SCHEMA,
        card="toy",
        version="0",
        measurements=fitted.measurements,
        quality=fitted.quality,
        asimov=False,
        method="analytic",
        masses=[ImpactMass(name, "GeV", (170.5, 171.5, 172.6), 0.6, 1.0) for name in request.param],
        parameters=[parameter(number, request.param) for number in range(COUNT)],
        status=fitted.status,
        timing_s={},
    )


def test_summary_lists_the_largest_with_signs(result: ImpactsResult) -> None:
    text = impacts_summary(result)
    assert QUALITY in text
    rows = [line for line in text.splitlines() if "isrmuRfac" in line]
    assert len(rows) == 30 * len(result.masses)
    numbers = [float(number) for number in re.findall(r" [+-]?\d+\.\d+", rows[0])]
    assert numbers == [0.2, 0.9, 0.45, -0.5, 0.4]
    assert "1.000^2 = 0.600^2 (data) + 0.800^2 (auxiliary observables)" in text
    assert all(len(line) <= 100 for line in text.splitlines() if "quality" not in line)


def test_failed_refits_and_fits_are_marked(result: ImpactsResult) -> None:
    mass = result.masses[0].name
    broken = replace(
        result.parameters[0],
        values={m.name: (None, 171.5, None) for m in result.masses},
        impact={m.name: None for m in result.masses},
    )
    failed = replace(result, parameters=[broken], status=replace(result.status, good=False), asimov=True)
    text = impacts_summary(failed)
    assert "FIT FAILED" in text
    assert "Asimov" in text
    assert text.count("n/a") == 2 * len(result.masses), mass
    assert impacts_figures(failed)


def test_pages_hold_thirty(result: ImpactsResult) -> None:
    pages = impacts_figures(result)
    assert len(pages) == 2
    texts = [{text.get_text() for axes in page.axes for text in axes.texts} for page in pages]
    assert [sum("isrmuRfac" in text for text in page) for page in texts] == [30, 15]
    assert [len(page.axes) for page in pages] == [1 + len(result.masses)] * 2
