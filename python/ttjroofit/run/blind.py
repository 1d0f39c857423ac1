"""Blinding on the command line: the call without its salt, and ``ttjroofit unblind``."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path

import click

from ttjroofit.errors import InputError, OptionError, Place
from ttjroofit.files import is_folder, read_bytes, visible
from ttjroofit.model.blinding import VARIABLE, Blinding
from ttjroofit.results.blinding import true_masses

__all__ = ["call_text", "unblind"]

_OPTION = "--blind"


def call_text(arguments: Sequence[str]) -> str:
    """The call as it may be written down: the salt is replaced by the variable that holds it in a shell.

    Args:
        arguments: of the program, without its name.
    """
    words, hidden = ["ttjroofit"], False
    for argument in arguments:
        if hidden:
            words.append(f'"${VARIABLE}"')
        elif argument.startswith(f"{_OPTION}="):
            words.append(f'{_OPTION}="${VARIABLE}"')
        else:
            words.append(shlex.quote(argument))
        hidden = not hidden and argument == _OPTION
    return " ".join(words)


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.argument("result", type=click.Path(path_type=Path), metavar="FOLDER")
@click.option(
    _OPTION, "salt", envvar=VARIABLE, required=True, metavar="SALT", help=f"Of the run.  [default: ${VARIABLE}]"
)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write the masses there too.")
def unblind(result: Path, salt: str, output: Path | None) -> int:
    """Print the true masses of the blinded result in FOLDER/result.json, or of a result.json; nothing is changed."""
    path = result / "result.json" if is_folder(result) else result
    masses = true_masses(_read(path), Blinding(salt))
    text = "".join(f"{place} = {value:.6f} GeV\n" for place, value in masses.items())
    click.echo(visible(text), nl=False)
    if output is not None:
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise OptionError(f"--output {output}: cannot be written: {error.strerror}") from None
    return 0


def _read(path: Path) -> object:
    try:
        document: object = json.loads(read_bytes(path))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", Place(path)) from None
    except (ValueError, RecursionError):
        raise InputError("is no JSON text: give the output folder of a run, or its result.json", Place(path)) from None
    return document
