"""The ROOT tree ``limit`` as combine writes it, written without ROOT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import uproot

__all__ = ["Entry", "limit_file", "write_limit_tree"]

BEST = -1.0
"""``quantileExpected`` of the best fit."""


@dataclass(frozen=True)
class Entry:
    """One entry of the tree.

    Attributes:
        values: of the parameters of interest.
        deltaNLL: above that of the best fit.
        quantile: ``quantileExpected``: -1 for the best fit, else what combine writes for the algorithm.
    """

    values: dict[str, float]
    deltaNLL: float = 0.0
    quantile: float = BEST


def limit_file(name: str, mass: float) -> str:
    """Name of the file: that of combine, whose ``-n`` is ``Test`` unless given."""
    return f"higgsCombine{name or 'Test'}.MultiDimFit.mH{mass:g}.root"


def write_limit_tree(path: str, entries: Sequence[Entry], *, mass: float, seed: int = 0) -> None:
    """Write tree ``limit`` with the branches of combine.

    ``limit`` is the first parameter of interest; the times are 0, so that the same scan gives the same entries.

    Args:
        path: of the file.
        entries: in order, the best fit first; all of the same parameters.
        mass: ``mh``.
        seed: ``iSeed``.
    """
    count, names = len(entries), list(entries[0].values)
    parameters = {name: np.array([entry.values[name] for entry in entries], dtype=np.float64) for name in names}
    integers = {"syst": 1, "iToy": 0, "iSeed": seed, "iChannel": 0}
    columns = {
        "limit": parameters[names[0]],
        "limitErr": np.zeros(count),
        "mh": np.full(count, mass),
        **{name: np.full(count, value, dtype=np.int32) for name, value in integers.items()},
        "t_cpu": np.zeros(count, dtype=np.float32),
        "t_real": np.zeros(count, dtype=np.float32),
        "quantileExpected": np.array([entry.quantile for entry in entries], dtype=np.float32),
        **{name: values.astype(np.float32) for name, values in parameters.items()},
        "deltaNLL": np.array([entry.deltaNLL for entry in entries], dtype=np.float32),
    }
    with uproot.recreate(path) as file:
        tree = file.mktree("limit", {name: values.dtype for name, values in columns.items()})
        tree.extend(columns)
