"""``-t``, ``-s``, ``--toysFrequentist``, ``--toysFile``, ``--saveToys``: which toys a method is asked for."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from ttjroofit.errors import OptionError
from ttjroofit.model.options import ToyOptions

__all__ = ["ASIMOV", "DEFAULT_SEED", "TOY_METHODS", "parse_toys"]

ASIMOV = -1
"""``-t -1``: the Asimov data set."""

DEFAULT_SEED = 123456
"""That of combine."""

TOY_METHODS: Mapping[str, int] = {
    "Fit": 0,
    "MultiDimFit": 0,
    "GoodnessOfFit": 0,
    "Compatibility": 0,
    "GenerateOnly": 0,
    "Coverage": 10_000,
    "ShiftStatistics": 1000,
}
"""Methods that know toys, with the number of toys they take if none is given."""


def parse_toys(method: str, options: Mapping[str, Any]) -> ToyOptions | None:
    """The toys asked for; None for the data or the Asimov data set.

    Args:
        method: of the command line.
        options: ``toys``, ``seed``, ``toys_frequentist``, ``toys_file``, ``save_toys`` as click gives them.

    Raises:
        OptionError: if the method knows no toys, or the options do not go together.
    """
    count, file = options["toys"], options["toys_file"]
    if count < ASIMOV:
        raise OptionError(f"-t {count}: give a number of toys, or -1 for the Asimov data set")
    if count == ASIMOV and (file is not None or options["toys_frequentist"]):
        raise OptionError("-t -1 is the Asimov data set: give -t N for toys")
    if file is not None and options["save_toys"]:
        raise OptionError(f"--saveToys: the toys of {file} are in a file already")
    if method == "GenerateOnly" and (count <= 0 or file is not None):
        raise OptionError("-M GenerateOnly throws toys: give their number, -t N, and no --toysFile")
    if method not in TOY_METHODS and (count > 0 or file is not None):
        asked = f"-t {count}" if count else "--toysFile"
        raise OptionError(f"{asked}: -M {method} knows no toys; {', '.join(TOY_METHODS)} do")
    if count == ASIMOV:
        return None
    count = count or (TOY_METHODS.get(method, 0) if file is None else 0)
    if count == 0 and file is None:
        given = [name for name in ("toys_frequentist", "save_toys") if options[name]]
        if given:
            name = "--toysFrequentist" if given[0] == "toys_frequentist" else "--saveToys"
            raise OptionError(f"{name} without toys: give their number, -t N")
        return None
    seed = options["seed"] if options["seed"] >= 0 else secrets.randbelow(2**31)
    return ToyOptions(count, seed, options["toys_frequentist"], file, options["save_toys"])
