"""Texts, tables and figures of results; nothing is fitted."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ttjroofit.analysis.fit import Fitted
from ttjroofit.errors import OptionError, suggestion
from ttjroofit.inputs.published import read_published
from ttjroofit.library.choices import one_of, whole
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
from ttjroofit.results.toys import GeneratedToys, ToyFitsResult
from ttjroofit.results.validation import Validation
from ttjroofit.run.report import report_summary
from ttjroofit.run.table.kinds import KINDS
from ttjroofit.show.compatibility import compatibility_summary
from ttjroofit.show.contour import contour_summary
from ttjroofit.show.correlation_scan import correlation_scan_summary
from ttjroofit.show.coverage import coverage_summary
from ttjroofit.show.cross_sections import cross_sections_summary
from ttjroofit.show.fit_matrix import fit_matrix_summary
from ttjroofit.show.goodness_of_fit import goodness_of_fit_summary
from ttjroofit.show.impacts import impacts_summary
from ttjroofit.show.scan import scan_summary
from ttjroofit.show.shift_statistics import shift_statistics_summary
from ttjroofit.show.singles import singles_summary
from ttjroofit.show.summary import fit_summary
from ttjroofit.show.tables.formats import FORMATS
from ttjroofit.show.toys import generated_summary, toy_fits_summary
from ttjroofit.show.validation import validation_summary

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["figures", "plain", "plot", "summary", "table"]

SUMMARIES: Mapping[type, Callable[[Any], str]] = {
    CompatibilityResult: compatibility_summary,
    ContourResult: contour_summary,
    CorrelationScanResult: correlation_scan_summary,
    CoverageResult: coverage_summary,
    CrossSections: cross_sections_summary,
    FitMatrixResult: fit_matrix_summary,
    FitResult: fit_summary,
    GeneratedToys: generated_summary,
    GoodnessOfFitResult: goodness_of_fit_summary,
    ImpactsResult: impacts_summary,
    ReportResult: report_summary,
    ScanResult: scan_summary,
    ShiftStatisticsResult: shift_statistics_summary,
    SinglesResult: singles_summary,
    ToyFitsResult: toy_fits_summary,
    Validation: validation_summary,
}
"""Class of a result to what makes the ``summary.txt`` of the program."""

PathLike = str | os.PathLike[str]


def plain(result: Any) -> Any:
    """The result alone, without the ROOT objects it may come with.

    Raises:
        OptionError: if it is no result.
    """
    result = result.result if isinstance(result, Fitted) else result
    if type(result) not in SUMMARIES:
        raise OptionError(f"no result of an analysis: {type(result).__name__}")
    return result


def summary(result: Any) -> str:
    """What the program prints of a result.

    Args:
        result: of any analysis.

    Raises:
        OptionError: if it is none.
    """
    result = plain(result)
    return SUMMARIES[type(result)](result)


def table(result: Any, kind: str, *, form: str = "markdown", rows: int | None = None) -> str:
    """A table of a result, rounded by the rule of the PDG: ``ttjroofit table``.

    Args:
        result: of an analysis.
        kind: ``breakdown``, ``nuisances``, ``cross_sections``, ``scenarios`` or ``matrix``.
        form: ``latex``, ``markdown`` or ``csv``.
        rows: of ``nuisances``, those with the largest impacts; None for all.

    Raises:
        OptionError: for a kind or form that does not exist, or that is not made of such a result.
    """
    result = plain(result)
    one_of("kind", kind, list(KINDS))
    one_of("form", form, list(FORMATS))
    rows = whole("rows", rows, 1)
    if rows is not None and kind != "nuisances":
        raise OptionError(f"rows={rows}: a choice of the table 'nuisances', not of '{kind}'")
    made = KINDS[kind]
    if not isinstance(result, made.accepts):
        raise OptionError(f"a table '{kind}' needs a result of -M {made.methods}, found {type(result).__name__}")
    return FORMATS[form](made.make(result, rows) if kind == "nuisances" else made.make(result))


def figures(
    results: Any,
    kind: str = "all",
    *,
    label: str | None = None,
    published: PathLike | Sequence[PathLike] = (),
    nuisances: NuisanceCorrelation | None = None,
) -> dict[str, Figure]:
    """Figures of a kind by their names: ``ttjroofit plot``.

    Args:
        results: one, or several for ``summary`` and ``impact_maps``.
        kind: as ``ttjroofit plot --list`` shows them; ``all`` for every figure of one result.
        label: above the figures; None for the name of the program.
        published: files of masses of others, for ``summary``.
        nuisances: of the nuisances of the result, for ``nuisance_correlation``.

    Returns:
        Name to matplotlib Figure. The pages of one PDF are numbered: ``impacts_1``, ``impacts_2``.

    Raises:
        OptionError: if there is no such kind, or it is not drawn from these results.
    """
    # matplotlib takes half a second to import: only for those who plot
    from ttjroofit.show.gallery import ALL, Beside, draw, figures_of  # noqa: PLC0415
    from ttjroofit.show.style import labelled  # noqa: PLC0415

    chosen = [plain(result) for result in (results if isinstance(results, list | tuple) else [results])]
    paths = [published] if isinstance(published, str | os.PathLike) else published
    beside = Beside([mass for path in paths for mass in read_published(Path(path))], nuisances)
    with labelled(label) if label is not None else nullcontext():
        drawn = figures_of(chosen[0]) if kind == ALL and len(chosen) == 1 else draw(kind, chosen, beside)
    named: dict[str, Figure] = {}
    for name, drawing in drawn.items():
        if isinstance(drawing, list):
            named |= {f"{name}_{number}": page for number, page in enumerate(drawing, 1)}
        else:
            named[name] = drawing
    return named


def plot(
    results: Any,
    name: str,
    *,
    label: str | None = None,
    published: PathLike | Sequence[PathLike] = (),
    nuisances: NuisanceCorrelation | None = None,
) -> Figure:
    """One figure, by its name among ``figures`` or by a kind that has one figure only.

    Args:
        results: as of ``figures``.
        name: ``spectra``, ``pulls_1``, ``scan``, ...
        label: as of ``figures``.
        published: as of ``figures``.
        nuisances: as of ``figures``.

    Raises:
        OptionError: if there is no such figure, or several.
    """
    from ttjroofit.show.gallery import ALL, KINDS  # noqa: PLC0415 -- imports matplotlib

    kind = name if name in KINDS else ALL
    drawn = figures(results, kind, label=label, published=published, nuisances=nuisances)
    if name in drawn:
        return drawn[name]
    if kind != ALL and len(drawn) == 1:
        return next(iter(drawn.values()))
    if name in KINDS:
        raise OptionError(f"figure {name}: {len(drawn)} figures, {', '.join(drawn)}: name one, or take figures()")
    raise OptionError(f"there is no figure `{name}` of this result{suggestion(name, drawn, count=len(drawn))}")
