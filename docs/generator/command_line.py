"""The command line as click knows it."""

from __future__ import annotations

from collections.abc import Iterator

import click

from generator.markdown import code, page, plain, table
from ttjroofit.run.cli import PROGRAMS, command

__all__ = ["command_line_page"]


def command_line_page() -> str:
    """Options of the program and of all its sub-programs."""
    programs = [part for name, program in PROGRAMS.items() for part in _program(f"ttjroofit {name}", program)]
    return page(
        "Command line",
        "python/ttjroofit/run",
        "`ttjroofit` and `python -m ttjroofit` are the same program. If its first word is "
        + ", ".join(map(code, PROGRAMS))
        + ", it is one of the sub-programs below, else a datacard.",
        *_program("ttjroofit", command),
        *programs,
    )


def _program(name: str, program: click.Command) -> Iterator[str]:
    yield f"## {name}"
    yield _usage(name, program)
    yield plain((program.help or "").replace("\b", ""))
    if options := _options(program):
        yield options
    if program.epilog:
        kept = program.epilog.startswith("\b\n")  # what click does not wrap
        text = program.epilog.removeprefix("\b\n").strip()
        yield f"```text\n{text}\n```" if kept else plain(text)
    if isinstance(program, click.Group):
        for part in program.commands:
            yield from _program(f"{name} {part}", program.commands[part])


def _usage(name: str, program: click.Command) -> str:
    context = click.Context(program, info_name=name)
    return "```text\n" + " ".join([name, *program.collect_usage_pieces(context)]) + "\n```"


def _options(program: click.Command) -> str:
    options = [option for option in program.params if isinstance(option, click.Option)]
    return table(["option", "value", "meaning"], map(_row, options)) if options else ""


def _row(option: click.Option) -> list[str]:
    text = plain(option.help or "")
    if option.show_default is True and option.default is not None and "[default" not in text:
        text += f"  [default: {option.default}]"
    if option.required and "[required]" not in text:
        text += "  [required]"
    return [", ".join(map(code, option.opts)), _value(option), text]


def _value(option: click.Option) -> str:
    if option.is_flag or option.count:
        return ""
    if isinstance(option.type, click.Choice):
        return " ".join(code(str(choice)) for choice in option.type.choices)
    if option.metavar:
        return code(option.metavar)
    if isinstance(option.type, (click.IntRange, click.FloatRange)):
        low, high = option.type.min, option.type.max
        return f"{low} to {high}" if high is not None else f"from {low}" if low is not None else "number"
    return option.type.name
