"""Every number that a file holds: written with decimals, or as floating-point bytes, behind compression too."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

__all__ = ["contents", "places_of"]

_ROOT_HEADER = 9
"""Bytes before the zlib stream of a block that ROOT compressed; the first three are ZL and 8."""

_STREAMS = re.compile(rb"ZL\x08|stream\r?\n|zTXt[^\0]+\0\0")
_DECIMAL = re.compile(rb"(?<![\d.])\d+\.\d+")
ROUNDING = 2e-5
"""GeV: fits agree better than this, and what a float has at 170 is 1.5e-5."""


def places_of(folder: Path, value: float, *, digits: int = 4, rounding: float = ROUNDING) -> list[str]:
    """Names of the files of a folder that hold a number.

    Args:
        folder: searched with all its folders.
        value: the number, without its sign.
        digits: a decimal number counts from so many significant digits on.
        rounding: how far floating-point numbers may be from it.
    """
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path.name for path in files if _holds(path, abs(value), digits, rounding)]


def _holds(path: Path, value: float, digits: int, rounding: float) -> bool:
    parts = contents(path)
    if any(_is(decimal, value, digits, rounding) for part in parts for decimal in _DECIMAL.findall(part)):
        return True
    numbers = (array for part in parts for array in _floats(part)) if path.suffix not in (".pdf", ".png") else ()
    return any(bool(np.any(np.abs(np.abs(array) - value) < rounding)) for array in numbers)


def _is(decimal: bytes, value: float, digits: int, rounding: float) -> bool:
    after = len(decimal.split(b".")[1])
    enough = len(decimal.replace(b".", b"").lstrip(b"0")) >= digits
    return enough and abs(float(decimal) - value) <= 0.5 * 10.0**-after + rounding * (after > 3)


def contents(path: Path) -> Sequence[bytes]:
    """The bytes of a file, its parts that zlib compressed (ROOT, PDF, notes of a PNG), and the text a PDF draws."""
    raw = path.read_bytes()
    parts = [raw]
    for match in _STREAMS.finditer(raw):
        start = match.start() + _ROOT_HEADER if match[0].startswith(b"ZL") else match.end()
        try:
            parts.append(zlib.decompressobj().decompress(raw[start:]))
        except zlib.error:
            continue
    if path.suffix == ".pdf":
        # kerning and mathematical text cut numbers to pieces
        parts += [b"".join(re.findall(rb"\(((?:[^()\\]|\\.)*)\)", part)) for part in parts[1:]]
    return parts


def _floats(part: bytes) -> Iterator[npt.NDArray[np.float64]]:
    """All runs of 4 and 8 bytes as numbers, in both byte orders."""
    for form in (">f8", "<f8", ">f4", "<f4"):
        size = np.dtype(form).itemsize
        for start in range(min(size, len(part))):
            with np.errstate(invalid="ignore"):
                array = np.frombuffer(part, form, (len(part) - start) // size, start).astype(np.float64)
            yield np.nan_to_num(array)
