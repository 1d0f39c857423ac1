"""The public Python API by its names and signatures: what scripts and notebooks count on."""

from __future__ import annotations

import ast
import inspect
import pkgutil
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

import ttjroofit as tr

FUNCTIONS = {
    "compatibility": "source, *, toys=0, seed=123456, frequentist=False, toys_file=None, engine='reduced', "
    "minimizer='Minuit2,migrad', parallel=0",
    "contour": "source, parameters=(), *, points=None, minimizer='Minuit2,migrad', parallel=0",
    "correlation_scan": "source, *, points=None, chi2='neyman'",
    "coverage": "source, toys=10000, *, seed=123456, parallel=0",
    "cross_sections": "source, *, chi2='neyman'",
    "figures": "results, kind='all', *, label=None, published=(), nuisances=None",
    "fit": "source, *, engine='reduced', minimizer='Minuit2,migrad', chi2='neyman', verbosity=0",
    "fit_toys": "source, toys=0, *, seed=123456, frequentist=False, toys_file=None, parallel=0",
    "fit_workspace": "source, *, engine='reduced', minimizer='Minuit2,migrad', chi2='neyman', verbosity=0",
    "goodness_of_fit": "source, *, toys=0, seed=123456, frequentist=False, toys_file=None, engine='reduced', "
    "minimizer='Minuit2,migrad', parallel=0",
    "impacts": "source, *, named=None, approx='analytic', engine='reduced', minimizer='Minuit2,migrad'",
    "intervals": "source, parameters=(), *, minimizer='Minuit2,migrad'",
    "likelihood": "source",
    "load": "card, *, measurements=None, correlations=None, pulls=None, split=None, set_parameters=None, ranges=None, "
    "freeze_parameters=(), freeze_groups=(), asimov=False, blind=None",
    "nuisance_correlation": "source, *, chi2='neyman'",
    "plot": "results, name, *, label=None, published=(), nuisances=None",
    "read_card": "path, *, settings=None",
    "read_measurement": "path",
    "read_prediction": "path",
    "read_result": "path",
    "report": "source, *, points=41, engine='reduced', minimizer='Minuit2,migrad', parallel=0",
    "save": "result, folder, *, model=None, figures=True",
    "scan": "source, parameters=(), *, points=None, grid_points=(), ranges=None, auto_range=3.0, align_edges=False, "
    "first_point=None, last_point=None, fast=False, breakdown=(), curves=None, minimizer='Minuit2,migrad', parallel=0",
    "shift_statistics": "source, toys=1000, *, seed=123456, parallel=0",
    "summary": "result",
    "table": "result, kind, *, form='markdown', rows=None",
    "validate": "source",
    "workspace": "source",
    "write_measurement": "measurement, folder, *, year='unknown', notes=()",
}

RESULTS = {
    "CompatibilityResult",
    "ContourResult",
    "CorrelationScanResult",
    "CoverageResult",
    "CrossSections",
    "FitMatrixResult",
    "FitResult",
    "GoodnessOfFitResult",
    "ImpactsResult",
    "NuisanceCorrelation",
    "ReportResult",
    "ScanResult",
    "ShiftStatisticsResult",
    "SinglesResult",
    "ToyFitsResult",
    "Validation",
}

CLASSES = {
    "Card",
    "Chi2",
    "Fitted",
    "Measurement",
    "Model",
    "Prediction",
}

ERRORS = {"CardError", "FitError", "InputError", "ModelError", "OptionError", "RootMissingError", "TtjroofitError"}

DOOR = Path(tr.__file__)


def public(name: str) -> list[str]:
    return [field for field in dir(getattr(tr, name)) if not field.startswith("_")]


def test_the_names_are_these() -> None:
    assert set(tr.__all__) == {*FUNCTIONS, *RESULTS, *CLASSES, *ERRORS, "__version__"}
    assert len(set(tr.__all__)) == len(tr.__all__)
    assert dir(tr) == sorted(tr.__all__)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_signatures_stay(name: str) -> None:
    parameters = inspect.signature(getattr(tr, name)).parameters.values()
    plain = inspect.Signature([parameter.replace(annotation=inspect.Parameter.empty) for parameter in parameters])
    assert str(plain) == f"({FUNCTIONS[name]})"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_and_keyword_is_documented(name: str) -> None:
    text = inspect.getdoc(getattr(tr, name))
    assert text
    missing = [word for word in inspect.signature(getattr(tr, name)).parameters if f"{word}:" not in text]
    assert missing in ([], ["source"])
    page = (DOOR.parents[2] / "docs" / "library.md").read_text(encoding="utf-8")
    assert re.search(rf"`{name}[(`]", page)


def test_what_models_and_functions_offer() -> None:
    assert public("Model") == ["bins", "masses", "measurements", "nuisances"]
    assert [field.name for field in fields(tr.Model)] == ["card", "options", "combination"]
    assert public("Chi2") == ["errordef", "gradient", "values"]
    assert [field.name for field in fields(tr.Chi2) if not field.name.startswith("_")] == [
        *("names", "start", "low", "high", "step", "ndf", "errordef")
    ]


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_errors_have_one_base(name: str) -> None:
    assert issubclass(getattr(tr, name), tr.TtjroofitError)


def test_names_for_type_checkers_are_those_that_are_imported() -> None:
    """The door states each name twice, for mypy and for Python."""
    checked = {
        f"{node.module}.{alias.name}"
        for block in ast.parse(DOOR.read_text(encoding="utf-8")).body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    imported = {f"{getattr(tr, name).__module__}.{name}" for name in tr.__all__ if name != "__version__"}
    assert checked == imported


def test_no_name_hides_a_room() -> None:
    assert not set(tr.__all__) & {module.name for module in pkgutil.iter_modules([str(DOOR.parent)])}


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'ttjroofit' has no attribute 'fitt'"):
        getattr(tr, "fitt")  # noqa: B009 -- mypy knows that it is not there


def test_the_import_loads_nothing() -> None:
    """Neither packages nor rooms, and less than 50 ms at the best of five times."""
    code = (
        "import sys, time; before = set(sys.modules); start = time.perf_counter(); import ttjroofit; "
        "print(time.perf_counter() - start, *(set(sys.modules) - before))"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
        for _ in range(5)
    ]
    assert {name.split(".")[0] for name in runs[0][1:]} <= {"ttjroofit", *sys.stdlib_module_names}
    assert {name for name in runs[0][1:] if name.startswith("ttjroofit")} == {"ttjroofit", "ttjroofit._version"}
    assert min(float(seconds) for seconds, *_ in runs) < 0.05
