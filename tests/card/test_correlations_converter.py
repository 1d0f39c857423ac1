from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ttjroofit.card import active_assumptions, read_card

FIGURES = """{"blocks": {"a": [["A_long", "B", 0.750, 0.50, 1.0], ["C", "D", 1e-1, -1, 1]]},
              "scenarios": {"none": [], "all": ["a"]}}"""


def test_every_digit_is_kept(repository: Path, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    figures.write_text(FIGURES, encoding="utf-8")
    script = repository / "cards" / "correlations" / "convert_figures.py"
    subprocess.run([sys.executable, script, figures, tmp_path / "out"], check=True)
    text = (tmp_path / "out" / "a.txt").read_text(encoding="utf-8")
    assert "correlation a  A_long  B  (0.750 & 0.50 : 1.0)\n" in text
    assert "correlation a  C       D  (1e-1 & -1 : 1)\n" in text
    path = tmp_path / "card.txt"
    path.write_text("measurement A a.yaml\ninclude out/scenarios.txt\ncorrelations all\n", encoding="utf-8")
    assert [(a.nominal, a.low, a.high) for a in active_assumptions(read_card(path))] == [(0.75, 0.5, 1), (0.1, -1, 1)]
