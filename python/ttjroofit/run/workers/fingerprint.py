"""A digest of values that is the same in every process and on every machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import PurePath
from types import FunctionType, NoneType
from typing import Any

import numpy as np

__all__ = ["fingerprint"]

PLAIN = (NoneType, bool, int, float, complex, str)
"""Types whose ``repr`` says everything."""


def fingerprint(value: object) -> str:
    """Digest of a value by what it says.

    Plain values and arrays count by their bits, functions and classes by their names, dataclasses by their fields,
    other objects by the state they give to pickle. The order of a set or a mapping does not count.

    Returns:
        32 hexadecimal digits.

    Raises:
        TypeError: for what cannot be sent to another process, such as an open file or a function inside a function.
    """
    return _digest(value, ()).hex()


def _digest(value: Any, above: tuple[int, ...]) -> bytes:
    """Digest of one value; ``above``: the objects that hold it, so that a cycle ends."""
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    if type(value) in PLAIN:
        return _joined(kind, [repr(value).encode()])
    if id(value) in above:
        return _joined("cycle", [str(len(above) - above.index(id(value))).encode()])
    inside = (*above, id(value))
    return _joined(kind, _leaf(value) or (_digest(part, inside) for part in _parts(value, inside)))


def _joined(kind: str, parts: Iterable[bytes]) -> bytes:
    state = hashlib.blake2b(digest_size=16)
    for part in (kind.encode(), *parts):
        state.update(len(part).to_bytes(8, "little"))
        state.update(part)
    return state.digest()


def _leaf(value: Any) -> list[bytes] | None:
    """Bytes of a value that holds no other ones; None if it is not of that sort."""
    if isinstance(value, bytes):
        return [value]
    if isinstance(value, PurePath):
        return [str(value).encode()]
    if isinstance(value, Enum):
        return [value.name.encode()]
    if isinstance(value, (FunctionType, type)):
        if "<" in value.__qualname__:
            raise TypeError(
                f"{value.__module__}.{value.__qualname__} has no name that another process could call it by"
            )
        return [f"{value.__module__}.{value.__qualname__}".encode()]
    if type(value) is np.ndarray or isinstance(value, np.generic):
        array = np.asarray(value)
        if not array.dtype.hasobject:
            return [repr(array.dtype.descr).encode(), repr(array.shape).encode(), array.tobytes()]
    return None


def _parts(value: Any, above: tuple[int, ...]) -> Iterable[object]:
    """What a value holds, in an order that is always the same."""
    if isinstance(value, (list, tuple)):
        return value
    if isinstance(value, (set, frozenset)):
        return sorted(_digest(item, above) for item in value)
    if isinstance(value, Mapping):
        return sorted(_digest(item, above) for item in value.items())
    if is_dataclass(value):
        return [(field.name, getattr(value, field.name)) for field in fields(value)]
    return [value.shape, value.tolist()] if type(value) is np.ndarray else _state(value)


def _state(value: Any) -> list[object]:
    """What an object tells pickle."""
    reduced = value.__reduce_ex__(4)
    if isinstance(reduced, str):
        return [value.__module__, reduced]
    make, arguments, state, items, pairs = (*reduced, None, None, None)[:5]
    return [make, arguments, state, list(items or ()), dict(pairs or ())]
