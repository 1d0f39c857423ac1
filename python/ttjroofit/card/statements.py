"""What a datacard says, line by line, as plain frozen data.

Nothing here has read a file other than the card: names are patterns until the model resolves them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ttjroofit.errors import Place

__all__ = [
    "Assumption",
    "BlindStatement",
    "Card",
    "CombineStatement",
    "Count",
    "EditStatement",
    "ErrorOnErrorStatement",
    "GroupStatement",
    "MeasurementStatement",
    "ParamStatement",
    "PoiStatement",
    "Repair",
    "ScenarioStatement",
    "ShapesStatement",
    "SmoothStatement",
    "TheoryOptions",
    "TheoryStatement",
]


@dataclass(frozen=True)
class Count:
    """``imax``, ``jmax`` or ``kmax``; ``value`` None stands for ``*`` (counted for you)."""

    keyword: Literal["imax", "jmax", "kmax"]
    value: int | None
    place: Place


@dataclass(frozen=True)
class MeasurementStatement:
    """``measurement NAME FILE``; ``path`` is resolved against the folder of the card that states it."""

    name: str
    path: Path
    place: Place


@dataclass(frozen=True)
class CombineStatement:
    """``combine NAME = BINS``: bins, as names or patterns, that measure one and the same cross section."""

    name: str
    bins: tuple[str, ...]
    place: Place


@dataclass(frozen=True)
class TheoryStatement:
    """``theory MEASUREMENT-PATTERN FILE``; ``$MEASUREMENT`` in the file name is already replaced per measurement."""

    measurement: str
    path: Path
    place: Place


@dataclass(frozen=True)
class PoiStatement:
    """``poi NAME MEASUREMENT-PATTERNS START [LOW,HIGH]``: a mass in GeV, of the ``measurements`` that matched."""

    name: str
    measurements: tuple[str, ...]
    start: float
    low: float
    high: float
    place: Place


@dataclass(frozen=True)
class Assumption:
    """``correlation BLOCK A B (NOMINAL & LOW : HIGH)``: prior correlation of two nuisances.

    ``first`` and ``second`` may be patterns; ``low`` and ``high`` equal ``nominal`` where no range is stated.
    """

    block: str
    first: str
    second: str
    nominal: float
    low: float
    high: float
    place: Place


@dataclass(frozen=True)
class ScenarioStatement:
    """``scenario NAME = BLOCK BLOCK ...``: the blocks of assumptions that hold together."""

    name: str
    blocks: tuple[str, ...]
    place: Place


@dataclass(frozen=True)
class Repair:
    """``repair shrink|nearest``: what to do with a correlation matrix that is not positive definite."""

    method: Literal["shrink", "nearest"]
    place: Place


@dataclass(frozen=True)
class BlindStatement:
    """``blind``: the card is to be fitted blinded only; the salt is given elsewhere."""

    place: Place


@dataclass(frozen=True)
class GroupStatement:
    """``NAME group = PATTERNS`` or ``NAME group += PATTERNS`` (``extend``)."""

    name: str
    members: tuple[str, ...]
    extend: bool
    place: Place


@dataclass(frozen=True)
class ParamStatement:
    """``NAME param MEAN SIGMA [LOW,HIGH]`` or ``NAME flatParam`` (``mean`` and ``sigma`` None)."""

    name: str
    mean: float | None
    sigma: float | None
    low: float | None
    high: float | None
    place: Place


@dataclass(frozen=True)
class ErrorOnErrorStatement:
    """``PATTERN errorOnError RELATIVE``: relative uncertainty of the prior sigma of nuisances."""

    pattern: str
    relative: float
    place: Place


@dataclass(frozen=True)
class EditStatement:
    """``nuisance edit freeze|drop PATTERN`` or ``nuisance edit rename OLD NEW``."""

    action: Literal["freeze", "drop", "rename"]
    pattern: str
    new_name: str | None
    place: Place


@dataclass(frozen=True)
class SmoothStatement:
    """``smooth PATTERN ... polynomial ORDER``: sources whose relative shifts become a polynomial in the bin centre."""

    patterns: tuple[str, ...]
    order: int
    place: Place


@dataclass(frozen=True)
class ShapesStatement:
    """``shapes NAME FILE WORKSPACE:PDF WORKSPACE:DATA [OLD=NEW ...]``: a pdf of a RooWorkspace with its data.

    Attributes:
        name: of the likelihood, as of a measurement.
        path: resolved against the folder of the card that states it.
        pdf, data: names of the workspace and of the object in it.
        renamed: variables of the pdf, by their names there and here.
        place: of the line.
    """

    name: str
    path: Path
    pdf: tuple[str, str]
    data: tuple[str, str]
    renamed: tuple[tuple[str, str], ...]
    place: Place


@dataclass(frozen=True)
class TheoryOptions:
    """How predictions enter the likelihood.

    Attributes:
        order: order of the polynomial in the mass (``interpolation N``), 1 to 3.
        pdf: how PDF shifts act on the shape (``pdf multiplicative|additive|off``).
        tnp: whether theory nuisance parameters are used (``tnp on|off``).
        scale: ``scale envelope|nuisances|off``.
    """

    order: int = 2
    pdf: Literal["multiplicative", "additive", "off"] = "multiplicative"
    tnp: bool = True
    scale: Literal["envelope", "nuisances", "off"] = "envelope"


@dataclass(frozen=True)
class Card:
    """A whole datacard with its includes resolved.

    Attributes:
        path: the file that was named on the command line.
        counts: the ``imax``, ``jmax``, ``kmax`` statements.
        measurements: in the order of the card; the order of all results.
        theory: in the order of the card; one per measurement at most, none for a card without prediction.
        pois: the mass parameters.
        assumptions: all stated prior correlations, of all blocks.
        scenarios: the named lists of blocks.
        scenario: the scenario in force (``correlations NAME``); None: all stated assumptions hold.
        repair: what to do when the prior correlation is not positive definite; None: it is an error.
        groups, params, edits: as stated.
        options: how predictions enter.
        pulls: ``published`` or ``zero``: which values profiled nuisances are given.
        lines: the card's own lines with includes in their place, without comments, for rendering.
        combines: bins that measure one cross section, as stated.
        smooths: sources to be smoothed, as stated.
        errors_on_errors: of nuisances, as stated.
        blind: whether masses must be blinded; None: they need not.
        shapes: likelihoods of workspaces, in the order of the card.
    """

    path: Path
    counts: tuple[Count, ...]
    measurements: tuple[MeasurementStatement, ...]
    theory: tuple[TheoryStatement, ...]
    pois: tuple[PoiStatement, ...]
    assumptions: tuple[Assumption, ...]
    scenarios: tuple[ScenarioStatement, ...]
    scenario: str | None
    repair: Repair | None
    groups: tuple[GroupStatement, ...]
    params: tuple[ParamStatement, ...]
    edits: tuple[EditStatement, ...]
    options: TheoryOptions
    pulls: Literal["published", "zero"]
    lines: tuple[str, ...]
    combines: tuple[CombineStatement, ...] = ()
    smooths: tuple[SmoothStatement, ...] = ()
    errors_on_errors: tuple[ErrorOnErrorStatement, ...] = ()
    blind: BlindStatement | None = None
    shapes: tuple[ShapesStatement, ...] = ()
