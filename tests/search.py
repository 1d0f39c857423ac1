"""Every number that a file holds: text, and floating-point numbers at any byte, behind compression too."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

__all__ = ["contents", "holds_number", "holds_text", "written_forms"]

ROOT_BLOCK = 9
"""Bytes before the zlib stream of a block that ROOT compressed, which begins with ZL and 8."""


def contents(path: Path) -> list[bytes]:
    """The bytes of a file, and of each part of it that is compressed by zlib (ROOT, PDF, PNG)."""
    raw = path.read_bytes()
    found = [raw]
    for match in re.finditer(rb"ZL\x08|stream\r?\n|IDAT|zTXt[^\0]+\0\0", raw):
        start = match.start() + ROOT_BLOCK if match[0].startswith(b"ZL") else match.end()
        try:
            found.append(zlib.decompressobj().decompress(raw[start:]))
        except zlib.error:
            continue
    if path.suffix == ".pdf":
        found.append(b"\n".join(_drawn(part) for part in found[1:]))
    return found


def written_forms(value: float) -> list[str]:
    """A number with 4 to 8 significant digits."""
    return list(dict.fromkeys(f"{value:.{digits}g}" for digits in range(4, 9)))


def holds_text(path: Path, text: str) -> bool:
    """Whether a text stands in a file, with no digit before or after it."""
    pattern = re.compile(rb"(?<![\d.])" + re.escape(text.encode()) + rb"(?!\d)")
    return any(pattern.search(part) for part in contents(path))


def holds_number(path: Path, value: float, tolerance: float) -> bool:
    """Whether any 4 or 8 bytes of a file are this floating-point number, whatever their order."""
    return any(
        bool(np.any(np.abs(numbers - value) < tolerance)) for part in contents(path) for numbers in _numbers(part)
    )


def _numbers(part: bytes) -> Iterator[np.ndarray[tuple[int], np.dtype[np.float64]]]:
    for form in (">f8", "<f8", ">f4", "<f4"):
        size = np.dtype(form).itemsize
        for start in range(size):
            count = (len(part) - start) // size
            with np.errstate(invalid="ignore"):
                yield np.nan_to_num(np.frombuffer(part, form, count, start).astype(np.float64))


def _drawn(part: bytes) -> bytes:
    """The text that a PDF draws, its pieces joined: kerning and mathematical text cut words."""
    return b"".join(re.findall(rb"\(((?:[^()\\]|\\.)*)\)", part))
