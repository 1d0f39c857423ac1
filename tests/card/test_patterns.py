from __future__ import annotations

import fnmatch
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttjroofit.card import match_names, require_names
from ttjroofit.card.patterns import is_pattern
from ttjroofit.errors import CardError, Place

NAMES = ("CMS_lumi", "CMS_scale_j_a", "ATLAS_8TeV_scale_j_a", "ATLAS_8TeV_lumi")

names = st.lists(st.text("ABab_1.+[]^$", min_size=1, max_size=8), unique=True, max_size=8)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("CMS_lumi", ("CMS_lumi",)),
        ("cms_lumi", ()),
        ("CMS_*", ("CMS_lumi", "CMS_scale_j_a")),
        ("*_lumi", ("CMS_lumi", "ATLAS_8TeV_lumi")),
        ("CMS_lum?", ("CMS_lumi",)),
        ("CMS_lumi?", ()),
        ("rgx{.*_scale_j_[ab]}", ("CMS_scale_j_a", "ATLAS_8TeV_scale_j_a")),
        ("rgx{scale_j}", ()),
        ("lumi", ()),
    ],
)
def test_match(pattern: str, expected: tuple[str, ...]) -> None:
    assert match_names(pattern, NAMES) == expected


@given(names)
def test_a_name_matches_itself_only(known: list[str]) -> None:
    for name in known:
        assert match_names(name, known) == (name,)


@given(names)
def test_star_matches_all_in_order(known: list[str]) -> None:
    assert match_names("*", known) == tuple(known)


@given(names, st.text("ABab_1.+^$", max_size=3))
def test_leading_and_trailing_star_are_prefix_and_suffix(known: list[str], part: str) -> None:
    assert match_names(f"{part}*", known) == tuple(name for name in known if name.startswith(part))
    assert match_names(f"*{part}", known) == tuple(name for name in known if name.endswith(part))


@given(names, st.text("ABab_1.+^$*?", min_size=1, max_size=6))
def test_wildcards_agree_with_the_shell(known: list[str], pattern: str) -> None:
    assert match_names(pattern, known) == tuple(name for name in known if fnmatch.fnmatchcase(name, pattern))


@given(names, st.text("ABab_1.+[]^$", min_size=1, max_size=6))
def test_escaped_regex_is_the_name(known: list[str], name: str) -> None:
    assert match_names(f"rgx{{{re.escape(name)}}}", known) == tuple(other for other in known if other == name)


@pytest.mark.parametrize("match", [match_names, lambda p, n: require_names(p, n, kind="nuisance", place=None)])
@pytest.mark.parametrize(
    ("pattern", "message"), [("rgx{(}", "'\\(' in rgx.* is not a regular expression"), ("rgx{a", "is not closed")]
)
def test_bad_regex(match, pattern: str, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CardError, match=message):
        match(pattern, NAMES)


def test_require_gives_the_matches() -> None:
    assert require_names("*_lumi", NAMES, kind="nuisance", place=None) == ("CMS_lumi", "ATLAS_8TeV_lumi")


@pytest.mark.parametrize("pattern", ["CMS_lumy", "CMS_lumy*", "rgx{CMS_lumy}"])
def test_require_names_the_place_and_the_nearest(pattern: str) -> None:
    place = Place(Path("card.txt"), 7)
    with pytest.raises(CardError, match=r"card\.txt:7: no nuisance matches '.*'; nearest: CMS_lumi") as caught:
        require_names(pattern, NAMES, kind="nuisance", place=place)
    assert caught.value.place == place


def test_require_lists_the_known_names_when_none_is_near() -> None:
    with pytest.raises(CardError, match="no measurement matches 'zzz'; known: CMS_lumi, CMS_scale_j_a"):
        require_names("zzz", NAMES, kind="measurement", place=None)
    with pytest.raises(CardError, match="no measurement matches 'zzz'; there are none"):
        require_names("zzz", (), kind="measurement", place=None)


@pytest.mark.parametrize(("text", "expected"), [("a*", True), ("a?", True), ("rgx{a}", True), ("a.b[c]", False)])
def test_is_pattern(text: str, expected: bool) -> None:
    assert is_pattern(text) is expected
