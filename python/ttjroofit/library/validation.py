"""The checks of a card; neither ROOT nor a prediction is needed."""

from __future__ import annotations

from pathlib import Path

from ttjroofit.analysis.validation import examine
from ttjroofit.analysis.validation import validate as look_for_suspicious
from ttjroofit.card.statements import Card
from ttjroofit.library.model import Model, Source, as_model, blinding
from ttjroofit.model.elimination import eliminate
from ttjroofit.model.options import ModelOptions
from ttjroofit.results.validation import Validation

__all__ = ["validate"]


def validate(source: Source) -> Validation:
    """What a card and its inputs hold, all that is wrong with them, or what looks suspicious: ``-M Validate``.

    Args:
        source: path of a card, of which all errors are listed; or a model or a card, of which the first is raised.

    Raises:
        CardError: if there is no such card.
        TtjroofitError: of a model or a card: as of ``load``, or if the likelihood is not positive definite.

    Example:
        >>> found = validate("cards/cms13.txt")
        >>> found.bins, found.nuisances, found.errors
        (4, 348, [])
    """
    if not isinstance(source, Model | Card):
        return examine(Path(source), ModelOptions(blind=blinding(None))).validation
    model = as_model(source)
    eliminate(model.combination)
    return look_for_suspicious(model.card, model.combination, model.options.scenario)
