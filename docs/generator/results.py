"""Keys of every ``result.json``, from the dataclasses that are written."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import ttjroofit.results
from generator.markdown import code, described, linked, page, table
from ttjroofit.show.gallery import METHODS

__all__ = ["result_classes", "results_page"]

_STANDS_WITH: Mapping[str, str | None] = {
    "blinding": None,
    "header": None,
    "nuisance_correlation": None,
    "scenarios": "correlation_scan",
    "smoothing": "fit",
}
"""Modules without a method to that whose results hold their classes; None: their classes have no section, as no
``result.json`` holds them as an object of its own. One that is missing is a KeyError."""


def results_page() -> str:
    """One section a method, then the blocks that they hold."""
    parts = [part for schema, method in METHODS.items() for part in _top(schema, method.name, method.result)]
    return page(
        "Keys of result.json",
        "the dataclasses in python/ttjroofit/results",
        "`result.json` has sorted keys and plain numbers; what is not finite is `null`. In Python the keys are "
        "attributes of the dataclass named here, which `ttjroofit.read_result(folder)` gives. `list[X]` is a list, "
        "`dict[str, X]` an object by names, `X | None` may be `null`.",
        table(
            ["method", "schema", "class"],
            ([code(method.name), code(schema), f"[{name}](#{name.lower()})"] for schema, method, name in _methods()),
        ),
        *parts,
    )


def _methods() -> Iterator[tuple[str, Any, str]]:
    for schema, method in METHODS.items():
        yield schema, method, method.result.__name__


def result_classes() -> dict[str, list[type[Any]]]:
    """Dataclasses of each module of the results, in the order of the source."""
    found = {}
    for module in pkgutil.iter_modules(ttjroofit.results.__path__):
        names = vars(importlib.import_module(f"ttjroofit.results.{module.name}"))
        found[module.name] = [
            kind
            for kind in names.values()
            if is_dataclass(kind) and inspect.isclass(kind) and kind.__module__.endswith(f".{module.name}")
        ]
    return found


def _top(schema: str, method: str, result: type[Any]) -> Iterator[str]:
    home = result.__module__
    yield f"## {result.__name__}"
    yield f"`{schema}`, {_how(method)}. {described(result).text}"
    yield _keys(result)
    others = {other.result for other in METHODS.values()}
    first = next(one for one in METHODS.values() if one.result.__module__ == home).result
    if result is first:  # blocks of a module that several results share stand with the first
        for kind in _blocks(home):
            if kind not in others:
                yield f"### {_title(kind)}"
                yield described(kind).text
                yield _keys(kind)


def _how(method: str) -> str:
    return "`ttjroofit matrix`" if method == "matrix" else f"`-M {method}`"


def _blocks(home: str) -> list[type[Any]]:
    """Classes that stand with the results of a module: its own, and those of modules without a method."""
    classes = result_classes()
    homes = {method.result.__module__.rpartition(".")[2] for method in METHODS.values()}
    home = home.rpartition(".")[2]
    guests = [name for name in classes if name not in homes and classes[name] and _STANDS_WITH[name] == home]
    return [*classes[home], *(kind for name in guests for kind in classes[name])]


def _title(kind: type[Any]) -> str:
    """Name of a class; with its module where two modules use the name."""
    same = [other for kinds in result_classes().values() for other in kinds if other.__name__ == kind.__name__]
    home = kind.__module__.rpartition(".")[2]
    return kind.__name__ if same[0] is kind else f"{kind.__name__} of {home}"


def _keys(kind: type[Any]) -> str:
    known = _known(kind)
    items = {name: text for base in reversed(kind.__mro__[:-1]) for name, text in described(base).items.items()}
    rows = ([code(one.name), linked(str(one.type), known), items.get(one.name, "")] for one in fields(kind))
    return table(["key", "value", "meaning"], rows)


def _known(kind: type[Any]) -> dict[str, str]:
    """Classes that annotations of a class may name, with their places on this page."""
    shown = {other for method in METHODS.values() for other in [method.result, *_blocks(method.result.__module__)]}
    names = vars(importlib.import_module(kind.__module__))
    return {
        name: "#" + re.sub(r"[^a-z0-9_]+", "-", _title(other).lower())
        for name, other in names.items()
        if inspect.isclass(other) and other in shown
    }
