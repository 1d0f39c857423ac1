"""``--for combine,hs3``: the model for other programs, as further files of ``-M Workspace``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ttjroofit.errors import OptionError, suggestion
from ttjroofit.model.combination import Combination
from ttjroofit.roofit.combine_checks import check_combine
from ttjroofit.roofit.combine_export import combine_workspace
from ttjroofit.roofit.extract import ExtractedModel, extract_model
from ttjroofit.roofit.hs3 import write_hs3
from ttjroofit.roofit.store import write_workspace
from ttjroofit.run.output import OutputFolder
from ttjroofit.run.parsing import parse_names
from ttjroofit.run.request import Run

__all__ = ["FORMATS", "Format", "parse_formats", "write_formats"]


def parse_formats(method: str, options: Mapping[str, Any]) -> tuple[str, ...]:
    """The formats asked for, each once.

    Raises:
        OptionError: for an unknown format, or another method than ``Workspace``.
    """
    formats = tuple(dict.fromkeys(parse_names(options["formats"])))
    if formats and method != "Workspace":
        raise OptionError(f"--for {','.join(formats)} is a choice of -M Workspace, not of -M {method}")
    for name in formats:
        if name not in FORMATS:
            raise OptionError(f"--for {name}: no such format{suggestion(name, FORMATS)}")
    return formats


@dataclass(frozen=True, eq=False)
class _Export:
    """What a format is made from.

    Attributes:
        model: taken out of the workspace, for this format alone.
        combination: of the workspace.
        card: its text.
    """

    model: ExtractedModel
    combination: Combination
    card: str


def write_formats(run: Run, combination: Combination, workspace: Any, folder: OutputFolder, card: str) -> str:
    """Write a file for each format, and say what is in it.

    Args:
        run: names the formats and the engine.
        combination: of the workspace.
        workspace: of ``build_workspace``.
        folder: to write to.
        card: text of the card.

    Raises:
        ModelError: if the model cannot be had in a format, of which no file is left.
    """
    said: list[str] = []

    def write(form: Format, path: str) -> None:
        said.append(form.write(_Export(extract_model(workspace, run.engine), combination, card), path))

    for name in run.formats:
        folder.write_root(FORMATS[name].file, partial(write, FORMATS[name]))
    return "".join(said)


def _write_combine(export: _Export, path: str) -> str:
    write_workspace(combine_workspace(export.model, export.combination), export.card, path)
    demands = "".join(f"  {demand}\n" for demand in check_combine(path))
    return f"combine.root: model `{export.model.engine}`, read back; what combine demands is met:\n{demands}"


def _write_hs3(export: _Export, path: str) -> str:
    write_hs3(export.model, path)
    return f"workspace.json: model `{export.model.engine}` in HS3, read back by ROOT: the same likelihood\n"


@dataclass(frozen=True)
class Format:
    """A file for another program.

    Attributes:
        file: its name.
        write: is given what to write and where, and says what it wrote.
    """

    file: str
    write: Callable[[_Export, str], str]


FORMATS: Mapping[str, Format] = {
    "combine": Format("combine.root", _write_combine),
    "hs3": Format("workspace.json", _write_hs3),
}
"""What a model can be written for, by the names of ``--for``."""
