"""``toys.root``: toys as what the measurements would have published, in trees that need no ROOT to be written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import uproot

from ttjroofit.analysis.toys import Sample, Stored
from ttjroofit.errors import InputError, OptionError, Place, TtjroofitError
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.model.combination import Combination
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.options import ToyOptions
from ttjroofit.model.toy_observables import from_observables, observable_names

__all__ = ["read_toys", "write_toys"]

TOYS, TRUTH = "toys", "truth"


def write_toys(path: str, blocks: Iterable[Mapping[str, FloatArray]], sample: Sample) -> int:
    """Write trees ``toys`` and ``truth``.

    ``toys`` has ``iToy``, from 1 as in combine, and one branch a bin and an auxiliary observable; ``truth`` has one
    entry: what the toys were thrown from, with ``seed`` and ``frequentist``.

    Args:
        path: of the file.
        blocks: toys in order, each block observables by name, shapes (B,).
        sample: the toys, for their truth and seed.

    Returns:
        The number of observables of each toy.
    """
    first, names = 1, 0
    with uproot.recreate(path) as file:
        for block in blocks:
            count = len(next(iter(block.values())))
            if first == 1:
                names = len(block)
                file.mktree(TOYS, {"iToy": "int64"} | dict.fromkeys(block, "float64"))
            file[TOYS].extend({"iToy": np.arange(first, first + count), **block})
            first += count
        values: dict[str, Any] = {name: np.array([value]) for name, value in sample.truth.items()}
        values["seed"] = np.array([-1 if sample.seed is None else sample.seed])
        values["frequentist"] = np.array([int(sample.frequentist)])
        file.mktree(TRUTH, {name: str(value.dtype) for name, value in values.items()})
        file[TRUTH].extend(values)
    return names


def read_toys(path: Path, combination: Combination, options: ToyOptions) -> Sample:
    """Read toys and eliminate their nuisances.

    Args:
        path: of the file.
        combination: that is to be fitted to them.
        options: how many of them; 0 for all.

    Raises:
        InputError: if the file is none of toys, or they lack an observable of the combination.
        OptionError: if there are fewer toys than asked for.
    """
    names = observable_names(combination)
    try:
        with uproot.open(path) as file:
            truth = {name: float(column[0]) for name, column in file[TRUTH].arrays(library="np").items()}
            tree = file[TOYS]
            missing = next((name for name in names if name not in tree), None)
            if missing is not None:
                raise InputError(
                    f"the toys have no {missing}: they were thrown from another card, or with other options",
                    Place(path),
                )
            available = int(tree.num_entries)
            count = options.count or available
            read = min(count, available)
            columns = tree.arrays(names, entry_stop=count, library="np")
            observed = {name: np.asarray(columns[name], dtype=np.float64).reshape(read) for name in names}
    except TtjroofitError:
        raise
    # uproot has no error of its own for bytes that make no sense: struct, zlib, memory and many more
    except Exception as error:
        reason = getattr(error, "strerror", None) or f"it has no trees {TOYS} and {TRUTH}"
        raise InputError(f"toys cannot be read: {reason}", Place(path)) from None
    if not 0 < count <= available:
        raise OptionError(f"-t {count}: {path} has {available} toys")
    for name in names:
        if not np.all(np.isfinite(observed[name])):
            raise InputError(f"a value of {name} is not finite", Place(path))
    toys = from_observables(combination, eliminate(combination), observed)
    seed, frequentist = int(truth.pop("seed", -1)), bool(truth.pop("frequentist", 0.0))
    return Sample(Stored(toys), count, truth, seed if seed >= 0 else None, frequentist, path.name)
