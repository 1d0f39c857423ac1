"""Summary and figures where bins of several measurements are one cross section."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from test_figures import _inside, drawn

from combined import combine
from synthetic import make_measurement
from ttjroofit.analysis.cross_sections import combine_cross_sections
from ttjroofit.results.cross_sections import CrossSections
from ttjroofit.run.cross_sections_text import csv_files, to_yaml
from ttjroofit.show.cross_sections import cross_sections_summary
from ttjroofit.show.cross_sections_figures import cross_sections_figures
from ttjroofit.show.summary import WIDTH

LINES = ("combine low = A_bin0 B_bin0", "combine a_name_that_is_much_longer_than_others = A_bin1 B_bin1")


@lru_cache
def result_of(form: str, *lines: str) -> CrossSections:
    measurements = (make_measurement("A", bins=3, profiled=2), make_measurement("B", bins=2, profiled=1, seed=2))
    with TemporaryDirectory() as folder:
        combination = combine(Path(folder), *LINES, *lines, measurements=measurements)
    return combine_cross_sections(combination, form="pearson" if form == "pearson" else "neyman").result


@pytest.mark.parametrize("stem", ["impacts", "correlation", "ratio", "normalised"])
def test_no_text_overlaps_another_or_leaves_the_figure(stem: str) -> None:
    figure = cross_sections_figures(result_of("pearson"))[stem]
    boxes = [(text.get_text(), text.get_window_extent().shrunk(0.98, 0.8)) for text in drawn(figure)]
    assert [name for name, box in boxes if not _inside(box.extents, figure.bbox.extents)] == []
    assert [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)] == []


def test_summary_lists_combined_cross_sections() -> None:
    result = result_of("neyman")
    lines = cross_sections_summary(result).splitlines()
    assert max(map(len, lines)) <= WIDTH
    start = next(i for i, line in enumerate(lines) if line.startswith("Combined cross sections"))
    name, value, total, stat, count = lines[start + 1].split()
    assert (name, count) == ("low", "2")
    numbers = [float(value), float(total), float(stat)]
    assert numbers == pytest.approx([result.values[0], result.sigma[0], result.stat_sigma[0]], rel=1e-3)
    assert lines[start + 3] == ""  # A_bin2 is measured once
    assert f"chi2/ndf: {result.chi2:.2f}/2, p-value {result.p_value:.3f}" in lines


def test_summary_of_pearson_has_both_errors_of_all() -> None:
    result = result_of("pearson")
    text = cross_sections_summary(result)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "chi2          Pearson: statistical variances follow the combined values" in text
    assert result.errors is not None
    for error in result.errors:
        assert f"{error.hi:+.4g}" in text
        assert f"{error.lo:+.4g}" in text


def test_no_p_value_where_profiled_nuisances_are_tied() -> None:
    result = result_of("neyman", "correlation b A_p0 B_p0 0.5")
    assert result.p_value is None
    assert "/2, no p-value: nuisances profiled in different measurements are tied" in cross_sections_summary(result)


def test_tables_have_one_row_a_measured_bin() -> None:
    result = result_of("neyman")
    rows = [row.split(",") for row in csv_files(result)["cross_sections.csv"].splitlines()]
    table = {row[0]: dict(zip(rows[0], row, strict=True)) for row in rows[1:]}
    assert list(table) == ["A_bin0", "A_bin1", "A_bin2", "B_bin0", "B_bin1"]
    assert [row["combined_into"] for row in table.values()][::3] == ["low", "low"]
    assert float(table["B_bin0"]["value"]) == float(table["A_bin0"]["value"]) == result.values[0]
    assert csv_files(result)["shares_covariance.csv"].splitlines()[0] == "bin,A_bin0,A_bin1,A_bin2,B_bin0,B_bin1"
    assert csv_files(result)["covariance.csv"].count("\n") == 4
    assert "ndf: 2" in to_yaml(result)


def test_histograms_hold_the_combined_values(tmp_path: Path) -> None:
    import uproot  # noqa: PLC0415

    from ttjroofit.analysis.cross_sections import Combined  # noqa: PLC0415
    from ttjroofit.run.cross_sections_root import write_histograms  # noqa: PLC0415

    result = result_of("neyman")
    write_histograms(Combined(result, (), np.zeros((0, 0))), str(tmp_path / "h.root"))
    with uproot.open(tmp_path / "h.root") as file:
        assert np.array_equal(file["B"].values(), result.values[:2])
        assert np.array_equal(file["A_normalised"].values(), result.densities.values[:3])
        assert np.array_equal(file["B_normalised"].values(), result.densities.values[3:])
        assert file["covariance"].values().shape == (3, 3)
        assert file["normalised_covariance"].axis("x").labels() == ["A_bin0", "A_bin1", "A_bin2", "B_bin0", "B_bin1"]
