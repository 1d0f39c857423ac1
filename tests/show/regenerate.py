"""Write the golden summaries anew: ``python tests/show/regenerate.py``; then read the difference."""

from __future__ import annotations

from pathlib import Path

from example_results import STATES

from ttjroofit.show.summary import fit_summary

GOLDEN = Path(__file__).parent / "golden"


def regenerate() -> None:
    GOLDEN.mkdir(exist_ok=True)
    for state, make in STATES.items():
        (GOLDEN / f"{state}.txt").write_text(fit_summary(make()), encoding="utf-8")


if __name__ == "__main__":
    regenerate()
