"""``-M CrossSections``: the combination alone; needs neither ROOT nor a prediction."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.cross_sections import Combined, combine_cross_sections
from ttjroofit.run.cross_sections_text import csv_files, to_yaml
from ttjroofit.run.finish import finish, timed
from ttjroofit.run.output import OutputFolder
from ttjroofit.run.request import Outcome, Run
from ttjroofit.show.cross_sections import cross_sections_summary

__all__ = ["run_cross_sections"]


def run_cross_sections(run: Run) -> Outcome:
    """Combine and write everything."""
    clock = Clock(run.listener)
    with clock.stage("inputs"):
        card, combination = run.load()
    with clock.stage("combination"):
        combined = combine_cross_sections(
            combination,
            scenario=run.model.scenario or card.scenario,
            pulls=run.model.pulls or card.pulls,
            asimov=run.model.asimov,
            form=run.chi2,
        )
    folder = OutputFolder(run.output)
    if run.plots:
        with clock.stage("plots"):
            from ttjroofit.show.cross_sections_figures import cross_sections_figures  # noqa: PLC0415 -- imports matplotlib

            folder.write_figures(cross_sections_figures(combined.result))
    with clock.stage("files"):
        _write_files(combined, folder)
    result = timed(combined.result, clock)
    return finish(folder, run.card_text(card), result, cross_sections_summary, good=True)


def _write_files(combined: Combined, folder: OutputFolder) -> None:
    # uproot takes half a second to import: not for --help
    from ttjroofit.run.cross_sections_root import write_histograms  # noqa: PLC0415

    folder.write_root("cross_sections.root", lambda path: write_histograms(combined, path))
    folder.write_root("nuisance_correlation.npz", lambda path: _write_nuisances(combined, Path(path)))
    folder.write_text("result.yaml", to_yaml(combined.result))
    for name, text in csv_files(combined.result).items():
        folder.write_text(name, text)


def _write_nuisances(combined: Combined, path: Path) -> None:
    with path.open("wb") as file:
        np.savez_compressed(file, names=np.array(combined.nuisances), correlation=combined.nuisance_correlation)
