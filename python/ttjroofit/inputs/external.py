"""A likelihood of others, a pdf of a RooWorkspace with its data, as far as the model must know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ttjroofit.errors import Place

__all__ = ["ExternalLikelihood", "ExternalParameter"]


@dataclass(frozen=True)
class ExternalParameter:
    """One parameter of the pdf, by its name in the model.

    Attributes:
        name: after renaming.
        start: its value in the workspace.
        low, high: its range there.
        constant: whether it keeps its value.
        constraint: ``unit``: a factor N(0; name, 1), that can be taken out; ``own``: any other factor without
            observables, which stays in the pdf; ``none``: it is free.
    """

    name: str
    start: float
    low: float
    high: float
    constant: bool
    constraint: Literal["none", "unit", "own"]


@dataclass(frozen=True)
class ExternalLikelihood:
    """A pdf with its data.

    Attributes:
        name: as a measurement has one.
        path: the ROOT file.
        pdf, data: names of the workspace and of the object in it.
        renamed: variables of the pdf, by their names there and here.
        place: the line of the card that names it.
        parameters: all that its channels depend on, and those of their constraints; neither observables nor global
            observables.
        entries: of the data; bins of binned ones.
        observables: how many.
        gaussians: its factors if all of them are Gaussians of fixed width of one entry of data, so that chi2 is known;
            else none.
        single: whether the data are one entry without a weight, and the pdf has no Poisson term of its own.
    """

    name: str
    path: Path
    pdf: tuple[str, str]
    data: tuple[str, str]
    renamed: tuple[tuple[str, str], ...]
    place: Place
    parameters: tuple[ExternalParameter, ...]
    entries: int
    observables: int
    gaussians: tuple[str, ...]
    single: bool

    @property
    def nuisances(self) -> tuple[str, ...]:
        """Names of the parameters with a prior N(0, 1), constant ones left out."""
        return tuple(item.name for item in self.parameters if item.constraint == "unit" and not item.constant)

    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        """Workspaces of others say nothing of groups."""
        return {}

    def original(self, name: str) -> str:
        """The name of a parameter in the workspace."""
        return {new: old for old, new in self.renamed}.get(name, name)

    def adjusted(
        self, frozen: frozenset[str], values: Mapping[str, float], ranges: Mapping[str, tuple[float, float]]
    ) -> ExternalLikelihood:
        """The same with some parameters frozen, started elsewhere or given another range."""
        return replace(self, parameters=tuple(_adjusted(item, frozen, values, ranges) for item in self.parameters))


def _adjusted(
    item: ExternalParameter,
    frozen: frozenset[str],
    values: Mapping[str, float],
    ranges: Mapping[str, tuple[float, float]],
) -> ExternalParameter:
    low, high = ranges.get(item.name, (item.low, item.high))
    start = values.get(item.name, min(max(item.start, low), high))
    constant = item.constant or item.name in frozen
    return replace(item, start=start, low=min(low, start), high=max(high, start), constant=constant)
