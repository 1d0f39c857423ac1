"""Scans and contours of parameters, and scans of the assumed correlations."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.contour import contour as find_contour
from ttjroofit.analysis.contour import pair_of_interest
from ttjroofit.analysis.correlation_scan import ScanOptions as CorrelationOptions
from ttjroofit.analysis.correlation_scan import scan_correlations
from ttjroofit.analysis.interest import parameters_of_interest
from ttjroofit.analysis.scan import scan as scan_grid
from ttjroofit.analysis.scan_options import Curves, ScanOptions
from ttjroofit.errors import OptionError, suggestion
from ttjroofit.library.call import MINIMIZER, Chi2Form, call_of
from ttjroofit.library.choices import Names, Ranges, names_of, ranges_of, values_of, whole
from ttjroofit.library.model import Source, as_model
from ttjroofit.results.contour import ContourResult
from ttjroofit.results.correlation_scan import CorrelationScanResult
from ttjroofit.results.scan import ScanResult
from ttjroofit.run.finish import timed
from ttjroofit.run.fit import fit_options
from ttjroofit.run.multidimfit import standalone_combinations

__all__ = ["contour", "correlation_scan", "scan"]


def scan(
    source: Source,
    parameters: Names = (),
    *,
    points: int | None = None,
    grid_points: Sequence[int] = (),
    ranges: Ranges | None = None,
    auto_range: float = 3.0,
    align_edges: bool = False,
    first_point: int | None = None,
    last_point: int | None = None,
    fast: bool = False,
    breakdown: Names = (),
    curves: tuple[str, Sequence[float]] | None = None,
    minimizer: str = MINIMIZER,
    parallel: int = 0,
) -> ScanResult:
    """Profile likelihood of one or two parameters on a grid: ``-M MultiDimFit --algo grid``.

    Args:
        source: model, card or path of a card.
        parameters: of any kind; the masses unless given.
        points: in all; None for 50.
        grid_points: points in each parameter instead.
        ranges: edges of the grid. The ranges of ``load`` are those of the fit.
        auto_range: edges in standard deviations where ``ranges`` has none.
        align_edges: points on the edges instead of at the centres of bins.
        first_point: number, from 0, of the first point to compute.
        last_point: of the last one, itself included.
        fast: hold all other parameters at the best fit.
        breakdown: groups frozen one after the other, and the name of the rest: ``"theory,syst,stat"``.
        curves: scans with another parameter held: ``("pdf_CTEQ66", [-1, 0, 1])``.
        minimizer: as of ``fit``.
        parallel: number of processes.

    Raises:
        TtjroofitError: for parameters that cannot be scanned, or choices that do not go together.
    """
    options = ScanOptions(
        algo="grid",
        parameters=names_of(parameters),
        points=whole("points", points, 2),
        grid_points=tuple(whole("grid_points", count, 1) for count in grid_points),
        ranges=ranges_of("ranges", ranges or {}),
        auto_range=_sigmas(auto_range),
        first=whole("first_point", first_point, 0),
        last=whole("last_point", last_point, 0),
        align_edges=align_edges,
        fast=fast,
        breakdown=names_of(breakdown),
        curves=_curves(curves) if curves is not None else None,
    )
    model, clock = as_model(source), Clock()
    _check_ranges(options, parameters_of_interest(model.combination, options))
    run = call_of(model, minimizer=minimizer, parallel=parallel)
    return timed(scan_grid(model.combination, options, fit_options(run, model.card), run.workers, clock), clock)


def contour(
    source: Source, parameters: Names = (), *, points: int | None = None, minimizer: str = MINIMIZER, parallel: int = 0
) -> ContourResult:
    """Contours of two parameters at 68% and 95%: ``-M MultiDimFit --algo contour2d``.

    Args:
        source: model, card or path of a card.
        parameters: two of any kind; the masses unless given.
        points: of each contour; None for 60.
        minimizer: as of ``fit``.
        parallel: number of processes.

    Raises:
        TtjroofitError: if there are not two parameters that can be scanned.
    """
    options = ScanOptions(algo="contour2d", parameters=names_of(parameters), points=whole("points", points, 2))
    model, clock = as_model(source), Clock()
    run = call_of(model, minimizer=minimizer, parallel=parallel)
    pair = pair_of_interest(model.combination, options)
    alone = standalone_combinations(model.card, model.options, model.combination, pair)
    how = fit_options(run, model.card)
    return timed(find_contour(model.combination, options, how, run.workers, clock, alone=alone), clock)


def correlation_scan(source: Source, *, points: int | None = None, chi2: Chi2Form = "neyman") -> CorrelationScanResult:
    """What the assumed correlations do to masses and bins: ``-M CorrelationScan``; no ROOT.

    Args:
        source: model, card or path of a card.
        points: of the scan of each correlation; None for 21, or 7 where each is a fit of a large model.
        chi2: as of ``fit``.

    Raises:
        TtjroofitError: as of ``load``.
    """
    model, clock = as_model(source), Clock()
    run = call_of(model, chi2=chi2)
    options = CorrelationOptions(whole("points", points, 2), model.options, run.chi2)
    return timed(scan_correlations(model.card, model.combination, options, clock), clock)


def _sigmas(auto_range: float) -> float:
    if not 0.0 < auto_range < math.inf:
        raise OptionError(f"auto_range={auto_range:g}: give a positive number of standard deviations")
    return auto_range


def _check_ranges(options: ScanOptions, scanned: Sequence[str]) -> None:
    for name in options.ranges:
        if name not in scanned:
            raise OptionError(
                f"ranges: {name} is not scanned{suggestion(name, scanned)}; "
                "the range of another parameter in the fit is one of load()"
            )


def _curves(curves: tuple[str, Sequence[float]]) -> Curves:
    parameter, values = curves
    checked = values_of("curves", {f"{parameter} {number}": value for number, value in enumerate(values)})
    if not checked:
        raise OptionError(f"curves=({parameter!r}, []): give the values that {parameter} is held at")
    return Curves(parameter, tuple(checked.values()))
