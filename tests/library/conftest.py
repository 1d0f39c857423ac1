"""A small card whose files are on disk, for the program and the library alike."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import ttjroofit as tr
from synthetic import Small, make_measurement, small
from ttjroofit.model.blinding import VARIABLE

CORRELATIONS = (
    "correlation jes A_s0 B_s1 (0.5 & 0 : 0.8)",
    "correlation fsr A_p0 B_s0 (0.4 & 0 : 0.6)",
    "scenario both = jes fsr",
    "scenario none =",
)


@pytest.fixture(autouse=True)
def _unblinded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """Two measurements, one of them profiled; their shifts have Monte Carlo uncertainties."""
    folder = tmp_path_factory.mktemp("small")
    first = make_measurement("A", bins=4, sources=2, profiled=2, seed=1)
    second = make_measurement("B", bins=5, sources=3, seed=2, per_unit=True)
    measurements = [
        replace(each, shift_sigma=np.full_like(each.shifts, 0.2 * float(np.std(each.shifts))))
        for each in (first, second)
    ]
    for each in measurements:
        tr.write_measurement(each, folder)
    return small(folder, *measurements)


@pytest.fixture(scope="session")
def card(made: Small) -> Path:
    """The card of ``made``."""
    made.card(*CORRELATIONS, "correlations both")
    return made.folder / "card.txt"
