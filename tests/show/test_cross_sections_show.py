"""What figures and summary of combined cross sections say, and that nothing in them overlaps."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from functools import lru_cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from test_figures import _inside, drawn

from ttjroofit.analysis.cross_sections import combine_cross_sections
from ttjroofit.card import read_card
from ttjroofit.model.assemble import load_combination
from ttjroofit.model.options import ModelOptions
from ttjroofit.results.cross_sections import CrossSections
from ttjroofit.show.cross_sections import bin_ranges, cross_sections_summary, kinds_of_groups
from ttjroofit.show.cross_sections_figures import cross_sections_figures
from ttjroofit.show.summary import WIDTH

CARDS = Path(__file__).parents[2] / "cards"


@lru_cache
def result_of(card: str) -> CrossSections:
    return combine_cross_sections(load_combination(read_card(CARDS / f"{card}.txt")), scenario="jes_modelling").result


@lru_cache
def figures_of(card: str) -> dict[str, Figure]:
    return cross_sections_figures(result_of(card))


@pytest.mark.parametrize("card", ["atlas_cms", "cms13"])
@pytest.mark.parametrize("stem", ["impacts", "correlation", "ratio", "normalised"])
def test_no_text_overlaps_another_or_leaves_the_figure(card: str, stem: str) -> None:
    figure = figures_of(card)[stem]
    boxes = [(text.get_text(), text.get_window_extent().shrunk(0.98, 0.8)) for text in drawn(figure)]
    assert [name for name, box in boxes if not _inside(box.extents, figure.bbox.extents)] == []
    assert [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)] == []


def numbers(figure: Figure) -> list[float]:
    """Of the cells, row by row."""
    cells = [text.get_text() for text in figure.axes[0].findobj(Text) if isinstance(text, Text)]
    return [float(text) for text in cells if re.fullmatch(r"-?\d+(\.\d)?", text)]


def test_impacts_are_those_of_the_result() -> None:
    result = result_of("atlas_cms")
    cells = np.reshape(numbers(figures_of("atlas_cms")["impacts"]), (-1, 19))
    kinds = kinds_of_groups(result)
    # half of the last digit written
    np.testing.assert_allclose(cells[:-3], 100 * np.array(list(kinds.values()))[: len(cells) - 3], rtol=0, atol=0.051)
    np.testing.assert_allclose(cells[-1], 100 * np.divide(result.sigma, result.values), rtol=0, atol=0.051)
    np.testing.assert_allclose(cells[-1] ** 2, cells[-2] ** 2 + cells[-3] ** 2, rtol=0.1)
    dropped = list(kinds.values())[len(cells) - 3 :]
    assert all(max(map(abs, impacts)) < 0.0005 for impacts in dropped)
    largest = np.max(np.abs(cells[:-3]), axis=1)
    assert np.all(np.diff(largest) <= 0.1)
    assert not set(kinds) & {"CMS_13TeV", "ATLAS_8TeV", "ATLAS_13TeV"}


def test_correlations_are_those_of_the_result() -> None:
    cells = np.reshape(numbers(figures_of("atlas_cms")["correlation"]), (19, 19))
    np.testing.assert_allclose(cells, 100 * np.array(result_of("atlas_cms").correlation), rtol=0, atol=0.51)


def test_bins_are_labelled_by_their_range() -> None:
    assert bin_ranges(result_of("cms13").measurements[0]) == ["0.00-0.30", "0.30-0.45", "0.45-0.70", "0.70-1.00"]
    words = [text.get_text() for text in drawn(figures_of("atlas_cms")["impacts"])]
    assert words.count("0.250-0.325") == 1
    assert {"CMS_13TeV", "ATLAS_8TeV", "ATLAS_13TeV", "scale_j", "total"} <= set(words)


def test_asimov_data_and_zero_pulls_are_marked() -> None:
    marked = replace(result_of("cms13"), asimov=True, pulls="zero")
    for figure in cross_sections_figures(marked).values():
        words = " ".join(text.get_text() for text in figure.texts)
        assert "Asimov data set" in words
        assert "pulls of profiled nuisances set to zero" in words
    assert re.search(r"^data +Asimov data set$", cross_sections_summary(marked), re.MULTILINE)
    assert re.search(r"^pulls +zero$", cross_sections_summary(marked), re.MULTILINE)


def test_single_bin_has_no_normalised_uncertainty_and_is_drawn(tmp_path: Path) -> None:
    from synthetic import make_measurement, small  # noqa: PLC0415

    made = small(tmp_path, make_measurement("A", bins=2), make_measurement("B", bins=3, seed=2))
    result = combine_cross_sections(made.combine()).result
    one = replace(
        result,
        measurements=[replace(result.measurements[0], edges=[0.0, 1.0], bins=result.bins[:1], truths=result.bins[:1])],
        shares=replace(result.shares, values=[1.0], sigma=[0.0], stat_sigma=[0.0]),
        densities=replace(result.densities, values=[1.0], observed=[1.0], sigma=[0.0], stat_sigma=[0.0]),
    )
    for figure in cross_sections_figures(replace(one, **_first_bin(result))).values():
        assert drawn(figure)


def _first_bin(result: CrossSections) -> dict[str, object]:
    lists = ("bins", "observed", "observed_sigma", "values", "sigma", "stat_sigma")
    return {
        **{name: getattr(result, name)[:1] for name in lists},
        "correlation": [[1.0]],
        "impacts": {group: impacts[:1] for group, impacts in result.impacts.items()},
    }


@pytest.mark.parametrize("card", ["atlas_cms", "cms13"])
def test_summary_fits_its_width(card: str) -> None:
    lines = cross_sections_summary(result_of(card)).splitlines()
    assert [line for line in lines if len(line) > WIDTH or line != line.rstrip()] == []


def test_summary_holds_the_numbers_of_each_bin() -> None:
    result = result_of("atlas_cms")
    number = r"(-?[\d.]+)"
    pattern = rf"^  [\d.]+-[\d.]+ +{number} +{number} +{number} % +{number} % +{number} % +{number} sigma$"
    rows = np.array(re.findall(pattern, cross_sections_summary(result), re.MULTILINE), dtype=float)
    assert rows.shape == (19, 6)
    # five digits of the cross sections, two decimals of all else
    np.testing.assert_allclose(rows[:, 0], result.observed, rtol=5.1e-5)
    np.testing.assert_allclose(rows[:, 1], result.values, rtol=5.1e-5)
    relative = 100 * np.divide(result.sigma, result.values)
    np.testing.assert_allclose(rows[:, 2], relative, rtol=0, atol=0.0051)
    np.testing.assert_allclose(rows[:, 3], 100 * np.divide(result.stat_sigma, result.values), rtol=0, atol=0.0051)
    np.testing.assert_allclose(rows[:, 2] ** 2, rows[:, 3] ** 2 + rows[:, 4] ** 2, rtol=0.02)
    shifts = np.subtract(result.values, result.observed) / np.array(result.observed_sigma)
    np.testing.assert_allclose(rows[:, 5], shifts, rtol=0, atol=0.0051)


def test_summary_names_the_largest_groups_and_the_goodness() -> None:
    result = result_of("atlas_cms")
    text = cross_sections_summary(result)
    first = next(iter(kinds_of_groups(result)))
    assert re.search(rf"^  {first} +11\.\d\d %  ATLAS_13TeV_rho_0p8_1p0$", text, re.MULTILINE)
    assert "no degrees of freedom" in text


def test_frozen_nuisances_are_counted() -> None:
    combination = load_combination(read_card(CARDS / "atlas8.txt"), ModelOptions(freeze_groups=("scale_j",)))
    result = combine_cross_sections(combination).result
    count = len(combination.groups["scale_j"])
    assert re.search(rf"^nuisances +123, of which {count} frozen$", cross_sections_summary(result), re.MULTILINE)
    assert not any(math.isnan(x) for impacts in result.impacts.values() for x in impacts)
