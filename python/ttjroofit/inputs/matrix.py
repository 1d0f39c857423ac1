"""Symmetric matrices as they are written: a lower triangle or a square, in the YAML or in a text file beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ttjroofit.errors import InputError, Place
from ttjroofit.files import LARGEST_NUMBER, is_file
from ttjroofit.inputs.measurement import FloatArray
from ttjroofit.inputs.schema import MatrixFile
from ttjroofit.inputs.yaml_file import YamlFile, read_text

__all__ = ["MatrixRows", "check_correlation", "check_positive_definite", "matrix_rows", "symmetric"]

_ASYMMETRY = 1e-9  # relative; rounding of printed double precision stays well below


@dataclass(frozen=True)
class MatrixRows:
    """Rows of a matrix as written, each with its place; ``origin`` is the place of the whole."""

    rows: Sequence[Sequence[float]]
    places: Sequence[Place]
    origin: Place


def matrix_rows(file: YamlFile, matrix: list[list[float]] | MatrixFile, *location: str | int) -> MatrixRows:
    """The rows of a matrix that stands at ``location`` of ``file`` or in a text file named there.

    Raises:
        InputError: the text file is missing or holds something other than finite numbers.
    """
    if not isinstance(matrix, MatrixFile):
        places = [file.place(*location, number) for number in range(len(matrix))]
        return MatrixRows(matrix, places, file.place(*location))
    path = file.path.parent / matrix.file
    if not is_file(path):
        raise file.error(f"no matrix file '{matrix.file}' beside this file (looked for {path})", *location)
    rows, places = [], []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        words = line.partition("#")[0].split()
        if words:
            places.append(Place(path, number))
            rows.append([_number(word, places[-1]) for word in words])
    return MatrixRows(rows, places, Place(path))


def symmetric(matrix: MatrixRows, names: Sequence[str]) -> FloatArray:
    """The full matrix, shape (len(names), len(names)), from a lower triangle or a square.

    Raises:
        InputError: a row has the wrong length, or the square is not symmetric.
    """
    size, rows = len(names), matrix.rows
    if len(rows) != size:
        raise InputError(f"the matrix has {len(rows)} rows, expected {size}, one for each of its names", matrix.origin)
    square = size > 1 and len(rows[0]) == size
    for number, row in enumerate(rows):
        wanted = size if square else number + 1
        if len(row) != wanted:
            form = "square" if square else "lower triangle"
            raise InputError(
                f"row {number + 1} of the matrix ({names[number]}) has {len(row)} entries, expected {wanted} ({form})",
                matrix.places[number],
            )
    # only now is it known that so many numbers are there
    full = np.zeros((size, size))
    for number, row in enumerate(rows):
        full[number, : len(row)] = row
    if not square:
        return np.asarray(full + np.tril(full, -1).T)
    _check_symmetric(full, matrix, names)
    return np.asarray((full + full.T) / 2)


def check_correlation(correlation: FloatArray, matrix: MatrixRows, names: Sequence[str]) -> None:
    """Check that ``correlation``, shape (len(names), len(names)), has a unit diagonal and no entry beyond +-1.

    Raises:
        InputError: at the row that has another one.
    """
    for number, diagonal in enumerate(np.diag(correlation)):
        if diagonal != 1:
            raise InputError(
                f"correlation of '{names[number]}' with itself is {diagonal:g}, must be 1", matrix.places[number]
            )
    beyond = np.argwhere(np.abs(np.tril(correlation)) > 1)
    if len(beyond):
        row, column = beyond[0]
        raise InputError(
            f"correlation of '{names[row]}' and '{names[column]}' is {correlation[row, column]:g}, beyond +-1",
            matrix.places[row],
        )


def check_positive_definite(covariance: FloatArray, matrix: MatrixRows, names: Sequence[str]) -> None:
    """Check that ``covariance`` (any correlation is one) is positive definite, in units of its diagonal.

    Args:
        covariance: shape (len(names), len(names)), symmetric.
        matrix: as written.
        names: of its rows.

    Raises:
        InputError: with the smallest eigenvalue and the names that carry it, or the smallest variance.
    """
    diagonal = np.diag(covariance)
    worst = int(np.argmin(diagonal))
    if diagonal[worst] <= 0:
        raise InputError(f"variance of '{names[worst]}' is {diagonal[worst]:g}, must be > 0", matrix.places[worst])
    sigma = np.sqrt(diagonal)
    correlation = covariance / np.outer(sigma, sigma)
    if _has_cholesky(correlation):
        return
    eigenvalues, vectors = np.linalg.eigh(correlation)
    direction = np.abs(vectors[:, 0])
    guilty = ", ".join(names[number] for number in np.argsort(-direction)[:3])
    raise InputError(
        f"the matrix is not positive definite: the smallest eigenvalue of its correlation is {eigenvalues[0]:.3g}, "
        f"carried mostly by {guilty}; check these entries{_rank_hint(eigenvalues)}",
        matrix.origin,
    )


def _rank_hint(eigenvalues: FloatArray) -> str:
    """What to do about a singular matrix; numbers are printed with six digits or so."""
    singular = int(np.count_nonzero(np.abs(eigenvalues) < 1e-5))
    if not singular:
        return ""
    return (
        f"; {singular} of {len(eigenvalues)} directions have no uncertainty: of a normalised distribution leave out "
        "one bin, which follows from the others"
    )


def _has_cholesky(correlation: FloatArray) -> bool:
    """Whether every variance stays positive, beyond rounding, when the variables before it are fixed."""
    try:
        factor = np.linalg.cholesky(correlation)
    except np.linalg.LinAlgError:
        return False
    return bool(np.min(np.diag(factor) ** 2) > len(correlation) * np.finfo(float).eps)


def _number(word: str, place: Place) -> float:
    try:
        value = float(word)
    except ValueError:
        raise InputError(f"expected a number, found '{word}'", place) from None
    if not math.isfinite(value):
        raise InputError(f"expected a finite number, found '{word}'", place)
    if abs(value) > LARGEST_NUMBER:
        raise InputError(f"expected a number of at most {LARGEST_NUMBER:g}, found '{word}'", place)
    return value


def _check_symmetric(full: FloatArray, matrix: MatrixRows, names: Sequence[str]) -> None:
    tolerance = _ASYMMETRY * np.maximum(np.abs(full), np.abs(full.T))
    unequal = np.argwhere(np.tril(np.abs(full - full.T) > tolerance))
    if len(unequal):
        row, column = unequal[0]
        raise InputError(
            f"the matrix is not symmetric: '{names[row]}', '{names[column]}' is {full[row, column]:g} "
            f"but '{names[column]}', '{names[row]}' is {full[column, row]:g}",
            matrix.places[row],
        )
