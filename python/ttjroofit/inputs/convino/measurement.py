"""A measurement file of Convino."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from ttjroofit.errors import InputError, Place, suggestion
from ttjroofit.inputs.convino.blocks import Block, Entry, assignments, counted, number, read_blocks
from ttjroofit.inputs.matrix import MatrixRows, check_correlation, check_positive_definite, symmetric
from ttjroofit.inputs.measurement import FloatArray

__all__ = ["ConvinoMeasurement", "Kind", "read_convino_measurement"]

Kind = Literal["absolute", "relative", "lognormal", "free"]

_BLOCKS = ("hessian", "correlation matrix", "not fitted", "systematics", "estimates", "nuisance values")
_KINDS: Mapping[str, Kind] = {
    "absolute": "absolute",
    "relative": "relative",
    "lognormal": "lognormal",
    "free": "free",
}
_SIGNED = r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
_PAIR = re.compile(rf"\(\s*{_SIGNED}\s*(?=[+-]){_SIGNED}\s*\)")
_CELL = re.compile(r"\([^()]*\)|[^\s()]+|[()]")
_STAT = "stat"


@dataclass(frozen=True, eq=False)
class ConvinoMeasurement:
    """n estimates, p fitted nuisances and s others.

    Attributes:
        path: the file.
        estimates: the n names.
        values: shape (n,).
        fitted: the p names of nuisances in the Hessian or correlation matrix.
        covariance: shape (n+p, n+p), estimates first. Statistical if nothing is fitted, else of the fit, with the
            unit priors in it.
        sources: the s names of ``[not fitted]``, ``stat`` left out.
        up, down: shape (n, s), change of the estimates for +1 and -1 sigma of each source, absolute.
        kinds: those nuisances to which ``[systematics]`` gives a type.
        pulls: shape (p,), of ``[nuisance values]``, else 0.
    """

    path: Path
    estimates: tuple[str, ...]
    values: FloatArray
    fitted: tuple[str, ...]
    covariance: FloatArray
    sources: tuple[str, ...]
    up: FloatArray
    down: FloatArray
    kinds: Mapping[str, Kind]
    pulls: FloatArray

    def kind(self, name: str) -> Kind:
        """Type of a nuisance."""
        return self.kinds.get(name, "absolute")


@dataclass(frozen=True, eq=False)
class _NotFitted:
    sources: tuple[str, ...]
    up: FloatArray
    down: FloatArray
    statistical: FloatArray | None


def read_convino_measurement(path: Path) -> ConvinoMeasurement:
    """Read a measurement file.

    Raises:
        InputError: with file and line, for whatever does not follow the grammar or is impossible.
    """
    blocks = read_blocks(path, _BLOCKS)
    if "estimates" not in blocks:
        raise InputError("block [estimates] is missing; add [estimates] ... [end estimates]", Place(path))
    estimates, values = _estimates(blocks["estimates"])
    outside = _not_fitted(blocks.get("not fitted"), estimates)
    fitted, covariance = _covariance(path, blocks, estimates, outside.statistical)
    for name in outside.sources:
        if name in fitted:
            raise InputError(
                f"nuisance '{name}' is in [not fitted] and in the matrix; remove it from one",
                blocks["not fitted"].place,
            )
    nuisances = (*fitted, *outside.sources)
    return ConvinoMeasurement(
        path=path,
        estimates=estimates,
        values=values,
        fitted=fitted,
        covariance=covariance,
        sources=outside.sources,
        up=outside.up,
        down=outside.down,
        kinds=_kinds(blocks.get("systematics"), nuisances),
        pulls=_pulls(blocks.get("nuisance values"), fitted),
    )


def _estimates(block: Block) -> tuple[tuple[str, ...], FloatArray]:
    found = counted(block, "n_estimates", ["name_", "value_"])
    names: list[str] = []
    values = []
    for i in range(found.count):
        name, entry = found.values[f"name_{i}"]
        if name in names or len(name.split()) > 1:
            raise entry.error(f"'{name}' cannot name an estimate: names are one word, and no two are equal")
        names.append(name)
        value, entry = found.values[f"value_{i}"]
        values.append(number(entry, value, f"the value of '{name}'"))
    return tuple(names), np.array(values)


def _covariance(
    path: Path, blocks: Mapping[str, Block], estimates: tuple[str, ...], statistical: FloatArray | None
) -> tuple[tuple[str, ...], FloatArray]:
    """Names of fitted nuisances, and the covariance of estimates and these."""
    if "hessian" in blocks and "correlation matrix" in blocks:
        raise InputError(
            "the file has [hessian] and [correlation matrix]; remove one", blocks["correlation matrix"].place
        )
    if "hessian" in blocks:
        return _inverse_hessian(blocks["hessian"], estimates)
    if "correlation matrix" in blocks:
        return _scaled_correlation(blocks["correlation matrix"], estimates)
    if statistical is None:
        raise InputError(
            "the statistical uncertainty is missing: add a block [hessian] or [correlation matrix], or a column "
            "'stat' to [not fitted]",
            Place(path),
        )
    return (), np.diag(statistical**2)


def _inverse_hessian(block: Block, estimates: tuple[str, ...]) -> tuple[tuple[str, ...], FloatArray]:
    names = _row_names(block, estimates)
    rows = [[number(entry, word, "the entry") for word in entry.text.split()[1:]] for entry in block.entries]
    matrix = MatrixRows(rows, [entry.place for entry in block.entries], block.place)
    hessian = symmetric(matrix, names)
    check_positive_definite(hessian, matrix, names)
    scale = np.sqrt(np.diag(hessian))
    covariance = np.linalg.inv(hessian / np.outer(scale, scale)) / np.outer(scale, scale)
    return _ordered(names, (covariance + covariance.T) / 2, estimates)


def _scaled_correlation(block: Block, estimates: tuple[str, ...]) -> tuple[tuple[str, ...], FloatArray]:
    names = _row_names(block, estimates)
    rows, sigma = [], []
    for name, entry in zip(names, block.entries, strict=True):
        match = re.fullmatch(r"\S+\s*\(\s*([^()\s]+)\s*\)\s*(.*)", entry.text)
        if match is None:
            raise entry.error(f"the row of '{name}' has no constraint: write {name} (constraint) and the correlations")
        sigma.append(number(entry, match[1], f"the constraint of '{name}'"))
        if sigma[-1] <= 0:
            raise entry.error(f"the constraint of '{name}' is {sigma[-1]:g}, must be > 0")
        rows.append([number(entry, word, "the correlation") for word in match[2].split()])
    matrix = MatrixRows(rows, [entry.place for entry in block.entries], block.place)
    correlation = symmetric(matrix, names)
    check_correlation(correlation, matrix, names)
    check_positive_definite(correlation, matrix, names)
    return _ordered(names, correlation * np.outer(sigma, sigma), estimates)


def _row_names(block: Block, estimates: Sequence[str]) -> list[str]:
    seen: dict[str, Entry] = {}
    for entry in block.entries:
        name = re.split(r"[\s(]", entry.text, maxsplit=1)[0]
        if not name:
            raise entry.error(f"'{entry.text}' in [{block.name}] has no name in front")
        if name in seen:
            raise entry.error(f"'{name}' has two rows, the first in line {seen[name].place.line}; remove one")
        seen[name] = entry
    for name in estimates:
        if name not in seen:
            raise InputError(f"estimate '{name}' has no row in [{block.name}]{suggestion(name, seen)}", block.place)
    return list(seen)


def _ordered(
    names: Sequence[str], covariance: FloatArray, estimates: tuple[str, ...]
) -> tuple[tuple[str, ...], FloatArray]:
    fitted = tuple(name for name in names if name not in estimates)
    order = [names.index(name) for name in (*estimates, *fitted)]
    return fitted, covariance[np.ix_(order, order)]


def _not_fitted(block: Block | None, estimates: tuple[str, ...]) -> _NotFitted:
    if block is None or not block.entries:
        nothing = np.zeros((len(estimates), 0))
        return _NotFitted((), nothing, nothing, None)
    head, *rows = block.entries
    columns = head.text.split()
    repeated = [name for name in columns if columns.count(name) > 1]
    if repeated:
        raise head.error(f"'{repeated[0]}' is the name of two columns of [not fitted]; rename one")
    cells = _rows(block, rows, estimates, columns)
    pairs = np.array([cells[name] for name in estimates]).reshape(len(estimates), len(columns), 2)
    kept = [i for i, name in enumerate(columns) if name != _STAT]
    return _NotFitted(
        sources=tuple(columns[i] for i in kept),
        up=pairs[:, kept, 0],
        down=pairs[:, kept, 1],
        statistical=np.asarray(pairs[:, columns.index(_STAT), 0]) if _STAT in columns else None,
    )


def _rows(
    block: Block, rows: Sequence[Entry], estimates: Sequence[str], columns: Sequence[str]
) -> dict[str, list[tuple[float, float]]]:
    """Estimate to the (up, down) of each column."""
    cells: dict[str, list[tuple[float, float]]] = {}
    for entry in rows:
        name, *texts = _CELL.findall(entry.text)
        if name not in estimates:
            raise entry.error(f"'{name}' is no estimate of this file{suggestion(name, estimates)}")
        if name in cells:
            raise entry.error(f"estimate '{name}' has two rows in [not fitted]; remove one")
        if len(texts) != len(columns):
            raise entry.error(f"the row of '{name}' has {len(texts)} entries, expected {len(columns)}, one a column")
        cells[name] = [_cell(entry, text, column) for text, column in zip(texts, columns, strict=True)]
        if _STAT in columns:
            up, down = cells[name][columns.index(_STAT)]
            if up <= 0 or down != -up:
                raise entry.error(f"the statistical uncertainty of '{name}' must be one number > 0")
    for name in estimates:
        if name not in cells:
            raise InputError(
                f"estimate '{name}' has no row in [not fitted]; write 0 where nothing moves it", block.place
            )
    return cells


def _cell(entry: Entry, text: str, column: str) -> tuple[float, float]:
    """``6.1`` is +-6.1; of ``(+5-3)`` the first is for +1 sigma and the second for -1, signs as written."""
    if not text.startswith("("):
        value = number(entry, text, f"the entry of '{column}'")
        return value, -value
    pair = _PAIR.fullmatch(text)
    if pair is None:
        raise entry.error(f"'{text}' of '{column}' is not two numbers with their signs: write (+5-3)")
    up, down = (number(entry, part, f"the entry of '{column}'") for part in pair.groups())
    return up, down


def _kinds(block: Block | None, nuisances: Sequence[str]) -> dict[str, Kind]:
    kinds: dict[str, Kind] = {}
    for name, value, entry in assignments(block) if block is not None else ():
        if name not in nuisances:
            raise entry.error(f"'{name}' in [systematics] is no nuisance of this file{suggestion(name, nuisances)}")
        if value not in _KINDS:
            raise entry.error(f"'{value}' is no type of uncertainty{suggestion(value, _KINDS)}")
        if name in kinds:
            raise entry.error(f"'{name}' has two types in [systematics]; remove one")
        kinds[name] = _KINDS[value]
    return kinds


def _pulls(block: Block | None, fitted: Sequence[str]) -> FloatArray:
    values = np.zeros(len(fitted))
    for name, value, entry in assignments(block) if block is not None else ():
        if name not in fitted:
            raise entry.error(f"'{name}' in [nuisance values] is no fitted nuisance{suggestion(name, fitted)}")
        values[fitted.index(name)] = number(entry, value, f"the value of '{name}'")
    return values
