"""``python -m benchmarks``: the table of ratios and the cost against size, measured in one run."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import click  # noqa: E402 (numpy must not be loaded before the threads are set)
from rich.console import Console  # noqa: E402

from benchmarks import correlation_scan, fits, impacts, scaling, toys  # noqa: E402
from benchmarks.comparison import Series, Setup  # noqa: E402
from benchmarks.figure import draw_scaling  # noqa: E402
from benchmarks.table import ratios  # noqa: E402
from benchmarks.table import scaling as scaling_table  # noqa: E402
from ttjroofit.show.style import save_figure  # noqa: E402

CARD = Path(__file__).parents[1] / "cards" / "atlas_cms.txt"
COMPARED = {"fit": fits, "impacts": impacts, "toys": toys, "correlations": correlation_scan}


@click.command(help=__doc__)
@click.option("--card", type=click.Path(exists=True, dir_okay=False), default=str(CARD), show_default=True)
@click.option("--quick", is_flag=True, help="Tiny sizes: to see that everything runs.")
@click.option("--only", type=click.Choice([*COMPARED, "scaling"]), multiple=True, help="Measure these alone.")
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), default=Path("out/benchmarks"))
def main(card: str, quick: bool, only: tuple[str, ...], output: Path) -> None:
    """Measure, print, and write ``benchmarks.json`` and ``scaling.{pdf,png}``."""
    setup = Setup.quick(card) if quick else Setup.whole(card)
    console = Console(width=160)
    output.mkdir(parents=True, exist_ok=True)
    measured = []
    for name, module in COMPARED.items():
        if not only or name in only:
            console.print(f"[dim]{name}[/dim]")
            measured += module.compare(setup)
    if measured:
        console.print(ratios(measured))
        console.print(*(f"{row.name}: {row.how}" for row in measured), sep="\n")
    series = _series(setup) if not only or "scaling" in only else []
    console.print(*(scaling_table(one) for one in series))
    found = {
        "load": list(os.getloadavg()),
        "comparisons": [asdict(row) | {"ratio": row.ratio} for row in measured],
        "series": [asdict(one) for one in series],
    }
    (output / "benchmarks.json").write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    if series:
        save_figure(draw_scaling(series), output, "scaling")
    console.print(f"load of the machine {os.getloadavg()[0]:.1f}; written to {output}")


def _series(setup: Setup) -> list[Series]:
    return [
        *scaling.in_nuisances(setup),
        scaling.in_bins(setup),
        scaling.in_toys(setup),
        scaling.in_processes(setup),
    ]


if __name__ == "__main__":
    main()
