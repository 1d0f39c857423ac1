from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def examples() -> dict[str, str]:
    """The complete examples of docs/inputs.md by the name of the measurement or calculation."""
    blocks = re.findall(r"^```yaml\n(.*?)^```", (ROOT / "docs" / "inputs.md").read_text(encoding="utf-8"), re.M | re.S)
    return {re.findall(r"^name: (\w+)$", block, re.M)[0]: block for block in blocks}


@pytest.fixture(scope="session")
def shipped() -> Path:
    return ROOT / "inputs"
