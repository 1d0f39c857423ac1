"""Blinded results: how to tell them, and their true masses for whoever has the salt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ttjroofit.errors import InputError, OptionError
from ttjroofit.model.blinding import NOTE, Blinding

__all__ = ["is_blinded", "is_note", "true_masses"]

MASSES: Mapping[str, tuple[str, ...]] = {
    "ttjroofit/fit/1": ("parameters/@/value",),
    "ttjroofit/singles/1": ("parameters/@/value", "parameters/@/intervals/*/*"),
    "ttjroofit/scan/1": ("fit/@/value", "intervals/@/*/*"),
    "ttjroofit/contour/1": ("fit/@/value", "standalone/*/fit/value"),
    "ttjroofit/compatibility/1": (
        "hypotheses/*/masses/*",
        "tension/all/value",
        "tension/measurements/*/alone/value",
        "tension/measurements/*/without/value",
    ),
    "ttjroofit/impacts/1": ("masses/*/fit/*",),
    "ttjroofit/coverage/1": ("masses/*/truth",),
    "ttjroofit/toy_fits/1": ("masses/*/truth", "masses/*/mean/value"),
}
"""Where the masses of each kind of result are: ``*`` is any entry, ``@`` any in GeV."""


def is_note(line: str) -> bool:
    """Whether a line of a result's ``quality`` is the note that it is blinded."""
    return line.startswith(NOTE)


def is_blinded(quality: Sequence[str]) -> bool:
    """Whether a result with these ``quality`` lines is blinded."""
    return any(is_note(line) for line in quality)


def true_masses(document: Any, blinding: Blinding) -> dict[str, float]:
    """The true masses of a blinded result.

    Args:
        document: ``result.json`` as read.
        blinding: with the salt of the run.

    Returns:
        Place in the document, such as ``parameters/m_t/value``, to the true value in GeV.

    Raises:
        InputError: if this is no blinded result, or a kind without masses.
        OptionError: if the salt is another one.
    """
    schema, quality = _text(document, "schema"), _lines(document)
    if not is_blinded(quality):
        raise InputError("the result is not blinded: its masses are the true ones")
    if schema not in MASSES:
        raise InputError(f"no masses are known in a result of the schema {schema}; known: {', '.join(MASSES)}")
    if blinding.note not in quality:
        raise OptionError("--blind: the result was blinded with another salt")
    return {
        "/".join(place): value - blinding.offset
        for pattern in MASSES[schema]
        for place, value in _numbers(document, pattern.split("/"), ())
    }


def _text(document: Any, key: str) -> str:
    value = document.get(key) if isinstance(document, dict) else None
    if not isinstance(value, str):
        raise InputError(f"no result of ttjroofit: `{key}` is missing")
    return value


def _lines(document: dict[str, Any]) -> list[str]:
    lines = document.get("quality", [])
    return [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else []


def _numbers(value: Any, pattern: Sequence[str], place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], float]]:
    """The numbers at places that match the rest of a pattern."""
    if not pattern:
        if isinstance(value, int | float):
            yield place, float(value)
        return
    entries = value if isinstance(value, dict) else dict(enumerate(value)) if isinstance(value, list) else {}
    for key, entry in entries.items():
        if pattern[0] in ("*", str(key)) or (
            pattern[0] == "@" and isinstance(entry, dict) and entry.get("unit") == "GeV"
        ):
            yield from _numbers(entry, pattern[1:], (*place, str(key)))
