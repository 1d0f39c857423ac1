"""``shapes`` lines: read, written with their file elsewhere, and refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from ttjroofit.card import read_card
from ttjroofit.card.render import render
from ttjroofit.errors import CardError, Place

MEASUREMENT = "measurement A a.yaml\n"


def write(folder: Path, *lines: str) -> Path:
    path = folder / "card.txt"
    path.write_text(MEASUREMENT + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_all_parts(tmp_path: Path) -> None:
    path = write(tmp_path, 'shapes TTX "in here/w.root" w:model_s d:data_obs MH=m_t lumi=CMS_lumi  # comment')
    (statement,) = read_card(path).shapes
    assert (statement.name, statement.path) == ("TTX", tmp_path / "in here" / "w.root")
    assert (statement.pdf, statement.data) == (("w", "model_s"), ("d", "data_obs"))
    assert statement.renamed == (("MH", "m_t"), ("lumi", "CMS_lumi"))
    assert statement.place == Place(path, 2)


def test_rendered_for_another_folder(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    card = read_card(write(tmp_path, 'shapes TTX "w 1.root"  w:model   w:data_obs  MH=m_t', "shapes group = A_*"))
    text = render(card, tmp_path / "out")
    assert text.splitlines()[1] == 'shapes TTX "../w 1.root"  w:model   w:data_obs  MH=m_t'
    (tmp_path / "out" / "card.txt").write_text(text, encoding="utf-8")
    again = read_card(tmp_path / "out" / "card.txt")
    assert [(s.path, s.renamed) for s in again.shapes] == [(s.path, s.renamed) for s in card.shapes]
    assert [group.name for group in again.groups] == ["shapes"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("shapes X w.root w:model", r"too few columns in .*: write shapes NAME FILE WORKSPACE:PDF WORKSPACE:DATA"),
        ("shapes X-1 w.root w:model w:data", "'X-1' cannot name a likelihood"),
        ("shapes X w.root model w:data", "'model' does not name an object of a workspace: write shapes"),
        ("shapes X w.root w:model w:", "'w:' does not name an object"),
        ("shapes X w.root w:model w:a:b", "'w:a:b' does not name an object"),
        ("shapes X w.root w:model w:data MH", "'MH' does not rename anything"),
        ("shapes X w.root w:model w:data =m_t", "'=m_t' does not rename anything"),
        ("shapes X w.root w:model w:data MH=m-t", "'m-t' cannot name a parameter"),
        ("shapes X w.root w:model w:data MH=m_t MH=m", "'MH' is renamed twice"),
        ("shapes X w.root w:model w:data MH=m_t MX=m_t", "'m_t' is the new name twice"),
        ("shapes A w.root w:model w:data", r"measurement 'A' is stated twice, first at .*card\.txt:1"),
        ("shape X w.root w:model w:data", "unknown keyword 'shape' .*; nearest: shapes"),
    ],
)
def test_refused_with_its_place(tmp_path: Path, line: str, message: str) -> None:
    path = write(tmp_path, line)
    with pytest.raises(CardError, match=message) as caught:
        read_card(path)
    assert caught.value.place == Place(path, 2)
