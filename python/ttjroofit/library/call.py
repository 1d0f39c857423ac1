"""What a call of the library asks for, as the program's own request: both then do the same."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal, get_args

from ttjroofit.errors import OptionError
from ttjroofit.library.choices import one_of, whole
from ttjroofit.library.model import Model
from ttjroofit.library.workers import SilentWorkers
from ttjroofit.model.options import ToyOptions
from ttjroofit.roofit.minimise import parse_minimizer
from ttjroofit.run.request import Run
from ttjroofit.run.toy_options import parse_toys

__all__ = ["MINIMIZER", "Chi2Form", "Engine", "call_of", "call_text", "thrown_toys", "toys_of"]

Engine = Literal["reduced", "full"]
Chi2Form = Literal["neyman", "pearson"]

MINIMIZER = "Minuit2,migrad"
"""That of the program."""


def call_of(
    model: Model, *, engine: Engine = "reduced", minimizer: str = MINIMIZER, parallel: int = 0, **more: Any
) -> Run:
    """The request that the command line would make.

    Args:
        model: the model.
        engine: of fits by RooFit.
        minimizer: of ROOT.
        parallel: number of processes.
        more: further fields of ``Run``.

    Raises:
        OptionError: for a choice that does not exist.
    """
    one_of("engine", engine, get_args(Engine))
    if "chi2" in more:
        one_of("chi2", more["chi2"], get_args(Chi2Form))
    fields = {"output": Path(), "verbosity": 0, **more}
    return Run(
        card=model.card.path,
        command=call_text(model),
        model=model.options,
        engine=engine,
        minimizer=parse_minimizer(minimizer),
        plots=False,
        workers=SilentWorkers(parallel),
        **fields,
    )


def call_text(model: Model) -> str:
    """The call of ``load`` that makes the model, without the salt of a blinded one."""
    options = model.options
    keywords = {
        "measurements": options.measurements,
        "correlations": options.scenario,
        "pulls": options.pulls,
        "split": options.split,
        "set_parameters": options.set_parameters,
        "ranges": options.ranges,
        "freeze_parameters": options.freeze_parameters,
        "freeze_groups": options.freeze_groups,
        "asimov": options.asimov,
    }
    texts = [repr(str(model.card.path)), *(f"{name}={value!r}" for name, value in keywords.items() if value)]
    return f"ttjroofit.load({', '.join(texts)})"


def toys_of(
    model: Model,
    method: str,
    count: int,
    *,
    seed: int,
    frequentist: bool = False,
    file: str | os.PathLike[str] | None = None,
) -> ToyOptions | None:
    """The toys asked for; None for the data.

    Args:
        model: that they are thrown from.
        method: of the command line.
        count: of toys; 0 for none, or all of ``file``.
        seed: of the toys; -1 for a random one.
        frequentist: as of ``ToyOptions``.
        file: with toys to be read.

    Raises:
        OptionError: if the choices do not go together.
    """
    count, seed = whole("toys", count, 0), whole("seed", seed, -1)
    if model.options.asimov and (count or file is not None):
        raise OptionError("toys of an Asimov data set: load the model without asimov=True")
    path = Path(file) if file is not None else None
    asked = {"toys": count, "seed": seed, "toys_frequentist": frequentist, "toys_file": path, "save_toys": False}
    return parse_toys(method, asked)


def thrown_toys(model: Model, method: str, count: int, seed: int) -> ToyOptions:
    """The toys of a method that cannot do without.

    Raises:
        OptionError: if there are none.
    """
    asked = toys_of(model, method, whole("toys", count, 1), seed=seed)
    if asked is None:
        raise TypeError("the call asks for no toys")
    return asked
