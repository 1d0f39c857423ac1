"""A card with the choices made on it, and the combination that follows."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ttjroofit.card import read_card
from ttjroofit.card.statements import Card
from ttjroofit.library.choices import Names, Ranges, Values, names_of, one_of, ranges_of, values_of
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.blinding import VARIABLE, Blinding
from ttjroofit.model.combination import Combination
from ttjroofit.model.external import refuse_external, used_shapes
from ttjroofit.model.options import ModelOptions
from ttjroofit.roofit.external import read_external

__all__ = ["Model", "Source", "as_model", "blinding", "load"]

PULLS = ("published", "zero")
SPLITS = ("experiment", "energy", "measurement")


@dataclass(frozen=True, eq=False)
class Model:
    """A card with the choices made on it: what every analysis takes.

    Attributes:
        card: what the datacard says.
        options: choices beyond the card.
        combination: measurements, prior correlations and predictions as arrays, and the likelihoods of workspaces.
    """

    card: Card
    options: ModelOptions
    combination: Combination = field(repr=False)

    def __repr__(self) -> str:
        masses = f", masses {', '.join(self.masses)}" if self.masses else ""
        return (
            f"<Model of {self.card.path}: {', '.join(self.measurements)}; {len(self.bins)} bins, "
            f"{len(self.nuisances)} nuisances{masses}>"
        )

    @property
    def measurements(self) -> tuple[str, ...]:
        """Names of the measurements in use."""
        return tuple(measurement.name for measurement in self.combination.measurements)

    @property
    def bins(self) -> tuple[str, ...]:
        """Names of all bins."""
        return self.combination.bins

    @property
    def nuisances(self) -> tuple[str, ...]:
        """Names of the nuisances of the measurements."""
        return tuple(self.combination.owners)

    @property
    def masses(self) -> tuple[str, ...]:
        """Names of the mass parameters; none for a card without a prediction."""
        theory = self.combination.theory
        return tuple(mass.name for mass in theory.parameters.masses) if theory is not None else ()


Source = Model | Card | str | os.PathLike[str]
"""What an analysis takes: a model, or a card or its path for the model with no choices made."""


def load(
    card: Card | str | os.PathLike[str],
    *,
    measurements: Names | None = None,
    correlations: str | None = None,
    pulls: Literal["published", "zero"] | None = None,
    split: Literal["experiment", "energy", "measurement"] | None = None,
    set_parameters: Values | None = None,
    ranges: Ranges | None = None,
    freeze_parameters: Names = (),
    freeze_groups: Names = (),
    asimov: bool = False,
    blind: str | None = None,
) -> Model:
    """Read what a card names and make the model; ROOT is needed for a card with ``shapes`` only.

    Args:
        card: the card or its path.
        measurements: use only these; None: all of the card.
        correlations: scenario instead of the card's.
        pulls: values given to profiled nuisances; None: as the card says.
        split: one mass an experiment, energy or measurement instead of the card's masses.
        set_parameters: start values, and values of frozen parameters; masses in GeV.
        ranges: (low, high) of masses, normalisations and theory nuisances in the fit.
        freeze_parameters: names, patterns, ``rgx{...}`` or ``allConstrainedNuisances``.
        freeze_groups: groups; ``^G`` freezes all but G.
        asimov: the prediction at the start values instead of the data.
        blind: salt of the hidden offset of all masses; None: that of the variable ``TTJROOFIT_BLIND``, if it is set.

    Raises:
        TtjroofitError: whatever is wrong with card, inputs or choices, by its place.

    Example:
        >>> load("cards/atlas_cms.txt", measurements="ATLAS_8TeV,CMS_13TeV", correlations="none")
        <Model of cards/atlas_cms.txt: CMS_13TeV, ATLAS_8TeV; 12 bins, 471 nuisances, masses m_t>
    """
    if pulls is not None:
        one_of("pulls", pulls, PULLS)
    if split is not None:
        one_of("split", split, SPLITS)
    options = ModelOptions(
        measurements=names_of(measurements) if measurements is not None else None,
        scenario=correlations,
        set_parameters=values_of("set_parameters", set_parameters or {}),
        ranges=ranges_of("ranges", ranges or {}),
        freeze_parameters=names_of(freeze_parameters),
        freeze_groups=names_of(freeze_groups),
        pulls=pulls,
        asimov=asimov,
        split=split,
        blind=blinding(blind),
    )
    said = card if isinstance(card, Card) else read_card(Path(card))
    externals = [read_external(shapes) for shapes in used_shapes(said, options.measurements)]
    return Model(said, options, load_combination(said, options, externals))


def blinding(salt: str | None) -> Blinding | None:
    """What hides the masses; without a salt that of the variable ``TTJROOFIT_BLIND``, if it is set.

    Raises:
        OptionError: for a salt that is empty.
    """
    salt = salt if salt is not None else os.environ.get(VARIABLE) or None
    return Blinding(salt) if salt is not None else None


def as_model(source: Source, *, external: bool = False) -> Model:
    """The model itself, or that of a card without choices.

    Args:
        source: of an analysis.
        external: whether the analysis knows likelihoods of workspaces.

    Raises:
        TtjroofitError: as of ``load``, or for such a likelihood in an analysis that knows none.
    """
    model = source if isinstance(source, Model) else load(source)
    if not external:
        refuse_external(model.card, model.options)
    return model
