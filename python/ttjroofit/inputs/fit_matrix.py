"""A matrix of runs as a YAML file states it: cards, options and statements, combined."""

from __future__ import annotations

import itertools
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ttjroofit.errors import nearest_names, suggestion
from ttjroofit.files import is_file, siblings
from ttjroofit.inputs.fit_matrix_values import Location, Stated, Values, plain, shown
from ttjroofit.inputs.validation import validate
from ttjroofit.inputs.yaml_file import YamlFile, load_yaml

__all__ = ["Choice", "FitMatrix", "FitMatrixFile", "entries_of", "read_fit_matrix"]

Choice = dict[str, str | None]
"""A value of each name."""

_MOST = 10_000

_Text = Annotated[str, StringConstraints(min_length=1)]


class FitMatrixFile(BaseModel):
    """The format of the file."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    schema_: Literal["ttjroofit/matrix/1"] = Field(alias="schema", description="name and version of this format")
    method: _Text = Field("Fit", description="what to do, as of `-M`")
    cards: list[_Text] = Field(
        min_length=1, description="datacards, relative to the folder of this file; `*` stands for any part of a name"
    )
    options: dict[_Text, Any] = Field(
        {}, description="options of the command line without dashes; a list is an axis, anything else holds for all"
    )
    statements: dict[_Text, Any] = Field(
        {}, description="statements of the cards to be replaced, keyword to word; a list is an axis"
    )
    labels: dict[_Text, dict[Any, _Text]] = Field({}, description="what tables and figures call the values of an axis")
    exclude: list[dict[_Text, Any]] = Field(
        [], description="combinations to leave out: names to a value or a list of values; names left out match all"
    )
    include: list[dict[_Text, Any]] = Field(
        [], description="further combinations: names to a value or a list; names left out take all values of their axis"
    )


@dataclass(frozen=True, eq=False)
class FitMatrix:
    """What the file says.

    Attributes:
        file: where it stands.
        method: of all entries.
        cards: name to path, in order; a name is the stem of the file where that tells cards apart.
        options: names under ``options``, in order.
        statements: names under ``statements``, in order.
        axes: names that were given lists, the card first.
        labels: axis to value to what it is called.
        entries: a value of every name, in order: the product of the axes without the excluded, then the included.
        places: name and value to where it stands.
    """

    file: YamlFile
    method: str
    cards: Mapping[str, Path]
    options: tuple[str, ...]
    statements: tuple[str, ...]
    axes: tuple[str, ...]
    labels: Mapping[str, Mapping[str, str]]
    entries: tuple[Choice, ...]
    places: Mapping[tuple[str, str | None], Location]


def read_fit_matrix(path: Path) -> FitMatrix:
    """Read a matrix file.

    Raises:
        InputError: with file and line, if it is missing or malformed, names a card that does not exist, or has an
            ``exclude``, ``include`` or ``labels`` that fits nothing.
    """
    file = load_yaml(path)
    content = validate(FitMatrixFile, file)
    cards = _cards(file, content.cards)
    stated = Stated(file, tuple(cards))
    for section, names in (("options", content.options), ("statements", content.statements)):
        for name, value in names.items():
            stated.add(name, value, (section, name))
    exclude = [stated.pattern(block, ("exclude", number)) for number, block in enumerate(content.exclude)]
    include = [stated.pattern(block, ("include", number)) for number, block in enumerate(content.include)]
    entries = _entries(file, stated.values, exclude, include)
    axes = tuple(name for name in stated.values if name in stated.listed or any(name in block for block in include))
    return FitMatrix(
        file=file,
        method=content.method,
        cards=cards,
        options=tuple(content.options),
        statements=tuple(content.statements),
        axes=axes,
        labels=_labels(file, content.labels, axes, entries),
        entries=entries,
        places=stated.places,
    )


def entries_of(
    values: Mapping[str, Sequence[str | None]],
    exclude: Sequence[Mapping[str, Sequence[str | None]]] = (),
    include: Sequence[Mapping[str, Sequence[str | None]]] = (),
) -> list[Choice]:
    """The product of all values without what one of ``exclude`` matches, then the products of ``include``.

    Args:
        values: of each name; the last name runs fastest.
        exclude: values that match; a name left out matches any.
        include: values in place of those of ``values``; a name left out keeps its own.
    """
    kept = [
        choice
        for choice in _product(values)
        if not any(all(choice[name] in wanted for name, wanted in block.items()) for block in exclude)
    ]
    return kept + [choice for block in include for choice in _product({**values, **block})]


def _product(values: Mapping[str, Sequence[str | None]]) -> Iterator[Choice]:
    for combination in itertools.product(*values.values()):
        yield dict(zip(values, combination, strict=True))


def _entries(
    file: YamlFile,
    values: Mapping[str, Values],
    exclude: Sequence[dict[str, Values]],
    include: Sequence[dict[str, Values]],
) -> tuple[Choice, ...]:
    for block in ({}, *include):
        count = math.prod(len(chosen) for chosen in {**values, **block}.values())
        if count > _MOST:
            raise file.error(f"{count} combinations: more than {_MOST} make no matrix; shorten the lists")
    entries = entries_of(values, exclude)
    seen = {tuple(choice.values()) for choice in entries}
    for number, block in enumerate(include):
        for choice in entries_of({**values, **block}):
            if tuple(choice.values()) in seen:
                named = ", ".join(f"{name} {shown(value)}" for name, value in choice.items() if name in block)
                raise file.error(f"the combination with {named} is there already", "include", number)
            seen.add(tuple(choice.values()))
            entries.append(choice)
    if not entries:
        raise file.error("every combination is excluded: nothing is left to do", "exclude")
    return tuple(entries)


def _cards(file: YamlFile, patterns: Sequence[str]) -> dict[str, Path]:
    """Name to path of all cards, each once, in the order of the patterns."""
    found = [path for number, pattern in enumerate(patterns) for path in _found(file, pattern, number)]
    paths = list(dict.fromkeys(found))
    stems = [path.stem for path in paths]
    folder = file.path.parent
    names = [path.stem if stems.count(path.stem) == 1 else os.path.relpath(path, folder) for path in paths]
    return dict(zip(names, paths, strict=True))


def _found(file: YamlFile, pattern: str, number: int) -> list[Path]:
    """Files that a pattern matches."""
    folder = file.path.parent
    if "**" in pattern:
        raise file.error(f"card '{pattern}': `**` would look through whole trees: name the folder", "cards", number)
    if not re.search(r"[*?\[]", pattern):
        path = folder / pattern
        if is_file(path):
            return [path]
        near = nearest_names(path.name, siblings(path))
        raise file.error(f"card {path} does not exist{f'; {near}' if near else ''}", "cards", number)
    anchor = Path(pattern).anchor
    try:
        matched = list((Path(anchor) if anchor else folder).glob(pattern.lstrip("/")))
    # names that no file can have, and thousands of folders
    except (OSError, RecursionError):
        matched = []
    paths = sorted(path for path in matched if is_file(path))
    if not paths:
        raise file.error(f"no card matches '{pattern}' in {folder}", "cards", number)
    return paths


def _labels(
    file: YamlFile, stated: Mapping[str, Mapping[Any, str]], axes: Sequence[str], entries: Sequence[Choice]
) -> dict[str, dict[str, str]]:
    labels: dict[str, dict[str, str]] = {}
    for axis, texts in stated.items():
        if axis not in axes:
            raise file.error(f"there is no axis '{axis}'{suggestion(axis, axes)}", "labels", axis)
        known = [shown(value) for value in dict.fromkeys(choice[axis] for choice in entries)]
        labels[axis] = {}
        for value, text in texts.items():
            name = shown(plain(value))
            if name not in known:
                raise file.error(f"axis '{axis}' has no value {name}{suggestion(name, known)}", "labels", axis, name)
            labels[axis][name] = text
    return labels
