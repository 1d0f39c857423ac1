"""The file ``nuisance_correlation.npz`` beside the result of ``-M CrossSections``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ttjroofit.errors import InputError, Place
from ttjroofit.inputs.measurement import FloatArray

__all__ = ["NUISANCE_FILE", "NuisanceCorrelation", "read_nuisance_correlation"]

NUISANCE_FILE = "nuisance_correlation.npz"


@dataclass(frozen=True, eq=False)
class NuisanceCorrelation:
    """Correlation of the nuisances after the combination.

    Attributes:
        names: of the p floating nuisances.
        matrix: shape (p, p), rows and columns in their order.
    """

    names: list[str]
    matrix: FloatArray


def read_nuisance_correlation(path: Path) -> NuisanceCorrelation:
    """Read the file.

    Raises:
        InputError: if it is missing, damaged, or its matrix does not fit its names.
    """
    try:
        # numpy leaves a file open that it cannot read
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            names, matrix = np.asarray(file["names"]), np.asarray(file["correlation"])
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"cannot be read: {reason}; -M CrossSections writes it", Place(path)) from None
    # zipfile and zlib, too, raise what they like for bytes that are none of theirs
    except Exception as error:
        raise InputError(f"holds no names and correlation: {error}; run -M CrossSections again", Place(path)) from None
    if names.ndim != 1 or matrix.shape != 2 * names.shape or matrix.dtype.kind != "f":
        message = f"{names.size} names and a matrix of shape {matrix.shape} do not go together"
        raise InputError(f"{message}; run -M CrossSections again", Place(path))
    return NuisanceCorrelation([str(name) for name in names], np.asarray(matrix, dtype=np.float64))
