"""What one call of the program asks for, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ttjroofit._version import __version__
from ttjroofit.analysis.scan_options import ScanOptions
from ttjroofit.analysis.tasks import Serial, Workers
from ttjroofit.card import read_card, render
from ttjroofit.card.statements import Card
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.combination import Combination
from ttjroofit.model.external import used_shapes
from ttjroofit.model.options import ModelOptions, ToyOptions
from ttjroofit.roofit.external import read_external
from ttjroofit.roofit.minimise import Minimizer

__all__ = ["Outcome", "Run"]


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
        approx: of ``-M Impacts``: ``analytic``, or ``none`` for refits.
        named: nuisances that ``-M Impacts`` is asked for; None for all.
        points: of a scan; None for what the method takes.
        toys: to be thrown or read; None for the data, or the Asimov data set of ``model``.
        listener: told the name of each stage.
        workers: run the tasks of work that can be split.
        scan: of ``-M MultiDimFit``.
        name: of ``-n``.
        chi2: ``neyman``, or ``pearson`` for statistical variances that follow the result.
        settings: of the card, keyword to word in place of what it says.
        formats: that ``-M Workspace`` writes besides ``workspace.root``.
    """

    card: Path
    output: Path
    command: str
    model: ModelOptions
    engine: Literal["reduced", "full"]
    minimizer: Minimizer
    verbosity: int
    plots: bool
    approx: Literal["analytic", "none"] = "analytic"
    named: tuple[str, ...] | None = None
    points: int | None = None
    toys: ToyOptions | None = None
    listener: Callable[[str], None] | None = None
    workers: Workers = field(default_factory=Serial)
    scan: ScanOptions = field(default_factory=ScanOptions)
    name: str = ""
    chi2: Literal["neyman", "pearson"] = "neyman"
    settings: Mapping[str, str] = field(default_factory=dict)
    formats: tuple[str, ...] = ()

    def read(self) -> Card:
        """The card with the settings of this call."""
        return read_card(self.card, self.settings)

    def load(self, *, external: bool = False) -> tuple[Card, Combination]:
        """The card and the combination it describes.

        Args:
            external: whether the method knows likelihoods of workspaces; reading them needs ROOT.
        """
        card = self.read()
        shapes = used_shapes(card, self.model.measurements) if external and self.toys is None else ()
        return card, load_combination(card, self.model, [read_external(one) for one in shapes] if shapes else None)

    def card_text(self, card: Card) -> str:
        """The card with its includes resolved, its paths relative to the output folder, and the call that used it."""
        # who repeats a blinded run without the salt must not see the true masses by mistake
        blind = "blind\n" if self.model.blind is not None and card.blind is None else ""
        return f"# ttjroofit {__version__}\n# {' '.join(self.command.splitlines())}\n{render(card, self.output)}{blind}"


@dataclass(frozen=True)
class Outcome:
    """What is printed, the files written, and the exit status."""

    text: str
    written: tuple[Path, ...]
    status: int
