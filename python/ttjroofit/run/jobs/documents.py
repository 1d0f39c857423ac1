"""Dataclasses as JSON files of a folder of jobs; pydantic checks what is read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from ttjroofit.errors import InputError, Place
from ttjroofit.files import read_bytes

__all__ = ["digest_of", "read_document", "text_of"]

Document = TypeVar("Document")


_adapter: Callable[[Any], TypeAdapter[Any]] = cache(TypeAdapter)


def text_of(document: object) -> str:
    """A dataclass as JSON."""
    return _adapter(type(document)).dump_json(document, indent=1).decode() + "\n"


def read_document(path: Path, kind: type[Document]) -> Document:
    """A dataclass from a JSON file.

    Args:
        path: of the file.
        kind: what it holds.

    Raises:
        InputError: if it cannot be read, or says something else.
    """
    try:
        document: Document = _adapter(kind).validate_json(read_bytes(path))
    except FileNotFoundError:
        cure = "give the folder that `ttjroofit CARD -M Jobs -o FOLDER` wrote"
        raise InputError(f"no such file: {cure}", Place(path)) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", Place(path)) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise InputError(f"{where}: {first['msg']}: is it torn? write the jobs again", Place(path)) from None
    return document


def digest_of(path: Path) -> str:
    """SHA-256 of a file in hexadecimal digits."""
    with path.open("rb") as file:
        state = hashlib.sha256()
        while block := file.read(1 << 20):
            state.update(block)
    return state.hexdigest()
