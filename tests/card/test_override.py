"""Settings of a card that the command line decides."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from program import call
from ttjroofit.card import read_card, render
from ttjroofit.card.settings import CHOICES, SETTINGS
from ttjroofit.card.statements import Card, TheoryOptions
from ttjroofit.errors import CardError, OptionError
from ttjroofit.run.parsing import parse_settings

CARDS = Path(__file__).parents[2] / "cards"


def same(one: Card, other: Card) -> bool:
    """Whether two cards say the same of settings."""
    return all(getattr(one, name) == getattr(other, name) for name in ("options", "pulls", "scenario"))


def test_stated_settings_are_changed_and_others_added(tmp_path: Path) -> None:
    settings = {"interpolation": "3", "pdf": "off", "pulls": "zero", "correlations": "none"}
    card = read_card(CARDS / "atlas8_cms13.txt", settings)
    assert card.options == TheoryOptions(order=3, pdf="off", tnp=True, scale="envelope")
    assert (card.pulls, card.scenario) == ("zero", "none")
    # the card that is written says it itself
    (tmp_path / "card.txt").write_text(render(card, tmp_path), encoding="utf-8")
    assert same(read_card(tmp_path / "card.txt"), card)
    assert read_card(CARDS / "atlas8_cms13.txt").options == TheoryOptions()


@pytest.mark.parametrize("keyword", CHOICES)
def test_every_word_of_every_setting(keyword: str, tmp_path: Path) -> None:
    """As if the card itself had said so."""
    text = (CARDS / "atlas8.txt").read_text(encoding="utf-8").replace("../inputs", str(CARDS.parent / "inputs"))
    kept = [line for line in text.splitlines() if line.split()[:1] != [keyword]]
    for word in CHOICES[keyword]:
        (tmp_path / "card.txt").write_text("\n".join([*kept, f"{keyword} {word}"]) + "\n", encoding="utf-8")
        said = read_card(tmp_path / "card.txt")
        given = read_card(CARDS / "atlas8.txt", {keyword: word})
        assert same(given, said)
        assert (given.repair and given.repair.method) == (said.repair and said.repair.method)


def test_a_group_of_the_same_name_stays(tmp_path: Path) -> None:
    (tmp_path / "card.txt").write_text("measurement A a.yaml\npdf group = a b\n", encoding="utf-8")
    card = read_card(tmp_path / "card.txt", {"pdf": "off"})
    assert [group.name for group in card.groups] == ["pdf"]
    assert card.options.pdf == "off"


def test_a_scenario_must_exist() -> None:
    with pytest.raises(CardError, match=r"atlas8_cms13\.txt:\d+: .*'jse'.*nearest: jes"):
        read_card(CARDS / "atlas8_cms13.txt", {"correlations": "jse"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pdf", "`pdf` holds no word: write keyword=word"),
        ("pdf=", "`pdf=` holds no word"),
        ("pdff=off", "`pdff` is no setting of a card; nearest: pdf"),
        ("interpolation=4", "`interpolation` cannot be `4`; known: 1, 2, 3"),
    ],
)
def test_bad_settings(text: str, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        parse_settings("--setStatements", text)


def test_all_settings_can_be_given() -> None:
    words = {keyword: next(iter(CHOICES.get(keyword, ["name"]))) for keyword in SETTINGS}
    assert parse_settings("x", ",".join(f"{keyword}={word}" for keyword, word in words.items())) == words


def test_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ("-M", "GoodnessOfFit", "--setStatements", "interpolation=1,pdf=off", "-o", tmp_path)
    assert call(monkeypatch, CARDS / "atlas8.txt", *options) == 0
    text = (tmp_path / "card.txt").read_text(encoding="utf-8")
    assert "\ninterpolation 1\npdf off\n" in text
    # a straight line in the mass fits the bins of ATLAS 8 TeV otherwise: chi2 is 5.4 in place of 6.9
    assert json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))["chi2"] == pytest.approx(5.4, abs=0.05)
