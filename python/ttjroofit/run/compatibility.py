"""``-M Compatibility``: one mass against several."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import partial
from typing import Literal

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.compatibility import compare_masses
from ttjroofit.analysis.compatibility_toys import compare_toys, single_mass, single_mass_toys
from ttjroofit.analysis.fit import Fitted
from ttjroofit.analysis.tension import tension
from ttjroofit.card.statements import Card
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.combination import Combination
from ttjroofit.results.compatibility import CompatibilityResult
from ttjroofit.roofit.store import write_fit, write_workspace
from ttjroofit.run.finish import finish, timed
from ttjroofit.run.fit import fit_options
from ttjroofit.run.output import OutputFolder
from ttjroofit.run.request import Outcome, Run
from ttjroofit.run.toys import read_sample, save_toys
from ttjroofit.show.compatibility import compatibility_summary

__all__ = ["default_split", "run_compatibility"]


def run_compatibility(run: Run) -> Outcome:
    """Fit both hypotheses and write everything; exit status 1 if a fit failed."""
    clock = Clock(run.listener)
    with clock.stage("inputs"):
        card = run.read()
        split = run.model.split or default_split(card, run.model.measurements)
        model = replace(run.model, split=split)
        combination = load_combination(card, model)
    compared = compare_masses(combination, fit_options(run, card), split, clock)
    folder, text = OutputFolder(run.output), run.card_text(card)
    with clock.stage("tension"):
        result = replace(compared.result, tension=tension(partial(load_combination, card), model, combination))
    if run.toys is not None:
        with clock.stage("toys"):
            result = _with_toys(run, combination, result, folder)
    if run.plots:
        with clock.stage("plots"):
            from ttjroofit.show.compatibility_figures import compatibility_figures  # noqa: PLC0415 -- imports matplotlib

            folder.write_figures(compatibility_figures(result))
    with clock.stage("files"):
        _write_fit(compared.several, folder, "", text)
        _write_fit(compared.single, folder, "_single_mass", text)
    return finish(folder, text, timed(result, clock), compatibility_summary, good=result.good)


def _with_toys(
    run: Run, combination: Combination, result: CompatibilityResult, folder: OutputFolder
) -> CompatibilityResult:
    """The result with what toys of the single mass say; they are saved if asked for."""
    if run.toys is None:
        return result
    tied = single_mass(combination)
    sample = single_mass_toys(tied, run.toys) if run.toys.file is None else read_sample(run.toys, tied)
    if run.toys.save:
        save_toys(tied, sample, folder, run.workers)
    toys = compare_toys(combination, sample, result.delta_chi2, run.workers)
    return replace(result, toys=toys, good=result.good and not toys.failed)


def default_split(card: Card, measurements: Collection[str] | None) -> Literal["measurement"] | None:
    """One mass a measurement, unless the card itself has several masses for the measurements in use."""
    used = set(measurements if measurements is not None else (statement.name for statement in card.measurements))
    return "measurement" if sum(not used.isdisjoint(poi.measurements) for poi in card.pois) < 2 else None


def _write_fit(fitted: Fitted, folder: OutputFolder, suffix: str, text: str) -> None:
    folder.write_root(f"workspace{suffix}.root", partial(write_workspace, fitted.workspace, text))
    folder.write_root(f"fit{suffix}.root", partial(write_fit, fitted.roofit_result))
