"""Option values in the forms of combine."""

from __future__ import annotations

import pytest

from ttjroofit.errors import OptionError
from ttjroofit.run.parsing import parse_assignments, parse_names, parse_ranges


def test_names_split_at_commas_outside_braces() -> None:
    assert parse_names("a, rgx{b{1,2}c},^g") == ("a", "rgx{b{1,2}c}", "^g")
    assert parse_names("") == ()


def test_assignments() -> None:
    assert parse_assignments("--setParameters", "m_t=172.5,a=-1e-3") == {"m_t": 172.5, "a": -1e-3}


def test_ranges() -> None:
    assert parse_ranges("--setParameterRanges", "m_t=150,190:a=-1,1") == {"m_t": (150.0, 190.0), "a": (-1.0, 1.0)}


@pytest.mark.parametrize("text", ["m_t", "m_t=", "m_t=x", "m_t=inf", "m_t=1;b=2"])
def test_bad_assignment_names_the_part(text: str) -> None:
    with pytest.raises(OptionError, match="--setParameters: `m_t"):
        parse_assignments("--setParameters", text)


@pytest.mark.parametrize("text", ["m_t=1", "m_t=2,1", "m_t", "m_t=1,x"])
def test_bad_range_names_the_part(text: str) -> None:
    with pytest.raises(OptionError, match=r"--setParameterRanges: .*`m_t"):
        parse_ranges("--setParameterRanges", text)
