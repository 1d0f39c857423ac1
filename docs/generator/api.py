"""Names of ``import ttjroofit``, from their signatures and docstrings."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import ttjroofit
from generator.markdown import code, described, linked, page, table
from ttjroofit.show.gallery import METHODS

__all__ = ["api_page"]


def api_page() -> str:
    """Functions, then classes, then errors."""
    things = {name: getattr(ttjroofit, name) for name in ttjroofit.__all__ if not name.startswith("_")}
    functions = {name: thing for name, thing in things.items() if inspect.isfunction(thing)}
    errors = {name: thing for name, thing in things.items() if inspect.isclass(thing) and issubclass(thing, Exception)}
    results = {method.result.__name__ for method in METHODS.values()}
    classes = {
        name: thing for name, thing in things.items() if name not in {*functions, *errors} and name not in results
    }
    return page(
        "Python API",
        "the docstrings of what `import ttjroofit` offers",
        "Examples that belong together are in [the Python library](../library.md). Results are described in "
        "[keys of result.json](results.md).",
        "## Functions",
        *(part for name, function in sorted(functions.items()) for part in _function(name, function)),
        "## Classes",
        *(part for name, kind in sorted(classes.items()) for part in _class(name, kind)),
        "## Errors",
        table(["error", "meaning"], ([code(name), described(kind).text] for name, kind in sorted(errors.items()))),
    )


def _links() -> dict[str, str]:
    return {method.result.__name__: f"results.md#{method.result.__name__.lower()}" for method in METHODS.values()}


def _function(name: str, function: Any) -> Iterator[str]:
    signature = inspect.signature(function)
    yield f"### {name}"
    yield f"```text\n{name}({_arguments(signature)})\n```"
    said = described(function)
    yield said.text
    if said.items:
        rows = (
            [code(word), linked(str(signature.parameters[word].annotation), _links()), text]
            for word, text in said.items.items()
            if word in signature.parameters
        )
        yield table(["argument", "type", "meaning"], rows)
    returned = linked(str(signature.return_annotation), _links())
    yield f"Returns {returned}." if not said.returns else f"Returns {returned}: {said.returns}"
    if said.raises:
        yield "Raises " + "; ".join(f"{code(error)}: {text.rstrip('.')}" for error, text in said.raises.items()) + "."
    if said.example:
        yield f"```pycon\n{said.example}\n\n```"


def _arguments(signature: inspect.Signature) -> str:
    bare = [one.replace(annotation=inspect.Parameter.empty) for one in signature.parameters.values()]
    return str(inspect.Signature(bare))[1:-1]


def _class(name: str, kind: Any) -> Iterator[str]:
    said = described(kind)
    yield f"### {name}"
    yield said.text
    if is_dataclass(kind):
        rows = (
            [code(one.name), linked(str(one.type), _links()), said.items.get(one.name, "")]
            for one in fields(kind)
            if not one.name.startswith("_")
        )
        yield table(["attribute", "type", "meaning"], rows)
    methods = [
        (word, thing)
        for word, thing in vars(kind).items()
        if not word.startswith("_") and (inspect.isfunction(thing) or isinstance(thing, property))
    ]
    if methods:
        yield table(["property or method", "meaning"], ([code(word), described(thing).text] for word, thing in methods))
