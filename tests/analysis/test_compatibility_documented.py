"""The numbers of docs/compatibility.md are those that its commands give."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ttjroofit.analysis.clock import Clock
from ttjroofit.analysis.compatibility import compare_masses
from ttjroofit.analysis.fit import FitOptions
from ttjroofit.card import read_card
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.options import ModelOptions

REPOSITORY = Path(__file__).parents[2]
TEXT = (REPOSITORY / "docs" / "compatibility.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"python -m ttjroofit (cards/\w+\.txt) +-M Compatibility --split (\w+)", TEXT)


def cell(row: str, column: int) -> list[float]:
    """Numbers of a cell; names such as C13/A8 are none."""
    line = next(line for line in TEXT.splitlines() if line.startswith(f"| here: {row} |"))
    return [float(number) for number in re.findall(r"(?<![\w/.])-?\d+(?:\.\d+)?", line.split("|")[column + 2])]


def test_there_are_four_comparisons() -> None:
    assert len(COMMANDS) == 4


@pytest.mark.slow
@pytest.mark.parametrize("column", range(4))
def test_table(column: int) -> None:
    card, split = COMMANDS[column]
    combination = load_combination(read_card(REPOSITORY / card), ModelOptions(split=split))  # type: ignore[arg-type]
    result = compare_masses(combination, FitOptions(), split, Clock()).result
    single, several = result.hypotheses
    assert several.covariance is not None
    masses = []
    for name in several.correlation.names:
        breakdown = several.parameters[name].breakdown
        assert breakdown is not None
        masses += [several.masses[name], breakdown.exp, breakdown.pdf]
    names, exp = several.covariance.names, several.covariance.exp
    places = [(names.index(item.masses[0]), names.index(item.masses[1])) for item in result.differences]
    # half of the last digit printed, and a little for Minuit
    assert cell("masses", column) == pytest.approx(masses, abs=0.006)
    total = [100.0 * (several.correlation.matrix[i][j] or 0.0) for i, j in places]
    assert cell("correlation in %", column) == pytest.approx(total, abs=0.06)
    part = [100.0 * exp[i][j] / (exp[i][i] * exp[j][j]) ** 0.5 for i, j in places]
    assert cell("experimental part in %", column) == pytest.approx(part, abs=0.06)
    differences = [number for item in result.differences for number in (item.value, item.error)]
    assert cell("difference", column) == pytest.approx(differences, abs=0.051)
    ratios = [number for item in result.ratios for number in (item.value, item.error)]
    assert cell("ratio", column) == pytest.approx(ratios, abs=0.00051)
    assert cell("goodness of fit p", column) == pytest.approx([several.p_value, single.p_value], abs=0.0051)
    assert cell("p of one mass", column) == pytest.approx([result.p_value], abs=0.0051)
