"""Where the laws write their predictions."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all examples: every combination is made before the next one is drawn."""
    return tmp_path_factory.mktemp("laws")
