from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ttjroofit.card import read_card
from ttjroofit.card.statements import (
    Assumption,
    Card,
    CombineStatement,
    Count,
    EditStatement,
    GroupStatement,
    ParamStatement,
    PoiStatement,
    Repair,
    ScenarioStatement,
    TheoryOptions,
)
from ttjroofit.errors import Place

WriteCard = Callable[..., Path]


@pytest.fixture
def read(write_card: WriteCard) -> Callable[[str], Card]:
    return lambda text: read_card(write_card(text))


def test_defaults(write_card: WriteCard) -> None:
    path = write_card()
    card = read_card(path)
    assert card.path == path
    assert [(m.name, m.path, m.place) for m in card.measurements] == [
        ("CMS_13TeV", path.parent / "cms.yaml", Place(path, 1)),
        ("ATLAS_8TeV", path.parent / "atlas.yaml", Place(path, 2)),
    ]
    assert (card.counts, card.theory, card.pois, card.assumptions, card.scenarios) == ((), (), (), (), ())
    assert (card.scenario, card.repair, card.pulls, card.options) == (None, None, "published", TheoryOptions())


def test_counts(read: Callable[[str], Card], tmp_path: Path) -> None:
    card = read("imax 12 number of bins\njmax 0\nkmax * as many as there are\n")
    path = tmp_path / "card.txt"
    assert card.counts == (
        Count("imax", 12, Place(path, 3)),
        Count("jmax", 0, Place(path, 4)),
        Count("kmax", None, Place(path, 5)),
    )


def test_comments_separators_and_blank_lines_count_as_lines(read: Callable[[str], Card], tmp_path: Path) -> None:
    card = read("\n# comment\n------\n   -- indented\n\t tnp   off # no theory nuisances\nrepair shrink# tight\n")
    assert not card.options.tnp
    assert card.repair == Repair("shrink", Place(tmp_path / "card.txt", 8))
    assert card.lines[2:] == ("tnp   off", "repair shrink")


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\n"])
def test_newlines_of_other_systems(tmp_path: Path, newline: str) -> None:
    path = tmp_path / "card.txt"
    path.write_bytes(f"\ufeffmeasurement A a.yaml{newline}tnp off{newline}".encode())
    assert read_card(path).lines == (f"measurement A {tmp_path / 'a.yaml'}", "tnp off")


def test_quoted_file_names(tmp_path: Path) -> None:
    path = tmp_path / "card.txt"
    path.write_text('measurement A "my files/#1.yaml" # why not\n', encoding="utf-8")
    assert read_card(path).measurements[0].path == tmp_path / "my files" / "#1.yaml"


def test_theory_is_spread_over_the_measurements(read: Callable[[str], Card], tmp_path: Path) -> None:
    card = read("theory * theory/$MEASUREMENT_lo.yaml\npoi m_t * 172.5 [150,195]\n")
    assert [(t.measurement, t.path, t.place.line) for t in card.theory] == [
        ("CMS_13TeV", tmp_path / "theory" / "CMS_13TeV_lo.yaml", 3),
        ("ATLAS_8TeV", tmp_path / "theory" / "ATLAS_8TeV_lo.yaml", 3),
    ]


@pytest.mark.parametrize("interval", ["[150,195]", "[ 150 , 195 ]", "[1.5e2,\t195.0]"])
@pytest.mark.parametrize("patterns", ["*", "ATLAS_8TeV,CMS_13TeV", "rgx{(CMS|ATLAS).{1,9}}", "CMS_*,ATLAS_?TeV"])
def test_poi_is_resolved_in_the_order_of_the_measurements(
    read: Callable[[str], Card], tmp_path: Path, patterns: str, interval: str
) -> None:
    card = read(f"theory * t.yaml\npoi m_t {patterns} 172.5 {interval}\n")
    expected = PoiStatement("m_t", ("CMS_13TeV", "ATLAS_8TeV"), 172.5, 150, 195, Place(tmp_path / "card.txt", 4))
    assert card.pois == (expected,)


def test_two_masses(read: Callable[[str], Card]) -> None:
    card = read("jmax 1\ntheory * t.yaml\npoi m_C CMS* 172.5 [150,195]\npoi m_A ATLAS* 172 [150,195]\n")
    assert [(poi.name, poi.measurements) for poi in card.pois] == [("m_C", ("CMS_13TeV",)), ("m_A", ("ATLAS_8TeV",))]


def test_a_measurement_may_have_neither_prediction_nor_mass(read: Callable[[str], Card]) -> None:
    card = read("theory CMS* t.yaml\npoi m_t CMS* 172.5 [150,195]\n")
    assert [theory.measurement for theory in card.theory] == ["CMS_13TeV"]


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("interpolation 1", TheoryOptions(order=1)),
        ("interpolation 3", TheoryOptions(order=3)),
        ("pdf additive", TheoryOptions(pdf="additive")),
        ("pdf off", TheoryOptions(pdf="off")),
        ("tnp off", TheoryOptions(tnp=False)),
        ("scale nuisances", TheoryOptions(scale="nuisances")),
        ("scale off", TheoryOptions(scale="off")),
    ],
)
def test_theory_options(read: Callable[[str], Card], line: str, options: TheoryOptions) -> None:
    assert read(line + "\n").options == options


def test_combined_bins(read: Callable[[str], Card], tmp_path: Path) -> None:
    card = read("combine x = CMS_a ATLAS_*\ncombine group = rgx{b.*}\n")
    path = tmp_path / "card.txt"
    assert card.combines == (
        CombineStatement("x", ("CMS_a", "ATLAS_*"), Place(path, 3)),
        CombineStatement("group", ("rgx{b.*}",), Place(path, 4)),
    )
    assert card.groups == ()


def test_pulls_and_repair(read: Callable[[str], Card]) -> None:
    card = read("pulls zero\nrepair nearest\n")
    assert card.pulls == "zero"
    assert card.repair is not None
    assert card.repair.method == "nearest"


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ("(0.5 & 0.25 : 0.75)", (0.5, 0.25, 0.75)),
        ("(0.5&0.25:0.75)", (0.5, 0.25, 0.75)),
        ("(  -0.5  &  -1  :  1e-3 )", (-0.5, -1, 0.001)),
        ("(0.5)", (0.5, 0.5, 0.5)),
        ("( 0.5 )", (0.5, 0.5, 0.5)),
        ("0.5", (0.5, 0.5, 0.5)),
        ("-1", (-1, -1, -1)),
        ("(0 & 0 : 0)", (0, 0, 0)),
    ],
)
def test_correlation(
    read: Callable[[str], Card], tmp_path: Path, numbers: str, expected: tuple[float, float, float]
) -> None:
    card = read(f"correlation jes rgx{{a(b|c)}} B_*   {numbers}\n")
    assert card.assumptions == (Assumption("jes", "rgx{a(b|c)}", "B_*", *expected, Place(tmp_path / "card.txt", 3)),)


def test_one_pair_in_two_blocks_and_patterns_twice(read: Callable[[str], Card]) -> None:
    card = read("correlation x A B 0.1\ncorrelation y B A 0.2\ncorrelation x A* B 0.3\ncorrelation x A* A* 0.3\n")
    assert [assumption.nominal for assumption in card.assumptions] == [0.1, 0.2, 0.3, 0.3]


def test_scenarios(read: Callable[[str], Card], tmp_path: Path) -> None:
    card = read("correlations jes\nscenario none =\nscenario jes = b\ncorrelation b A B 0.1\n")
    path = tmp_path / "card.txt"
    assert card.scenario == "jes"
    assert card.scenarios == (
        ScenarioStatement("none", (), Place(path, 4)),
        ScenarioStatement("jes", ("b",), Place(path, 5)),
    )


@pytest.mark.parametrize("name", ["jets", "pdf", "scale", "measurement", "theory", "correlation", "nuisance"])
def test_groups_even_when_named_as_a_keyword(read: Callable[[str], Card], tmp_path: Path, name: str) -> None:
    card = read(f"{name} group = A_* rgx{{B.*}}\n{name} group += C\n")
    path = tmp_path / "card.txt"
    assert card.groups == (
        GroupStatement(name, ("A_*", "rgx{B.*}"), False, Place(path, 3)),
        GroupStatement(name, ("C",), True, Place(path, 4)),
    )
    assert card.lines[2:] == (f"{name} group = A_* rgx{{B.*}}", f"{name} group += C")


def test_scenario_and_measurement_named_group(read: Callable[[str], Card]) -> None:
    card = read("correlation b A B 0.1\nscenario group = b\nmeasurement group g.yaml\n")
    assert card.scenarios[0].name == "group"
    assert card.measurements[2].name == "group"


def test_params(read: Callable[[str], Card], tmp_path: Path) -> None:
    card = read("a param 0.5 1.5 [-2,3]\nb param 0 1\nc flatParam\n")
    path = tmp_path / "card.txt"
    assert card.params == (
        ParamStatement("a", 0.5, 1.5, -2, 3, Place(path, 3)),
        ParamStatement("b", 0, 1, None, None, Place(path, 4)),
        ParamStatement("c", None, None, None, None, Place(path, 5)),
    )


def test_edits(read: Callable[[str], Card], tmp_path: Path) -> None:
    card = read("nuisance edit freeze CMS_*\nnuisance edit drop x\nnuisance edit rename x y\n")
    path = tmp_path / "card.txt"
    assert card.edits == (
        EditStatement("freeze", "CMS_*", None, Place(path, 3)),
        EditStatement("drop", "x", None, Place(path, 4)),
        EditStatement("rename", "x", "y", Place(path, 5)),
    )


def test_includes_are_relative_to_the_file_that_names_them(write_card: WriteCard, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.txt").write_text("# first\ninclude b.txt\nmeasurement C c.yaml\n", encoding="utf-8")
    (tmp_path / "sub" / "b.txt").write_text("tnp off", encoding="utf-8")
    card = read_card(write_card("include sub/a.txt\npulls zero\n"))
    assert card.lines[2:] == ("tnp off", f"measurement C {tmp_path / 'sub' / 'c.yaml'}", "pulls zero")
    assert card.measurements[2].place == Place(tmp_path / "sub" / "a.txt", 3)


def test_a_complete_last_line_needs_no_newline(read: Callable[[str], Card]) -> None:
    assert not read("tnp off").options.tnp


def test_a_card_named_relative_to_the_working_folder(
    write_card: WriteCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_card()
    monkeypatch.chdir(tmp_path)
    card = read_card(Path("card.txt"))
    assert card.measurements[0].path == tmp_path / "cms.yaml"
    assert str(card.measurements[0].place) == "card.txt:1"
