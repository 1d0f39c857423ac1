"""Configurations of Convino."""

from __future__ import annotations

from pathlib import Path

import pytest

from ttjroofit.errors import InputError
from ttjroofit.inputs.convino.config import ConvinoConfig, read_config

TEXT = """A comment.
[global]
  isDifferential = true
  normalise = false
[end global]
[inputs]
  nFiles = 2
  file0 = a.txt
  file1 = sub/b.txt;
[end inputs]
[observables]
  both = est_a + est_b
  alone = est_c
[end observables]
[correlations]
  s1 = (0.2) t1 + (-0.3) t2
  s2 = (0.2 & -0.1 : 0.4) t1+(1e-1 & 0.3 : -0.3) t2
  s1 = ( +0.5 ) t3
[end correlations]
[uncertainty impacts]
  jets = s1 + t1
  statistics = stat
[end uncertainty impacts]
"""


def read(folder: Path, text: str) -> ConvinoConfig:
    (folder / "sub").mkdir(exist_ok=True)
    for name in ("a.txt", "sub/b.txt"):
        (folder / name).write_text("", encoding="utf-8")
    path = folder / "config.txt"
    path.write_text(text, encoding="utf-8")
    return read_config(path)


def test_everything(tmp_path: Path) -> None:
    config = read(tmp_path, TEXT)
    assert (config.differential, config.normalise) == (True, False)
    assert config.inputs == (tmp_path / "a.txt", tmp_path / "sub" / "b.txt")
    assert [(o.name, o.estimates) for o in config.observables] == [("both", ("est_a", "est_b")), ("alone", ("est_c",))]
    assert [(c.first, c.second, c.nominal, c.low, c.high, c.line) for c in config.correlations] == [
        ("s1", "t1", 0.2, None, None, 0),
        ("s1", "t2", -0.3, None, None, 0),
        ("s2", "t1", 0.2, -0.1, 0.4, 1),
        ("s2", "t2", 0.1, 0.3, -0.3, 1),
        ("s1", "t3", 0.5, None, None, 2),
    ]
    assert [(g.name, g.members) for g in config.impacts] == [("jets", ("s1", "t1")), ("statistics", ("stat",))]
    assert config.impacts[0].place.line == 21
    assert config.repeated == ()


def test_only_what_must_be_there(tmp_path: Path) -> None:
    start = TEXT.index("[inputs]")
    text = TEXT[start : TEXT.index("  s1 = (0.2)")] + "[end correlations]\n"
    config = read(tmp_path, text)
    assert (config.differential, config.normalise, config.correlations, config.impacts) == (False, False, (), ())


def test_the_last_statement_of_a_pair_holds(tmp_path: Path) -> None:
    config = read(tmp_path, TEXT.replace("s1 = ( +0.5 ) t3", "t1 = (0.7) s1"))
    held = {frozenset((c.first, c.second)): c.nominal for c in config.correlations}
    assert held[frozenset(("s1", "t1"))] == 0.7
    assert [(c.nominal, c.place.line) for c in config.repeated] == [(0.2, 16)]


BAD = {
    "key": ("normalise =", "normalize =", r"config\.txt:4: unknown key 'normalize' in \[global\]; nearest: normalise"),
    "switch": ("= true", "= yes", r"config\.txt:3: isDifferential is 'yes': write true or false"),
    "input": ("normalise = false", "normalisedInput = true", r"config\.txt:4: normalisedInput is not possible"),
    "inputs": ("[inputs]", "[input]", r"config\.txt:6: unknown block \[input\]; nearest: inputs"),
    "inputs key": ("file1", "fiel1", r"config\.txt:9: unknown key 'fiel1' in \[inputs\]: write nFiles, file0, file1"),
    "too few": ("nFiles = 2", "nFiles = 3", r"config\.txt:7: nFiles is 3 but file2 is missing"),
    "too many": ("nFiles = 2", "nFiles = 1", r"config\.txt:9: file1 is beyond nFiles = 1"),
    "count": ("nFiles = 2", "nFiles = two", r"config\.txt:7: nFiles is 'two', expected a number from 1"),
    "no count": ("nFiles = 2\n", "\n", r"config\.txt:6: nFiles is missing in \[inputs\]"),
    "file twice": ("file1 =", "file0 =", r"config\.txt:9: file0 is stated twice, first in line 8"),
    "no file": ("sub/b.txt", "sub/c.txt", r"config\.txt:9: there is no file .*c\.txt; names are relative"),
    "no assignment": (
        "alone = est_c",
        "alone est_c",
        r"config\.txt:13: 'alone est_c' in .* is not of",
    ),
    "empty sum": ("est_a + est_b", "est_a + ", r"config\.txt:12: .* is not of the form both = a \+ b"),
    "minus": ("est_a + est_b", "est_a - est_b", r"config\.txt:12: .* is not of the form both = a \+ b"),
    "observable twice": (
        "alone =",
        "both =",
        r"config\.txt:13: 'both' is stated twice.*first in line 12",
    ),
    "rho": ("(0.2) t1", "(1.2) t1", r"config\.txt:16: the correlation 1\.2 is not possible: .*between -1 and 1"),
    "range": ("-0.1 : 0.4", "-0.1 : 4", r"config\.txt:17: the correlation 4 is not possible"),
    "number": ("(0.2) t1", "(high) t1", r"config\.txt:16: the correlation 'high' is not a number"),
    "half range": (
        "& -0.1 : 0.4",
        "& -0.1",
        r"config\.txt:17: '\(0\.2 & -0\.1\) t1' is not",
    ),
    "no brackets": ("( +0.5 ) t3", "0.5 t3", r"config\.txt:18: '0\.5 t3' is not of the form"),
    "itself": ("( +0.5 ) t3", "(0.5) s1", r"config\.txt:18: 's1' is correlated with itself"),
    "no correlations": ("correlations]", "uncertainties]", r"config\.txt:15: unknown block \[uncertainties\]"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_config(tmp_path: Path, case: str) -> None:
    old, new, message = BAD[case]
    assert old in TEXT
    with pytest.raises(InputError, match=message):
        read(tmp_path, TEXT.replace(old, new))


@pytest.mark.parametrize("block", ["inputs", "observables", "correlations"])
def test_missing_block(tmp_path: Path, block: str) -> None:
    start, end = TEXT.index(f"[{block}]"), TEXT.index(f"[end {block}]")
    with pytest.raises(InputError, match=rf"config\.txt: block \[{block}\] is missing; add \[{block}\]"):
        read(tmp_path, TEXT[:start] + TEXT[end + len(block) + 7 :])


def test_a_config_cut_anywhere_is_an_error_of_a_place(tmp_path: Path) -> None:
    for end in range(0, TEXT.index("[end correlations]"), 5):
        with pytest.raises(InputError, match=r"config\.txt"):
            read(tmp_path, TEXT[:end])
