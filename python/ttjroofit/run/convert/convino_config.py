"""From a card to a Convino configuration with its measurement files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ttjroofit._version import __version__
from ttjroofit.card import read_card
from ttjroofit.card.statements import Card
from ttjroofit.inputs.convino.text import convino_remarks, convino_text
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.combination import Combination
from ttjroofit.model.options import ModelOptions

__all__ = ["convino_from_card"]

_LARGEST = 0.999


def convino_from_card(path: Path, scenario: str | None = None) -> tuple[dict[str, str], list[str]]:
    """Write the combination of a card in the format of Convino.

    Args:
        path: the card.
        scenario: of correlations, in place of the card's.

    Returns:
        File name to text, ``config.txt`` first, and what Convino takes otherwise than it is meant.

    Raises:
        TtjroofitError: whatever is wrong with card and inputs.
    """
    card = read_card(path)
    # no mass is written: there is nothing to blind
    combination = load_combination(replace(card, blind=None), ModelOptions(scenario=scenario))
    remarks = [*_card_remarks(card, combination)]
    remarks += [remark for measurement in combination.measurements for remark in convino_remarks(measurement)]
    blocks = {
        "inputs": _inputs(combination),
        "observables": _observables(combination),
        "correlations": _correlations(combination),
        "uncertainty impacts": _impacts(combination),
    }
    head = [f"Card {path.name}, written by ttjroofit {__version__}", *remarks, ""]
    text = "\n".join([*head, *(_block(name, lines) for name, lines in blocks.items())])
    files = {f"{m.name}.txt": convino_text(m) for m in combination.measurements}
    return {"config.txt": text, **files}, remarks


def _card_remarks(card: Card, combination: Combination) -> list[str]:
    remarks = []
    if card.theory:
        remarks.append("the prediction and the masses of the card are not written: Convino combines cross sections")
    if combination.frozen:
        remarks.append(f"frozen in the card, not in Convino: {', '.join(sorted(combination.frozen))}")
    if card.pulls == "zero":
        remarks.append("the card says `pulls zero`; the published pulls are written")
    if combination.prior.repaired is not None:
        remarks.append("correlations are written as they are after the repair that the card asks for")
    exact = [f"{pair.first} and {pair.second}" for pair, held in combination.prior.changes() if abs(held) > _LARGEST]
    if exact:
        remarks.append(f"Convino takes correlations beyond {_LARGEST} as {_LARGEST}: {'; '.join(sorted(exact))}")
    return remarks


def _inputs(combination: Combination) -> list[str]:
    names = [measurement.name for measurement in combination.measurements]
    return [f"nFiles = {len(names)}", *(f"file{i} = {name}.txt" for i, name in enumerate(names))]


def _observables(combination: Combination) -> list[str]:
    """Convino gives full errors only to what is listed: so all are, under a new name where nothing is combined."""
    bins: dict[str, list[str]] = {}
    for name in combination.bins:
        bins.setdefault(combination.truth_of.get(name, name), []).append(name)
    return [
        f"{f'combined_{truth}' if truth in members else truth} = {' + '.join(members)}"
        for truth, members in bins.items()
    ]


def _correlations(combination: Combination) -> list[str]:
    """The values that hold, with the range of the card if it has one; one line a pair."""
    lines = []
    for pair, held in combination.prior.changes():
        ends = f" & {pair.low!r} : {pair.high!r}" if pair.low != pair.high else ""
        lines.append((pair.block, f"{pair.first} = ({held!r}{ends}) {pair.second}"))
    return [line for _, line in sorted(lines)]


def _impacts(combination: Combination) -> list[str]:
    measurements = {measurement.name for measurement in combination.measurements}
    members = {
        group: [name for name in names if name in combination.owners]
        for group, names in combination.groups.items()
        if group not in measurements
    }
    return [f"{group} = {' + '.join(names)}" for group, names in members.items() if names]


def _block(name: str, lines: list[str]) -> str:
    return "\n".join([f"[{name}]", *(f"  {line}" for line in lines), f"[end {name}]", ""])
