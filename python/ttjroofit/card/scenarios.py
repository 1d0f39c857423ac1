"""Which of the stated correlations hold together."""

from __future__ import annotations

from ttjroofit.card.statements import Assumption, Card
from ttjroofit.errors import CardError, Place, nearest_names

__all__ = ["active_assumptions"]


def active_assumptions(card: Card, scenario: str | None = None) -> tuple[Assumption, ...]:
    """List the correlation assumptions of a scenario.

    Args:
        card: the datacard.
        scenario: name of a scenario of the card; None: the one in force by the card (``correlations NAME``).

    Returns:
        The assumptions of the scenario's blocks in the order of the card; all stated ones if neither the
        caller nor the card names a scenario.

    Raises:
        CardError: if the card has no scenario of this name, with the nearest names.
    """
    name = card.scenario if scenario is None else scenario
    if name is None:
        return card.assumptions
    blocks = {stated.name: stated.blocks for stated in card.scenarios}
    if name not in blocks:
        known = nearest_names(name, blocks) or (
            "known: " + ", ".join(blocks)
            if blocks
            else "it states no scenarios: add a line `scenario NAME = BLOCK ...`"
        )
        raise CardError(f"no correlation scenario '{name}' in this card; {known}", Place(card.path))
    return tuple(assumption for assumption in card.assumptions if assumption.block in blocks[name])
