from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

MINIMAL = "measurement CMS_13TeV cms.yaml\nmeasurement ATLAS_8TeV atlas.yaml\n"

CardWriter = Callable[..., Path]


@pytest.fixture
def write_card(tmp_path: Path) -> CardWriter:
    """Write ``card.txt``: two measurements and the given lines, which start at line 3."""

    def write(text: str = "", *, start: str = MINIMAL) -> Path:
        path = tmp_path / "card.txt"
        path.write_text(start + text, encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def repository() -> Path:
    return Path(__file__).resolve().parents[2]
