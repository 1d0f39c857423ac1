"""Toys of a call: thrown or read, written, and ``-M Fit -t N``: the masses fitted to every one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.tasks import Workers, split
from ttjroofit.analysis.toys import CHUNK, Sample, fit_mass_toys, throw_toys, toy_observables
from ttjroofit.card.statements import Card
from ttjroofit.errors import OptionError
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.likelihood import theory_of
from ttjroofit.model.options import ModelOptions, ToyOptions
from ttjroofit.model.toys import ToyModel
from ttjroofit.results.toys import ToyFitsResult
from ttjroofit.run.finish import finish, timed
from ttjroofit.run.fit import fit_options
from ttjroofit.run.output import OutputFolder
from ttjroofit.run.request import Outcome, Run
from ttjroofit.show.toys import toy_fits_summary

__all__ = ["held_combination", "read_sample", "run_toy_fits", "sample_of", "save_toys"]

TOGETHER = 8
"""Tasks whose toys are in memory at once while they are written: 16 000 toys of 650 observables are 80 MB."""


def sample_of(run: Run, card: Card, combination: Combination) -> Sample | None:
    """The toys that a call asks for; None for the data.

    Args:
        run: the call.
        card: it is about.
        combination: of the card.

    Raises:
        OptionError, InputError: if the toys cannot be thrown or read.
    """
    if run.toys is None:
        return None
    if run.toys.file is None:
        return throw_toys(combination, run.toys, held_combination(card, combination, run.model, run.toys))
    return read_sample(run.toys, combination)


def read_sample(options: ToyOptions, combination: Combination) -> Sample:
    """The toys of ``--toysFile``.

    Raises:
        OptionError, InputError: if they cannot be read.
    """
    # uproot takes half a second to import: only for those who read toys
    from ttjroofit.run.toys_file import read_toys  # noqa: PLC0415

    if options.file is None:
        raise TypeError("the call names no file")
    return read_toys(options.file, combination, options)


def held_combination(card: Card, combination: Combination, model: ModelOptions, toys: ToyOptions) -> Combination | None:
    """The combination with what ``--setParameters`` names frozen, for the truth of frequentist toys; None without any.

    Raises:
        OptionError: if an interpolation nuisance is to be held, which has no value of its own.
    """
    names = tuple(model.set_parameters)
    if not toys.frequentist or not names:
        return None
    for name in names:
        if name in theory_of(combination).interpolation_names:
            raise OptionError(f"--setParameters {name}: toys cannot be thrown with an interpolation nuisance held")
    return load_combination(card, replace(model, freeze_parameters=(*model.freeze_parameters, *names)))


def save_toys(combination: Combination, sample: Sample, folder: OutputFolder, workers: Workers) -> int:
    """Write ``toys.root`` and return the number of observables of each toy; toys of a file are not written again."""
    from ttjroofit.run.toys_file import write_toys  # noqa: PLC0415 -- imports uproot

    counts: list[int] = []
    blocks = _blocks(combination, sample, workers)
    folder.write_root("toys.root", lambda path: counts.append(write_toys(path, blocks, sample)))
    return counts[0]


def _blocks(combination: Combination, sample: Sample, workers: Workers) -> Iterator[dict[str, FloatArray]]:
    """Observables of the toys, a few tasks at a time."""
    if not isinstance(sample.source, ToyModel):
        raise TypeError("toys of a file are not thrown again")
    observe = partial(toy_observables, combination, eliminate(combination), sample.source)
    chunks = split(sample.count, CHUNK)
    for start in range(0, len(chunks), TOGETHER):
        yield from observe(chunks[start : start + TOGETHER], workers)


def run_toy_fits(run: Run) -> Outcome:
    """Fit the masses to all toys and write everything; exit status 1 if a fit failed."""
    if run.engine == "full":
        raise OptionError(
            "-t N --engine full: toys are fitted with the reduced model, the same likelihood; leave it out"
        )
    clock = Clock(run.listener)
    with clock.stage("inputs"):
        card, combination = run.load()
        sample = sample_of(run, card, combination)
    if sample is None:
        raise TypeError("the call asks for no toys")
    with clock.stage("toys"):
        result = fit_mass_toys(combination, sample, fit_options(run, card), run.workers)
    folder = OutputFolder(run.output)
    if run.toys is not None and run.toys.save:
        with clock.stage("files"):
            save_toys(combination, sample, folder, run.workers)
    if run.plots:
        with clock.stage("plots"):
            from ttjroofit.show.toys_figures import toy_fits_figures  # noqa: PLC0415 -- imports matplotlib

            folder.write_figures(toy_fits_figures(result))
    with clock.stage("files"):
        _write_tree(result, folder)
    return finish(folder, run.card_text(card), timed(result, clock), toy_fits_summary, good=result.good)


def _write_tree(result: ToyFitsResult, folder: OutputFolder) -> None:
    from ttjroofit.run.toys_tree import write_toy_fits  # noqa: PLC0415 -- imports uproot

    folder.write_root("toy_fits.root", partial(write_toy_fits, result))
