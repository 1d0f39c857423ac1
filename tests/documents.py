"""Fenced blocks of the documents, and the commands in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from ttjroofit.run.cli import PROGRAMS, parse_call

__all__ = ["REPOSITORY", "Block", "arguments_of", "blocks_of", "calls_of", "pages", "parse", "statements_of"]

REPOSITORY = Path(__file__).resolve().parents[1]

_BLOCK = re.compile(r"(?:^<!-- not run: ([^\n]+) -->\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEREDOC = re.compile(r"<<'(\w+)'")
_INSTALLS = "python3 -m venv"
"""What the README begins its commands with; CI runs them."""


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        page: path below the repository.
        line: of the fence.
        language: behind the fence.
        text: between the fences.
        reason: why it is not run; empty if it is.
    """

    page: str
    line: int
    language: str
    text: str
    reason: str

    @property
    def place(self) -> str:
        """Page and line."""
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """README, CONTRIBUTING and everything in docs that a person wrote."""
    written = [path for path in sorted((REPOSITORY / "docs").rglob("*.md")) if path.parent.name != "reference"]
    return [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *written]


def blocks_of(path: Path, *languages: str) -> list[Block]:
    """The blocks of a page in some languages."""
    text = path.read_text(encoding="utf-8")
    page = str(path.relative_to(REPOSITORY))
    return [
        Block(page, text.count("\n", 0, found.start(2)) + 1, found[2], found[3], _reason(page, found))
        for found in _BLOCK.finditer(text)
        if found[2] in languages
    ]


def _reason(page: str, found: re.Match[str]) -> str:
    if found[1]:
        return found[1]
    if page == "CONTRIBUTING.md":
        return "checks of the whole repository"
    return "installs" if found[3].startswith(_INSTALLS) else ""


def statements_of(block: Block) -> Iterator[str]:
    """Lines of a shell block, each with its continuation and its here-document."""
    lines = iter(block.text.splitlines())
    for first in lines:
        statement = first
        while statement.endswith("\\"):
            statement = statement[:-1] + next(lines)
        if (heredoc := _HEREDOC.search(first)) is not None:
            for line in lines:
                statement += "\n" + line
                if line == heredoc[1]:
                    break
        if statement.strip():
            yield statement


def arguments_of(statement: str) -> list[str] | None:
    """Arguments of a call of ttjroofit; None for another program."""
    words = shlex.split(statement, comments=True)
    if words[:3] == ["python", "-m", "ttjroofit"]:
        return words[3:]
    return words[1:] if words[:1] == ["ttjroofit"] else None


def calls_of(block: Block) -> Iterator[list[str]]:
    """Arguments of all calls of ttjroofit in a shell block, those in loops and lists of commands too."""
    for statement in statements_of(block):
        code = re.sub(r"\bfor \w+ in [^;]*; do |; done", "", statement.split("\n", 1)[0])
        for part in re.split(r" && ", code):
            arguments = arguments_of(part)
            if arguments is not None:
                yield arguments


def parse(arguments: Sequence[str]) -> None:
    """Let click read a call without making it.

    Raises:
        click.ClickException: for an unknown option, a missing one, or a value that it cannot have.
    """
    if arguments[0] not in PROGRAMS:
        parse_call(arguments)
        return
    _parse_program(PROGRAMS[arguments[0]], arguments[0], list(arguments[1:]))


def _parse_program(program: click.Command, name: str, arguments: list[str]) -> None:
    context = program.make_context(name, list(arguments))
    if isinstance(program, click.Group):
        inner, part, rest = program.resolve_command(context, list(arguments))
        assert part is not None, f"{name} has no sub-program {inner}"
        _parse_program(part, f"{name} {inner}", rest)
