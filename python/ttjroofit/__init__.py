"""Combine ttbar+jet cross sections of ATLAS and CMS and fit the top-quark pole mass with RooFit.

``import ttjroofit as tr`` loads nothing; each name is imported when it is first used. docs/library.md shows them all.

Example:
    >>> import ttjroofit as tr
    >>> model = tr.load("cards/atlas_cms.txt", correlations="none")
    >>> model.measurements
    ('CMS_13TeV', 'ATLAS_8TeV', 'ATLAS_13TeV')
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ttjroofit._version import __version__

if TYPE_CHECKING:
    from ttjroofit.analysis.fit import Fitted
    from ttjroofit.card.statements import Card
    from ttjroofit.errors import (
        CardError,
        FitError,
        InputError,
        ModelError,
        OptionError,
        RootMissingError,
        TtjroofitError,
    )
    from ttjroofit.inputs.measurement import Measurement
    from ttjroofit.inputs.prediction import Prediction
    from ttjroofit.library.chi2 import Chi2, likelihood
    from ttjroofit.library.cross_sections import cross_sections, nuisance_correlation
    from ttjroofit.library.fits import fit, fit_workspace, impacts, intervals, workspace
    from ttjroofit.library.model import Model, load
    from ttjroofit.library.reading import (
        read_card,
        read_measurement,
        read_prediction,
        read_result,
        write_measurement,
    )
    from ttjroofit.library.report import report
    from ttjroofit.library.saving import save
    from ttjroofit.library.scans import contour, correlation_scan, scan
    from ttjroofit.library.showing import figures, plot, summary, table
    from ttjroofit.library.toys import compatibility, coverage, fit_toys, goodness_of_fit, shift_statistics
    from ttjroofit.library.validation import validate
    from ttjroofit.results.compatibility import CompatibilityResult
    from ttjroofit.results.contour import ContourResult
    from ttjroofit.results.correlation_scan import CorrelationScanResult
    from ttjroofit.results.coverage import CoverageResult
    from ttjroofit.results.cross_sections import CrossSections
    from ttjroofit.results.fit import FitResult
    from ttjroofit.results.fit_matrix import FitMatrixResult
    from ttjroofit.results.goodness_of_fit import GoodnessOfFitResult
    from ttjroofit.results.impacts import ImpactsResult
    from ttjroofit.results.nuisance_correlation import NuisanceCorrelation
    from ttjroofit.results.report import ReportResult
    from ttjroofit.results.scan import ScanResult
    from ttjroofit.results.shift_statistics import ShiftStatisticsResult
    from ttjroofit.results.singles import SinglesResult
    from ttjroofit.results.toys import ToyFitsResult
    from ttjroofit.results.validation import Validation

_HOMES = {
    "analysis.fit": ("Fitted",),
    "card.statements": ("Card",),
    "errors": (
        "CardError",
        "FitError",
        "InputError",
        "ModelError",
        "OptionError",
        "RootMissingError",
        "TtjroofitError",
    ),
    "inputs.measurement": ("Measurement",),
    "inputs.prediction": ("Prediction",),
    "library.chi2": ("Chi2", "likelihood"),
    "library.cross_sections": ("cross_sections", "nuisance_correlation"),
    "library.fits": ("fit", "fit_workspace", "impacts", "intervals", "workspace"),
    "library.model": ("Model", "load"),
    "library.reading": ("read_card", "read_measurement", "read_prediction", "read_result", "write_measurement"),
    "library.report": ("report",),
    "library.saving": ("save",),
    "library.scans": ("contour", "correlation_scan", "scan"),
    "library.showing": ("figures", "plot", "summary", "table"),
    "library.toys": ("compatibility", "coverage", "fit_toys", "goodness_of_fit", "shift_statistics"),
    "library.validation": ("validate",),
    "results.compatibility": ("CompatibilityResult",),
    "results.contour": ("ContourResult",),
    "results.correlation_scan": ("CorrelationScanResult",),
    "results.coverage": ("CoverageResult",),
    "results.cross_sections": ("CrossSections",),
    "results.fit": ("FitResult",),
    "results.fit_matrix": ("FitMatrixResult",),
    "results.goodness_of_fit": ("GoodnessOfFitResult",),
    "results.impacts": ("ImpactsResult",),
    "results.nuisance_correlation": ("NuisanceCorrelation",),
    "results.report": ("ReportResult",),
    "results.scan": ("ScanResult",),
    "results.shift_statistics": ("ShiftStatisticsResult",),
    "results.singles": ("SinglesResult",),
    "results.toys": ("ToyFitsResult",),
    "results.validation": ("Validation",),
}
"""Module to the names it gives."""

__all__ = [
    "Card",
    "CardError",
    "Chi2",
    "CompatibilityResult",
    "ContourResult",
    "CorrelationScanResult",
    "CoverageResult",
    "CrossSections",
    "FitError",
    "FitMatrixResult",
    "FitResult",
    "Fitted",
    "GoodnessOfFitResult",
    "ImpactsResult",
    "InputError",
    "Measurement",
    "Model",
    "ModelError",
    "NuisanceCorrelation",
    "OptionError",
    "Prediction",
    "ReportResult",
    "RootMissingError",
    "ScanResult",
    "ShiftStatisticsResult",
    "SinglesResult",
    "ToyFitsResult",
    "TtjroofitError",
    "Validation",
    "__version__",
    "compatibility",
    "contour",
    "correlation_scan",
    "coverage",
    "cross_sections",
    "figures",
    "fit",
    "fit_toys",
    "fit_workspace",
    "goodness_of_fit",
    "impacts",
    "intervals",
    "likelihood",
    "load",
    "nuisance_correlation",
    "plot",
    "read_card",
    "read_measurement",
    "read_prediction",
    "read_result",
    "report",
    "save",
    "scan",
    "shift_statistics",
    "summary",
    "table",
    "validate",
    "workspace",
    "write_measurement",
]


def __dir__() -> list[str]:
    return sorted(__all__)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Import a name when it is first used (PEP 562)."""
        home = next((module for module, names in _HOMES.items() if name in names), None)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
        return value
