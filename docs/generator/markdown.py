"""Markdown from docstrings, names and types."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from docstring_parser import Docstring, DocstringStyle, parse

__all__ = ["Described", "cell", "code", "described", "linked", "page", "plain", "table"]

_NOTICE = "<!-- written by docs/generate.py from {source}: change it there -->"


@dataclass(frozen=True)
class Described:
    """What a docstring says.

    Attributes:
        text: summary and paragraphs, without sections.
        items: parameter or attribute to what it is.
        returns: what is returned; empty if nothing is said.
        raises: error to when it is raised.
        example: as typed at the prompt; empty without.
    """

    text: str
    items: Mapping[str, str]
    returns: str
    raises: Mapping[str, str]
    example: str


def described(thing: object) -> Described:
    """The docstring of a function or class, taken apart."""
    found = parse(inspect.getdoc(thing) or "", style=DocstringStyle.GOOGLE)
    items = {
        name.strip(): plain(param.description or "") for param in found.params for name in param.arg_name.split(",")
    }
    return Described(
        text="\n\n".join(plain(part) for part in (found.short_description, found.long_description) if part),
        items=items,
        returns=plain(found.returns.description or "") if found.returns else "",
        raises={error.type_name or "": plain(error.description or "") for error in found.raises},
        example=_example(found),
    )


def _example(found: Docstring) -> str:
    return "\n".join(example.description or "" for example in found.examples).strip()


def plain(text: str) -> str:
    """Text of a docstring as Markdown: one line a paragraph, literals in single backticks."""
    parts = text.replace("``", "`").strip().split("`")
    parts[::2] = [part.replace("<", "&lt;") for part in parts[::2]]
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", "`".join(parts)))


def code(text: str) -> str:
    """Text as it would be typed."""
    return f"`{text}`"


def cell(text: str) -> str:
    """Text of a cell of a table."""
    return re.sub(r"(?<!\\)\|", r"\\|", " ".join(text.split()))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A pipe table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell(text) for text in line) + " |" for line in lines)


def linked(annotation: str, known: Mapping[str, str]) -> str:
    """A type as it is annotated, with links for the names of classes that are described somewhere.

    Args:
        annotation: source text.
        known: name of a class to its address.
    """
    words = re.split(r"(\w+)", annotation)
    return "".join(f"[{word}]({known[word]})" if word in known else word.replace("[", r"\[") for word in words)


def page(title: str, source: str, *parts: str) -> str:
    """A page with the notice that it is generated."""
    return "\n\n".join([_NOTICE.format(source=source), f"# {title}", *(part for part in parts if part)]) + "\n"
