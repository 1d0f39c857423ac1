"""Write the correlation blocks and scenarios of the talk as cards; the record of how these files were made.

python cards/correlations/convert_figures.py FIGURES/correlations.json cards/correlations
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

SOURCE = "talk 'Towards an ATLAS + CMS pole mass combination' (11 November 2025), converted by convert_figures.py"


def block_card(block: str, assumptions: list[list[str]]) -> str:
    """Write one block: each assumption is [nuisance, nuisance, nominal, low, high], numbers as text."""
    first = max(len(assumption[0]) for assumption in assumptions)
    second = max(len(assumption[1]) for assumption in assumptions)
    lines = [
        f"# Correlation block {block}: {len(assumptions)} assumptions with their scan ranges",
        f"# Source: {SOURCE}",
        "-" * 100,
    ]
    for a, b, nominal, low, high in assumptions:
        lines.append(f"correlation {block}  {a:<{first}}  {b:<{second}}  ({nominal} & {low} : {high})")
    return "\n".join(lines) + "\n"


def scenario_card(blocks: list[str], scenarios: dict[str, list[str]]) -> str:
    """Write the card that includes all blocks and states the scenarios."""
    width = max(map(len, scenarios))
    lines = ["# All correlation blocks, and the scenarios made of them", f"# Source: {SOURCE}", "-" * 100]
    lines += [f"include {block}.txt" for block in blocks]
    lines += ["-" * 100]
    lines += [f"scenario {name:<{width}} = {' '.join(members)}".rstrip() for name, members in scenarios.items()]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Read the command line and write one file a block, and ``scenarios.txt``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("figures", type=Path, help="correlations.json: blocks and scenarios")
    parser.add_argument("output", type=Path, help="folder for the cards")
    arguments = parser.parse_args()
    # Numbers stay text, so that every digit is kept.
    figures = json.loads(arguments.figures.read_text(encoding="utf-8"), parse_float=str, parse_int=str)
    arguments.output.mkdir(parents=True, exist_ok=True)
    for block, assumptions in figures["blocks"].items():
        (arguments.output / f"{block}.txt").write_text(block_card(block, assumptions), encoding="utf-8")
    scenarios = scenario_card(list(figures["blocks"]), figures["scenarios"])
    (arguments.output / "scenarios.txt").write_text(scenarios, encoding="utf-8")


if __name__ == "__main__":
    main()
