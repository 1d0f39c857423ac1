"""``-M Report``: the analyses that a combination is sold with, one after the other on one model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.compatibility import compare_masses
from ttjroofit.analysis.cross_sections import combine_cross_sections
from ttjroofit.analysis.fit import FitOptions, Fitted, fit_masses
from ttjroofit.analysis.heading import heading
from ttjroofit.analysis.impacts import compute_impacts
from ttjroofit.analysis.scan import scan
from ttjroofit.analysis.scan_options import ScanOptions
from ttjroofit.analysis.scenarios import compare_scenarios
from ttjroofit.analysis.tasks import Workers
from ttjroofit.analysis.tension import tension
from ttjroofit.analysis.validation import validate
from ttjroofit.card.statements import Card
from ttjroofit.errors import FitError, TtjroofitError
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.combination import Combination
from ttjroofit.model.options import ModelOptions
from ttjroofit.results.compatibility import CompatibilityResult
from ttjroofit.results.report import SCHEMA, AssumedCorrelation, ModelAssumptions, ReportResult, SkippedPart
from ttjroofit.results.scan import ScanResult

__all__ = ["ReportOptions", "Reported", "compose_report"]

POINTS = 41
"""Of the scan of the mass unless more are asked for."""

BREAKDOWN = ("theory", "syst", "stat")
"""Parts of the scanned interval."""

T = TypeVar("T")


@dataclass(frozen=True)
class ReportOptions:
    """How the analyses are run.

    Attributes:
        model: choices beyond the card.
        fit: engine and minimiser, of all fits by RooFit.
        split: how the masses are split to be compared; None for the masses of the card.
        points: of the scan of the first mass.
    """

    model: ModelOptions
    fit: FitOptions
    split: Literal["experiment", "energy", "measurement"] | None
    points: int = POINTS


@dataclass(frozen=True, eq=False)
class Reported:
    """A report with the fit whose ROOT objects the output folder keeps; None without a prediction."""

    result: ReportResult
    fitted: Fitted | None


@dataclass(frozen=True)
class _Parts:
    """Tries parts of a report and notes which are missing.

    Attributes:
        skipped: the missing ones so far.
    """

    skipped: list[SkippedPart] = field(default_factory=list)

    def attempt(self, part: str, make: Callable[[], T]) -> T | None:
        """What ``make`` gives; None, and a note, if the part does not exist for this card."""
        try:
            return make()
        except TtjroofitError as error:
            self.skipped.append(SkippedPart(part, str(error), failed=isinstance(error, FitError)))
            return None


def compose_report(
    card: Card, combination: Combination, options: ReportOptions, workers: Workers, clock: Clock
) -> Reported:
    """Run everything; what a card has no room for (one mass to compare, no scenarios) is noted, not an error.

    Args:
        card: that was read.
        combination: of the card and ``options.model``.
        options: how to run.
        workers: of the scan.
        clock: told of the stages.

    Raises:
        TtjroofitError: if the combination or the fit itself is impossible.
    """
    parts = _Parts()
    with clock.stage("combination"):
        combined = combine_cross_sections(
            combination, scenario=options.fit.scenario, pulls=options.fit.pulls, asimov=options.fit.asimov
        )
    fitted = impacts = compatibility = profile = None
    scenarios = []
    if combination.theory is None:
        parts.skipped.append(SkippedPart("fit", "the card has no `theory` line: no mass can be fitted"))
    else:
        fitted = fit_masses(combination, options.fit, clock)
        impacts = compute_impacts(fitted, clock)
        compatibility = parts.attempt("compatibility", partial(_compatibility, card, options, clock))
        profile = parts.attempt("scan", partial(_scan, fitted, combination, options, workers, clock))
        with clock.stage("scenarios"):
            scenarios = list(compare_scenarios(card, options.model))
    with clock.stage("checks"):
        validation = validate(card, combination, options.model.scenario)
    result = ReportResult(
        **heading(SCHEMA, combination),
        card_text="",
        validation=validation,
        model=_assumptions(card, combination, options.fit),
        cross_sections=combined.result,
        fit=fitted.result if fitted is not None else None,
        impacts=impacts,
        compatibility=compatibility,
        scan=profile,
        scenarios=scenarios,
        skipped=parts.skipped,
    )
    return Reported(result, fitted)


def _compatibility(card: Card, options: ReportOptions, clock: Clock) -> CompatibilityResult:
    model = replace(options.model, split=options.split)
    combination = load_combination(card, model)
    compared = compare_masses(combination, options.fit, options.split, clock)
    with clock.stage("tension"):
        return replace(compared.result, tension=tension(partial(load_combination, card), model, combination))


def _scan(
    fitted: Fitted, combination: Combination, options: ReportOptions, workers: Workers, clock: Clock
) -> ScanResult:
    if not fitted.result.status.good:
        raise FitError("the fit failed: no interval about its minimum means anything")
    first = next(iter(fitted.result.masses))
    asked = ScanOptions(algo="grid", parameters=(first,), points=options.points, breakdown=BREAKDOWN)
    return scan(combination, asked, options.fit, workers, clock)


def _assumptions(card: Card, combination: Combination, fit: FitOptions) -> ModelAssumptions:
    prior = combination.prior
    return ModelAssumptions(
        masses=_masses(combination),
        interpolation=card.options.order,
        pdf=card.options.pdf,
        tnp=card.options.tnp,
        scale=card.options.scale,
        scenario=fit.scenario,
        pulls=fit.pulls,
        asimov=fit.asimov,
        repair=card.repair.method if card.repair is not None else None,
        merged=[name for name in prior.names if name not in prior.parameters],
        frozen=[name for name in combination.owners if prior.parents[name][0] in combination.frozen],
        combined=_combined(combination),
        smoothed=list(dict.fromkeys(curve.source for curve in combination.smoothed)),
        errors_on_errors=dict(combination.errors_on_errors),
        correlations=[
            AssumedCorrelation(
                nuisances=(pair.first, pair.second),
                block=pair.block,
                nominal=pair.nominal,
                low=pair.low,
                high=pair.high,
                used=used,
                place=str(replace(pair.place, path=Path(pair.place.path.name))),
            )
            for pair, used in prior.changes()
        ],
    )


def _masses(combination: Combination) -> dict[str, list[str]]:
    masses: dict[str, list[str]] = {}
    if combination.theory is not None:
        for term in combination.theory.spectrum.terms:
            masses.setdefault(combination.theory.parameters.names[term.mass], []).append(term.measurement)
    return masses


def _combined(combination: Combination) -> dict[str, list[str]]:
    combined: dict[str, list[str]] = {}
    for measured, true in combination.truth_of.items():
        combined.setdefault(true, []).append(measured)
    return combined
