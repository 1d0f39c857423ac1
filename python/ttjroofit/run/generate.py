"""``-M GenerateOnly``: toys as what the measurements would have published; needs no ROOT."""

from __future__ import annotations

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.heading import model_heading
from ttjroofit.results.toys import GENERATED_SCHEMA, GeneratedToys
from ttjroofit.run.finish import finish, timed
from ttjroofit.run.output import OutputFolder
from ttjroofit.run.request import Outcome, Run
from ttjroofit.run.toys import sample_of, save_toys
from ttjroofit.show.toys import generated_summary

__all__ = ["run_generate"]


def run_generate(run: Run) -> Outcome:
    """Throw the toys and write ``toys.root``."""
    clock = Clock(run.listener)
    with clock.stage("inputs"):
        card, combination = run.load()
        sample = sample_of(run, card, combination)
    if sample is None or sample.seed is None:
        raise TypeError("the call asks for no toys")
    folder = OutputFolder(run.output)
    with clock.stage("toys"):
        observables = save_toys(combination, sample, folder, run.workers)
    result = GeneratedToys(
        **model_heading(
            GENERATED_SCHEMA,
            combination,
            scenario=run.model.scenario or card.scenario,
            pulls=run.model.pulls or card.pulls,
        ),
        toys=sample.count,
        seed=sample.seed,
        frequentist=sample.frequentist,
        truth=dict(sample.truth),
        observables=observables,
        file="toys.root",
    )
    return finish(folder, run.card_text(card), timed(result, clock), generated_summary, good=True)
