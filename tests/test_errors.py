"""What an error offers as the cure of a name that does not exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from ttjroofit.errors import CardError, Place, TtjroofitError, nearest_names, suggestion


def test_place_leads_the_message() -> None:
    error = CardError("unknown keyword", Place(Path("cards/x.txt"), 3))
    assert str(error) == "cards/x.txt:3: unknown keyword"
    assert str(Place(Path("cards/x.txt"))) == "cards/x.txt"
    assert isinstance(error, TtjroofitError)


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("scale_jj", ["scale_j", "scale_b"], "nearest: scale_j"),
        ("CMS_LUMI", ["CMS_lumi", "x"], "nearest: CMS_lumi"),
        ("m_t", ["m_t_ATLAS_8TeV_and_more", "other"], "nearest: m_t_ATLAS_8TeV_and_more"),
        ("zzz", ["scale_j"], ""),
    ],
)
def test_nearest_names(name: str, known: list[str], expected: str) -> None:
    assert nearest_names(name, known).startswith(expected)
    assert (nearest_names(name, known) == "") == (expected == "")


def test_suggestion_lists_few_names_where_none_is_near() -> None:
    assert suggestion("zzz", ["a", "b"]) == "; known: a, b"
    assert suggestion("zzz", [f"name_{i}" for i in range(50)]) == ""
    assert suggestion("zzz", []) == ""
