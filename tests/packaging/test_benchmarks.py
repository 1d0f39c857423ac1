"""The benchmarks run; what they measure is the machine's business."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from ttjroofit.card.parser import read_card
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.elimination import eliminate

REPOSITORY = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> str:
    command = [sys.executable, "-m", *arguments]
    finished = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=300)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_quick_benchmarks(tmp_path: Path) -> None:
    printed = run("benchmarks", "--quick", "--card", "cards/atlas8.txt", "-o", str(tmp_path))
    found = json.loads((tmp_path / "benchmarks.json").read_text(encoding="utf-8"))
    assert [row["unit"] for row in found["comparisons"]] == ["fit", "refit", "toy"]
    assert all(row["ratio"] > 0.0 and row["how"] in printed.replace("\n", " ") for row in found["comparisons"])
    assert [series["name"] for series in found["series"]] == ["nuisances", "memory", "bins", "toys", "processes"]
    assert (tmp_path / "scaling.png").stat().st_size > 10_000


def test_generated_combination(tmp_path: Path) -> None:
    run("benchmarks.generate", str(tmp_path / "made"), "13", "40")
    combination = load_combination(read_card(tmp_path / "made" / "card.txt"))
    assert len(combination.bins) == 13
    assert len(combination.owners) == 40
    assert len(combination.measurements) == 2
    assert {block.block for block in combination.prior.stated} == {"jes"}
    assert eliminate(combination).reduced.covariance.shape == (13, 13)
