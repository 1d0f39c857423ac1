"""Results to JSON and back: sorted keys, plain numbers, validated when read."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from ttjroofit.errors import InputError, Place
from ttjroofit.files import read_bytes

__all__ = ["from_json", "read_result", "to_json"]

Result = TypeVar("Result")


def to_json(result: Any) -> str:
    """JSON text of a result dataclass, keys sorted; numbers that are not finite, which JSON has no word for, are null.

    Raises:
        TypeError: if it is no result dataclass.
    """
    if not is_dataclass(result) or isinstance(result, type):
        raise TypeError(f"{result!r} is no result dataclass")
    return json.dumps(_finite(asdict(result)), indent=1, sort_keys=True, allow_nan=False) + "\n"


def from_json(kind: type[Result], text: str) -> Result:
    """A result of a kind from its JSON text; null where a number belongs is NaN, as ``to_json`` writes it.

    Raises:
        InputError: if the text is not one.
    """
    adapter = TypeAdapter(kind)
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        missing = [each["loc"] for each in error.errors() if each["type"] == "float_type" and each["input"] is None]
        if not missing:
            raise _no_result(kind, error) from None
    try:
        return adapter.validate_python(_with_nan(json.loads(text), missing))
    except ValidationError as error:
        raise _no_result(kind, error) from None


def read_result(kind: type[Result], path: Path) -> Result:
    """Read ``result.json``.

    Raises:
        InputError: if the file is missing or holds something else.
    """
    try:
        return from_json(kind, read_bytes(path).decode("utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", Place(path)) from None
    except UnicodeDecodeError as error:
        raise InputError(f"no JSON text: {error}", Place(path)) from None
    except InputError as error:
        raise InputError(error.message, Place(path)) from None


def _no_result(kind: type[Any], error: ValidationError) -> InputError:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "the whole text"
    return InputError(f"no {kind.__name__}: {first['msg']} at {where}")


def _with_nan(document: Any, places: Sequence[tuple[int | str, ...]]) -> Any:
    """The document with NaN at some places."""
    for *way, last in places:
        block = document
        for step in way:
            block = block[step]
        block[last] = math.nan
    return document


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
