"""Masses that others published, in a small YAML file: what a summary figure shows beside our own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from ttjroofit.files import LARGEST_NUMBER
from ttjroofit.inputs.checks import check_unique
from ttjroofit.inputs.validation import validate
from ttjroofit.inputs.yaml_file import YamlFile, load_yaml

__all__ = ["PublishedFile", "PublishedMass", "read_published"]

_Text = Annotated[str, StringConstraints(min_length=1)]
_Size = Annotated[float, Field(ge=0, le=LARGEST_NUMBER)]


@dataclass(frozen=True)
class PublishedMass:
    """A mass as somebody stated it, in GeV; None stands for what was not stated.

    Attributes:
        name: label of the row.
        section: heading of the rows it belongs to.
        value: of the mass.
        exp: experimental uncertainty.
        total: everything but the scale envelope.
        scale: envelope towards higher (>= 0) and lower (<= 0) values.
        reference: where it was published.
    """

    name: str
    section: str
    value: float
    exp: float | None
    total: float
    scale: tuple[float, float] | None
    reference: str


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class _Scale(_Block):
    up: _Size = Field(description="envelope towards higher masses, in GeV, without sign")
    down: _Size = Field(description="envelope towards lower masses, in GeV, without sign")


class _Entry(_Block):
    name: _Text = Field(description="label of the row")
    value: float = Field(gt=0, le=LARGEST_NUMBER, description="the mass in GeV")
    stat: _Size | None = Field(None, description="statistical uncertainty in GeV")
    syst: _Size | None = Field(None, description="experimental systematic uncertainty in GeV")
    exp: _Size | None = Field(None, description="experimental uncertainty in GeV, instead of stat and syst")
    pdf: _Size | None = Field(None, description="PDF uncertainty in GeV, with that of alpha_s where it was stated")
    fit: _Size | None = Field(
        None, description="everything but the scale envelope in GeV, where it was not taken apart"
    )
    scale: _Scale | None = Field(None, description="envelope of the scale variations")
    reference: _Text = Field(description="where it was published")
    source: _Text = Field(description="where these digits were read")
    note: _Text | None = Field(None, description="what a reader must know about this entry")


class PublishedFile(_Block):
    """The format of the file."""

    schema_: Literal["ttjroofit/published_masses/1"] = Field(
        alias="schema", description="name and version of the format"
    )
    section: _Text = Field(description="heading of these rows in the figure")
    masses: list[_Entry] = Field(min_length=1, description="one entry a row, from the top")


def read_published(path: Path) -> list[PublishedMass]:
    """Read a file of published masses.

    Raises:
        InputError: if it cannot be read or an entry states no uncertainty, or one in two ways.
    """
    file = load_yaml(path)
    content = validate(PublishedFile, file)
    names: list[tuple[str, tuple[str | int, ...]]] = [
        (entry.name, ("masses", number, "name")) for number, entry in enumerate(content.masses)
    ]
    check_unique(file, names)
    return [_mass(file, content.section, number, entry) for number, entry in enumerate(content.masses)]


def _mass(file: YamlFile, section: str, number: int, entry: _Entry) -> PublishedMass:
    experiment = _experiment(file, number, entry)
    if entry.fit is not None and entry.pdf is not None:
        raise file.error("`fit` is everything but the scale: leave out `pdf`", "masses", number, "fit")
    if entry.fit is None and experiment is None:
        raise file.error("no uncertainty: give `exp`, `stat` and `syst`, or `fit`", "masses", number)
    total = entry.fit if entry.fit is not None else math.hypot(experiment or 0.0, entry.pdf or 0.0)
    if experiment is not None and total < experiment:
        raise file.error(f"`fit` {total:g} is below the experimental {experiment:g}", "masses", number, "fit")
    scale = (entry.scale.up, -entry.scale.down) if entry.scale is not None else None
    return PublishedMass(entry.name, section, entry.value, experiment, total, scale, entry.reference)


def _experiment(file: YamlFile, number: int, entry: _Entry) -> float | None:
    """``exp``, or ``stat`` and ``syst`` in quadrature."""
    if (entry.stat is None) != (entry.syst is None):
        raise file.error("`stat` and `syst` belong together", "masses", number)
    if entry.stat is None or entry.syst is None:
        return entry.exp
    if entry.exp is not None:
        raise file.error("`exp` is `stat` and `syst` in quadrature: give one or the other", "masses", number, "exp")
    return math.hypot(entry.stat, entry.syst)
