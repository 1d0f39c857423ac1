"""The methods of the command line: read the card, call one analysis, write its result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ttjroofit._version import __version__
from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.fit import FitOptions, fit_masses
from ttjroofit.analysis.validation import validate
from ttjroofit.card import read_card, render
from ttjroofit.card.statements import Card
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.options import ModelOptions
from ttjroofit.results.fit import FitResult
from ttjroofit.results.store import to_json
from ttjroofit.roofit.minimise import Minimizer
from ttjroofit.roofit.store import write_fit, write_workspace
from ttjroofit.roofit.workspace import build_workspace
from ttjroofit.run.output import OutputFolder
from ttjroofit.show.summary import fit_summary
from ttjroofit.show.validation import validation_summary

__all__ = ["METHODS", "Outcome", "Run"]


@dataclass(frozen=True)
class Run:
    """One call of the program.

    Attributes:
        card: the datacard.
        output: folder for the results.
        command: the call as typed, written into ``card.txt``.
        model: choices that change the model.
        engine, minimizer, verbosity: of the fit.
        plots: whether figures are made.
        listener: told the name of each stage.
    """

    card: Path
    output: Path
    command: str
    model: ModelOptions
    engine: Literal["reduced", "full"]
    minimizer: Minimizer
    verbosity: int
    plots: bool
    listener: Callable[[str], None] | None = None

    def load(self) -> tuple[Card, Combination]:
        """The card and the combination it describes."""
        card = read_card(self.card)
        return card, load_combination(card, self.model)

    def card_text(self, card: Card) -> str:
        """The card with its includes resolved, its paths relative to the output folder, and the call that used it."""
        return f"# ttjroofit {__version__}\n# {self.command}\n{render(card, self.output)}"


@dataclass(frozen=True)
class Outcome:
    """What is printed, the files written, and the exit status."""

    text: str
    written: tuple[Path, ...]
    status: int


def run_fit(run: Run) -> Outcome:
    """``-M Fit``: masses by RooFit, exit status 1 if a fit failed."""
    clock = Clock(run.listener)
    with clock.stage("inputs"):
        card, combination = run.load()
    options = FitOptions(
        engine=run.engine,
        minimizer=run.minimizer,
        verbosity=run.verbosity,
        scenario=run.model.scenario or card.scenario,
        pulls=run.model.pulls or card.pulls,
        asimov=run.model.asimov,
    )
    fitted = fit_masses(combination, options, clock)
    folder, text = OutputFolder(run.output), run.card_text(card)
    if run.plots:
        with clock.stage("plots"):
            _write_figures(fitted.result, folder)
    with clock.stage("files"):
        folder.write_root("workspace.root", lambda path: write_workspace(fitted.workspace, text, path))
        folder.write_root("fit.root", lambda path: write_fit(fitted.roofit_result, path))
    result = replace(fitted.result, timing_s={name: round(seconds, 4) for name, seconds in clock.seconds.items()})
    summary = fit_summary(result)
    folder.write_text("card.txt", text)
    folder.write_text("summary.txt", summary)
    folder.write_text("result.json", to_json(result))
    return Outcome(summary, tuple(folder.written), 0 if result.status.good else 1)


def run_workspace(run: Run) -> Outcome:
    """``-M Workspace``: the workspace without a fit."""
    card, combination = run.load()
    workspace = build_workspace(combination, eliminate(combination))
    folder, text = OutputFolder(run.output), run.card_text(card)
    folder.write_root("workspace.root", lambda path: write_workspace(workspace, text, path))
    folder.write_text("card.txt", text)
    summary = (
        f"{len(combination.bins)} bins and {len(combination.owners)} nuisance parameters: models `reduced` and `full`\n"
    )
    return Outcome(summary, tuple(folder.written), 0)


def run_validate(run: Run) -> Outcome:
    """``-M Validate``: checks without ROOT."""
    card, combination = run.load()
    validation = validate(combination)
    folder, summary = OutputFolder(run.output), validation_summary(validation)
    folder.write_text("card.txt", run.card_text(card))
    folder.write_text("summary.txt", summary)
    folder.write_text("result.json", to_json(validation))
    return Outcome(summary, tuple(folder.written), 0)


METHODS: dict[str, Callable[[Run], Outcome]] = {
    "Fit": run_fit,
    "Workspace": run_workspace,
    "Validate": run_validate,
}


def _write_figures(result: FitResult, folder: OutputFolder) -> None:
    # matplotlib takes half a second to import: only for those who plot
    from ttjroofit.show.figures import fit_figures  # noqa: PLC0415
    from ttjroofit.show.style import save_figure  # noqa: PLC0415

    for stem, figure in fit_figures(result).items():
        folder.add(save_figure(figure, folder.path, stem))
