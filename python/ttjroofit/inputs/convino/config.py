"""The configuration of a Convino combination."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ttjroofit.errors import InputError, Place, suggestion
from ttjroofit.files import is_file
from ttjroofit.inputs.convino.blocks import Block, Entry, assignments, counted, number, read_blocks

__all__ = ["ConvinoConfig", "ImpactGroup", "Observable", "PriorCorrelation", "read_config"]

_BLOCKS = ("global", "inputs", "observables", "correlations", "uncertainty impacts")
_SWITCHES = ("isDifferential", "normalise", "normalisedInput")
_PART = r"\s*([^\s&:()]+)\s*"
_TERM = re.compile(rf"\(\s*(?:nominal\s*=\s*)?{_PART}(?:&{_PART}:{_PART})?\)\s*(\S+)")


@dataclass(frozen=True)
class Observable:
    """``NAME = estimate + estimate``: estimates that are combined into one value."""

    name: str
    estimates: tuple[str, ...]
    place: Place


@dataclass(frozen=True)
class PriorCorrelation:
    """``first = (nominal & low : high) second``; ``low`` and ``high`` as written, None without a range.

    ``line`` numbers the line: correlations of one line are scanned together.
    """

    first: str
    second: str
    nominal: float
    low: float | None
    high: float | None
    line: int
    place: Place


@dataclass(frozen=True)
class ImpactGroup:
    """``NAME = nuisance + nuisance``: uncertainties whose impact is quoted together."""

    name: str
    members: tuple[str, ...]
    place: Place


@dataclass(frozen=True)
class ConvinoConfig:
    """What a configuration says.

    Attributes:
        path: the file.
        differential, normalise: of ``[global]``.
        inputs: the measurement files in order.
        observables, correlations, impacts: as stated, in order; of a pair that is stated twice the last.
        repeated: pairs that an earlier line stated too.
    """

    path: Path
    differential: bool
    normalise: bool
    inputs: tuple[Path, ...]
    observables: tuple[Observable, ...]
    correlations: tuple[PriorCorrelation, ...]
    impacts: tuple[ImpactGroup, ...]
    repeated: tuple[PriorCorrelation, ...]


def read_config(path: Path) -> ConvinoConfig:
    """Read a configuration.

    Raises:
        InputError: with file and line, for whatever does not follow the grammar; the measurement files are not read.
    """
    blocks = read_blocks(path, _BLOCKS)
    for name in ("inputs", "observables", "correlations"):
        if name not in blocks:
            raise InputError(f"block [{name}] is missing; add [{name}] ... [end {name}]", Place(path))
    switches = _switches(blocks["global"]) if "global" in blocks else {}
    stated, repeated = _correlations(blocks["correlations"])
    impacts = blocks.get("uncertainty impacts")
    return ConvinoConfig(
        path=path,
        differential=switches.get("isDifferential", False),
        normalise=switches.get("normalise", False),
        inputs=_inputs(blocks["inputs"], path.parent),
        observables=tuple(Observable(*part) for part in _sums(blocks["observables"])),
        correlations=stated,
        impacts=tuple(ImpactGroup(*part) for part in _sums(impacts)) if impacts is not None else (),
        repeated=repeated,
    )


def _switches(block: Block) -> dict[str, bool]:
    switches = {}
    for key, value, entry in assignments(block):
        if key not in _SWITCHES:
            raise entry.error(f"unknown key '{key}' in [global]{suggestion(key, _SWITCHES)}")
        if value not in ("true", "false"):
            raise entry.error(f"{key} is '{value}': write true or false")
        if key == "normalisedInput" and value == "true":
            raise entry.error("normalisedInput is not possible with text files, in Convino neither: write false")
        switches[key] = value == "true"
    return switches


def _inputs(block: Block, folder: Path) -> tuple[Path, ...]:
    files = counted(block, "nFiles", ["file"])
    return tuple(_existing(folder, *files.values[f"file{i}"]) for i in range(files.count))


def _existing(folder: Path, name: str, entry: Entry) -> Path:
    path = folder / name
    if not is_file(path):
        raise entry.error(f"there is no file {path}; names are relative to the configuration")
    return path


def _sums(block: Block) -> Iterator[tuple[str, tuple[str, ...], Place]]:
    """``NAME = a + b`` lines of a block, no name twice."""
    seen: dict[str, Place] = {}
    for name, value, entry in assignments(block):
        parts = tuple(part.strip() for part in value.split("+"))
        if any(not part or len(part.split()) > 1 for part in parts):
            raise entry.error(f"'{entry.text}' in [{block.name}] is not of the form {name} = a + b")
        if name in seen:
            raise entry.error(
                f"'{name}' is stated twice in [{block.name}], first in line {seen[name].line}; remove one"
            )
        seen[name] = entry.place
        yield name, parts, entry.place


def _correlations(block: Block) -> tuple[tuple[PriorCorrelation, ...], tuple[PriorCorrelation, ...]]:
    """Correlations that hold, and those that a later line replaced."""
    held: dict[frozenset[str], PriorCorrelation] = {}
    replaced = []
    for number_of_line, (first, value, entry) in enumerate(assignments(block)):
        for part in re.split(r"\+\s*(?=\()", value):
            stated = _correlation(first, part.strip(), entry, number_of_line)
            pair = frozenset((stated.first, stated.second))
            if pair in held:
                replaced.append(held.pop(pair))
            held[pair] = stated
    return tuple(held.values()), tuple(replaced)


def _correlation(first: str, text: str, entry: Entry, line: int) -> PriorCorrelation:
    term = _TERM.fullmatch(text)
    if term is None:
        raise entry.error(f"'{text}' is not of the form (correlation) name or (nominal & low : high) name")
    second = term[4]
    if first == second:
        raise entry.error(f"'{first}' is correlated with itself; name two different nuisances")
    nominal, *ends = (_coefficient(entry, part) for part in term.groups()[:3] if part is not None)
    low, high = ends or (None, None)
    return PriorCorrelation(first, second, nominal, low, high, line, entry.place)


def _coefficient(entry: Entry, text: str) -> float:
    value = number(entry, text, "the correlation")
    if abs(value) > 1:
        raise entry.error(f"the correlation {value:g} is not possible: it must lie between -1 and 1")
    return value
