"""The entries of a matrix as calls of the program."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import click

from ttjroofit.errors import InputError, OptionError, suggestion
from ttjroofit.inputs.fit_matrix import Choice, FitMatrix
from ttjroofit.inputs.fit_matrix_values import CARD, shown
from ttjroofit.run.cli import command, parse_call
from ttjroofit.run.jobs.arguments import JOB_OPTIONS
from ttjroofit.run.methods import METHODS
from ttjroofit.run.parsing import parse_settings
from ttjroofit.run.workers.fingerprint import fingerprint

__all__ = ["PlannedEntry", "plan_entries"]

NOTHING_TO_COMPARE = ("Validate", "Workspace")
"""Methods that look at the files of a card, or write no result."""

NOT_OF_AN_ENTRY: Mapping[str, str] = {
    "method": "give it as `method: NAME` beside `options`",
    "settings": "write the statements one by one under `statements`",
    "output": "each entry has a folder of its own: give `ttjroofit matrix -o DIR`",
    "name": "each entry has a folder of its own: give `ttjroofit matrix -o DIR`",
    "blind": "a salt belongs into no file: give `ttjroofit matrix --blind`",
    **dict.fromkeys(("verbose", "parallel", "dask"), "it is an option of `ttjroofit matrix`"),
    "resume": "finished entries are never repeated",
    "formats": "it is an option of -M Workspace",
    **dict.fromkeys(JOB_OPTIONS, "it is an option of -M Jobs"),
}
"""Options that a matrix file cannot have, with the cure."""

LONGEST = 120
"""Characters of a folder's name, less nine for a digest."""


@dataclass(frozen=True)
class PlannedEntry:
    """One combination.

    Attributes:
        name: of the entry and of its folder.
        choice: axis to value.
        card: name among the cards of the matrix.
        arguments: of the program, without the card and the output folder.
        settings: in place of those of the card.
        files: that options name, absolute.
    """

    name: str
    choice: Choice
    card: str
    arguments: tuple[str, ...]
    settings: Mapping[str, str]
    files: tuple[Path, ...]


def plan_entries(matrix: FitMatrix) -> tuple[PlannedEntry, ...]:
    """The entries of a matrix.

    Raises:
        InputError: with file and line, for a method, option, statement or value that does not exist.
    """
    _check_method(matrix)
    parameters = _parameters(matrix)
    _check_values(matrix, parameters)
    return tuple(
        _entry(matrix, parameters, name, choice)
        for name, choice in zip(_names(matrix.axes, matrix.entries), matrix.entries, strict=True)
    )


def _entry(matrix: FitMatrix, parameters: Mapping[str, click.Option], name: str, choice: Choice) -> PlannedEntry:
    words = [word for option in matrix.options for word in _words(matrix, parameters[option], choice[option])]
    settings = {keyword: word for keyword in matrix.statements if (word := choice[keyword]) is not None}
    if settings:
        words.append(f"--setStatements={','.join(f'{keyword}={word}' for keyword, word in settings.items())}")
    named = [choice[option] for option in matrix.options if isinstance(parameters[option].type, click.Path)]
    return PlannedEntry(
        name=name,
        choice={axis: choice[axis] for axis in matrix.axes},
        card=shown(choice[CARD]),
        arguments=("-M", matrix.method, *words),
        settings=settings,
        files=tuple(_beside(matrix, file) for file in named if file is not None),
    )


def _beside(matrix: FitMatrix, file: str) -> Path:
    """A file that an option names, relative to the folder of the matrix."""
    # without `..`: a name below the folder that a task unpacks into must stay below it
    return Path(os.path.realpath(matrix.file.path.parent / file))


def _check_method(matrix: FitMatrix) -> None:
    known = [name for name in METHODS if name not in NOTHING_TO_COMPARE]
    if matrix.method in NOTHING_TO_COMPARE:
        raise matrix.file.error(f"-M {matrix.method} gives nothing to be compared: {', '.join(known)} do", "method")
    if matrix.method not in known:
        raise matrix.file.error(f"there is no method {matrix.method}{suggestion(matrix.method, known)}", "method")


@lru_cache
def _options() -> Mapping[str, click.Option]:
    """Spelling without dashes to option."""
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    return {spelling.lstrip("-"): option for option in options for spelling in option.opts}


def _parameters(matrix: FitMatrix) -> dict[str, click.Option]:
    """Name under ``options`` to the option."""
    known = _options()
    allowed = [name for name, option in known.items() if option.name not in NOT_OF_AN_ENTRY]
    parameters: dict[str, click.Option] = {}
    for name in matrix.options:
        location = ("options", name)
        if name not in known:
            cure = suggestion(name, allowed)
            raise matrix.file.error(f"the program has no option '{name}'{cure}", *location)
        if cure := NOT_OF_AN_ENTRY.get(str(known[name].name), ""):
            raise matrix.file.error(f"'{name}' cannot be given here: {cure}", *location)
        twin = next((other for other, option in parameters.items() if option is known[name]), None)
        if twin is not None:
            raise matrix.file.error(f"'{name}' and '{twin}' are the same option: leave one out", *location)
        parameters[name] = known[name]
    return parameters


def _check_values(matrix: FitMatrix, parameters: Mapping[str, click.Option]) -> None:
    """Let the program read every value by itself."""
    for (name, value), location in matrix.places.items():
        if value is None or name == CARD:
            continue
        try:
            if name in parameters:
                parse_call(["CARD", "-M", matrix.method, *_words(matrix, parameters[name], value)])
            else:
                parse_settings("statements", f"{name}={value}")
        except click.ClickException as error:
            raise matrix.file.error(error.format_message(), *location) from None
        except OptionError as error:
            raise InputError(error.message, matrix.file.place(*location)) from None


def _words(matrix: FitMatrix, option: click.Option, value: str | None) -> list[str]:
    """An option with its value as the program reads it."""
    spelling = max(option.opts, key=len)
    if value is None:
        return []
    if option.is_flag:
        if value not in ("true", "false"):
            raise click.BadParameter(f"{value!r} is neither true nor false", param=option)
        return [spelling] if value == "true" else []
    return [f"{spelling}={_beside(matrix, value) if isinstance(option.type, click.Path) else value}"]


def _names(axes: Sequence[str], entries: Sequence[Choice]) -> list[str]:
    """A folder name of each entry, from the values of its axes; a digest tells names apart that would be the same."""
    names = [
        "_".join([_slug(shown(choice[CARD])), *(f"{axis}-{_slug(value)}" for axis, value in _given(axes, choice))])
        for choice in entries
    ]
    counts = Counter(names)
    return [
        name
        if counts[name] == 1 and len(name) <= LONGEST
        else f"{name[: LONGEST - 9]}-{fingerprint({axis: choice[axis] for axis in axes})[:8]}"
        for name, choice in zip(names, entries, strict=True)
    ]


def _given(axes: Sequence[str], choice: Choice) -> list[tuple[str, str]]:
    return [(axis, value) for axis in axes if axis != CARD and (value := choice[axis]) is not None]


def _slug(text: str) -> str:
    """The text with what no file name should hold replaced; it begins with no dot or dash."""
    return re.sub(r"[^\w.+=-]+", "_", text.replace(",", "+"), flags=re.ASCII).lstrip(".-") or "_"
