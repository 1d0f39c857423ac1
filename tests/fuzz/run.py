"""Long runs of the fuzzer: ``python tests/fuzz/run.py --count 100000 --seed 1 [--target card]``."""

from __future__ import annotations

import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[0] = str(TESTS)
sys.path.insert(1, str(TESTS / "show"))

import click  # noqa: E402

import conftest  # noqa: E402, F401 -- scipy before ROOT
from fuzz.campaign import Limits, Outcome, fuzz  # noqa: E402
from fuzz.targets import TARGETS  # noqa: E402

__all__ = ["run"]

_HEADER = ("target", "mutations", "accepted", "refused", "crashed", "faults", "slowest", "which", "mean")


@click.command()
@click.option("--count", default=10_000, show_default=True, help="Mutations in all, spread by the cost of the targets.")
@click.option("--seed", default=1, show_default=True)
@click.option("--target", "names", multiple=True, type=click.Choice(list(TARGETS)), help="May be repeated.")
@click.option("--only", type=int, help="This mutation of the one target.")
@click.option("--seconds", default=10.0, show_default=True, help="Limit of one call.")
@click.option("--minutes", type=float, help="Limit of each target.")
@click.option("--keep", type=click.Path(path_type=Path), help="Folder for files that made a crash.")
def run(  # noqa: PLR0917 -- called by click, which names them
    count: int,
    seed: int,
    names: tuple[str, ...],
    only: int | None,
    seconds: float,
    minutes: float | None,
    keep: Path | None,
) -> None:
    """Damage inputs, read them, and print a table; the status is 1 after a crash."""
    chosen = {name: TARGETS[name] for name in names or TARGETS}
    weights = {name: 1 / target.cost**0.7 for name, target in chosen.items()}
    shares = {name: round(count * weight / sum(weights.values())) for name, weight in weights.items()}
    click.echo(_row(_HEADER))
    outcomes: dict[str, Outcome] = {}
    for name, target in chosen.items():
        end = time.monotonic() + 60 * minutes if minutes is not None else float("inf")
        numbers = range(shares[name]) if only is None else [only]
        outcomes[name] = fuzz(
            name, target, numbers, seed, limits=Limits(seconds), keep=keep, until=lambda end=end: time.monotonic() > end
        )
        click.echo(_line(name, outcomes[name]))
    for name, outcome in outcomes.items():
        for crash in outcome.crashes.values():
            click.echo(f"\n=== {name} {crash.number}: {crash.what}\n{crash.trace}")
    click.echo(f"\n{sum(outcome.mutations for outcome in outcomes.values())} mutations, seed {seed}")
    sys.exit(any(outcome.crashes for outcome in outcomes.values()))


def _line(name: str, outcome: Outcome) -> str:
    seconds, number = outcome.slowest
    counts = (outcome.mutations, outcome.accepted, outcome.refused, outcome.crashed, len(outcome.crashes))
    mean = 1000 * outcome.seconds / max(outcome.mutations, 1)
    return _row((name, *map(str, counts), f"{seconds:.2f} s", f"#{number}", f"{mean:.1f} ms"))


def _row(cells: tuple[str, ...]) -> str:
    return "".join(f"{cell:<14}" if i == 0 else f"{cell:>11}" for i, cell in enumerate(cells))


if __name__ == "__main__":
    run()
