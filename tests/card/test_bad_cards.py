from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttjroofit.card import read_card
from ttjroofit.card.grammar import parse_line
from ttjroofit.card.lines import Line
from ttjroofit.errors import CardError, Place

WriteCard = Callable[..., Path]

BAD = [
    # unknown keywords
    ("theroy * t.yaml", 3, r"unknown keyword 'theroy' in 'theroy \* t\.yaml'; nearest: theory"),
    ("Measurement A a.yaml", 3, "unknown keyword 'Measurement' .*; nearest: measurement"),
    ("inclde a.txt", 3, "unknown keyword 'inclde' .*; nearest: include"),
    ("jets groop = a", 3, "unknown keyword 'jets' .*; nearest: group"),
    ("zz lnN 1.1", 3, "unknown keyword 'zz' .*; known: imax, .*, NAME flatParam"),
    ("zzzz", 3, "unknown keyword 'zzzz' .*; known: imax"),
    # columns
    ("measurement A", 3, "too few columns in 'measurement A': write measurement NAME FILE"),
    ("measurement A a.yaml b.yaml", 3, "too many columns .*: write measurement NAME FILE"),
    ("theory *", 3, "too few columns .*: write theory MEASUREMENT-PATTERN FILE"),
    ("poi m_t * [150,195]", 3, "too few columns .*: write poi NAME"),
    ("poi m_t CMS*, ATLAS* 172.5 [150,195]", 3, "too many columns .*: write poi NAME"),
    ("tnp", 3, r"too few columns in 'tnp': write tnp on\|off"),
    ("tnp on off", 3, r"too many columns in 'tnp on off': write tnp on\|off"),
    ("correlations", 3, "too few columns .*: write correlations NAME"),
    ("a param 0", 3, "too few columns .*: write NAME param MEAN SIGMA"),
    ("a flatParam 0", 3, "too many columns .*: write NAME flatParam"),
    ("include", 3, "must name exactly one file: write include FILE"),
    ("include a b", 3, "must name exactly one file: write include FILE"),
    ("a group = ", 3, "'a group =' is not a group: write NAME group = PATTERN"),
    ("a group b c", 3, "'a group b c' is not a group"),
    ("a group", 3, "'a group' is not a group"),
    ("combine x = ", 3, "does not say which bins: write combine NAME = BIN"),
    ("combine x a b", 3, "does not say which bins: write combine NAME = BIN"),
    ("combine x = a b a", 3, "cross section 'x' names the bin 'a' twice; remove one"),
    ("combine 1x = a b", 3, "'1x' cannot name a cross section"),
    ("combine x = rgx{( b", 3, "'rgx{\\(' is not closed"),
    ("combine x = a b\ncombine x = c d", 4, r"cross section 'x' is stated twice, first at .*card\.txt:3; remove one"),
    ("scenario s", 3, "no '=' between blanks .*: write scenario NAME = BLOCK"),
    ("scenario s= a", 3, "no '=' between blanks .*: write scenario NAME = BLOCK"),
    ("nuisance freeze a", 3, "is not an edit: write nuisance edit freeze"),
    ("nuisance edit", 3, "is not an edit: write nuisance edit freeze"),
    ("nuisance edit rename proc chan old new", 3, "is not an edit"),
    ("nuisance edit flip a", 3, "is not an edit"),
    ("nuisance edit rename a* b", 3, "renames a pattern: write two plain names"),
    # numbers
    ("imax", 3, r"'' in 'imax' is not a count: write imax N\|\*"),
    ("imax 1.5", 3, r"'1.5' in 'imax 1.5' is not a count"),
    ("kmax -1", 3, r"'-1' in 'kmax -1' is not a count"),
    ("jmax 2", 3, r"jmax is 2 but the card has 0 mass parameters: write jmax 0 or \*"),
    ("poi m_t * abc [150,195]", 3, "the start value 'abc' is not a number"),
    ("poi m_t * nan [150,195]", 3, "the start value 'nan' is not a number"),
    ("poi m_t * 1_0 [1,195]", 3, "the start value '1_0' is not a number"),
    ("a param x 1", 3, "the mean 'x' is not a number"),
    ("a param 0 -0.1/+0.2", 3, r"the sigma '-0.1/\+0.2' is not a number"),
    ("a param 0 0", 3, "the sigma 0 of 'a' is not positive; .* a flatParam"),
    ("correlation b A B x", 3, "the correlation 'x' is not a number"),
    ("correlation b A B (0.1 & y : 1)", 3, "the correlation 'y' is not a number"),
    # ranges
    ("poi m_t * 172.5", 3, "no range at the end of 'poi m_t .*': write poi NAME"),
    ("poi m_t * 172.5 [150,195", 3, "no range at the end"),
    ("poi m_t * 172.5 [150]", 3, r"'\[150\]' is not a range: write \[LOW,HIGH\]"),
    ("poi m_t * 172.5 [150,x]", 3, r"the end of the range \[150,x\] 'x' is not a number"),
    ("poi m_t * 172.5 [195,150]", 3, r"the range \[195,150\] is empty"),
    ("poi m_t * 172.5 [172.5,172.5]", 3, "is empty"),
    ("poi m_t * 100 [150,195]", 3, "the start value 100 is outside its range 150 to 195"),
    ("a param 3 1 [-2,2]", 3, "the mean 3 is outside its range -2 to 2"),
    ("correlation b A B (0.9 & 0.1 : 0.5)", 3, "the correlation 0.9 is outside its range 0.1 to 0.5"),
    ("correlation b A B (0.3 & 0.5 : 0.1)", 3, "the range 0.5 : 0.1 is empty"),
    ("correlation b A B 1.01", 3, "the correlation 1.01 is not possible: it must lie between -1 and 1"),
    ("correlation b A B (0.5 & -2 : 0.5)", 3, "the correlation -2 is not possible"),
    # correlations
    ("correlation b A", 3, r"'correlation b A' is not a correlation: write correlation BLOCK A B"),
    ("correlation b A B (0.5 & 0.2", 3, "is not a correlation"),
    ("correlation b A B (0.5 & 0.2 : )", 3, "is not a correlation"),
    ("correlation b A B 0.5 0.2", 3, "is not a correlation"),
    ("correlation b A A 0.5", 3, "'A' is correlated with itself"),
    ("correlation b A rgx{( 0.5", 3, "'rgx{\\(' is not closed"),
    ("correlation b A rgx{(} 0.5", 3, "is not a regular expression"),
    # words and names
    ("interpolation 4", 3, r"'interpolation 4' is not known: write interpolation 1\|2\|3"),
    ("pdf multiplicativ", 3, "'pdf multiplicativ' is not known: .*; nearest: multiplicative"),
    ("repair shrik", 3, r"write repair shrink\|nearest; nearest: shrink"),
    ("measurement 8TeV a.yaml", 3, "'8TeV' cannot name a measurement: .* no digit in front"),
    ("measurement a,b a.yaml", 3, "'a,b' cannot name a measurement"),
    ("poi m-t * 172.5 [150,195]", 3, "'m-t' cannot name a mass parameter"),
    # stated twice
    ("tnp on\npdf off\ntnp on", 5, r"'tnp' is stated twice, first at .*card\.txt:3; remove one"),
    ("repair shrink\nrepair shrink", 4, r"'repair' is stated twice, first at .*card\.txt:3"),
    ("imax 1\nimax 1", 4, r"'imax' is stated twice, first at .*card\.txt:3"),
    ("measurement CMS_13TeV b.yaml", 3, r"measurement 'CMS_13TeV' is stated twice, first at .*card\.txt:1"),
    ("a param 0 1\na flatParam", 4, r"parameter 'a' is stated twice, first at .*card\.txt:3"),
    ("a group = x\na group += y\na group = x", 5, r"group 'a' is stated twice, first at .*card\.txt:3"),
    ("scenario s =\nscenario s =", 4, r"scenario 's' is stated twice, first at .*card\.txt:3"),
    ("correlation b A B 0.5\ncorrelation b B A 0.4", 4, r"'A' and 'B' in block 'b' is stated twice, first at .*:3"),
    ("poi m CMS* 9 [1,10]\npoi m ATLAS* 9 [1,10]", 4, r"mass parameter 'm' is stated twice, first at .*card\.txt:3"),
    # scenarios
    ("correlation jes A B 0.5\nscenario s = jse", 4, "block 'jse' is not stated in this card; nearest: jes"),
    ("scenario s = b", 3, "block 'b' is not stated .*; it states no block; add a line 'correlation BLOCK A B"),
    ("correlation b A B 0.5\nscenario s = b b", 4, "scenario 's' names the block 'b' twice"),
    ("scenario strong =\ncorrelations strang", 4, "scenario 'strang' is not stated .*; nearest: strong"),
    ("correlations s", 3, "scenario 's' is not stated .*; it states no scenario; add a line 'scenario NAME ="),
    ("scenario none =\ncorrelations s", 4, "scenario 's' is not stated in this card; known: none$"),
    # measurements, predictions and masses
    ("theory CMS_8TeV t.yaml", 3, "no measurement matches 'CMS_8TeV'; nearest: CMS_13TeV"),
    ("theory * t.yaml\npoi m LHCb* 9 [1,10]", 4, r"no measurement matches 'LHCb\*'; known: CMS_13TeV, ATLAS_8TeV"),
    ("theory * t.yaml\npoi m CMS*, 9 [1,10]", 4, "no measurement matches ''; known: CMS_13TeV"),
    ("theory * t.yaml", 3, "measurement 'CMS_13TeV' has a prediction but no mass parameter; add a line 'poi"),
    ("theory * t.yaml\npoi m CMS* 9 [1,10]", 3, "measurement 'ATLAS_8TeV' has a prediction but no mass parameter"),
    ("poi m CMS* 9 [1,10]", 3, "measurement 'CMS_13TeV' has a mass parameter but no prediction; add a line 'theory"),
    ("theory * t.yaml\ntheory CMS* t.yaml", 4, r"'CMS_13TeV' has two theory statements, the first at .*card\.txt:3"),
    (
        "theory * t.yaml\npoi m * 9 [1,10]\npoi n CMS* 9 [1,10]",
        5,
        r"'CMS_13TeV' has two mass parameters, the first at .*card\.txt:4",
    ),
    ("theory * t.yaml\npoi m * 9 [1,10]\njmax 1", 5, r"jmax is 1 but the card has 1 mass parameters: write jmax 0"),
]


@pytest.mark.parametrize(("text", "line", "message"), BAD, ids=[text for text, _, _ in BAD])
def test_bad_line(write_card: WriteCard, text: str, line: int, message: str) -> None:
    path = write_card(text + "\n")
    with pytest.raises(CardError, match=rf"^{re.escape(str(path))}:{line}: .*{message}") as caught:
        read_card(path)
    assert "cut" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("correlation b A B (0.5 & 0", "is not a correlation.*"),
        ("measurement ATLAS_13TeV", "too few columns.*"),
        ("corr", "unknown keyword.*"),
        ("scenario jes =\ncorrelations je", "scenario 'je' is not stated.*"),
        ("include a.tx", "the included file 'a.tx' does not exist.*"),
    ],
)
def test_cut_card(write_card: WriteCard, text: str, message: str) -> None:
    path = write_card(text)
    with pytest.raises(CardError, match=message + "the file does not end in a newline: it seems to be cut$"):
        read_card(path)


def test_an_error_before_the_last_line_is_not_a_cut(write_card: WriteCard) -> None:
    with pytest.raises(CardError, match="too few columns") as caught:
        read_card(write_card("tnp\npdf off"))
    assert "cut" not in caught.value.message


def test_cut_include(write_card: WriteCard, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("tnp on\ncorrelation b A", encoding="utf-8")
    with pytest.raises(CardError, match=r"a\.txt:2: 'correlation b A' is not a correlation.*; .* seems to be cut$"):
        read_card(write_card("include a.txt\n"))


def test_no_measurement(write_card: WriteCard) -> None:
    with pytest.raises(CardError, match=r"the card has no measurement; add a line 'measurement NAME FILE'$"):
        read_card(write_card("# nothing\n", start=""))


@pytest.mark.parametrize("content", ["", "\n \n"])
def test_empty_card(write_card: WriteCard, content: str) -> None:
    with pytest.raises(CardError, match=rf"card\.txt: the card is empty \({len(content)} bytes\)$"):
        read_card(write_card(start=content))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"tnp on\npdf \xff\n", r"card\.txt:2: byte 0xff is not UTF-8 text; a card is plain text"),
        (b"tnp on\n\npdf \x00\n", r"card\.txt:3: control character 0x00 found; a card is plain text"),
        (b"root\x00\x00\xf7\x04", r"card\.txt:1: byte 0xf7 is not UTF-8 text"),
    ],
)
def test_binary_card(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "card.txt"
    path.write_bytes(content)
    with pytest.raises(CardError, match=message):
        read_card(path)


def test_missing_card(write_card: WriteCard) -> None:
    path = write_card().with_name("crad.txt")
    with pytest.raises(CardError, match=r"crad\.txt: the card does not exist; nearest: card\.txt$"):
        read_card(path)


def test_card_in_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(CardError, match=r"the card does not exist$"):
        read_card(tmp_path / "nowhere" / "card.txt")


def test_folder_instead_of_a_card(tmp_path: Path) -> None:
    with pytest.raises(CardError, match="the card cannot be read: Is a directory"):
        read_card(tmp_path)


def test_missing_include(write_card: WriteCard, tmp_path: Path) -> None:
    (tmp_path / "scenarios.txt").touch()
    path = write_card("include scenario.txt\n")
    expected = r"card\.txt:3: the included file 'scenario.txt' does not exist; nearest: scenarios\.txt, card\.txt$"
    with pytest.raises(CardError, match=expected):
        read_card(path)


def test_empty_include(write_card: WriteCard, tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    with pytest.raises(CardError, match=r"a\.txt: the included file 'a\.txt' is empty \(0 bytes\)$"):
        read_card(write_card("include a.txt\n"))


def test_include_twice(write_card: WriteCard, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("tnp on\n", encoding="utf-8")
    with pytest.raises(CardError, match=r"card\.txt:4: './a\.txt' is included twice.* first read at .*card\.txt:3;"):
        read_card(write_card("include a.txt\ninclude ./a.txt\n"))


def test_include_cycle(write_card: WriteCard, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("include card.txt\n", encoding="utf-8")
    with pytest.raises(CardError, match=r"a\.txt:1: 'card\.txt' is included twice, or includes itself"):
        read_card(write_card("include a.txt\n"))


def test_include_through_a_loop_of_links(write_card: WriteCard, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(CardError, match=r"the included file 'loop/a\.txt' cannot be read: Too many levels"):
        read_card(write_card("include loop/a.txt\n"))


WORDS = st.sampled_from(
    [
        "measurement",
        "theory",
        "poi",
        "group",
        "param",
        "scenario",
        "correlation",
        "nuisance",
        "edit",
        "=",
        "+=",
        "tnp",
        "A",
        "*",
        "rgx{",
        "0.5",
        "(0.5",
        "&",
        ":",
        ")",
        "[1,2]",
        "[",
        '"',
        "imax",
        "$MEASUREMENT",
        "flatParam",
        "freeze",
    ]
)


@given(st.lists(WORDS, min_size=1, max_size=7))
def test_any_line_gives_a_statement_or_a_card_error(words: list[str]) -> None:
    place = Place(Path("card.txt"), 1)
    try:
        statement = parse_line(Line(" ".join(words), place))
    except CardError as error:
        assert error.place == place  # noqa: PT017 (either outcome is right)
    else:
        assert statement.place == place


def test_a_card_cut_inside_its_last_statement_is_an_error(repository: Path, tmp_path: Path) -> None:
    text = (repository / "cards" / "atlas_cms.txt").read_text(encoding="utf-8")
    shutil.copytree(repository / "cards" / "correlations", tmp_path / "correlations")
    path = tmp_path / "card.txt"
    for end in range(len(text) - len("repair shrink\n") + 1, len(text) - 1):
        path.write_text(text[:end], encoding="utf-8")
        with pytest.raises(CardError, match=r"the file does not end in a newline: it seems to be cut$"):
            read_card(path)


@given(st.binary(max_size=200))
def test_any_file_gives_a_card_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_bytes(content)
    with pytest.raises(CardError, match=r"any\.txt"):
        read_card(path)
