"""Combinations without a prediction, from measurements and lines of a card."""

from __future__ import annotations

from pathlib import Path

from ttjroofit.card import read_card
from ttjroofit.inputs.measurement import Measurement
from ttjroofit.model.assemble import assemble
from ttjroofit.model.combination import Combination
from ttjroofit.model.options import ModelOptions

__all__ = ["combine"]


def combine(
    folder: Path, *lines: str, measurements: tuple[Measurement, ...], options: ModelOptions | None = None
) -> Combination:
    """Combine measurements; the first of ``lines`` is line ``len(measurements) + 1`` of ``card.txt``."""
    path = folder / "card.txt"
    named = [f"measurement {m.name} {m.name}.yaml" for m in measurements]
    path.write_text("\n".join([*named, *lines]) + "\n", encoding="utf-8")
    return assemble(read_card(path), measurements, options or ModelOptions())
