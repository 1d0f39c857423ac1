"""Files of published masses: what is derived, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ttjroofit.errors import InputError
from ttjroofit.inputs.published import read_published

INPUTS = Path(__file__).parents[2] / "inputs"

HEAD = "schema: ttjroofit/published_masses/1\nsection: published\nmasses:\n"
REST = "reference: paper, source: talk"


def write(folder: Path, *entries: str) -> Path:
    path = folder / "masses.yaml"
    path.write_text(HEAD + "".join(f"  - {{{entry}, {REST}}}\n" for entry in entries), encoding="utf-8")
    return path


def test_parts_are_added_in_quadrature(tmp_path: Path) -> None:
    (mass,) = read_published(
        write(tmp_path, "name: A, value: 171, stat: 3, syst: 4, pdf: 12, scale: {up: 0.7, down: 0.3}")
    )
    # 3, 4, 5 and 5, 12, 13: exact
    assert (mass.value, mass.exp, mass.total, mass.scale) == (171.0, 5.0, 13.0, (0.7, -0.3))
    assert (mass.name, mass.section, mass.reference) == ("A", "published", "paper")


def test_uncertainty_that_was_not_taken_apart(tmp_path: Path) -> None:
    (mass,) = read_published(write(tmp_path, "name: A, value: 172.1, fit: 1.34"))
    assert (mass.exp, mass.total, mass.scale) == (None, 1.34, None)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("name: A, value: 171", r"masses\.yaml:4: no uncertainty: give `exp`, `stat` and `syst`, or `fit`"),
        ("name: A, value: 171, stat: 1", r"masses\.yaml:4: `stat` and `syst` belong together"),
        ("name: A, value: 171, stat: 1, syst: 1, exp: 2", r"masses\.yaml:4: `exp` is `stat` and `syst` in quadrature"),
        ("name: A, value: 171, fit: 1, pdf: 1", r"masses\.yaml:4: `fit` is everything but the scale"),
        ("name: A, value: 171, fit: 1, exp: 2", r"masses\.yaml:4: `fit` 1 is below the experimental 2"),
        ("name: A, value: 171, exp: -1", r"masses\.yaml:4: .*greater than or equal to 0, found -1"),
        ("name: A, value: 171, exp: .nan", r"masses\.yaml:4: .*finite number"),
        ("name: A, value: 171, exp: 1, sclae: 2", r"masses\.yaml:4: unknown key 'sclae'; nearest: scale"),
        ("name: A, value: heavy, exp: 1", r"masses\.yaml:4: .*valid number, found 'heavy'"),
    ],
)
def test_bad_entries_are_named(entry: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        read_published(write(tmp_path, entry))


def test_names_occur_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"masses\.yaml:5: name 'A' occurs twice, first in line 4"):
        read_published(write(tmp_path, "name: A, value: 171, exp: 1", "name: A, value: 172, exp: 1"))


def test_other_formats_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "name: A, value: 171, exp: 1")
    path.write_text(path.read_text().replace("published_masses/1", "published_masses/2"))
    with pytest.raises(InputError, match=r"masses\.yaml:1: 'schema'"):
        read_published(path)


def test_shipped_values_are_those_of_the_talk() -> None:
    """Rounded totals as the talk has them where it has them: 0.91 for CMS and ATLAS 8 TeV (exp and PDF)."""
    talk = {mass.name: mass for mass in read_published(INPUTS / "talk_masses.yaml")}
    assert len(talk) == 9
    assert round(talk["CMS 13 + ATLAS 8"].total, 2) == 0.91
    published = {mass.name: mass for mass in read_published(INPUTS / "published_masses.yaml")}
    assert [mass.value for mass in published.values()] == [172.13, 171.1, 170.94]
    # the talk compares its 1.48 with 1.40
    assert round(published["ATLAS 13 TeV"].exp or 0.0, 2) == 1.40


@pytest.mark.parametrize("name", ["published_masses.yaml", "talk_masses.yaml"])
def test_every_shipped_entry_says_where_its_digits_are_from(name: str) -> None:
    entries = yaml.safe_load((INPUTS / name).read_text(encoding="utf-8"))["masses"]
    assert all('"' in entry["source"] for entry in entries)
