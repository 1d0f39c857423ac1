"""Write golden summaries, tables and baseline images anew: ``python tests/show/regenerate.py``; read the difference."""

from __future__ import annotations

from pathlib import Path

import matplotlib
from baseline_figures import BASELINE, FIGURES, VERSION, draw_small
from example_results import STATES
from table_cases import CASES

from ttjroofit.show.summary import fit_summary
from ttjroofit.show.tables.formats import FORMATS

GOLDEN = Path(__file__).parent / "golden"
ENDINGS = {"latex": ".tex", "markdown": ".md", "csv": ".csv"}


def regenerate() -> None:
    GOLDEN.mkdir(exist_ok=True)
    for state, make in STATES.items():
        (GOLDEN / f"{state}.txt").write_text(fit_summary(make()), encoding="utf-8")
    for case, table in CASES.items():
        for form, write in FORMATS.items():
            (GOLDEN / f"{case}{ENDINGS[form]}").write_text(write(table()), encoding="utf-8")
    BASELINE.mkdir(exist_ok=True)
    for stem, make_figure in FIGURES.items():
        draw_small(make_figure(), BASELINE / f"{stem}.png")
    VERSION.write_text(f"{matplotlib.__version__}\n", encoding="utf-8")


if __name__ == "__main__":
    regenerate()
