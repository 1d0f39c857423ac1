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
    "ttjroofit/correlation_scan/1": ("mass", "scenarios/*/fit/mass", "repairs/*/fit/mass", "bounds/*/mass"),
    "ttjroofit/matrix/1": ("entries/*/masses/*/value",),
    "ttjroofit/coverage/1": ("masses/*/truth",),
    "ttjroofit/toy_fits/1": ("masses/*/truth", "masses/*/mean/value"),
}
"""Where the masses of each kind of result are: ``*`` is any entry, ``@`` that of a mass."""


def is_note(line: str) -> bool:
    """Whether a line of a result's ``quality`` is the note that it is blinded."""
    return line.startswith(NOTE)


def is_blinded(quality: Sequence[str]) -> bool:
    """Whether a result with these ``quality`` lines is blinded."""
    return any(is_note(line) for line in quality)


def true_masses(document: Any, blinding: Blinding) -> dict[str, float]:
    """The true masses of a blinded result.

    Args:
        document: ``result.json`` as read; one that holds several results, as a report does, gives the masses of all.
        blinding: with the salt of the run.

    Returns:
        Place in the document, such as ``parameters/m_t/value``, to the true value in GeV.

    Raises:
        InputError: if this is no blinded result, or a kind without masses.
        OptionError: if the salt is another one.
    """
    schema = document.get("schema") if isinstance(document, dict) else None
    if not isinstance(schema, str):
        raise InputError("no result of ttjroofit: `schema` is missing")
    results = dict(_results(document))
    if not results:
        raise InputError(f"no masses are known in a result of the schema {schema}; known: {', '.join(MASSES)}")
    qualities = [_lines(result) for result in results.values()]
    if not all(is_blinded(quality) for quality in qualities):
        raise InputError("the result is not blinded: its masses are the true ones")
    if not all(blinding.note in quality for quality in qualities):
        raise OptionError("--blind: the result was blinded with another salt")
    return {
        place: value - blinding.offset
        for start, result in results.items()
        for pattern in MASSES[result["schema"]]
        for place, value in _numbers(result, pattern.split("/"), _in_gev(result), start)
    }


def _results(value: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """The results with masses: the document itself, or those it holds."""
    if isinstance(value, dict) and value.get("schema") in MASSES:
        yield place, value
        return
    for key, entry in _entries(value).items():
        yield from _results(entry, (*place, str(key)))


def _entries(value: Any) -> dict[Any, Any]:
    return value if isinstance(value, dict) else dict(enumerate(value)) if isinstance(value, list) else {}


def _lines(document: dict[str, Any]) -> list[str]:
    lines = document.get("quality", [])
    return [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else []


def _in_gev(document: Any) -> set[str]:
    """Names of the parameters that are masses."""
    tables = [document.get(key) for key in ("parameters", "fit", "masses")]
    entries = [item for table in tables if isinstance(table, dict) for item in table.items()]
    return {name for name, entry in entries if isinstance(entry, dict) and entry.get("unit") == "GeV"}


def _numbers(
    value: Any, pattern: Sequence[str], masses: set[str], place: tuple[str, ...] = ()
) -> Iterator[tuple[str, float]]:
    """The numbers at places that match a pattern."""
    if not pattern:
        if isinstance(value, int | float):
            yield "/".join(place), float(value)
        return
    for key, entry in _entries(value).items():
        if pattern[0] in ("*", key) or (pattern[0] == "@" and key in masses):
            yield from _numbers(entry, pattern[1:], masses, (*place, str(key)))
