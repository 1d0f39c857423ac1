"""Cards with the likelihood of a workspace: what the program does with them the library does too."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import ttjroofit as tr
from external import GAUSSIAN, write_gaussian
from program import call
from synthetic import Small
from ttjroofit.results.store import to_json


@pytest.fixture(scope="module")
def shared(made: Small, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``made`` and a direct measurement of the mass that shares a nuisance."""
    folder = tmp_path_factory.mktemp("workspaces")
    write_gaussian(folder / "gaussian.root")
    inputs = os.path.relpath(made.folder, folder)
    lines = [
        *(f"measurement {name} {inputs}/{name}.yaml" for name in "AB"),
        *(f"theory {name} {inputs}/{name}_theory.yaml" for name in "AB"),
        "poi m_t * 172.5 [150,195]",
        GAUSSIAN,
    ]
    (folder / "card.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "card.txt"


def test_a_fit_is_that_of_the_program(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Used to be refused, with the advice to take ``-M Fit``."""
    assert call(monkeypatch, shared, "--no-plots", "-o", tmp_path) == 0
    program, library = json.loads((tmp_path / "result.json").read_text()), json.loads(to_json(tr.fit(shared)))
    for document in (program, library):
        document.pop("timing_s")
    assert program == library
    assert [external["name"] for external in library["external"]] == ["X"]


def test_the_workspace_holds_it(shared: Path) -> None:
    workspace = tr.workspace(tr.load(shared))
    assert workspace.pdf("measured_X")


@pytest.mark.parametrize("ask", [tr.intervals, tr.impacts, tr.cross_sections, tr.likelihood, tr.goodness_of_fit])
def test_analyses_that_know_none(shared: Path, ask: object) -> None:
    assert callable(ask)
    for source in (shared, tr.load(shared)):
        with pytest.raises(tr.CardError, match=r"card\.txt:6: only -M Fit .* know the likelihood of a workspace"):
            ask(source)


def test_left_out(shared: Path, card: Path) -> None:
    left, plain = tr.load(shared, measurements="A,B"), tr.load(card, correlations="none")
    assert tr.cross_sections(left).values == tr.cross_sections(plain).values
