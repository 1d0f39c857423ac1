"""The fits of toys as a tree ``limit``, with the branches of combine that mean something here."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import uproot

from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.results.toys import ToyFitsResult

__all__ = ["write_toy_fits"]


def write_toy_fits(result: ToyFitsResult, path: str) -> None:
    """Write tree ``limit``, one entry a toy, NaN where its fit failed.

    ``limit`` and ``limitErr`` are value and HESSE error of the first mass, ``iToy`` counts from 1, ``iSeed`` is the
    seed of the run, ``quantileExpected`` is -1, a best fit; each mass is a branch, with ``<mass>_hesse``; ``chi2``
    is that of the fit.
    """
    count = result.toys
    masses = {name: _numbers(mass.values) for name, mass in result.masses.items()}
    errors = {f"{name}_hesse": _numbers(mass.hesse) for name, mass in result.masses.items()}
    columns: dict[str, npt.NDArray[Any]] = {
        "limit": next(iter(masses.values())),
        "limitErr": next(iter(errors.values())),
        "iToy": np.arange(1, count + 1, dtype=np.int32),
        "iSeed": np.full(count, -1 if result.seed is None else result.seed, dtype=np.int64),
        "quantileExpected": np.full(count, -1.0, dtype=np.float32),
        **masses,
        **errors,
        "chi2": _numbers(result.chi2_toys),
    }
    with uproot.recreate(path) as file:
        file.mktree("limit", {name: str(column.dtype) for name, column in columns.items()})
        file["limit"].extend(columns)


def _numbers(values: list[float | None]) -> FloatArray:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
