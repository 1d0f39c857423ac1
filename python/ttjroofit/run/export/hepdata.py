"""Results to the files of a HEPData submission."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ttjroofit._version import __version__
from ttjroofit.errors import OptionError
from ttjroofit.results.blinding import is_blinded
from ttjroofit.results.cross_sections import CrossSections
from ttjroofit.results.fit import FitResult
from ttjroofit.results.impacts import ImpactsResult
from ttjroofit.run.export.cross_sections import cross_section_tables, mapping_text
from ttjroofit.run.export.masses import impact_tables, mass_tables
from ttjroofit.run.export.record import RecordTable, submission_texts
from ttjroofit.run.plot.opening import blamed_on, open_result

__all__ = ["MAPPING", "submission"]

MAPPING = "ttjroofit_mapping.yaml"
"""Comes with the record and says what its tables are."""

_WRITERS: dict[type, Callable[[Any], list[RecordTable]]] = {
    CrossSections: cross_section_tables,
    FitResult: mass_tables,
    ImpactsResult: impact_tables,
}


def submission(paths: Sequence[Path]) -> dict[str, str]:
    """The files of a submission of results of ``-M CrossSections``, ``Fit`` and ``Impacts``, one of each at most.

    Returns:
        File name to text.

    Raises:
        OptionError: a result of another method, two of one, one that failed, is blinded or of an Asimov data set.
        InputError: a file is missing or damaged.
    """
    results: dict[type, Any] = {}
    files: dict[type, Path] = {}
    for path in paths:
        result = open_result(path)
        _check(path, result, results)
        results[type(result)], files[type(result)] = result, path
    tables = []
    for kind in [kind for kind in _WRITERS if kind in results]:
        with blamed_on(files[kind]):
            tables += _WRITERS[kind](results[kind])
    combined = results.get(CrossSections)
    resources = {} if combined is None else {MAPPING: "What the tables are, for ttjroofit convert hepdata"}
    texts = submission_texts(tables, _comment(results), resources)
    return texts if combined is None else texts | {MAPPING: mapping_text(combined)}


def _check(path: Path, result: Any, known: dict[type, Any]) -> None:
    if type(result) not in _WRITERS:
        raise OptionError(f"{path}: schema {result.schema} has no tables; give results of CrossSections, Fit, Impacts")
    if type(result) in known:
        raise OptionError(f"{path}: a second result of schema {result.schema}; one record holds one of a kind")
    if result.asimov:
        raise OptionError(f"{path}: the result of an Asimov data set is none to publish; run without -t -1")
    if is_blinded(getattr(result, "quality", ())):
        raise OptionError(f"{path}: the result is blinded; export the unblinded one")
    if hasattr(result, "status") and not result.status.good:
        raise OptionError(f"{path}: the fit failed; its numbers are none to publish")


def _comment(results: dict[type, Any]) -> str:
    cards = " and ".join(dict.fromkeys(f"{result.card}" for result in results.values()))
    quality = " ".join(
        f"Prediction: {line}." for line in dict.fromkeys(q for r in results.values() for q in getattr(r, "quality", ()))
    )
    return f"Combination of ttbar+jet cross sections by ttjroofit {__version__}, card {cards}. {quality}".strip()
