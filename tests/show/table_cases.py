"""Results for tables: each kind with a good fit, a bad one and long names; no fit stands behind the numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from example_results import QUALITY, failed_result, fit_result, long_named_result

from ttjroofit.results.correlation_scan import SCHEMA as SCAN_SCHEMA
from ttjroofit.results.correlation_scan import CorrelationScanResult
from ttjroofit.results.cross_sections import (
    SCHEMA,
    AsymmetricError,
    CrossSections,
    MeasuredBins,
    Normalised,
    NuisanceState,
)
from ttjroofit.results.fit import GoodnessOfFit, PriorRepair
from ttjroofit.results.scenarios import ScenarioFit, ScenarioResult
from ttjroofit.show.tables.breakdown import breakdown_table
from ttjroofit.show.tables.cross_sections import cross_section_table
from ttjroofit.show.tables.nuisances import nuisance_table
from ttjroofit.show.tables.scenarios import scenario_table
from ttjroofit.show.tables.table import Table

__all__ = ["CASES", "cross_sections", "scenarios"]

AWKWARD = r"50%_of_#1 & {x}^2 <b>|\~$"
"""Characters that mean something in LaTeX, Markdown or HTML."""


def cross_sections(name: str = "CMS_13TeV") -> CrossSections:
    """Two measurements of two bins each; the last bin of the first is the first one of the second."""
    bins = [f"{name}_rho_low", "rho_high", "ATLAS_8TeV_rho_low"]
    shares = Normalised([0.6, 0.4] * 2, [0.61, 0.39] * 2, [0.01] * 4, [0.005] * 4, [[0.0] * 4] * 4)
    sigma = (6.123, 0.3549, 96.2)
    stat = (2.5, 0.1, 54.61)
    names = [f"{name}_scale_j", f"{name}_lumi", f"{name}_frozen"]
    return CrossSections(
        schema=SCHEMA,
        card="two",
        version="1.2.3",
        scenario="jes_modelling",
        pulls="published",
        asimov=False,
        measurements=[
            MeasuredBins(name, "CMS", 13.0, "dilepton", "rho", "JHEP", "pb", True, [0, 0.45, 1], *_names(name, bins)),
            MeasuredBins(
                "ATLAS_8TeV",
                "ATLAS",
                8.0,
                "l+jets",
                "rho",
                "JHEP",
                "fb",
                False,
                [0, 0.5, 1],
                *_names("ATLAS", bins[1:]),
            ),
        ],
        bins=bins,
        observed=[107.546886, 11.872484, 748.6923, 12.1],
        observed_sigma=[5.645788, 2.187618, 97.01, 1.5],
        values=[108.0123, 12.00456, 750.49],
        sigma=list(sigma),
        stat_sigma=list(stat),
        covariance=_covariance(sigma, 0.3),
        stat_covariance=_covariance(stat, 0.0),
        correlation=_covariance((1, 1, 1), 0.3),
        stat_correlation=_covariance((1, 1, 1), 0.0),
        shares=shares,
        densities=shares,
        chi2=1.234,
        ndf=1,
        nuisances=[
            NuisanceState(names[0], name, 0.3, 0.12345, 0.8123, ["scale_j", name]),
            NuisanceState(names[1], name, 0.0, -0.001, 1.0, ["lumi", name]),
            NuisanceState(names[2], name, 0.0, 0.0, 0.0, [name]),
        ],
        impacts={"scale_j": [0.02, -0.01, 0.0], "lumi": [0.02, 0.02, 0.001]},
        source_impacts={names[0]: [0.01, -0.021234, 0.0], names[1]: [0.02, 0.02, 0.001], names[2]: [0.0, 0.0, 0.0]},
        prior_repair=None,
        timing_s={"total": 0.5},
        p_value=0.2666,
    )


def _names(name: str, bins: list[str]) -> tuple[list[str], list[str]]:
    """Measured bins and what they measure."""
    measured = [f"{name}_rho_1", f"{name}_rho_2"]
    return measured, bins[:2]


def _covariance(sigma: tuple[float, ...], correlation: float) -> list[list[float]]:
    return [
        [one * other * (1.0 if i == j else correlation) for j, other in enumerate(sigma)] for i, one in enumerate(sigma)
    ]


def pearson() -> CrossSections:
    """With asymmetric errors, of an Asimov data set, and a value that is not there."""
    errors = [AsymmetricError(-5.9, 6.4), AsymmetricError(-0.35, 0.36), AsymmetricError(-96.0, 96.4)]
    good = cross_sections()
    return replace(
        good, chi2_form="pearson", errors=errors, asimov=True, p_value=None, values=[math.nan, *good.values[1:]]
    )


def scenarios(name: str = "jes", error: str = "the matrix is not positive definite") -> CorrelationScanResult:
    """Three scenarios, one repaired and one without a fit."""
    fit = ScenarioFit(171.4871, 0.991, 0.65, 0.35, 0.55, 0.23, 0.7, 0.22, GoodnessOfFit(14.237, 15, 0.5123))
    repair = PriorRepair("shrink", 0.8301, -0.0612, 1e-8, [])
    return CorrelationScanResult(
        schema=SCAN_SCHEMA,
        card="atlas_cms",
        version="1.2.3",
        measurements=["CMS_13TeV", "ATLAS_8TeV"],
        quality=[QUALITY],
        asimov=False,
        scenario="none",
        repair="shrink",
        parameter="m_t",
        unit="GeV",
        mass=171.4871,
        sigma=0.991,
        assumptions=[],
        blocks=[],
        pairs=0,
        derivatives=[],
        nuisances=[],
        bins=[],
        bounds={},
        bounds_error=None,
        scenarios=[
            ScenarioResult("none", True, 0, 0, 1.0, None, fit, None),
            ScenarioResult(name, False, 12, 2, -0.06, repair, replace(fit, mass=171.4459, total=0.3549), None),
            ScenarioResult("strong", False, 70, 9, None, None, None, error),
        ],
        repairs=[],
        timing_s={},
    )


CASES: dict[str, Callable[[], Table]] = {
    "breakdown_good": lambda: breakdown_table(fit_result(masses=("m_t_CMS_13TeV", "m_t_ATLAS_8TeV"))),
    "breakdown_failed": lambda: breakdown_table(failed_result()),
    "breakdown_long_names": lambda: breakdown_table(long_named_result()),
    "nuisances_good": lambda: nuisance_table(fit_result(), 12),
    "nuisances_failed": lambda: nuisance_table(failed_result(), 3),
    "nuisances_long_names": lambda: nuisance_table(long_named_result(), 5),
    "nuisances_cross_sections": lambda: nuisance_table(cross_sections()),
    "cross_sections_good": lambda: cross_section_table(cross_sections()),
    "cross_sections_pearson": lambda: cross_section_table(pearson()),
    "cross_sections_long_names": lambda: cross_section_table(cross_sections(AWKWARD)),
    "scenarios_good": lambda: scenario_table(scenarios()),
    "scenarios_long_names": lambda: scenario_table(scenarios(AWKWARD, AWKWARD)),
}
"""Name of a golden file to the table it is about."""
