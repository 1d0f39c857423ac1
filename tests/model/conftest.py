from __future__ import annotations

import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests"))  # for the modules `twin` and `synthetic`


@pytest.fixture(scope="session")
def cards() -> Path:
    return REPOSITORY / "cards"
