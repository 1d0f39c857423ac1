"""What a datacard says: its grammar, its parser and its name patterns."""

from __future__ import annotations

from ttjroofit.card.parser import read_card
from ttjroofit.card.patterns import match_names, require_names
from ttjroofit.card.render import render
from ttjroofit.card.scenarios import active_assumptions

__all__ = ["active_assumptions", "match_names", "read_card", "render", "require_names"]
