"""What is asked of a model beyond its card: the choices that combine users make on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ttjroofit.model.blinding import Blinding

__all__ = ["ModelOptions", "ToyOptions"]


@dataclass(frozen=True)
class ModelOptions:
    """Choices that change the model.

    Attributes:
        measurements: names of those to use; None: all of the card.
        scenario: correlation scenario that replaces the card's; None: the card's.
        set_parameters: start values by name of a mass, normalisation or nuisance; the value of a frozen one.
        ranges: (low, high) by name of an explicit parameter.
        freeze_parameters: names, shell patterns, ``rgx{...}`` or ``allConstrainedNuisances``.
        freeze_groups: group names; a leading ``^`` freezes all nuisances outside the group.
        pulls: values given to profiled nuisances; None: as the card says.
        asimov: replace the data by the prediction at the start values.
        split: replace the masses of the card by one an experiment, energy or measurement; None: the card's.
        blind: shift every mass by a hidden offset; ``set_parameters`` and ``ranges`` of masses are then blinded masses.
    """

    measurements: tuple[str, ...] | None = None
    scenario: str | None = None
    set_parameters: Mapping[str, float] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    freeze_parameters: tuple[str, ...] = ()
    freeze_groups: tuple[str, ...] = ()
    pulls: Literal["published", "zero"] | None = None
    asimov: bool = False
    split: Literal["experiment", "energy", "measurement"] | None = None
    blind: Blinding | None = None


@dataclass(frozen=True)
class ToyOptions:
    """Which toys to use: ``-t``, ``-s``, ``--toysFrequentist``, ``--toysFile``.

    Attributes:
        count: of toys; 0 for all of ``file``.
        seed: of the run; toy i depends on it and on i alone.
        frequentist: auxiliary observables fluctuate and nuisances stay at their post-fit values; False: nuisances
            are drawn from their priors for every toy and the auxiliary observables stay as observed.
        file: with toys to be read in place of throwing them; None to throw them.
        save: whether the toys are written to ``toys.root``.
    """

    count: int
    seed: int
    frequentist: bool = False
    file: Path | None = None
    save: bool = False
