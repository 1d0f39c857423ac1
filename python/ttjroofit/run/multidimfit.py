"""``-M MultiDimFit``: the fit, intervals, scans and contours of parameters of interest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from scipy.stats import chi2 as chi2_distribution

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.contour import contour, measurements_of, pair_of_interest
from ttjroofit.analysis.crossing import PROBABILITIES
from ttjroofit.analysis.scan import scan
from ttjroofit.analysis.singles import fit_singles
from ttjroofit.card.statements import Card
from ttjroofit.errors import OptionError
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.combination import Combination
from ttjroofit.model.likelihood import theory_of
from ttjroofit.model.options import ModelOptions
from ttjroofit.results.contour import ContourResult
from ttjroofit.results.scan import ScanResult
from ttjroofit.results.singles import SinglesResult
from ttjroofit.run.finish import finish, timed
from ttjroofit.run.fit import fit_options
from ttjroofit.run.limit_tree import Entry, limit_file, write_limit_tree
from ttjroofit.run.output import OutputFolder
from ttjroofit.run.request import Outcome, Run
from ttjroofit.show.contour import contour_summary
from ttjroofit.show.scan import scan_summary
from ttjroofit.show.singles import singles_summary

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["run_multidimfit", "standalone_combinations"]


@dataclass(frozen=True)
class _Answer:
    """What an algorithm gives.

    Attributes:
        result: dataclass with ``timing_s`` and ``good``.
        summary: of the result.
        figures: makes them; imports matplotlib.
        entries: of the tree ``limit``.
    """

    result: Any
    summary: Callable[[Any], str]
    figures: Callable[[], dict[str, Figure]]
    entries: Sequence[Entry]


def run_multidimfit(run: Run) -> Outcome:
    """Do what ``--algo`` says and write everything; exit status 1 if a fit or a point failed."""
    if run.engine != "reduced":
        raise OptionError("--engine full: -M MultiDimFit scans the reduced model, which has the same profile")
    clock = Clock(run.listener)
    with clock.stage("inputs"):
        card = run.read()
        run = _with_ranges(run, card)
        combination = load_combination(card, run.model)
    answer = {"grid": _grid, "contour2d": _contour}.get(run.scan.algo, _singles)(run, card, combination, clock)
    folder = OutputFolder(run.output)
    if run.plots:
        with clock.stage("plots"):
            folder.write_figures(answer.figures())
    result = timed(answer.result, clock)
    mass = theory_of(combination).parameters.masses[0].start
    tree = partial(write_limit_tree, entries=answer.entries, mass=mass)
    folder.write_root(limit_file(run.name, mass), tree)
    return finish(folder, run.card_text(card), result, answer.summary, good=result.good)


def _with_ranges(run: Run, card: Card) -> Run:
    """Ranges of parameters that are scanned are those of the grid: in the fit these keep the range of the card."""
    ranges = run.model.ranges
    if run.scan.algo != "grid" or not ranges:
        return run
    scanned = run.scan.parameters
    if not scanned:
        combination = load_combination(card, replace(run.model, ranges={}))
        scanned = tuple(mass.name for mass in theory_of(combination).parameters.masses)
    return replace(
        run,
        model=replace(run.model, ranges={name: edges for name, edges in ranges.items() if name not in scanned}),
        scan=replace(run.scan, ranges={name: edges for name, edges in ranges.items() if name in scanned}),
    )


def _singles(run: Run, card: Card, combination: Combination, clock: Clock) -> _Answer:
    result = fit_singles(combination, run.scan, fit_options(run, card), clock)
    return _Answer(result, singles_summary, dict, _singles_entries(result))


def _grid(run: Run, card: Card, combination: Combination, clock: Clock) -> _Answer:
    result = scan(combination, run.scan, fit_options(run, card), run.workers, clock)

    def figures() -> dict[str, Figure]:
        from ttjroofit.show.scan_figures import scan_figures  # noqa: PLC0415 -- imports matplotlib

        return scan_figures(result)

    return _Answer(result, scan_summary, figures, _grid_entries(result))


def _contour(run: Run, card: Card, combination: Combination, clock: Clock) -> _Answer:
    with clock.stage("inputs"):
        alone = standalone_combinations(card, run.model, combination, pair_of_interest(combination, run.scan))
    result = contour(combination, run.scan, fit_options(run, card), run.workers, clock, alone=alone)

    def figures() -> dict[str, Figure]:
        from ttjroofit.show.contour_figures import contour_figures  # noqa: PLC0415 -- imports matplotlib

        return contour_figures(result)

    return _Answer(result, contour_summary, figures, _contour_entries(result))


def standalone_combinations(
    card: Card, model: ModelOptions, combination: Combination, pair: tuple[str, str]
) -> dict[str, Combination]:
    """Each of two masses to the combination of its own measurements; empty unless both are masses."""
    alone = {
        mass: load_combination(card, replace(model, measurements=measurements))
        for mass in pair
        if (measurements := measurements_of(combination, mass))
    }
    return alone if len(alone) == 2 else {}


def _singles_entries(result: SinglesResult) -> list[Entry]:
    """The best fit, then for each parameter the ends of its intervals, all others at the best fit."""
    best = {name: single.value for name, single in result.parameters.items()}
    entries = [Entry(best)]
    for name, single in result.parameters.items():
        for probability, ends in single.intervals.items():
            outside = round(1.0 - PROBABILITIES[probability], 2)
            entries += [
                Entry(best | {name: end}, float(chi2_distribution.ppf(PROBABILITIES[probability], 1)) / 2.0, quantile)
                for end, quantile in zip(ends, (-outside, outside), strict=True)
                if end is not None
            ]
    return entries


def _grid_entries(result: ScanResult) -> list[Entry]:
    """The best fit, then the points with the probability of a worse one."""
    count = len(result.parameters)
    return [
        Entry(result.best),
        *(
            Entry(point.values, point.deltaNLL, float(chi2_distribution.sf(2.0 * point.deltaNLL, count)))
            for point in result.points
            if point.deltaNLL is not None
        ),
    ]


def _contour_entries(result: ContourResult) -> list[Entry]:
    """The best fit, then the points of each contour."""
    return [
        Entry(result.best),
        *(
            Entry(dict(zip(result.parameters, point, strict=True)), line.delta_chi2 / 2.0, 1.0 - PROBABILITIES[name])
            for name, line in result.contours.items()
            for point in line.points
            if point is not None
        ),
    ]
