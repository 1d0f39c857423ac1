"""Results that were written before: found, recognised by their schema, and read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ttjroofit.errors import InputError, OptionError, Place, TtjroofitError, suggestion
from ttjroofit.files import is_folder, read_bytes
from ttjroofit.results.store import read_result
from ttjroofit.show.gallery import METHODS

__all__ = ["RESULT_FILE", "blamed_on", "find_results", "open_result", "result_path"]

RESULT_FILE = "result.json"


def result_path(path: Path) -> Path:
    """The file of a result, which may be given by its folder."""
    return path / RESULT_FILE if is_folder(path) else path


def open_result(path: Path) -> Any:
    """Read any result.

    Args:
        path: of ``result.json`` or of its folder.

    Returns:
        The result dataclass that the ``schema`` of the file names.

    Raises:
        InputError: if the file is missing or damaged.
        OptionError: if it is no result of a known method.
    """
    file = result_path(path)
    schema = _schema(file)
    if schema not in METHODS:
        raise OptionError(f"{file}: schema `{schema}` is none that figures are drawn from{suggestion(schema, METHODS)}")
    try:
        return read_result(METHODS[schema].result, file)
    except InputError as error:
        raise InputError(f"{error.message}; written by another version? run the method again", Place(file)) from None


@contextmanager
def blamed_on(path: Path) -> Iterator[None]:
    """What goes wrong with the numbers of a result becomes an error of its file: those of a run go together.

    Raises:
        InputError: names that are missing elsewhere in the file, lists of different lengths, numbers too large.
    """
    try:
        yield
    except TtjroofitError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, Warning) as error:
        reason = f"{type(error).__name__}: {error}"
        raise InputError(
            f"its numbers do not go together ({reason}); was it edited? run the method again, and if it was not, "
            "report this",
            Place(result_path(path)),
        ) from error


def find_results(paths: Sequence[Path]) -> list[Path]:
    """All result files: those given, and those of all folders below a folder that has none itself.

    Raises:
        OptionError: if a folder has none.
    """
    found = []
    for path in paths:
        if not is_folder(path) or (path / RESULT_FILE).exists():
            found.append(result_path(path))
            continue
        below = sorted(path.rglob(RESULT_FILE))
        if not below:
            raise OptionError(f"{path}: no {RESULT_FILE} in this folder or below: give the output folder of a run")
        found += below
    return list(dict.fromkeys(found))


def _schema(file: Path) -> str:
    try:
        document = json.loads(read_bytes(file))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", Place(file)) from None
    except json.JSONDecodeError as error:
        message = f"no JSON: {error.msg} in column {error.colno}; is the file whole? run the method again"
        raise InputError(message, Place(file, error.lineno)) from None
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise InputError(f"no JSON text: {error}", Place(file)) from None
    if not isinstance(document, dict) or not isinstance(document.get("schema"), str):
        raise InputError("no result of ttjroofit: there is no text `schema` at its top level", Place(file))
    return str(document["schema"])
