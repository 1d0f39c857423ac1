from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from ttjroofit.card import active_assumptions, read_card
from ttjroofit.card.grammar import USAGE
from ttjroofit.errors import CardError


@pytest.fixture
def blocks(repository: Path) -> list[str]:
    text = (repository / "docs" / "datacard.md").read_text(encoding="utf-8")
    return re.findall(r"^```text\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def test_the_full_example_can_be_read(blocks: list[str], repository: Path, tmp_path: Path) -> None:
    shutil.copytree(repository / "cards", tmp_path / "cards")
    path = tmp_path / "cards" / "example.txt"
    path.write_text(blocks[0], encoding="utf-8")
    card = read_card(path)
    assert [poi.name for poi in card.pois] == ["m_t_CMS", "m_t_ATLAS"]
    assert len(active_assumptions(card)) == 13
    assert (len(card.groups), len(card.params), len(card.edits)) == (3, 2, 1)


def test_the_error_is_as_shown(blocks: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("card.txt").write_text(blocks[1], encoding="utf-8")
    with pytest.raises(CardError, match="unknown keyword") as caught:
        read_card(Path("card.txt"))
    assert str(caught.value) == blocks[2].strip()


@pytest.mark.parametrize("keyword", USAGE)
def test_every_statement_is_explained(repository: Path, keyword: str) -> None:
    text = (repository / "docs" / "datacard.md").read_text(encoding="utf-8")
    assert re.search(rf"`([A-Z]+ )?{keyword}\b[^`]*`", text)
