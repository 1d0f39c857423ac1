"""Names of Convino, which may hold any character, as names that RooFit accepts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ttjroofit.errors import InputError, Place
from ttjroofit.files import LONGEST_NAME
from ttjroofit.inputs.convino.measurement import ConvinoMeasurement

__all__ = ["plain_name", "plain_names"]


def plain_name(name: str) -> str:
    """Letters, digits and underscores, no digit in front, not too many."""
    plain = re.sub(r"[^A-Za-z0-9_]", "_", name)[: LONGEST_NAME - 1]
    return f"_{plain}" if plain[:1].isdigit() or not plain else plain


def plain_names(measurements: Sequence[ConvinoMeasurement]) -> Mapping[str, str]:
    """Every estimate and nuisance to its plain name.

    Raises:
        InputError: a name is in two files, as in Convino, or two names become the same plain one.
    """
    owners: dict[str, ConvinoMeasurement] = {}
    originals: dict[str, str] = {}
    for measurement in measurements:
        for name in (*measurement.estimates, *measurement.fitted, *measurement.sources):
            if name in owners:
                raise InputError(
                    f"'{name}' is also in {owners[name].path}: estimates and nuisances of all files need different "
                    "names; rename one, and correlate nuisances that are the same with (1)",
                    Place(measurement.path),
                )
            plain = plain_name(name)
            if plain in originals:
                raise InputError(
                    f"'{name}' and '{originals[plain]}' both become '{plain}' (letters, digits and underscores); "
                    "rename one",
                    Place(measurement.path),
                )
            owners[name], originals[plain] = measurement, name
    return {name: plain for plain, name in originals.items()}
